//! What jobs were, and who changed what.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::preconditions::send_saying;
use crate::support::issuer::token;
use crate::support::{Answer, Bench, in_an_hour};

fn job() -> Value {
    json!({
        "name": "n", "job_type": "echo", "payload": { "a": 1 },
        "schedule": { "kind": "every", "seconds": 3600, "anchor_at": "2026-11-21T13:00:00Z" },
    })
}

async fn get(bench: &Bench, path: &str) -> Answer {
    bench.send(Method::GET, path, Value::Null).await
}

async fn post(bench: &Bench, path: &str) -> Answer {
    bench.send(Method::POST, path, Value::Null).await
}

async fn audit(bench: &Bench, parameters: &str) -> Answer {
    let path = format!("/v1/admin/audit?{parameters}");
    let token = token("root", "admin");
    bench
        .send_with(&token, Method::GET, &path, Value::Null)
        .await
}

/// The field `name` of every item of a list.
fn each(answer: &Answer, name: &str) -> Vec<Value> {
    let items = answer.body["items"].as_array();
    let items = items.unwrap_or_else(|| panic!("{}", answer.body));
    items.iter().map(|item| item[name].clone()).collect()
}

#[tokio::test]
async fn versions_show_what_a_job_was_and_who_made_it_so() {
    let bench = Bench::new();
    let path = bench.created(job()).await;
    let change = json!({ "priority": 1 });
    bench.send(Method::PATCH, &path, change).await;
    let operator = token("olga", "operator");
    let pause = format!("{path}/pause");
    bench
        .send_with(&operator, Method::POST, &pause, Value::Null)
        .await;

    let versions = get(&bench, &format!("{path}/versions")).await;
    assert_eq!(each(&versions, "version"), [3, 2, 1]);
    assert_eq!(each(&versions, "action"), ["pause", "edit", "create"]);
    assert_eq!(each(&versions, "by"), ["olga", "alice", "alice"]);
    assert_eq!(each(&versions, "status"), ["paused", "active", "active"]);
    let definitions = each(&versions, "definition");
    let priorities = definitions.iter().map(|definition| &definition["priority"]);
    assert_eq!(priorities.collect::<Vec<_>>(), [1, 1, 5]);
    for id in each(&versions, "request_id") {
        assert!(id.is_string(), "{id}");
    }

    for version in 1..=3 {
        let one = get(&bench, &format!("{path}/versions/{version}")).await;
        assert_eq!(one.body, versions.body["items"][3 - version]);
    }
    for none in ["0", "4", "18446744073709551615", "x", "-1"] {
        let answer = get(&bench, &format!("{path}/versions/{none}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{none}");
    }
}

#[tokio::test]
async fn an_older_definition_can_be_put_back() {
    let bench = Bench::new();
    let path = bench.created(job()).await;
    let before = get(&bench, &path).await.body;
    let change = json!({ "name": "m", "payload": { "a": null }, "schedule": { "seconds": 60 } });
    bench.send(Method::PATCH, &path, change).await;
    let first = get(&bench, &format!("{path}/versions/1")).await.body;
    let back = bench
        .send(Method::PUT, &path, first["definition"].clone())
        .await;
    assert_eq!(back.status, StatusCode::OK, "{}", back.body);
    for field in ["name", "payload", "schedule", "next_fire_at"] {
        assert_eq!(back.body[field], before[field], "{field}");
    }
}

#[tokio::test]
async fn versions_are_listed_in_parts_and_to_nobody_else() {
    let bench = Bench::new();
    let path = bench.created(job()).await;
    for priority in 1..=4 {
        bench
            .send(Method::PATCH, &path, json!({ "priority": priority }))
            .await;
    }
    let mut next = format!("{path}/versions?limit=2");
    let mut seen = Vec::new();
    loop {
        let part = get(&bench, &next).await;
        seen.extend(each(&part, "version"));
        match part.body["next_cursor"].as_str() {
            Some(cursor) => next = format!("{path}/versions?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
    let foreign = get(&bench, &format!("{path}/versions?cursor=x")).await;
    assert_eq!(foreign.body["field"], "cursor");
    for path in [format!("{path}/versions"), format!("{path}/versions/1")] {
        let others = bench
            .send_as("mallory", Method::GET, &path, Value::Null)
            .await;
        assert_eq!(others.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn every_change_leaves_an_entry_that_says_who_did_what_to_what() {
    let bench = Bench::new();
    let path = bench.created(job()).await;
    let id = path.rsplit('/').next().unwrap();
    let tombstone = in_an_hour(&path);
    bench.send(Method::PUT, &path, job()).await;
    bench
        .send(Method::PATCH, &path, json!({ "priority": 1 }))
        .await;
    let run = post(&bench, &format!("{path}/run")).await.body;
    post(&bench, &format!("/v1/executions/{tombstone}/cancel")).await;
    post(&bench, &format!("{path}/pause")).await;
    post(&bench, &format!("{path}/resume")).await;
    let admin = token("root", "admin");
    bench
        .send_with(&admin, Method::DELETE, &path, Value::Null)
        .await;

    let all = audit(&bench, "").await;
    assert_eq!(all.status, StatusCode::OK, "{}", all.body);
    assert_eq!(
        each(&all, "action"),
        [
            "delete",
            "resume",
            "pause",
            "cancel_execution",
            "run_now",
            "edit",
            "edit",
            "create"
        ]
    );
    assert_eq!(each(&all, "by")[..2], ["root", "alice"]);
    assert_eq!(each(&all, "role")[..2], ["admin", "user"]);
    assert!(each(&all, "owner").iter().all(|owner| owner == "alice"));
    assert_eq!(
        each(&all, "subject")[3..6],
        [
            json!({ "kind": "execution", "id": tombstone }),
            json!({ "kind": "execution", "id": run["execution_id"] }),
            json!({ "kind": "job", "id": id }),
        ]
    );
    let requests = each(&all, "request_id");
    let distinct: std::collections::BTreeSet<_> = requests.iter().map(Value::to_string).collect();
    assert_eq!(distinct.len(), requests.len());

    let of_job = audit(&bench, &format!("subject={id}")).await;
    assert_eq!(each(&of_job, "version"), [6, 5, 4, 3, 2, 1]);
    assert_eq!(each(&of_job, "applied"), [true; 6]);
    let (before, after) = (each(&of_job, "before"), each(&of_job, "after"));
    assert_eq!(
        before[..5],
        after[1..],
        "each change begins where another ended"
    );
    assert_eq!(before[5], Value::Null);
    assert_eq!(after[0].as_str().unwrap().len(), 32);
}

#[tokio::test]
async fn a_change_of_plan_leaves_an_entry_about_its_user() {
    let bench = Bench::new();
    let admin = token("root", "admin");
    for plan in ["pro", "enterprise"] {
        let path = "/v1/admin/users/alice/plan";
        let body = json!({ "plan": plan });
        let assigned = bench.send_with(&admin, Method::PUT, path, body).await;
        assert_eq!(assigned.status, StatusCode::OK, "{}", assigned.body);
    }
    let entries = audit(&bench, "subject=alice").await;
    assert_eq!(each(&entries, "action"), ["set_plan", "set_plan"]);
    assert_eq!(each(&entries, "by"), ["root", "root"]);
    assert_eq!(each(&entries, "owner"), ["alice", "alice"]);
    let (before, after) = (each(&entries, "before"), each(&entries, "after"));
    assert_eq!((&before[0], &before[1]), (&after[1], &Value::Null));
    assert_eq!(each(&entries, "applied"), [Value::Null, Value::Null]);
}

#[tokio::test]
async fn a_request_that_changes_nothing_leaves_no_entry() {
    let bench = Bench::new();
    let path = bench.created(job()).await;
    for (method, suffix, body) in [
        (Method::POST, "/resume", Value::Null),
        (Method::PATCH, "", json!({ "nmae": "m" })),
        (Method::PATCH, "/versions", json!({})),
        (Method::GET, "", Value::Null),
    ] {
        bench.send(method, &format!("{path}{suffix}"), body).await;
    }
    bench
        .send_as("mallory", Method::DELETE, &path, Value::Null)
        .await;
    assert_eq!(each(&audit(&bench, "").await, "action"), ["create"]);
}

#[tokio::test]
async fn a_replayed_create_is_told_from_the_one_that_made_the_job() {
    let bench = Bench::new();
    for _ in 0..2 {
        let key = ("idempotency-key", "k");
        send_saying(&bench, Method::POST, "/v1/jobs", key, job()).await;
    }
    let entries = audit(&bench, "").await;
    assert_eq!(each(&entries, "applied"), [false, true]);
}

#[tokio::test]
async fn the_audit_is_filtered_and_paged() {
    let bench = Bench::new();
    let of_alice = bench.created(job()).await;
    bench.send_as("bob", Method::POST, "/v1/jobs", job()).await;
    let operator = token("olga", "operator");
    let pause = format!("{of_alice}/pause");
    bench
        .send_with(&operator, Method::POST, &pause, Value::Null)
        .await;
    for (parameters, expected) in [
        ("user=alice", vec!["pause", "create"]),
        ("user=olga", vec!["pause"]),
        ("user=bob", vec!["create"]),
        ("user=nobody", vec![]),
        ("subject=none", vec![]),
        ("limit=2", vec!["pause", "create"]),
        (
            "from=2026-11-21T12:00:00Z&until=2026-11-21T12:00:01Z",
            vec!["pause", "create", "create"],
        ),
        ("until=2026-11-21T12:00:00Z", vec![]),
        ("from=2026-11-21T12:00:01Z", vec![]),
        ("until=1970-01-02T00:00:00Z", vec![]),
    ] {
        let found = audit(&bench, parameters).await;
        assert_eq!(each(&found, "action"), expected, "{parameters}");
    }
    let first = audit(&bench, "limit=2").await;
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let rest = audit(&bench, &format!("limit=2&cursor={cursor}")).await;
    assert_eq!(each(&rest, "owner"), ["alice"]);
    for (parameters, field) in [
        ("from=yesterday", "from"),
        ("until=10000-01-01T00:00:00Z", "until"),
        (
            "from=2026-11-21T12:00:00Z&until=2026-11-21T12:00:00Z",
            "from",
        ),
        ("user=a%20b", "user"),
        ("limit=101", "limit"),
        ("cursor=x", "cursor"),
        ("subjcet=x", "subjcet"),
    ] {
        let refused = audit(&bench, parameters).await;
        assert!(refused.status.is_client_error(), "{parameters}");
        assert_eq!(refused.body["field"], field, "{parameters}");
    }
}
