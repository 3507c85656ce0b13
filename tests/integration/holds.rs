//! Incidents: what is held comes together visibly, and is let go in order, each once.

use chrono::TimeDelta;
use punctual::domain::{self, HoldId, Role as Caller, Window};
use punctual::edge::SystemClock;
use punctual::port::{Backlog, Clock, Deferred, Section};
use punctual::usecase::{Bounds, reconcile};
use punctual_local::Function;
use punctual_tests::{Answer, Sandbox, Target, eventually};
use serde_json::{Value, json};

use crate::pressure::tick_in;

const HOLDS: &str = "/v1/admin/holds";

async fn as_operator(
    sandbox: &Sandbox,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> (u16, Value) {
    let operator = sandbox.token("otto", Caller::Operator);
    let headers = [("authorization", operator.as_str())];
    sandbox.call_with(method, path, body, &headers).await
}

async fn place(sandbox: &Sandbox, kind: &str, value: &str) -> String {
    let hold = json!({ "kind": kind, "value": value, "note": "the bank is down" });
    let (status, placed) = as_operator(sandbox, "POST", HOLDS, Some(hold)).await;
    assert_eq!(
        (status, &placed["state"]),
        (201, &json!("holding")),
        "{placed}"
    );
    placed["id"].as_str().unwrap().to_owned()
}

async fn shown(sandbox: &Sandbox, hold: &str) -> Value {
    let (status, shown) = as_operator(sandbox, "GET", &format!("{HOLDS}/{hold}"), None).await;
    assert_eq!(status, 200, "{shown}");
    shown
}

async fn ask(sandbox: &Sandbox, hold: &str, what: &str, body: Option<Value>) -> Value {
    let path = format!("{HOLDS}/{hold}/{what}");
    let (status, shown) = as_operator(sandbox, "POST", &path, body).await;
    assert_eq!(status, 200, "{shown}");
    shown
}

/// A job that calls `url` when it is asked to.
async fn on_demand(sandbox: &Sandbox, url: &str, priority: u8) -> String {
    let mut job = Sandbox::once_in(86_400, url);
    job["priority"] = json!(priority);
    job["retry"] = json!({ "max_retries": 1, "backoff_seconds": 10 });
    sandbox.create(job).await
}

/// The priorities of what waits for a hold.
async fn waiting(sandbox: &Sandbox, hold: &str) -> Vec<u8> {
    let backlog = Backlog::Hold(hold.parse::<HoldId>().unwrap());
    let store = &sandbox.ports.store;
    let entries = store.deferred(&backlog, &Section::Whole, 1_000);
    let entries = entries.await.unwrap();
    entries.iter().map(|entry| entry.priority.into()).collect()
}

#[tokio::test]
async fn a_held_host_comes_together_visibly_while_others_run_and_is_let_go_the_most_urgent_first() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api, Function::Worker]).await;
    let target = Target::start().await;
    let hold = place(&sandbox, "target_host", "127.0.0.1").await;
    let mut kept_back = Vec::new();
    for priority in [6, 4, 5, 7] {
        let url = target.url(&format!("/{priority}"));
        let job = on_demand(&sandbox, &url, priority).await;
        kept_back.push((priority, sandbox.run(&job).await));
    }
    let scheduled = sandbox
        .create(Sandbox::once_in(2, &target.url("/5b")))
        .await;
    let other = sandbox
        .create(Sandbox::once_of(2, "echo", &json!({})))
        .await;
    sandbox.execution_in(&other, "succeeded").await;
    for (_, id) in &kept_back {
        let found = sandbox.execution(id, "held").await;
        assert_eq!(found["hold"]["id"], hold.as_str(), "{found}");
        assert_eq!(found["hold"]["note"], "the bank is down");
        assert_eq!(
            (&found["attempt"], &found["started_at"]),
            (&json!(0), &Value::Null)
        );
    }
    let kept = sandbox.execution_in(&scheduled, "held").await;
    let fire_time = kept["fire_time"].as_str().unwrap();
    let path = format!("/v1/jobs/{scheduled}/occurrences/{fire_time}");
    let (_, occurrence) = sandbox.call("GET", &path, None).await;
    assert_eq!(occurrence["outcome"], "held", "{occurrence}");
    let explained = occurrence["explanation"].as_str().unwrap();
    assert!(explained.contains("the bank is down"), "{explained}");
    let shows = shown(&sandbox, &hold).await;
    assert_eq!(
        (&shows["held"], &shows["released"]),
        (&json!(5), &json!(0)),
        "{shows}"
    );
    assert!(shows["oldest_fire_time"].is_string(), "{shows}");

    // At two a minute, what is new joins behind.
    let at_two = ask(&sandbox, &hold, "release", Some(json!({ "per_minute": 2 }))).await;
    assert_eq!(at_two["state"], "releasing");
    assert_eq!(tick_in(&sandbox, 0).await.released, 2);
    assert_eq!(waiting(&sandbox, &hold).await, [5, 6, 7]);
    let urgent = on_demand(&sandbox, &target.url("/1"), 1).await;
    let urgent = sandbox.run(&urgent).await;
    sandbox.execution(&urgent, "held").await;
    let shows = shown(&sandbox, &hold).await;
    assert_eq!(
        (&shows["held"], &shows["released"]),
        (&json!(4), &json!(2)),
        "{shows}"
    );

    let paused = ask(&sandbox, &hold, "pause", None).await;
    assert_eq!(paused["state"], "holding");
    assert_eq!(tick_in(&sandbox, 1).await.released, 0);
    let lifted = ask(&sandbox, &hold, "release", Some(json!({ "at_once": true }))).await;
    assert_eq!(lifted["state"], "lifted");
    assert_eq!(tick_in(&sandbox, 2).await.released, 4);
    kept_back.push((1, urgent));
    for (priority, id) in &kept_back {
        let ended = sandbox.execution(id, "succeeded").await;
        assert_eq!(
            (&ended["attempt"], &ended["hold"]),
            (&json!(1), &Value::Null)
        );
        assert_eq!(target.calls(&format!("/{priority}")).len(), 1);
    }
    sandbox.execution_in(&scheduled, "succeeded").await;

    assert_eq!(tick_in(&sandbox, 20).await.released, 0);
    assert_eq!(shown(&sandbox, &hold).await["state"], "over");
    let (_, list) = as_operator(&sandbox, "GET", HOLDS, None).await;
    assert_eq!(list["items"][0]["id"], hold.as_str());
    let path = format!("/v1/admin/audit?subject={hold}");
    let (_, audit) = as_operator(&sandbox, "GET", &path, None).await;
    let entries = audit["items"].as_array().unwrap();
    let actions: Vec<_> = entries.iter().map(|entry| &entry["action"]).collect();
    assert_eq!(
        actions,
        ["release_hold", "pause_hold", "release_hold", "place_hold"]
    );
}

#[tokio::test]
async fn a_hold_placed_after_a_message_was_queued_holds_it_still_and_it_is_gone_with_its_cancel() {
    let mut sandbox = Sandbox::new().await;
    let api = sandbox.host(&[Function::Api]).await;
    let target = Target::start().await;
    let mut ids = Vec::new();
    for priority in [4, 5] {
        let job = on_demand(&sandbox, &target.url("/queued"), priority).await;
        ids.push(sandbox.run(&job).await);
    }
    let hold = place(&sandbox, "user", "alice").await;
    let worker = sandbox.host(&[Function::Worker]).await;
    for id in &ids {
        let found = sandbox.execution(id, "held").await;
        assert_eq!(found["hold"]["id"], hold.as_str());
    }
    let path = format!("/v1/executions/{}/cancel", ids[0]);
    let (status, canceled) = sandbox.call("POST", &path, None).await;
    assert_eq!(
        (status, &canceled["state"]),
        (200, &json!("canceled")),
        "{canceled}"
    );
    let path = format!("{HOLDS}/{hold}");
    for _ in 0..2 {
        let (status, _) = as_operator(&sandbox, "DELETE", &path, None).await;
        assert_eq!(status, 204);
    }
    let again = ask_refused(&sandbox, &hold).await;
    assert_eq!(again, 409);
    tick_in(&sandbox, 0).await;
    sandbox.execution(&ids[1], "succeeded").await;
    sandbox.execution(&ids[0], "canceled").await;
    assert_eq!(target.calls("/queued").len(), 1);
    worker.stop().await;
    api.stop().await;
}

async fn ask_refused(sandbox: &Sandbox, hold: &str) -> u16 {
    let path = format!("{HOLDS}/{hold}/release");
    let rate = Some(json!({ "per_minute": 1 }));
    as_operator(sandbox, "POST", &path, rate).await.0
}

#[tokio::test]
async fn a_retry_of_what_is_held_is_held_too_and_is_the_next_attempt_after_it() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api, Function::Worker]).await;
    let target = Target::start().await;
    target.answer(Answer::Status(503));
    let job = on_demand(&sandbox, &target.url("/down"), 5).await;
    let id = sandbox.run(&job).await;
    sandbox.execution(&id, "retry_wait").await;
    let hold = place(&sandbox, "job_type", "http").await;
    let found = sandbox.execution(&id, "held").await;
    assert_eq!(found["attempt"], 1, "{found}");
    target.answer(Answer::Status(200));
    let (status, _) = as_operator(&sandbox, "DELETE", &format!("{HOLDS}/{hold}"), None).await;
    assert_eq!(status, 204);
    tick_in(&sandbox, 0).await;
    let ended = sandbox.execution(&id, "succeeded").await;
    assert_eq!(ended["attempt"], 2);
    assert_eq!(target.calls("/down").len(), 2);
}

/// A poll finds what was offered before its hold was placed; what was let go is offered anew, and is handed out although
/// its hold keeps everything else.
#[tokio::test]
async fn pulled_work_that_is_held_is_handed_out_at_the_rate_at_which_it_is_let_go() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api, Function::Worker]).await;
    let worker = json!({ "name": "elsewhere", "works": ["count"] });
    let (status, worker) = sandbox.call("POST", "/v1/workers", Some(worker)).await;
    assert_eq!(status, 201, "{worker}");
    let path = format!("/v1/workers/{}/poll", worker["id"].as_str().unwrap());
    let poll = || async {
        let wait = json!({ "wait_seconds": 0 });
        let (status, taken) = sandbox.call("POST", &path, Some(wait)).await;
        assert_eq!(status, 200, "{taken}");
        taken["executions"].as_array().unwrap().clone()
    };
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut job = Sandbox::once_in(86_400, "http://nobody.invalid/");
        job["job_type"] = json!("pull");
        job["payload"] = json!({ "work": "count", "heartbeat_seconds": 600 });
        job["timeout_seconds"] = json!(600);
        let job = sandbox.create(job).await;
        ids.push(sandbox.run(&job).await);
    }
    for id in &ids {
        sandbox.execution(id, "offered").await;
    }
    let hold = place(&sandbox, "job_type", "pull").await;
    // What was read before it is believed for so long.
    let in_effect = SystemClock.now() + TimeDelta::seconds(3);
    SystemClock.sleep_until(in_effect).await;
    for id in &ids {
        eventually("the poll finds it held", || async {
            assert_eq!(poll().await.len(), 0);
            let (_, found) = sandbox
                .call("GET", &format!("/v1/executions/{id}"), None)
                .await;
            (found["state"] == "held").then_some(())
        })
        .await;
    }
    ask(&sandbox, &hold, "release", Some(json!({ "per_minute": 1 }))).await;
    assert_eq!(tick_in(&sandbox, 0).await.released, 1);
    let handed = eventually("what was let go is handed out", || async {
        poll().await.into_iter().next()
    })
    .await;
    let id = handed["execution"].as_str().unwrap();
    sandbox.execution(id, "running").await;
    let other = ids.iter().find(|other| *other != id).unwrap();
    sandbox.execution(other, "held").await;
    assert_eq!(shown(&sandbox, &hold).await["held"], 1);
}

/// Its entry is gone, as if it had been let go and its message lost.
#[tokio::test]
async fn what_its_hold_has_forgotten_is_sent_again_and_held_again() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api, Function::Worker]).await;
    let hold = place(&sandbox, "job_type", "echo").await;
    let job = Sandbox::once_of(2, "echo", &json!({}));
    let job = sandbox.create(job).await;
    let kept = sandbox.execution_in(&job, "held").await;
    let store = &sandbox.ports.store;
    let backlog = Backlog::Hold(hold.parse::<HoldId>().unwrap());
    let entries = store.deferred(&backlog, &Section::Whole, 10).await.unwrap();
    let due = entries[0].message.occasion.fire_time();
    let second = TimeDelta::seconds(1);
    let window = Window::new(due - second, due + second).unwrap();
    let reconciled = || async {
        // What is held is given a second to settle.
        let now = SystemClock.now();
        SystemClock.sleep_until(now.max(due) + second * 2).await;
        let bounds = Bounds {
            settle: second,
            deadline: SystemClock.now() + TimeDelta::minutes(1),
        };
        let report = reconcile(&sandbox.ports, window, None, bounds).await;
        let report = report.unwrap().unwrap();
        (report.stalled, report.resent)
    };
    assert_eq!(reconciled().await, (0, 0));
    store.remove_deferred(&backlog, &entries).await.unwrap();
    assert_eq!(reconciled().await, (1, 1));
    eventually("its hold knows of it again", || async {
        (waiting(&sandbox, &hold).await.len() == 1).then_some(())
    })
    .await;
    let again = sandbox.execution_in(&job, "held").await;
    assert_eq!((&again["id"], &again["attempt"]), (&kept["id"], &json!(0)));
    assert_eq!(reconciled().await, (0, 0));
}

/// What is too late by its job's policies is judged while it is held, whatever the rate, and says why.
#[tokio::test]
async fn what_is_held_until_its_window_ends_is_skipped_for_being_held() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api, Function::Worker]).await;
    let hold = place(&sandbox, "job_type", "echo").await;
    let mut job = Sandbox::once_of(2, "echo", &json!({}));
    job["misfire"] = json!({ "policy": "fire_all", "catch_up_window_seconds": 60 });
    let job = sandbox.create(job).await;
    let kept = sandbox.execution_in(&job, "held").await;
    let due: chrono::DateTime<chrono::Utc> = kept["fire_time"].as_str().unwrap().parse().unwrap();
    assert_eq!(tick_in(&sandbox, 0).await.released, 0);
    SystemClock
        .sleep_until(due + domain::GRACE + TimeDelta::seconds(2))
        .await;
    assert_eq!(tick_in(&sandbox, 0).await.released, 1);
    let skipped = sandbox.execution_in(&job, "skipped").await;
    assert_eq!(skipped["reason"], "held", "{skipped}");
    assert_eq!(shown(&sandbox, &hold).await["held"], 0);
}
