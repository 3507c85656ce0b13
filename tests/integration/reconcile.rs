//! Sabotage, and its repair: a message is taken out of its queue and a hint out of its bucket; the ledger says what is
//! missing, the reconciler finds it, mends it, and reports it.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{
    Caller, JobId, Outcome, Reach, Role as CallerRole, UserId, Window, floor_second,
};
use punctual::edge::{RandomEntropy, SystemClock};
use punctual::port::{Clock, Jobs, NoActivity, NoResults, NoSecrets};
use punctual::usecase::{Bounds, LedgerRequest, Ports, World, occurrences, reconcile};
use punctual_local::Function;
use punctual_tests::{Sandbox, Target, eventually};
use serde_json::{Value, json};

/// The system's clock, ahead of its time: what is due by it has long settled.
struct Ahead(TimeDelta);

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.0
    }

    async fn sleep_until(&self, instant: DateTime<Utc>) {
        SystemClock.sleep_until(instant - self.0).await;
    }
}

/// What became of the job's occurrences of the window, for somebody who asks an hour later.
async fn outcomes(sandbox: &Sandbox, job: &str, window: Window) -> Vec<(Outcome, String)> {
    let world = Ports {
        store: sandbox.ports.store.clone(),
        queues: sandbox.ports.queues.clone(),
        clock: Ahead(TimeDelta::hours(1)),
        entropy: RandomEntropy,
        secrets: NoSecrets,
        results: NoResults,
        activity: NoActivity,
    };
    let caller = Caller {
        user: UserId::new("alice").unwrap(),
        role: CallerRole::User,
        reach: Reach::Own,
        request_id: String::new(),
    };
    let request = LedgerRequest {
        from: Some(window.from),
        until: Some(window.until),
        limit: 10,
        ..LedgerRequest::default()
    };
    let id = job.parse().unwrap();
    let part = occurrences(&world, &caller, id, &request).await.unwrap();
    let entries = part.entries.into_iter();
    entries
        .map(|entry| (entry.outcome, entry.explanation))
        .collect()
}

/// Takes the next message out of the queue of urgent jobs, as if it had never been sent.
async fn steal_urgent_message(sandbox: &Sandbox) {
    let url = format!(
        "{}/000000000000/{}-high",
        sandbox.endpoint, sandbox.namespace
    );
    let sqs = &sandbox.clients.sqs;
    let receipt = eventually("the message has come", || async {
        let received = sqs.receive_message().queue_url(&url).send().await.unwrap();
        received.messages().first()?.receipt_handle.clone()
    })
    .await;
    let deleted = sqs.delete_message().queue_url(&url).receipt_handle(receipt);
    deleted.send().await.unwrap();
}

/// The keys of the job's hints.
async fn hints(sandbox: &Sandbox, job: &str) -> Vec<(AttributeValue, AttributeValue)> {
    let scanned = sandbox
        .clients
        .dynamodb
        .scan()
        .table_name(format!("{}-due", sandbox.namespace))
        .consistent_read(true)
        .send()
        .await
        .unwrap();
    let items = scanned.items().iter();
    items
        .map(|item| (item["pk"].clone(), item["sk"].clone()))
        .filter(|(_, sort)| sort.as_s().unwrap().ends_with(job))
        .collect()
}

async fn steal_hints(sandbox: &Sandbox, job: &str) {
    let stolen = hints(sandbox, job).await;
    assert_eq!(stolen.len(), 1, "a chain has one hint");
    for (partition, sort) in stolen {
        let deleted = sandbox
            .clients
            .dynamodb
            .delete_item()
            .table_name(format!("{}-due", sandbox.namespace))
            .key("pk", partition)
            .key("sk", sort);
        deleted.send().await.unwrap();
    }
}

fn every_hour(anchor: DateTime<Utc>) -> Value {
    json!({
        "name": "hourly", "job_type": "echo",
        "schedule": { "kind": "every", "seconds": 3600, "anchor_at": anchor },
    })
}

#[tokio::test]
async fn what_was_stolen_is_found_missing_sent_again_and_run() {
    let mut sandbox = Sandbox::new().await;
    let target = Target::start().await;
    let _system = sandbox.host(&[Function::Api, Function::Scanner]).await;
    let mut urgent = Sandbox::once_in(3, &target.url("/lost"));
    urgent["priority"] = json!(1);
    let due: DateTime<Utc> = urgent["schedule"]["at"].as_str().unwrap().parse().unwrap();
    let lost = sandbox.create(urgent).await;
    let kept = sandbox.create(every_hour(due)).await;
    let chained = sandbox
        .create(every_hour(due + TimeDelta::minutes(20)))
        .await;

    steal_urgent_message(&sandbox).await;
    steal_hints(&sandbox, &chained).await;
    let _worker = sandbox.host(&[Function::Worker]).await;
    sandbox.execution_in(&kept, "succeeded").await;

    let window = Window::new(due - TimeDelta::seconds(1), due + TimeDelta::seconds(1)).unwrap();
    let (outcome, explanation) = outcomes(&sandbox, &lost, window).await.remove(0);
    println!("the ledger says: {explanation}");
    assert_eq!(outcome, Outcome::Missing);
    assert_eq!(target.calls("/lost").len(), 0);

    let settle = TimeDelta::seconds(1);
    SystemClock.sleep_until(window.until + settle).await;
    let bounds = Bounds {
        settle,
        deadline: SystemClock.now() + TimeDelta::minutes(1),
    };
    let report = reconcile(&sandbox.ports, window, None, bounds).await;
    let report = report.unwrap().unwrap();
    println!("{}", serde_json::to_string_pretty(&report).unwrap());
    assert_eq!((report.jobs, report.planned, report.accounted), (3, 2, 1));
    assert_eq!((report.missing, report.resent), (1, 1));
    assert_eq!((report.chains_repaired, report.chains_unchecked), (1, 0));
    let compact = due.format("%Y%m%dT%H%M%SZ");
    assert!(report.examples.contains(&format!("{lost}_{compact}")));
    assert!(report.examples.contains(&chained));

    sandbox.execution_in(&lost, "succeeded").await;
    assert_eq!(target.calls("/lost").len(), 1);
    assert_eq!(outcomes(&sandbox, &lost, window).await[0].0, Outcome::Ran);
    assert_eq!(hints(&sandbox, &chained).await.len(), 1);

    let again = reconcile(&sandbox.ports, window, None, bounds).await;
    let again = again.unwrap().unwrap();
    assert!(again.is_clean(), "{again:?}");
    assert_eq!((again.planned, again.accounted), (2, 2));

    let operator = sandbox.token("otto", CallerRole::Operator);
    let headers = [("authorization", operator.as_str())];
    let path = "/v1/admin/reconciliations";
    let (status, kept) = sandbox.call_with("GET", path, None, &headers).await;
    assert_eq!(status, 200, "{kept}");
    assert_eq!(kept["items"][1]["missing"], 1);
    assert_eq!(kept["items"][0]["clean"], true);
}

#[tokio::test]
async fn a_scan_of_all_jobs_sees_each_of_them_once() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api]).await;
    let anchor = floor_second(SystemClock.now()) + TimeDelta::hours(1);
    let mut created = Vec::new();
    for _ in 0..5 {
        let job: JobId = sandbox.create(every_hour(anchor)).await.parse().unwrap();
        created.push(job);
    }
    let store = sandbox.ports.store();
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = store
            .scan_jobs(cursor.as_deref(), 2)
            .await
            .unwrap()
            .unwrap();
        seen.extend(page.items.into_iter().map(|job| job.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    seen.sort_unstable();
    created.sort_unstable();
    assert_eq!(seen, created);
    assert_eq!(store.scan_jobs(Some("x"), 2).await.unwrap(), None);
}
