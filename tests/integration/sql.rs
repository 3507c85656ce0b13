//! `sql` jobs against a real PostgreSQL: what is bound stays data, and what goes wrong is told apart.

use punctual_local::Function;
use punctual_tests::{Postgres, Sandbox};
use serde_json::{Value, json};

fn payload(statement: &str, parameters: &Value) -> Value {
    json!({
        "resource_arn": "arn:aws:rds:us-east-1:000000000000:cluster:punctual-target-shop",
        "secret_arn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:punctual-target-shop",
        "database": "shop",
        "statement": statement,
        "parameters": parameters,
    })
}

#[tokio::test]
async fn bound_values_stay_data_and_keep_their_types() {
    let postgres = Postgres::start().await;
    let mut sandbox = Sandbox::new().await;
    sandbox.postgres = Some(postgres.url());
    let _system = sandbox.host(&Function::ALL).await;
    postgres
        .execute(
            "shop",
            "CREATE TABLE orders (id int PRIMARY KEY, note text)",
        )
        .await;

    let hostile = "x'); DROP TABLE orders; --";
    let insert = payload(
        "INSERT INTO orders (id, note) VALUES (CAST(:id AS int), :note)",
        &json!({ "id": 1, "note": hostile }),
    );
    let done = sandbox.run_once("sql", &insert, "succeeded").await;
    assert_eq!(done["output"], json!({ "rows_affected": 1 }));
    let kept = postgres.execute("shop", "SELECT note FROM orders").await;
    assert_eq!(kept, [[hostile]]);

    let select = payload(
        "SELECT :yes AS yes, :long AS long, :double AS double, :text AS text, :blob AS blob, \
         CAST(:none AS text) AS none, CAST(:decimal + 1 AS text) AS decimal, CAST(:day - 1 AS text) AS day, \
         CAST(:id AS text) AS id, ':text' AS quoted",
        &json!({
            "yes": true, "long": 9_007_199_254_740_993_i64, "double": 0.5, "text": "Grüße", "blob": { "blob": "AAH/" },
            "none": null, "decimal": { "value": "1.10", "type": "decimal" },
            "day": { "value": "2026-11-21", "type": "date" },
            "id": { "value": "0b7e9d3c-5f1a-4e0b-9c53-8a2f6d1e4b70", "type": "uuid" },
        }),
    );
    let done = sandbox.run_once("sql", &select, "succeeded").await;
    let expected = json!({
        "yes": true, "long": 9_007_199_254_740_993_i64, "double": 0.5, "text": "Grüße", "blob": "AAH/",
        "none": null, "decimal": "2.10", "day": "2026-11-20",
        "id": "0b7e9d3c-5f1a-4e0b-9c53-8a2f6d1e4b70", "quoted": ":text",
    });
    assert_eq!(done["output"]["rows"], json!([expected]));

    let mut many = payload("SELECT n FROM generate_series(1, 1000) AS n", &json!({}));
    many["max_rows"] = json!(3);
    let done = sandbox.run_once("sql", &many, "succeeded").await;
    assert_eq!(
        done["output"]["rows"],
        json!([{ "n": 1 }, { "n": 2 }, { "n": 3 }])
    );
    assert_eq!(done["output"]["rows_returned"], 1_000);
    assert_eq!(done["output"]["rows_cut"], true);
}

#[tokio::test]
async fn a_wrong_statement_is_refused_once_and_one_that_had_bad_luck_is_tried_again() {
    let postgres = Postgres::start().await;
    let mut sandbox = Sandbox::new().await;
    sandbox.postgres = Some(postgres.url());
    let _system = sandbox.host(&Function::ALL).await;
    postgres
        .execute(
            "shop",
            "CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1)",
        )
        .await;
    for (statement, state) in [
        ("SELEC 1", "42601"),
        ("SELECT * FROM nowhere", "42P01"),
        ("INSERT INTO orders VALUES (1)", "23505"),
        ("SELECT 1 / 0", "22012"),
    ] {
        let failed = sandbox
            .run_once("sql", &payload(statement, &json!({})), "failed")
            .await;
        assert_eq!(
            (&failed["reason"], &failed["attempt"]),
            (&json!("rejected"), &json!(1))
        );
        let detail = failed["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains(state), "{statement}: {detail}");
    }

    // A sequence is not rolled back: the first call fails as a lost race does, the second succeeds.
    postgres
        .execute(
            "shop",
            "CREATE SEQUENCE tries; CREATE FUNCTION luck() RETURNS bigint LANGUAGE plpgsql AS $$ \
             DECLARE try bigint := nextval('tries'); BEGIN \
             IF try < 2 THEN RAISE EXCEPTION 'lost a race' USING ERRCODE = '40001'; END IF; RETURN try; END $$",
        )
        .await;
    let done = sandbox
        .run_once(
            "sql",
            &payload("SELECT luck() AS try", &json!({})),
            "succeeded",
        )
        .await;
    assert_eq!(done["attempt"], 2);
    assert_eq!(done["output"]["rows"], json!([{ "try": 2 }]));

    let cut = "SELECT pg_terminate_backend(pg_backend_pid())";
    let dead = sandbox
        .run_once("sql", &payload(cut, &json!({})), "dead")
        .await;
    assert_eq!(
        (&dead["reason"], &dead["attempt"]),
        (&json!("attempt_failed"), &json!(2))
    );

    postgres
        .execute("shop", "CREATE ROLE few LOGIN CONNECTION LIMIT 0")
        .await;
    let mut crowded = Sandbox::new().await;
    crowded.postgres = Some(postgres.url().replace("punctual@", "few@"));
    let _other_system = crowded.host(&Function::ALL).await;
    let dead = crowded
        .run_once("sql", &payload("SELECT 1", &json!({})), "dead")
        .await;
    let detail = dead["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("53300"), "{detail}");
}
