//! Jobs that run after others, through the REST face.

use axum::http::{Method, Request, StatusCode};
use chrono::TimeDelta;
use punctual::domain::{Execution, ExecutionId, ExecutionState, Stamp};
use serde_json::{Value, json};

use crate::support::{Answer, Bench, alice};

fn job(name: &str, more: &Value) -> Value {
    let mut job = json!({ "name": name, "job_type": "echo" });
    let fields = job.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    job
}

fn root(name: &str) -> Value {
    job(
        name,
        &json!({ "schedule": { "kind": "cron", "expression": "0 9 * * *" } }),
    )
}

async fn id(bench: &Bench, job: Value) -> String {
    let path = bench.created(job).await;
    path.rsplit('/').next().unwrap().to_owned()
}

/// The answer to a patch of the job.
async fn patch(bench: &Bench, id: &str, change: Value) -> Answer {
    let path = format!("/v1/jobs/{id}");
    bench.send(Method::PATCH, &path, change).await
}

fn refused(answer: &Answer, field: &str) {
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        answer.body
    );
    assert_eq!(answer.body["field"], field, "{}", answer.body);
}

#[tokio::test]
async fn a_job_without_a_schedule_of_its_own_is_shown_with_every_default() {
    let bench = Bench::new();
    let up = id(&bench, root("up")).await;
    let down = id(&bench, job("down", &json!({ "after": [up] }))).await;
    let shown = bench
        .send(Method::GET, &format!("/v1/jobs/{down}"), Value::Null)
        .await;
    for (field, expected) in [
        ("schedule", json!({ "kind": "after" })),
        ("after", json!([up])),
        ("after_condition", json!("all_succeeded")),
        ("after_limit_seconds", json!(86_400)),
        ("overlap", json!("allow")),
        ("next_fire_at", Value::Null),
        ("status", json!("active")),
    ] {
        assert_eq!(shown.body[field], expected, "{field}");
    }
    let shown = bench
        .send(Method::GET, &format!("/v1/jobs/{up}"), Value::Null)
        .await;
    assert_eq!(
        (&shown.body["after"], &shown.body["overlap"]),
        (&json!([]), &json!("skip"))
    );
}

#[tokio::test]
async fn it_is_paused_resumed_changed_compared_and_listed_like_any_other() {
    let bench = Bench::new();
    let up = id(&bench, root("up")).await;
    let down = id(&bench, job("down", &json!({ "after": [up] }))).await;
    let path = format!("/v1/jobs/{down}");
    for (action, status) in [("pause", "paused"), ("resume", "active")] {
        let answer = bench
            .send(Method::POST, &format!("{path}/{action}"), Value::Null)
            .await;
        assert_eq!(answer.body["status"], status, "{}", answer.body);
    }
    let any = patch(&bench, &down, json!({ "after_condition": "all_finished" })).await;
    assert_eq!(any.body["after_condition"], "all_finished", "{}", any.body);
    let alone = patch(
        &bench,
        &down,
        json!({ "after": null, "after_condition": null }),
    )
    .await;
    refused(&alone, "schedule");
    let schedule = json!({ "kind": "every", "seconds": 60 });
    let both = patch(&bench, &down, json!({ "schedule": schedule })).await;
    assert_eq!(both.body["after"], json!([up]), "{}", both.body);
    assert_ne!(both.body["next_fire_at"], Value::Null);
    let again = patch(&bench, &down, json!({ "schedule": null })).await;
    assert_eq!(
        again.body["schedule"],
        json!({ "kind": "after" }),
        "{}",
        again.body
    );
    let diff = format!("{path}/diff");
    let diff = bench
        .send(Method::POST, &diff, json!({ "schedule": schedule }))
        .await;
    assert_eq!(diff.status, StatusCode::OK, "{}", diff.body);
    assert_ne!(diff.body["gained"], json!([]));
    let versions = bench
        .send(Method::GET, &format!("{path}/versions"), Value::Null)
        .await;
    assert_eq!(
        versions.body["items"].as_array().unwrap().len(),
        6,
        "{}",
        versions.body
    );
    let list = bench.send(Method::GET, "/v1/jobs", Value::Null).await;
    assert_eq!(list.body["items"].as_array().unwrap().len(), 2);
    let preview = json!({ "schedule": { "kind": "after" } });
    let preview = bench
        .send(Method::POST, "/v1/schedules/preview", preview)
        .await;
    assert_eq!(preview.body["fire_times"], json!([]), "{}", preview.body);
    let brief = bench.send(Method::GET, "/job", Value::Null).await;
    assert_eq!(brief.status, StatusCode::OK, "{}", brief.body);
}

#[tokio::test]
async fn what_cannot_be_waited_for_is_refused_by_its_place() {
    let bench = Bench::new();
    let up = id(&bench, root("up")).await;
    let other = bench
        .send_as("bob", Method::POST, "/v1/jobs", root("other"))
        .await;
    let others = other.body["id"].as_str().unwrap().to_owned();
    let gone = id(&bench, root("gone")).await;
    bench
        .send(Method::DELETE, &format!("/v1/jobs/{gone}"), Value::Null)
        .await;
    let noon = json!({ "schedule": { "kind": "cron", "expression": "0 12 * * *" } });
    let noon = id(&bench, job("noon", &noon)).await;
    let written = bench.writes();
    for (after, field) in [
        (
            json!([up, "00000000-0000-0000-0000-000000000000"]),
            "after[1]",
        ),
        (json!([others]), "after[0]"),
        (json!([gone]), "after[0]"),
        (json!([up, "x"]), "after[1]"),
        (json!([up, up]), "after[1]"),
        // They would never be waited for together.
        (json!([up, noon]), "after[1]"),
        (json!("x"), "after"),
        (json!(["key:up"]), "after[0]"),
        (json!([]), "schedule"),
    ] {
        let answer = bench
            .send(
                Method::POST,
                "/v1/jobs",
                job("d", &json!({ "after": after })),
            )
            .await;
        refused(&answer, field);
    }
    for (more, field) in [
        (json!({ "after_condition": "some" }), "after_condition"),
        (json!({ "after_limit_seconds": 9 }), "after_limit_seconds"),
        (
            json!({ "after_limit_seconds": 604_801 }),
            "after_limit_seconds",
        ),
        (
            json!({ "schedule": { "kind": "after", "at": "x" } }),
            "schedule.at",
        ),
    ] {
        let mut asked = job("d", &json!({ "after": [up] }));
        asked
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        refused(&bench.send(Method::POST, "/v1/jobs", asked).await, field);
    }
    assert_eq!(bench.writes(), written, "nothing was written");
}

#[tokio::test]
async fn a_change_that_would_close_a_cycle_is_refused_with_the_jobs_on_it() {
    let bench = Bench::new();
    let first = id(&bench, root("1")).await;
    let second = id(&bench, job("2", &json!({ "after": [first] }))).await;
    let third = id(&bench, job("3", &json!({ "after": [second] }))).await;
    let answer = patch(&bench, &first, json!({ "after": [third] })).await;
    refused(&answer, "after[0]");
    let reason = answer.body["detail"].as_str().unwrap();
    for job in [&first, &second, &third] {
        assert!(reason.contains(job.as_str()), "{reason}");
    }
    refused(
        &patch(&bench, &first, json!({ "after": [first] })).await,
        "after[0]",
    );
    // What was let go of does not stand in the way, once nobody can be about to take it up.
    let own = json!({ "after": null, "schedule": { "kind": "every", "seconds": 60 } });
    let answer = patch(&bench, &third, own).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    bench.advance(TimeDelta::seconds(61));
    let answer = patch(&bench, &first, json!({ "after": [third] })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test]
async fn a_job_that_others_run_after_is_not_deleted() {
    let bench = Bench::new();
    let up = id(&bench, root("up")).await;
    let down = id(&bench, job("down", &json!({ "after": [up] }))).await;
    let path = format!("/v1/jobs/{up}");
    let answer = bench.send(Method::DELETE, &path, Value::Null).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
    assert!(answer.body["detail"].as_str().unwrap().contains(&down));
    let deleted = bench
        .send(Method::DELETE, &format!("/v1/jobs/{down}"), Value::Null)
        .await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    let answer = bench.send(Method::DELETE, &path, Value::Null).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
}

async fn batch(bench: &Bench, key: &str, jobs: Value) -> Value {
    let request = Request::post("/v1/jobs/batch")
        .header(alice().0, alice().1)
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(json!({ "jobs": jobs }).to_string().into());
    let answer = bench.call(request.unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body["results"].clone()
}

#[tokio::test]
async fn a_whole_graph_is_made_by_one_batch_and_by_its_replay_no_second_time() {
    let bench = Bench::new();
    let above = id(&bench, root("above")).await;
    let jobs = json!([
        job(
            "last",
            &json!({ "after": ["key:left", "key:right"], "key": "last" })
        ),
        job("right", &json!({ "after": [above], "key": "right" })),
        job("left", &json!({ "after": [above], "key": "left" })),
        job(
            "mixed",
            &json!({ "after": ["key:last", above, "key:left"] })
        ),
        root("alone"),
    ]);
    let made = batch(&bench, "graph-1", jobs.clone()).await;
    let ids: Vec<_> = (0..5)
        .map(|index| made[index]["job"]["id"].clone())
        .collect();
    for index in 0..5 {
        assert_eq!(made[index]["status"], 201, "{}", made[index]);
        assert_eq!(made[index]["index"], index);
    }
    assert_eq!(made[0]["job"]["after"], json!([ids[2], ids[1]]));
    assert_eq!(made[3]["job"]["after"], json!([ids[0], above, ids[2]]));
    let again = batch(&bench, "graph-1", jobs).await;
    for index in 0..5 {
        assert_eq!(again[index]["status"], 200, "{}", again[index]);
        assert_eq!(again[index]["job"]["id"], ids[index]);
    }
}

#[tokio::test]
async fn items_that_cannot_be_made_are_refused_and_those_behind_them_too() {
    let bench = Bench::new();
    let mut bad = root("bad");
    bad["key"] = json!("bad");
    bad["priority"] = json!(11);
    let jobs = json!([
        bad,
        job("behind", &json!({ "after": ["key:bad"], "key": "behind" })),
        job("further", &json!({ "after": ["key:behind"] })),
        job("nobody", &json!({ "after": ["key:nobody"] })),
        job("one", &json!({ "after": ["key:other"], "key": "one" })),
        job("other", &json!({ "after": ["key:one"], "key": "other" })),
        job("twice", &json!({ "after": ["key:one"], "key": "other" })),
        job("unnamed", &json!({ "after": ["key:one"], "key": 7 })),
        root("well"),
    ]);
    let results = batch(&bench, "graph-2", jobs).await;
    for (index, field) in [
        (0, "priority"),
        (1, "after[0]"),
        (2, "after[0]"),
        (3, "after[0]"),
        (4, "after[0]"),
        (5, "after[0]"),
        (6, "key"),
        (7, "key"),
    ] {
        assert_eq!(results[index]["status"], 422, "{}", results[index]);
        assert_eq!(
            results[index]["problem"]["field"], field,
            "{}",
            results[index]
        );
    }
    let reason = results[2]["problem"]["detail"].as_str().unwrap();
    assert!(reason.contains("refused itself: item 1"), "{reason}");
    assert_eq!(results[8]["status"], 201);
}

#[tokio::test]
async fn a_graph_shows_all_that_hangs_together_and_what_became_of_a_run() {
    let bench = Bench::new();
    let first = id(&bench, root("first")).await;
    let side = id(&bench, job("side", &json!({ "after": [first] }))).await;
    let last = id(&bench, job("last", &json!({ "after": [side, first] }))).await;
    let alone = id(&bench, root("alone")).await;
    let fire_time = "2026-11-21T09:00:00Z".parse().unwrap();
    let failed = ExecutionId::scheduled(first.parse().unwrap(), fire_time);
    bench.insert(Execution::new(failed, ExecutionState::Dead, Stamp(1)));
    let shown = |id: &str, run: &str| {
        let path = format!("/v1/jobs/{id}/graph{run}");
        let bench = &bench;
        async move { bench.send(Method::GET, &path, Value::Null).await }
    };
    for run in [
        "?run=2026-11-21T09:00:00Z",
        "?run=20261121T090000Z",
        &format!("?run={failed}"),
    ] {
        let graph = shown(&side, run).await.body;
        assert_eq!(graph["run"], "20261121T090000Z", "{graph}");
        let nodes = graph["nodes"].as_array().unwrap();
        let ids: Vec<_> = nodes.iter().map(|node| &node["id"]).collect();
        assert_eq!(ids, [&json!(first), &json!(side), &json!(last)]);
        assert_eq!(nodes[0]["execution"]["state"], "dead");
        assert_eq!(nodes[1]["execution"], Value::Null);
        assert_eq!(nodes[0]["schedule_kind"], "cron");
        assert_eq!(nodes[2]["schedule_kind"], "after");
        assert_eq!(graph["truncated"], false);
        let edges = json!([
            { "from": first, "to": side },
            { "from": side, "to": last },
            { "from": first, "to": last },
        ]);
        assert_eq!(graph["edges"], edges);
    }
    let graph = shown(&alone, "").await.body;
    assert_eq!(graph["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(graph["run"], Value::Null);
    for run in ["?run=x", "?run=2026-11-21T09:00:00.5Z", "?walk=1"] {
        let answer = shown(&alone, run).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    }
    let path = format!("/v1/jobs/{alone}/graph");
    let answer = bench.send_as("bob", Method::GET, &path, Value::Null).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_job_without_a_record_of_a_run_says_what_it_waits_for() {
    let bench = Bench::new();
    let minutely = json!({ "schedule": { "kind": "cron", "expression": "* * * * *" } });
    let up = id(&bench, job("up", &minutely)).await;
    let down = id(&bench, job("down", &json!({ "after": [up] }))).await;
    bench.advance(TimeDelta::minutes(10));
    for (at, reason) in [
        ("2026-11-21T12:01:00Z", "upstream_pending"),
        ("2026-11-21T12:00:00Z", "no_upstream_run"),
        ("2026-11-21T12:01:30Z", "no_upstream_run"),
    ] {
        let path = format!("/v1/jobs/{down}/occurrences/{at}");
        let why = bench.send(Method::GET, &path, Value::Null).await.body;
        assert_eq!(
            (&why["outcome"], &why["reason"]),
            (&json!("not_planned"), &json!(reason)),
            "{why}"
        );
    }
}
