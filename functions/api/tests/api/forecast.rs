//! Forecasts, and jobs that are placed by them.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::issuer::token;
use crate::support::{Answer, Bench};

fn cron(expression: &str) -> Value {
    json!({ "name": "n", "job_type": "echo", "schedule": { "kind": "cron", "expression": expression } })
}

/// A job that calls a host, at half past every hour.
fn calling(host: &str) -> Value {
    let mut job = cron("30 * * * *");
    job["job_type"] = json!("http");
    job["payload"] = json!({ "url": format!("https://{host}/") });
    job
}

fn placed(mut job: Value, window: u32) -> Value {
    job["spread_seconds"] = json!(window);
    job["spread"] = json!("auto");
    job
}

async fn forecast(bench: &Bench, query: &str) -> Answer {
    bench
        .send(Method::GET, &format!("/v1/forecast{query}"), Value::Null)
        .await
}

/// Lets what was read become too old to be shown again.
fn go_on(bench: &Bench) {
    bench.advance(TimeDelta::seconds(6));
}

fn offset(job: &Value) -> u64 {
    assert_eq!(job["spread"]["placed"], "auto", "{job}");
    job["spread"]["offset_seconds"].as_u64().unwrap()
}

#[tokio::test]
async fn a_forecast_counts_what_starts_in_each_minute_and_names_the_busiest_seconds() {
    let bench = Bench::new();
    for _ in 0..3 {
        bench.created(cron("30 * * * *")).await;
    }
    bench.created(cron("30 6 * * *")).await;
    let shown = forecast(&bench, "").await.body;
    assert_eq!(shown["from"], "2026-11-21T12:00:01Z");
    assert_eq!(shown["until"], "2026-11-22T12:00:00Z");
    assert_eq!(shown["first_minute"], "2026-11-21T12:00:00Z");
    let minutes = shown["minutes"].as_array().unwrap();
    assert_eq!(minutes.len(), 1_440);
    assert_eq!((&minutes[29], &minutes[30]), (&json!(0), &json!(3)));
    assert_eq!((&shown["total"], &shown["jobs"]), (&json!(73), &json!(4)));
    let busiest = &shown["peaks"][0];
    assert_eq!(busiest["words"], "06:30:00 UTC: 4 starts, 75 % hourly");
    assert_eq!(
        busiest["cadences"][1],
        json!({ "cadence": "daily", "starts": 1 })
    );
    let types = json!([{ "key": "echo", "jobs": 4, "starts": 73 }]);
    assert_eq!(shown["job_types"]["top"], types);
    assert_eq!(shown["agenda"]["is_whole"], true);
    assert_eq!(shown["sample"], Value::Null);
    for (window, count) in [("hour", 60), ("month", 43_200)] {
        let shown = forecast(&bench, &format!("?window={window}")).await.body;
        assert_eq!(shown["minutes"].as_array().unwrap().len(), count);
    }
}

#[tokio::test]
async fn a_forecast_sees_what_was_made_paused_and_deleted_a_moment_ago() {
    let bench = Bench::new();
    let total = async |bench: &Bench| {
        go_on(bench);
        forecast(bench, "").await.body["total"].as_u64().unwrap()
    };
    let first = bench.created(cron("30 * * * *")).await;
    assert_eq!(total(&bench).await, 24);
    let second = bench.created(cron("30 * * * *")).await;
    assert_eq!(total(&bench).await, 48);
    let paused = bench
        .send(Method::POST, &format!("{first}/pause"), Value::Null)
        .await;
    assert_eq!(paused.status, StatusCode::OK);
    assert_eq!(total(&bench).await, 24);
    bench.send(Method::DELETE, &second, Value::Null).await;
    assert_eq!(total(&bench).await, 0);
    bench
        .send(Method::POST, &format!("{first}/resume"), Value::Null)
        .await;
    assert_eq!(total(&bench).await, 24);
}

#[tokio::test]
async fn a_forecast_is_of_ones_own_jobs_and_of_everybodys_for_those_who_keep_the_service_running() {
    let bench = Bench::new();
    for user in ["alice", "bob", "bob"] {
        let created = bench
            .send_as(user, Method::POST, "/v1/jobs", cron("30 * * * *"))
            .await;
        assert_eq!(created.status, StatusCode::CREATED);
    }
    let operator = token("olga", "operator");
    for (token, query, total) in [
        (&token("alice", "user"), "", 24),
        (&token("bob", "viewer"), "?user=bob", 48),
        (&operator, "", 72),
        (&operator, "?user=bob", 48),
        (&operator, "?user=nobody", 0),
    ] {
        let path = format!("/v1/forecast{query}");
        let shown = bench.send_with(token, Method::GET, &path, Value::Null);
        assert_eq!(shown.await.body["total"], total, "{query}");
    }
    for path in ["/v1/forecast?user=bob", "/v1/forecast/minute?user=bob"] {
        let answer = bench.send(Method::GET, path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_forecast_can_be_of_one_type_and_of_one_host() {
    let bench = Bench::new();
    bench.created(cron("30 * * * *")).await;
    bench.created(calling("one.example")).await;
    bench.created(calling("two.example")).await;
    for (query, total) in [
        ("", 72),
        ("?job_type=http", 48),
        ("?target=one.example", 24),
        ("?target=one.example&job_type=echo", 0),
    ] {
        assert_eq!(
            forecast(&bench, query).await.body["total"],
            total,
            "{query}"
        );
    }
    let shown = forecast(&bench, "").await.body;
    let hosts = shown["targets"]["top"].as_array().unwrap().iter();
    let hosts: Vec<_> = hosts.map(|share| &share["key"]).collect();
    assert_eq!(hosts, ["one.example", "two.example"]);
}

#[tokio::test]
async fn a_minute_is_shown_second_by_second() {
    let bench = Bench::new();
    bench.created(cron("30 12 * * *")).await;
    bench.created(cron("7 30 12 * * *")).await;
    let path = "/v1/forecast/minute?at=2026-11-22T12:30:31Z";
    let shown = bench.send(Method::GET, path, Value::Null).await.body;
    assert_eq!(shown["minute"], "2026-11-22T12:30:00Z");
    let seconds = shown["seconds"].as_array().unwrap();
    assert_eq!(seconds.len(), 60);
    let starts = [0, 1, 7].map(|second| seconds[second].as_u64().unwrap());
    assert_eq!(starts, [1, 0, 1]);
    assert_eq!(shown["total"], 2);
    assert_eq!(shown["job_types"][0]["key"], "echo");
    assert_eq!(&shown["job_types"][0]["seconds"], &shown["seconds"]);
}

#[tokio::test]
async fn what_cannot_be_forecast_is_refused_by_the_name_of_the_parameter() {
    let bench = Bench::new();
    for (path, field) in [
        ("/v1/forecast?window=year", "window"),
        ("/v1/forecast?by=user", "by"),
        ("/v1/forecast?user=%20", "user"),
        ("/v1/forecast/minute?at=noon", "at"),
        ("/v1/forecast/minute?at=2026-11-21T11:59:59Z", "at"),
        ("/v1/forecast/minute?at=2026-12-22T12:01:00Z", "at"),
    ] {
        let answer = bench.send(Method::GET, path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(answer.body["field"], field, "{path}");
    }
}

#[tokio::test]
async fn jobs_that_leave_their_place_to_punctual_each_find_a_second_of_their_own() {
    let bench = Bench::new();
    let mut taken = BTreeSet::new();
    for _ in 0..20 {
        let path = bench.created(placed(cron("0 * * * *"), 40)).await;
        let job = bench.send(Method::GET, &path, Value::Null).await.body;
        assert!(taken.insert(offset(&job)), "{job}");
    }
    let rest = vec![placed(cron("0 * * * *"), 40); 20];
    let answer = bench
        .send(Method::POST, "/v1/jobs/batch", json!({ "jobs": rest }))
        .await;
    for result in answer.body["results"].as_array().unwrap() {
        assert!(taken.insert(offset(&result["job"])), "{result}");
    }
    assert!(taken.last() < Some(&40), "{taken:?}");
}

#[tokio::test]
async fn a_job_is_placed_where_the_jobs_of_everybody_leave_room() {
    let bench = Bench::new();
    for second in (0..30).filter(|second| *second != 17) {
        let job = cron(&format!("{second} 0 * * * *"));
        let created = bench.send_as("bob", Method::POST, "/v1/jobs", job).await;
        assert_eq!(created.status, StatusCode::CREATED);
    }
    let path = bench.created(placed(cron("0 * * * *"), 30)).await;
    let job = bench.send(Method::GET, &path, Value::Null).await.body;
    assert_eq!(offset(&job), 17);
    assert_eq!(job["next_fire_at"], "2026-11-21T12:00:17Z");
    assert_eq!(job["next_nominal_at"], "2026-11-21T12:00:00Z");
}

#[tokio::test]
async fn a_place_that_was_chosen_is_kept_until_the_schedule_or_the_window_changes() {
    let bench = Bench::new();
    let path = bench.created(placed(cron("0 * * * *"), 30)).await;
    let place = offset(&bench.send(Method::GET, &path, Value::Null).await.body);
    // By now others are everywhere but here: whoever was placed anew would go elsewhere.
    for second in (0..60).filter(|second| *second != (place + 1) % 30) {
        bench.created(cron(&format!("{second} 0 * * * *"))).await;
    }
    bench.advance(TimeDelta::minutes(2));
    let changed = async |change: Value| bench.send(Method::PATCH, &path, change).await.body;
    for change in [
        json!({ "name": "m", "priority": 1 }),
        json!({ "ends_at": "2027-01-01T00:00:00Z" }),
    ] {
        assert_eq!(offset(&changed(change).await), place);
    }
    assert_eq!(
        offset(&changed(json!({ "spread_seconds": 31 })).await),
        (place + 1) % 30
    );
    let by_id = changed(json!({ "spread": "hash" })).await;
    assert_eq!(by_id["spread"]["placed"], "hash");
    let exact = changed(json!({ "spread_seconds": 0 })).await;
    assert_eq!(exact["spread"], Value::Null);
}

#[tokio::test]
async fn a_request_that_is_sent_again_finds_the_job_where_it_was_placed() {
    let bench = Bench::new();
    let send = async || {
        let request = axum::http::Request::post("/v1/jobs")
            .header("authorization", crate::support::alice().1)
            .header("content-type", "application/json")
            .header("idempotency-key", "k")
            .body(placed(cron("0 * * * *"), 900).to_string().into());
        bench.call(request.unwrap()).await
    };
    let first = send().await;
    let again = send().await;
    assert_eq!(
        (first.status, again.status),
        (StatusCode::CREATED, StatusCode::OK)
    );
    assert_eq!(first.body["spread"], again.body["spread"]);
}

#[tokio::test]
async fn a_place_needs_a_window() {
    let bench = Bench::new();
    let mut job = cron("0 * * * *");
    job["spread"] = json!("auto");
    let answer = bench.send(Method::POST, "/v1/jobs", job).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.body["field"], "spread");
}

#[tokio::test]
async fn a_preview_shows_the_place_that_a_job_would_be_given_and_takes_none() {
    let bench = Bench::new();
    for second in (0..30).filter(|second| *second != 17) {
        bench.created(cron(&format!("{second} 0 * * * *"))).await;
    }
    let asked = json!({
        "schedule": cron("0 * * * *")["schedule"], "spread_seconds": 30, "spread": "auto", "count": 1,
    });
    let preview = async |asked: &Value| {
        let path = "/v1/schedules/preview";
        bench.send(Method::POST, path, asked.clone()).await.body
    };
    for _ in 0..2 {
        let shown = preview(&asked).await;
        assert_eq!(offset(&shown), 17);
        assert_eq!(shown["fire_times"][0]["utc"], "2026-11-21T12:00:17Z");
    }
    let path = bench.created(placed(cron("0 * * * *"), 30)).await;
    let mut of_the_job = asked.clone();
    of_the_job["job_id"] = json!(path.rsplit('/').next().unwrap());
    assert_eq!(offset(&preview(&of_the_job).await), 17, "it stays there");
}

async fn weigh(bench: &Bench, token: &str, body: Value) -> Answer {
    let path = "/v1/forecast/what-if";
    bench.send_with(token, Method::POST, path, body).await
}

#[tokio::test]
async fn a_change_is_weighed_before_and_after_and_nothing_is_changed() {
    let bench = Bench::new();
    let herd = vec![cron("30 * * * *"); 100];
    for _ in 0..3 {
        let body = json!({ "jobs": herd });
        bench.send(Method::POST, "/v1/jobs/batch", body).await;
    }
    let writes = bench.writes();
    let change = json!({
        "window": "hour", "change": { "spread_seconds": 300, "spread": "auto", "shards": 3 },
    });
    let shown = weigh(&bench, &token("alice", "user"), change).await.body;
    let (before, after) = (&shown["before"], &shown["after"]);
    assert_eq!(
        (&shown["jobs"], &before["starts"]),
        (&json!(300), &json!(300))
    );
    assert_eq!(before["peak_per_second"], 300);
    assert_eq!(before["peak_at"], "2026-11-21T12:30:00Z");
    assert_eq!(after["peak_per_second"], 1);
    let p99 = |outcome: &Value| outcome["lateness_ms"]["p99"].as_u64().unwrap();
    assert!(p99(after) < p99(before), "{shown}");
    assert!(before["usd_per_month"].as_f64() > Some(0.0));
    assert_eq!(shown["assumptions"]["places"]["normal"], 10);
    assert_eq!(shown["assumptions"]["mean_seconds"]["normal"], 1.0);
    let shards = ["assumptions", "assumptions_after"].map(|name| &shown[name]["shards"]);
    assert_eq!(shards, [1, 3]);
    assert_eq!(bench.writes(), writes);
}

#[tokio::test]
async fn what_can_be_nobodys_name_is_refused_where_it_stands() {
    let bench = Bench::new();
    let body = json!({ "for": { "user": "\u{d7}" }, "change": { "shards": 3 } });
    let refused = weigh(&bench, &token("olga", "operator"), body).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert_eq!(refused.body["field"], "for.user");
}

#[tokio::test]
async fn who_does_not_reach_others_jobs_weighs_as_if_there_were_none() {
    let bench = Bench::new();
    for user in ["alice", "bob", "bob"] {
        bench
            .send_as(user, Method::POST, "/v1/jobs", cron("30 * * * *"))
            .await;
    }
    let change = |who: Value| json!({ "for": who, "change": { "max_concurrency": 1 } });
    let operator = token("olga", "operator");
    for (token, who, jobs, starts) in [
        (&token("alice", "user"), json!({}), 1, 24),
        (
            &token("bob", "viewer"),
            json!({ "job_type": "echo" }),
            2,
            48,
        ),
        (&operator, json!({ "user": "bob" }), 2, 72),
        (&operator, json!({ "target": "nowhere.example" }), 0, 72),
    ] {
        let shown = weigh(&bench, token, change(who.clone())).await.body;
        assert_eq!(
            (&shown["jobs"], &shown["before"]["starts"]),
            (&json!(jobs), &json!(starts)),
            "{who}"
        );
    }
    let refused = weigh(
        &bench,
        &token("alice", "user"),
        change(json!({ "user": "bob" })),
    )
    .await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_change_that_says_nothing_or_too_much_is_refused_by_its_field() {
    let bench = Bench::new();
    for (change, field) in [
        (json!({}), "change"),
        (json!({ "spread": "auto" }), "change.spread"),
        (json!({ "spread_seconds": 86_401 }), "change.spread_seconds"),
        (json!({ "max_concurrency": 0 }), "change.max_concurrency"),
        (json!({ "shards": 0 }), "change.shards"),
        (json!({ "places": { "low": 0 } }), "change.places.low"),
        (json!({ "speed": 1 }), "change.speed"),
    ] {
        let body = json!({ "change": change });
        let answer = weigh(&bench, &token("alice", "user"), body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{change}");
        assert_eq!(answer.body["field"], field, "{change}: {}", answer.body);
    }
}
