//! What executions cost, summed over a job's and a user's.

use axum::http::{Method, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{Execution, ExecutionId, ExecutionState, JobId, Stamp, Used};
use serde_json::{Value, json};

use crate::support::issuer;
use crate::support::{Answer, Bench, now};

const PLAIN: Used = Used {
    write_units: 2,
    read_half_units: 2,
    requests: 0,
    worker_ms: 150,
};

async fn job(bench: &Bench) -> String {
    let every = json!({ "kind": "every", "seconds": 60 });
    bench
        .created(json!({ "name": "n", "job_type": "echo", "schedule": every }))
        .await
}

/// Stores executions of the job at `path`, one a second up to a minute ago, and returns the first one's fire time.
fn ran(bench: &Bench, path: &str, count: i64, used: Option<Used>) -> DateTime<Utc> {
    let job: JobId = path.rsplit('/').next().unwrap().parse().unwrap();
    let last = punctual::domain::floor_second(now()) - TimeDelta::minutes(1);
    for ago in 0..count {
        let id = ExecutionId::scheduled(job, last - TimeDelta::seconds(ago));
        bench.insert(Execution {
            attempt: 1,
            used,
            ..Execution::new(id, ExecutionState::Succeeded, Stamp(1))
        });
    }
    last - TimeDelta::seconds(count - 1)
}

async fn get(bench: &Bench, path: &str) -> Answer {
    bench.send(Method::GET, path, Value::Null).await
}

#[tokio::test]
async fn a_jobs_cost_is_the_sum_of_what_its_records_say() {
    let bench = Bench::new();
    let job = job(&bench).await;
    ran(&bench, &job, 3, Some(PLAIN));
    let answer = get(&bench, &format!("{job}/cost")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let used = json!({ "write_units": 6, "read_units": 3.0, "requests": 0, "worker_ms": 450 });
    assert_eq!(answer.body["cost"]["used"], used);
    assert_eq!(answer.body["cost"]["executions"], 3);
    // Nine writes with the hints, four reads and a half, nine requests, three invocations, and 450 ms of half a gigabyte.
    let price =
        (9.0 * 0.625 + 4.5 * 0.125 + 9.0 * 0.5 + 3.0 * 0.2) / 1e6 + 0.45 * 0.5 * 1.333_34e-5;
    let said = answer.body["cost"]["usd"].as_f64().unwrap();
    assert!((said - price).abs() < 1e-9, "{said} {price}");
    assert_eq!(answer.body["next_cursor"], Value::Null);
    assert_eq!(answer.body["since"], "2026-11-20T12:00:00Z");
    assert_eq!(answer.body["until"], "2026-11-21T12:00:00Z");
}

#[tokio::test]
async fn an_execution_shows_what_it_used_and_one_that_does_not_say_is_counted_apart() {
    let bench = Bench::new();
    let job = job(&bench).await;
    ran(&bench, &job, 1, Some(PLAIN));
    let shown = get(&bench, &format!("{job}/executions")).await.body;
    assert_eq!(shown["items"][0]["used"]["write_units"], 2);
    ran(&bench, &job, 1, None);
    let shown = get(&bench, &format!("{job}/executions")).await.body;
    assert_eq!(shown["items"][0]["used"], Value::Null);
    let cost = get(&bench, &format!("{job}/cost")).await.body["cost"].clone();
    assert_eq!(
        (&cost["executions"], &cost["unmetered"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(cost["usd"], 0.0);
}

#[tokio::test]
async fn a_long_sum_comes_in_parts_that_add_up() {
    let bench = Bench::new();
    let job = job(&bench).await;
    ran(&bench, &job, 2_100, Some(PLAIN));
    let (mut counts, mut cursor) = (Vec::new(), String::new());
    loop {
        let part = get(&bench, &format!("{job}/cost{cursor}")).await.body;
        counts.push(part["cost"]["executions"].as_u64().unwrap());
        match part["next_cursor"].as_str() {
            Some(next) => cursor = format!("?cursor={next}"),
            None => break,
        }
    }
    assert_eq!(counts, [1_000, 1_000, 100]);
}

#[tokio::test]
async fn only_executions_of_the_stretch_are_summed() {
    let bench = Bench::new();
    let job = job(&bench).await;
    let first = ran(&bench, &job, 60, Some(PLAIN));
    let (since, until) = (
        first + TimeDelta::seconds(10),
        first + TimeDelta::seconds(30),
    );
    let stretch = format!(
        "since={}&until={}",
        since.format("%FT%TZ"),
        until.format("%FT%TZ")
    );
    let answer = get(&bench, &format!("{job}/cost?{stretch}")).await;
    assert_eq!(answer.body["cost"]["executions"], 20);
    let of_user = get(&bench, &format!("/v1/cost?{stretch}")).await;
    assert_eq!(of_user.body["total"]["executions"], 20);
}

#[tokio::test]
async fn a_stretch_that_is_none_or_that_nobody_has_records_of_is_refused() {
    let bench = Bench::new();
    let job = job(&bench).await;
    for (query, field) in [
        ("since=2026-10-01T00:00:00Z", "since"),
        (
            "since=2026-11-21T12:00:00Z&until=2026-11-21T11:00:00Z",
            "until",
        ),
        ("until=2027-11-21T11:00:00Z", "until"),
        (
            "since=2026-10-23T00:00:00Z&until=2026-11-29T11:00:00Z",
            "until",
        ),
        ("since=yesterday", "since"),
        ("cursor=elsewhere", "cursor"),
        ("limit=5", "limit"),
        ("from=2026-11-21T11:00:00Z", "from"),
    ] {
        let answer = get(&bench, &format!("{job}/cost?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.body["errors"][0]["field"], field, "{}", answer.body);
    }
    let answer = get(&bench, "/v1/cost?limit=21").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_users_cost_names_each_job_and_says_what_is_not_the_whole() {
    let bench = Bench::new();
    let (small, large) = (job(&bench).await, job(&bench).await);
    ran(&bench, &small, 2, Some(PLAIN));
    ran(&bench, &large, 1_001, Some(PLAIN));
    let all = get(&bench, "/v1/cost").await.body;
    let mut items: Vec<_> = all["items"].as_array().unwrap().clone();
    items.sort_by_key(|item| item["cost"]["executions"].as_u64());
    let seen = |item: &Value| (item["cost"]["executions"].clone(), item["is_whole"].clone());
    assert_eq!(seen(&items[0]), (json!(2), json!(true)));
    assert_eq!(seen(&items[1]), (json!(1_000), json!(false)));
    assert_eq!(all["total"]["executions"], 1_002);

    let first = get(&bench, "/v1/cost?limit=1").await.body;
    let next = first["next_cursor"].as_str().unwrap();
    let second = get(&bench, &format!("/v1/cost?limit=1&cursor={next}"))
        .await
        .body;
    assert_ne!(first["items"][0]["job_id"], second["items"][0]["job_id"]);
    assert_eq!(second["next_cursor"], Value::Null);
}

#[tokio::test]
async fn costs_are_ones_own_unless_one_keeps_the_service_running() {
    let bench = Bench::new();
    let job = job(&bench).await;
    ran(&bench, &job, 2, Some(PLAIN));
    for path in [format!("{job}/cost"), "/v1/cost?user=alice".to_owned()] {
        let theirs = bench
            .send_as("mallory", Method::GET, &path, Value::Null)
            .await;
        assert_eq!(theirs.status, StatusCode::NOT_FOUND, "{path}");
        let operator = issuer::token("olga", "operator");
        let kept = bench
            .send_with(&operator, Method::GET, &path, Value::Null)
            .await;
        assert_eq!(kept.status, StatusCode::OK, "{path}");
    }
    let own = bench
        .send_as("mallory", Method::GET, "/v1/cost", Value::Null)
        .await;
    assert_eq!(own.body["total"]["executions"], 0);
}
