//! Dead letters, from their death to what a person does about them.

use chrono::TimeDelta;
use punctual::domain::{Band, ExecutionId, Minute, Queue, Role as Caller};
use punctual::edge::SystemClock;
use punctual::plan::return_hint;
use punctual::port::{Clock, Executions, Hints, ScanProgress};
use punctual::usecase::release_redrives;
use punctual_local::Function;
use punctual_tests::{Answer, Sandbox, Target, eventually};
use serde_json::{Value, json};

use crate::pressure::tick_in;

/// No tick: nothing here waits for a fire time.
const WITHOUT_TICK: [Function; 3] = [Function::Api, Function::Worker, Function::Dlq];

/// A job that calls `url` when it is asked to.
async fn on_demand(sandbox: &Sandbox, url: &str) -> String {
    let mut job = Sandbox::once_in(3_600, url);
    job["name"] = json!("on demand");
    job["retry"] = json!({ "max_retries": 0 });
    sandbox.create(job).await
}

/// The open letters of a job, once there are `count`.
async fn letters(sandbox: &Sandbox, job: &str, status: &str, count: usize) -> Vec<Value> {
    let path = format!("/v1/dead-letters?job={job}&status={status}");
    eventually(&format!("{count} letters are {status}"), || async {
        let (_, body) = sandbox.call("GET", &path, None).await;
        let items = body["items"].as_array().unwrap().clone();
        (items.len() == count).then_some(items)
    })
    .await
}

#[tokio::test]
async fn a_dead_letter_is_redriven_under_its_own_id_and_dies_again_if_that_fails() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let target = Target::start().await;
    target.answer(Answer::Status(503));
    let job = on_demand(&sandbox, &target.url("/down")).await;
    let id = sandbox.run(&job).await;
    let letter = letters(&sandbox, &job, "open", 1).await.remove(0);
    assert_eq!(letter["execution_id"], id.as_str());
    assert_eq!(letter["reason"], "attempt_failed");
    let path = format!("/v1/dead-letters/{id}");
    let (_, shown) = sandbox.call("GET", &path, None).await;
    assert_eq!(shown["payload"]["url"], target.url("/down"));

    let redrive = format!("{path}/redrive");
    let (status, granted) = sandbox.call("POST", &redrive, None).await;
    assert_eq!(
        (status, &granted["state"]),
        (202, &json!("retry_wait")),
        "{granted}"
    );
    let dead_again = eventually("it is dead again", || async {
        let (_, found) = sandbox
            .call("GET", &format!("/v1/executions/{id}"), None)
            .await;
        (found["state"] == "dead" && found["attempt"] == 2).then_some(found)
    })
    .await;
    assert_eq!(dead_again["errors"].as_array().unwrap().len(), 2);
    letters(&sandbox, &job, "open", 1).await;
    letters(&sandbox, &job, "redriven", 1).await;

    target.answer(Answer::Status(200));
    let (status, _) = sandbox.call("POST", &redrive, None).await;
    assert_eq!(status, 202);
    let done = sandbox.execution(&id, "succeeded").await;
    assert_eq!(done["attempt"], 3);
    let calls = target.calls("/down");
    assert_eq!(calls.len(), 3);
    assert!(
        calls
            .iter()
            .all(|call| call.header("idempotency-key") == id)
    );
    let (status, problem) = sandbox.call("POST", &redrive, None).await;
    assert_eq!(status, 409, "{problem}");
    letters(&sandbox, &job, "open", 0).await;
}

#[tokio::test]
async fn many_are_redriven_at_a_rate_after_a_dry_run_has_said_how_many() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let target = Target::start().await;
    target.answer(Answer::Status(404));
    let job = on_demand(&sandbox, &target.url("/gone")).await;
    let other = on_demand(&sandbox, &target.url("/other")).await;
    for _ in 0..5 {
        sandbox.run(&job).await;
    }
    sandbox.run(&other).await;
    letters(&sandbox, &job, "open", 5).await;
    letters(&sandbox, &other, "open", 1).await;
    target.answer(Answer::Status(200));

    let mut ask = json!({
        "filter": { "job": job, "reason": "rejected" }, "rate_per_minute": 3, "dry_run": true,
    });
    let path = "/v1/dead-letters/redrive";
    let (status, dry) = sandbox.call("POST", path, Some(ask.clone())).await;
    println!("POST {path}\n{ask:#}\n\nHTTP {status}\n{dry:#}\n");
    assert_eq!(
        (status, &dry["count"], &dry["at_least"]),
        (200, &json!(5), &json!(false))
    );
    assert_eq!(dry["minutes"], 2);
    assert_eq!(release(&sandbox).await, 0, "a dry run releases nothing");

    ask["dry_run"] = json!(false);
    let (status, kept) = sandbox.call("POST", path, Some(ask.clone())).await;
    println!("POST {path}\n{ask:#}\n\nHTTP {status}\n{kept:#}\n");
    assert_eq!(status, 202, "{kept}");
    assert_eq!(release(&sandbox).await, 3, "a minute's share");
    let progress = format!(
        "/v1/dead-letters/redrives/{}",
        kept["redrive"]["id"].as_str().unwrap()
    );
    let (_, shown) = sandbox.call("GET", &progress, None).await;
    println!("GET {progress}\n\nHTTP 200\n{shown:#}");
    assert_eq!(
        (&shown["state"], &shown["released"]),
        (&json!("releasing"), &json!(3))
    );
    eventually("the next minute's share", || async {
        let released = release(&sandbox).await;
        assert!(released <= 2);
        (released == 2).then_some(())
    })
    .await;
    let (_, shown) = sandbox.call("GET", &progress, None).await;
    assert_eq!(
        (&shown["state"], &shown["released"]),
        (&json!("done"), &json!(5))
    );
    assert_eq!(release(&sandbox).await, 0, "nothing is left of it");
    eventually("all have run again", || async {
        let executions = sandbox.executions(&job).await;
        executions
            .iter()
            .all(|one| one["state"] == "succeeded")
            .then_some(())
    })
    .await;
    assert_eq!(target.calls("/gone").len(), 10);
    assert_eq!(
        target.calls("/other").len(),
        1,
        "of the filter, and no other"
    );
}

/// What the scanner does behind its scan.
async fn release(sandbox: &Sandbox) -> u64 {
    let deadline = SystemClock.now() + TimeDelta::seconds(30);
    release_redrives(&sandbox.ports, deadline)
        .await
        .unwrap()
        .released
}

#[tokio::test]
async fn a_canceled_redrive_releases_no_more() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let target = Target::start().await;
    target.answer(Answer::Status(404));
    let job = on_demand(&sandbox, &target.url("/gone")).await;
    sandbox.run(&job).await;
    letters(&sandbox, &job, "open", 1).await;
    let (_, kept) = sandbox
        .call("POST", "/v1/dead-letters/redrive", Some(json!({})))
        .await;
    let id = kept["redrive"]["id"].as_str().unwrap();
    let cancel = format!("/v1/dead-letters/redrives/{id}/cancel");
    let (status, canceled) = sandbox.call("POST", &cancel, None).await;
    assert_eq!((status, &canceled["state"]), (200, &json!("canceled")));
    assert_eq!(release(&sandbox).await, 0);
    letters(&sandbox, &job, "open", 1).await;
}

#[tokio::test]
async fn a_redrive_whose_message_was_lost_is_found_by_its_hint() {
    let mut sandbox = Sandbox::new().await;
    let begin = Minute::of(SystemClock.now());
    sandbox.ports.store.begin_at(begin).await.unwrap();
    let _system = sandbox.host(&[Function::Api, Function::Dlq]).await;
    let target = Target::start().await;
    target.answer(Answer::Status(404));
    let worker = sandbox.host(&[Function::Worker]).await;
    let job = on_demand(&sandbox, &target.url("/gone")).await;
    let id = sandbox.run(&job).await;
    letters(&sandbox, &job, "open", 1).await;
    worker.stop().await;
    let (status, _) = sandbox
        .call("POST", &format!("/v1/dead-letters/{id}/redrive"), None)
        .await;
    assert_eq!(status, 202);
    let id: ExecutionId = id.parse().unwrap();
    let record = sandbox.ports.store.execution(id).await.unwrap().unwrap();
    let hint = return_hint(&record, record.redriven.as_ref().unwrap().at);
    assert!(sandbox.ports.store.has_hint(&hint).await.unwrap());

    let url = sandbox.ports.queues.url(Queue::Work(Band::Normal.into()));
    let purged = sandbox.clients.sqs.purge_queue().queue_url(url).send();
    purged.await.unwrap();
    // The tick of after the hint sends it again. It arrives at the hint's own time, minutes from now.
    let ahead = (hint.at - SystemClock.now()).num_minutes() + 1;
    assert_eq!(tick_in(&sandbox, ahead).await.dispatched, 1);
}

#[tokio::test]
async fn letters_are_discarded_with_a_note_and_the_audit_says_by_whom() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let target = Target::start().await;
    target.answer(Answer::Status(404));
    let job = on_demand(&sandbox, &target.url("/gone")).await;
    for _ in 0..3 {
        sandbox.run(&job).await;
    }
    let open = letters(&sandbox, &job, "open", 3).await;
    let one = open[0]["execution_id"].as_str().unwrap();
    let note = json!({ "note": "the target is gone for good" });
    let path = format!("/v1/dead-letters/{one}/discard");
    assert_eq!(sandbox.call("POST", &path, Some(note)).await.0, 200);
    let discarded = letters(&sandbox, &job, "discarded", 1).await;
    assert_eq!(discarded[0]["note"], "the target is gone for good");
    let many = json!({ "filter": { "job": job }, "note": "and these" });
    let (_, done) = sandbox
        .call("POST", "/v1/dead-letters/discard", Some(many))
        .await;
    assert_eq!(
        (&done["count"], &done["discarded"]),
        (&json!(2), &json!(2)),
        "{done}"
    );
    letters(&sandbox, &job, "discarded", 3).await;

    let token = sandbox.token("olga", Caller::Operator);
    let olga = [("authorization", token.as_str())];
    let (_, audit) = sandbox
        .call_with("GET", "/v1/admin/audit", None, &olga)
        .await;
    let entries = audit["items"].as_array().unwrap();
    let discards: Vec<_> = entries
        .iter()
        .filter(|entry| entry["action"] == "discard")
        .collect();
    assert_eq!(discards.len(), 2);
    assert!(discards.iter().all(|entry| entry["by"] == "alice"));
    assert!(
        discards[0]["detail"]
            .as_str()
            .unwrap()
            .ends_with("; and these")
    );
}
