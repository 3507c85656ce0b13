//! Workers outside: what they are given, how long they hold it, and what they may say of it.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use punctual::domain::{Execution, ExecutionId, Occasion};
use serde_json::{Value, json};

use crate::support::issuer::token;
use crate::support::{Bench, held, in_an_hour, now, offered};

const TOKEN: &str = "00000000000000ab";

/// A job of alice's whose work is offered, as an execution's id.
async fn pulled(bench: &Bench) -> ExecutionId {
    let job = json!({
        "name": "n", "job_type": "pull", "timeout_seconds": 600,
        "payload": { "work": "resize-images", "input": { "width": 80 } },
        "schedule": { "kind": "every", "seconds": 3600 },
    });
    in_an_hour(&bench.created(job).await)
}

async fn registered(bench: &Bench, user: &str) -> String {
    let request = json!({ "name": "w", "works": ["resize-images", "other"] });
    let answer = bench.send_as(user, Method::POST, "/v1/workers", request);
    let answer = answer.await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.body["id"].as_str().unwrap().to_owned()
}

async fn polled(bench: &Bench, worker: &str, max: u32) -> Vec<Value> {
    let path = format!("/v1/workers/{worker}/poll");
    let request = json!({ "wait_seconds": 0, "max": max });
    let answer = bench.send(Method::POST, &path, request).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body["executions"].as_array().unwrap().clone()
}

async fn say(bench: &Bench, id: ExecutionId, verb: &str, body: Value) -> (StatusCode, Value) {
    let path = format!("/v1/executions/{id}/{verb}");
    let answer = bench.send(Method::POST, &path, body).await;
    (answer.status, answer.body)
}

async fn shown(bench: &Bench, id: ExecutionId) -> Value {
    let path = format!("/v1/executions/{id}");
    bench.send(Method::GET, &path, Value::Null).await.body
}

#[tokio::test]
async fn a_poll_takes_the_most_urgent_first_and_nothing_twice() {
    let bench = Bench::new();
    let id = pulled(&bench).await;
    let at = |minutes| ExecutionId {
        occasion: Occasion::Scheduled(id.occasion.fire_time() + TimeDelta::minutes(minutes)),
        ..id
    };
    for (minutes, priority) in [(0, 7), (2, 1), (1, 1)] {
        bench.offer(&offered(at(minutes), "alice", priority));
    }
    let worker = registered(&bench, "alice").await;
    let first = polled(&bench, &worker, 2).await;
    let ids: Vec<_> = first.iter().map(|task| task["execution"].clone()).collect();
    assert_eq!(ids, [json!(at(1)), json!(at(2))]);
    let rest = polled(&bench, &worker, 10).await;
    let [task] = &rest[..] else {
        panic!("{rest:?}");
    };
    for (field, expected) in [
        ("execution", json!(at(0))),
        ("job", json!(id.job)),
        ("work", json!("resize-images")),
        ("input", json!({ "width": 80 })),
        ("fire_time", json!("2026-11-21T13:00:00Z")),
        ("attempt", json!(1)),
        ("heartbeat_seconds", json!(60)),
        ("deadline", json!("2026-11-21T12:10:00.250Z")),
    ] {
        assert_eq!(task[field], expected, "{field}");
    }
    assert_ne!(task["claim_token"], first[0]["claim_token"]);
    assert_eq!(polled(&bench, &worker, 10).await, [] as [Value; 0]);
    let shown = shown(&bench, id).await;
    assert_eq!(shown["state"], "running");
    assert_eq!(shown["offer"]["worker_id"], json!(worker));
    assert!(shown["offer"].get("reported_under").is_none() && shown.get("claim").is_none());
}

#[tokio::test]
async fn a_poll_waits_for_as_long_as_it_was_asked_to() {
    let bench = Bench::new();
    let worker = registered(&bench, "alice").await;
    let path = format!("/v1/workers/{worker}/poll");
    let answer = bench
        .send(Method::POST, &path, json!({ "wait_seconds": 7 }))
        .await;
    assert_eq!(answer.body, json!({ "executions": [] }));
    assert_eq!(bench.now(), now() + TimeDelta::seconds(7));
    bench.send(Method::POST, &path, Value::Null).await;
    assert_eq!(bench.now(), now() + TimeDelta::seconds(27));
}

#[tokio::test]
async fn nobody_is_given_the_work_of_another() {
    let bench = Bench::new();
    let id = pulled(&bench).await;
    bench.offer(&offered(id, "alice", 5));
    let theirs = registered(&bench, "mallory").await;
    let poll = |worker: String| format!("/v1/workers/{worker}/poll");
    let request = json!({ "wait_seconds": 0 });
    let theirs = poll(theirs);
    let empty = bench.send_as("mallory", Method::POST, &theirs, request.clone());
    assert_eq!(empty.await.body, json!({ "executions": [] }));
    let foreign = bench.send(Method::POST, &theirs, request.clone()).await;
    let none = bench
        .send(Method::POST, &poll("x".to_owned()), request)
        .await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(foreign.body, none.body);
}

#[tokio::test]
async fn progress_is_shown_and_a_heartbeat_that_says_nothing_is_not_written() {
    let bench = Bench::new();
    let id = pulled(&bench).await;
    bench.insert(held(id, "alice", TOKEN));
    bench.advance(TimeDelta::seconds(10));
    let beat = json!({
        "claim_token": TOKEN, "progress": { "percent": 40, "message": "4 of 10" },
    });
    let (status, heard) = say(&bench, id, "heartbeat", beat.clone()).await;
    assert_eq!(status, StatusCode::OK, "{heard}");
    let expected = json!({
        "cancel_requested": false,
        "lease_until": "2026-11-21T12:01:10.250Z",
        "deadline": "2026-11-21T12:10:00.250Z",
    });
    assert_eq!(heard, expected);
    let progress = &shown(&bench, id).await["progress"];
    assert_eq!(progress["percent"], 40);
    assert_eq!(progress["message"], "4 of 10");

    let writes = bench.writes();
    bench.advance(TimeDelta::seconds(4));
    for again in [beat, json!({ "claim_token": TOKEN })] {
        assert_eq!(say(&bench, id, "heartbeat", again).await.1, heard);
    }
    assert_eq!(bench.writes(), writes);
}

#[tokio::test]
async fn the_end_is_what_its_holder_reports() {
    let done = json!({ "claim_token": TOKEN, "output": { "resized": 3 } });
    let again = json!({ "claim_token": TOKEN, "detail": "no memory" });
    let never = json!({ "claim_token": TOKEN, "detail": "no such image", "retry": false });
    for (verb, body, state) in [
        ("complete", done, "succeeded"),
        ("fail", again, "retry_wait"),
        ("fail", never, "failed"),
    ] {
        let bench = Bench::new();
        let id = pulled(&bench).await;
        bench.insert(held(id, "alice", TOKEN));
        bench.advance(TimeDelta::seconds(3));
        let (status, ended) = say(&bench, id, verb, body.clone()).await;
        assert_eq!(status, StatusCode::OK, "{ended}");
        assert_eq!(ended["state"], state);
        assert_eq!(ended["duration_ms"], 3_000);
        if let Some(output) = body.get("output") {
            assert_eq!(ended["output"], *output);
        } else {
            assert_eq!(ended["errors"][0]["detail"], body["detail"]);
        }
        // Its answer was lost, and it is sent again.
        assert_eq!(say(&bench, id, verb, body).await, (StatusCode::OK, ended));
    }
}

#[tokio::test]
async fn a_stale_token_is_refused_and_changes_nothing() {
    let bench = Bench::new();
    let id = pulled(&bench).await;
    bench.insert(held(id, "alice", TOKEN));
    let other = "00000000000000cd";
    let before = shown(&bench, id).await;
    let writes = bench.writes();
    for (verb, body) in [
        (
            "heartbeat",
            json!({ "claim_token": other, "progress": { "percent": 1 } }),
        ),
        ("complete", json!({ "claim_token": other })),
        ("fail", json!({ "claim_token": other, "detail": "d" })),
    ] {
        let (status, problem) = say(&bench, id, verb, body).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    }
    assert_eq!(bench.writes(), writes);
    assert_eq!(shown(&bench, id).await, before);
}

#[tokio::test]
async fn past_its_deadline_nobody_holds_anything() {
    let bench = Bench::new();
    let id = pulled(&bench).await;
    bench.insert(held(id, "alice", TOKEN));
    bench.advance(TimeDelta::seconds(600));
    for (verb, body) in [
        ("heartbeat", json!({ "claim_token": TOKEN })),
        ("complete", json!({ "claim_token": TOKEN })),
    ] {
        let (status, problem) = say(&bench, id, verb, body).await;
        assert_eq!(status, StatusCode::CONFLICT);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("timed out"), "{detail}");
    }
}

#[tokio::test]
async fn an_offer_whose_holder_fell_silent_is_taken_over_at_once() {
    let bench = Bench::new();
    let id = pulled(&bench).await;
    bench.offer(&offered(id, "alice", 5));
    // Its holder's poll died before it could remove the offer.
    bench.insert(held(id, "alice", TOKEN));
    let worker = registered(&bench, "alice").await;
    bench.advance(TimeDelta::seconds(59));
    assert_eq!(polled(&bench, &worker, 1).await, [] as [Value; 0]);
    bench.advance(TimeDelta::seconds(1));
    let taken = polled(&bench, &worker, 1).await;
    assert_eq!(taken[0]["attempt"], 2);
    let shown = shown(&bench, id).await;
    assert_eq!(shown["errors"][0]["reason"], "worker_lost");
    let (status, _) = say(&bench, id, "complete", json!({ "claim_token": TOKEN })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let mine = json!({ "claim_token": taken[0]["claim_token"] });
    assert_eq!(say(&bench, id, "complete", mine).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_cancel_ends_an_offer_at_once_and_reaches_a_holder_by_its_heartbeat() {
    let bench = Bench::new();
    let id = pulled(&bench).await;
    bench.offer(&offered(id, "alice", 5));
    let (status, ended) = say(&bench, id, "cancel", Value::Null).await;
    assert_eq!(
        (status, &ended["state"]),
        (StatusCode::OK, &json!("canceled"))
    );
    let worker = registered(&bench, "alice").await;
    assert_eq!(polled(&bench, &worker, 1).await, [] as [Value; 0]);

    bench.insert(held(id, "alice", TOKEN));
    let (status, told) = say(&bench, id, "cancel", Value::Null).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(
        (&told["state"], &told["cancel_requested"]),
        (&json!("running"), &json!(true))
    );
    let (_, heard) = say(&bench, id, "heartbeat", json!({ "claim_token": TOKEN })).await;
    assert_eq!(heard["cancel_requested"], true);
    let confirmed = json!({ "claim_token": TOKEN, "detail": "stopped", "retry": false });
    let (_, ended) = say(&bench, id, "fail", confirmed).await;
    assert_eq!(
        (&ended["state"], &ended["reason"]),
        (&json!("canceled"), &json!("canceled_by_user"))
    );
}

#[tokio::test]
async fn what_its_job_no_longer_wants_is_not_handed_out() {
    for (path, body, state, reason) in [
        ("pause", Value::Null, "skipped", json!("job_paused")),
        (
            "",
            json!({ "payload": { "work": "other" } }),
            "retry_wait",
            Value::Null,
        ),
    ] {
        let bench = Bench::new();
        let id = pulled(&bench).await;
        bench.offer(&offered(id, "alice", 5));
        let job = format!("/v1/jobs/{}", id.job);
        let changed = match path {
            "" => bench.send(Method::PATCH, &job, body).await,
            verb => {
                bench
                    .send(Method::POST, &format!("{job}/{verb}"), body)
                    .await
            }
        };
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
        let worker = registered(&bench, "alice").await;
        assert_eq!(polled(&bench, &worker, 1).await, [] as [Value; 0]);
        let shown = shown(&bench, id).await;
        assert_eq!(
            (&shown["state"], &shown["reason"]),
            (&json!(state), &reason)
        );
    }
}

#[tokio::test]
async fn workers_are_listed_to_their_owner_and_to_those_who_keep_the_service() {
    let bench = Bench::new();
    let id = registered(&bench, "alice").await;
    let listed = bench.send(Method::GET, "/v1/workers", Value::Null).await;
    assert_eq!(listed.body["items"][0]["id"], json!(id));
    assert_eq!(
        listed.body["items"][0]["works"],
        json!(["resize-images", "other"])
    );
    let ask = "/v1/workers?user=alice";
    let operator = token("olga", "operator");
    let seen = bench
        .send_with(&operator, Method::GET, ask, Value::Null)
        .await;
    assert_eq!(seen.body, listed.body);
    let refused = bench
        .send_as("mallory", Method::GET, ask, Value::Null)
        .await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);

    bench.advance(TimeDelta::hours(23));
    polled(&bench, &id, 1).await;
    bench.advance(TimeDelta::hours(23));
    let known = bench.send(Method::GET, "/v1/workers", Value::Null).await;
    assert_eq!(known.body["items"].as_array().unwrap().len(), 1);
    bench.advance(TimeDelta::hours(2));
    let forgotten = bench.send(Method::GET, "/v1/workers", Value::Null).await;
    assert_eq!(forgotten.body, json!({ "items": [] }));
}

#[tokio::test]
async fn what_cannot_be_accepted_is_refused_by_field_and_changes_nothing() {
    let bench = Bench::new();
    let id = pulled(&bench).await;
    bench.insert(Execution {
        attempt: 1,
        ..held(id, "alice", TOKEN)
    });
    let worker = registered(&bench, "alice").await;
    let poll = format!("/v1/workers/{worker}/poll");
    let verb = |verb: &str| format!("/v1/executions/{id}/{verb}");
    let works: Vec<_> = (0..11).map(|number| format!("w{number}")).collect();
    let beat = |progress: Value| json!({ "claim_token": TOKEN, "progress": progress });
    let writes = bench.writes();
    for (path, body, field) in [
        ("/v1/workers", json!({ "name": "", "works": ["a"] }), "name"),
        ("/v1/workers", json!({ "name": "w", "works": [] }), "works"),
        (
            "/v1/workers",
            json!({ "name": "w", "works": works }),
            "works",
        ),
        (
            "/v1/workers",
            json!({ "name": "w", "works": ["a", "a"] }),
            "works",
        ),
        (
            "/v1/workers",
            json!({ "name": "w", "works": ["a", "A"] }),
            "works[1]",
        ),
        (
            "/v1/workers",
            json!({ "name": "w", "works": ["a"], "x": 1 }),
            "x",
        ),
        (&poll, json!({ "wait_seconds": 21 }), "wait_seconds"),
        (&poll, json!({ "max": 0 }), "max"),
        (&poll, json!({ "max": 11 }), "max"),
        (&verb("heartbeat"), json!({}), "claim_token"),
        (
            &verb("heartbeat"),
            json!({ "claim_token": "AB" }),
            "claim_token",
        ),
        (
            &verb("heartbeat"),
            beat(json!({ "percent": 101 })),
            "progress.percent",
        ),
        (&verb("heartbeat"), beat(json!({})), "progress.percent"),
        (
            &verb("heartbeat"),
            beat(json!({ "percent": 1, "message": "m".repeat(201) })),
            "progress.message",
        ),
        (&verb("fail"), json!({ "claim_token": TOKEN }), "detail"),
        (
            &verb("fail"),
            json!({ "claim_token": TOKEN, "detail": "d".repeat(501) }),
            "detail",
        ),
    ] {
        let answer = bench.send(Method::POST, path, body).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path} {field}"
        );
        assert_eq!(answer.body["field"], field, "{}", answer.body);
    }
    let long = json!({ "claim_token": TOKEN, "output": "o".repeat(256 * 1024) });
    let (status, _) = say(&bench, id, "complete", long).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(bench.writes(), writes);
}

#[tokio::test]
async fn only_what_is_pulled_may_take_longer_than_an_invocation() {
    let bench = Bench::new();
    let job = |job_type: &str, payload: Value, timeout: u32| {
        json!({
            "name": "n", "job_type": job_type, "payload": payload, "timeout_seconds": timeout,
            "schedule": { "kind": "every", "seconds": 3600 },
        })
    };
    let pull = |more: Value| {
        let mut payload = json!({ "work": "resize-images" });
        payload
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        payload
    };
    for (body, field) in [
        (job("pull", pull(json!({})), 86_400), None),
        (
            job("pull", pull(json!({ "heartbeat_seconds": 600 })), 90),
            None,
        ),
        (
            job("pull", pull(json!({})), 86_401),
            Some("timeout_seconds"),
        ),
        (job("echo", json!({}), 841), Some("timeout_seconds")),
        (job("pull", json!({}), 90), Some("payload.work")),
        (
            job("pull", pull(json!({ "work": "a b" })), 90),
            Some("payload.work"),
        ),
        (
            job("pull", pull(json!({ "heartbeat_seconds": 9 })), 90),
            Some("payload.heartbeat_seconds"),
        ),
        (
            job("pull", pull(json!({ "heartbeat_seconds": 601 })), 90),
            Some("payload.heartbeat_seconds"),
        ),
        (
            job("pull", pull(json!({ "url": "x" })), 90),
            Some("payload.url"),
        ),
    ] {
        let answer = bench.send(Method::POST, "/v1/jobs", body).await;
        assert_eq!(answer.body["field"].as_str(), field, "{}", answer.body);
    }
}
