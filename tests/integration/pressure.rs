//! More than there is capacity for: what is deferred, what passes, and how it all runs in the end.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use punctual::domain::{
    self, Band, Breaker, DispatchMessage, ExecutionId, ExecutionState, JobId, JobRequest, Level,
    Minute, PerBand, Pressure, Priority, Queue, TimeoutSeconds, UserId, Work, floor_second,
};
use punctual::edge::{RandomEntropy, SystemClock};
use punctual::port::{
    Backlog, Clock, Deferral, Deferred, Executions, Gauges, Hint, HintKind, Hints, Jobs,
    NoActivity, NoResults, NoSecrets, OutgoingMessage, Put, Queues, ScanProgress, Section, SendAt,
};
use punctual::usecase::{Ports, TickReport, tick};
use punctual_local::Function;
use punctual_tests::{Sandbox, eventually};
use serde_json::{Value, json};

/// The system's clock, ahead of its time.
struct Ahead(TimeDelta);

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.0
    }

    async fn sleep_until(&self, instant: DateTime<Utc>) {
        SystemClock.sleep_until(instant - self.0).await;
    }
}

/// One place in each band: sixty messages a minute, as long as nothing has been measured.
const PLACES: PerBand<u32> = PerBand {
    high: 1,
    normal: 1,
    low: 1,
};

/// The tick of so many minutes from now.
pub(crate) async fn tick_in(sandbox: &Sandbox, minutes: i64) -> TickReport {
    let world = Ports {
        store: sandbox.ports.store.clone(),
        queues: sandbox.ports.queues.clone(),
        clock: Ahead(TimeDelta::minutes(minutes)),
        entropy: RandomEntropy,
        secrets: NoSecrets,
        results: NoResults,
        activity: NoActivity,
    };
    let deadline = world.clock.now() + TimeDelta::seconds(50);
    let report = tick(&world, PLACES, deadline).await.unwrap();
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    assert!(report.unreleased.is_none(), "{:?}", report.unreleased);
    report
}

/// Stores a job that fires once, at `due`, with its hint, as if it had been created long before.
async fn once_at(sandbox: &Sandbox, due: DateTime<Utc>, number: u128, priority: u8) -> JobId {
    let misfire = json!({ "policy": "skip" });
    once_with(sandbox, due, number, priority, misfire).await
}

async fn once_with(
    sandbox: &Sandbox,
    due: DateTime<Utc>,
    number: u128,
    priority: u8,
    misfire: Value,
) -> JobId {
    let request: JobRequest = serde_json::from_value(json!({
        "name": format!("job {number}"),
        "job_type": "echo",
        "priority": priority,
        "misfire": misfire,
        "schedule": { "kind": "once", "at": due.to_rfc3339() },
    }))
    .unwrap();
    let id = JobId::from_random(number);
    let user = UserId::new("alice").unwrap();
    let job = request
        .into_job(id, user, due - TimeDelta::hours(1))
        .unwrap();
    let hint = Hint {
        at: due,
        job: id,
        kind: HintKind::Fire,
    };
    let store = &sandbox.ports.store;
    store.put_hints(&[hint]).await.unwrap();
    assert_eq!(store.put_job(&job).await.unwrap(), Put::Written);
    id
}

async fn deferred(sandbox: &Sandbox, band: Band) -> Vec<u8> {
    let backlog = Backlog::Capacity(band);
    let store = &sandbox.ports.store;
    let entries = store.deferred(&backlog, &Section::Whole, 1_000);
    let entries = entries.await.unwrap();
    let priorities: BTreeSet<_> = entries.iter().map(|one| u8::from(one.priority)).collect();
    priorities.into_iter().collect()
}

#[tokio::test]
async fn what_there_is_no_capacity_for_is_deferred_and_runs_once_each_the_most_urgent_first() {
    const EACH: u128 = 30;
    let mut sandbox = Sandbox::new().await;
    let due = floor_second(SystemClock.now()) + TimeDelta::seconds(25);
    let begin = Minute::of(SystemClock.now());
    sandbox.ports.store.begin_at(begin).await.unwrap();
    let mut jobs = Vec::new();
    for priority in [7, 5, 6, 4] {
        for number in 0..EACH {
            let number = u128::from(priority) << 64 | number;
            jobs.push((priority, once_at(&sandbox, due, number, priority).await));
        }
    }
    let api = sandbox.host(&[Function::Api]).await;

    let report = tick_in(&sandbox, 0).await;
    assert_eq!((report.dispatched, report.deferred), (60, 60));
    assert_eq!(deferred(&sandbox, Band::Normal).await, [6, 7]);
    let (_, least_urgent) = jobs[0];
    let fire_time = due.to_rfc3339_opts(SecondsFormat::Secs, true);
    let path = format!("/v1/jobs/{least_urgent}/occurrences/{fire_time}");
    let (status, occurrence) = sandbox.call("GET", &path, None).await;
    assert_eq!(
        (status, &occurrence["outcome"]),
        (200, &json!("deferred")),
        "{occurrence}"
    );
    let operator = sandbox.token("otto", domain::Role::Operator);
    let headers = [("authorization", operator.as_str())];
    let (_, shown) = sandbox
        .call_with("GET", "/v1/admin/pressure", None, &headers)
        .await;
    assert_eq!(
        (&shown["level"], &shown["normal"]["deferred"]),
        (&json!("calm"), &json!(60))
    );

    // Messages have come to take two seconds each: half as many have room.
    let measured = Work {
        runs: 990,
        busy_ms: 1_990_000,
    };
    let minute = Minute::of(SystemClock.now()).plus(2);
    let store = &sandbox.ports.store;
    store
        .add_work(Band::Normal, minute, measured)
        .await
        .unwrap();
    assert_eq!(tick_in(&sandbox, 2).await.released, 30);
    assert_eq!(deferred(&sandbox, Band::Normal).await, [7]);
    assert_eq!(tick_in(&sandbox, 3).await.released, 30);
    assert!(deferred(&sandbox, Band::Normal).await.is_empty());
    assert_eq!(tick_in(&sandbox, 4).await.released, 0);

    let _workers = sandbox.host(&[Function::Worker]).await;
    for (priority, job) in jobs {
        let execution = sandbox.execution_in(&job.to_string(), "succeeded").await;
        let executions = sandbox.executions(&job.to_string()).await;
        assert_eq!(executions.len(), 1, "{priority} {execution}");
        assert_eq!(execution["attempt"], 1);
    }
    api.stop().await;
}

#[tokio::test]
async fn an_urgent_run_asked_for_passes_whatever_is_shed_and_another_waits_for_calm() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api, Function::Worker]).await;
    let mut jobs = Vec::new();
    for priority in [1, 5] {
        let later = SystemClock.now() + TimeDelta::days(1);
        let job = json!({
            "name": "asked for", "job_type": "echo", "priority": priority,
            "schedule": { "kind": "once", "at": later.to_rfc3339_opts(SecondsFormat::Secs, true) },
        });
        jobs.push(sandbox.create(job).await);
    }
    let pressed = Pressure {
        level: Level::NormalShed,
        ..Pressure::calm(SystemClock.now())
    };
    let store = sandbox.ports.store.clone();
    store.keep_pressure(&pressed).await.unwrap();
    eventually("the API knows of it", || async {
        let path = format!("/v1/jobs/{}/executions", jobs[0]);
        let (status, _) = sandbox.call("GET", &path, None).await;
        (status == 503).then_some(())
    })
    .await;
    for job in &jobs {
        sandbox.run(job).await;
    }
    let urgent: JobId = jobs[0].parse().unwrap();
    eventually("the urgent one has run", || async {
        let latest = store.latest_executions(urgent, 1).await.unwrap();
        let ran = latest
            .iter()
            .any(|one| one.state == ExecutionState::Succeeded);
        ran.then_some(())
    })
    .await;
    assert_eq!(deferred(&sandbox, Band::Normal).await, [5]);

    // Nothing is in the queues: one level is left after another.
    let report = tick_in(&sandbox, 0).await;
    assert_eq!((report.level, report.released), (Level::LowShed, 1));
    assert_eq!(tick_in(&sandbox, 1).await.level, Level::Calm);
    eventually("the API has seen it", || async {
        let path = format!("/v1/jobs/{}/executions", jobs[1]);
        let (status, body) = sandbox.call("GET", &path, None).await;
        let ran = status == 200 && body["items"][0]["state"] == "succeeded";
        ran.then_some(())
    })
    .await;
}

fn message(number: u128) -> DispatchMessage {
    let id = ExecutionId::scheduled(JobId::from_random(number), floor_second(SystemClock.now()));
    DispatchMessage::new(id, 1, TimeoutSeconds::default())
}

#[tokio::test]
async fn a_queue_that_is_too_deep_is_sent_nothing_and_is_tried_again_by_itself() {
    let sandbox = Sandbox::new().await;
    let ports = &sandbox.ports;
    let begin = Minute::of(SystemClock.now());
    ports.store.begin_at(begin).await.unwrap();
    let flood: Vec<_> = (0..600)
        .map(|number| OutgoingMessage {
            lane: Band::Low.into(),
            user: None,
            send_at: SendAt::Now,
            message: message(number),
        })
        .collect();
    ports.queues.send(&flood).await.unwrap();
    let due = floor_second(SystemClock.now()) + TimeDelta::seconds(1);
    once_at(&sandbox, due, 1_000, 9).await;
    once_at(&sandbox, due, 2_000, 1).await;

    let report = tick_in(&sandbox, 0).await;
    assert_eq!((report.dispatched, report.deferred), (1, 1));
    let breaker = async || {
        let pressure = ports.store.pressure().await.unwrap().unwrap();
        pressure.bands.low.breaker
    };
    assert!(matches!(breaker().await, Breaker::Open { .. }));
    let url = format!(
        "{}/000000000000/{}-low",
        sandbox.endpoint, sandbox.namespace
    );
    let purged = sandbox.clients.sqs.purge_queue().queue_url(url).send();
    purged.await.unwrap();
    let waiting: Vec<_> = (0..10)
        .map(|number| Deferral {
            user: UserId::new("bob").unwrap(),
            priority: Priority::try_from(8).unwrap(),
            message: message(number),
            since: SystemClock.now(),
            fires_until: None,
        })
        .collect();
    let backlog = Backlog::Capacity(Band::Low);
    ports.store.defer(&backlog, &waiting).await.unwrap();

    assert_eq!(tick_in(&sandbox, 1).await.released, 0);
    assert!(matches!(breaker().await, Breaker::Open { .. }));
    // One in twenty of the sixty there is capacity for.
    assert_eq!(tick_in(&sandbox, 3).await.released, 3);
    assert!(matches!(breaker().await, Breaker::HalfOpen { .. }));
    assert_eq!(tick_in(&sandbox, 4).await.released, 8);
    let left = ports.store.count_deferred(&backlog, 100).await.unwrap();
    assert_eq!(left.count, 0);
    let again = tick_in(&sandbox, 5).await;
    assert_eq!((again.level, again.released), (Level::Calm, 0));
}

/// Queues `count` messages that nobody takes.
async fn flood(sandbox: &Sandbox, band: Band, numbers: std::ops::Range<u128>) {
    let flood: Vec<_> = numbers
        .map(|number| OutgoingMessage {
            lane: band.into(),
            user: None,
            send_at: SendAt::Now,
            message: message(number),
        })
        .collect();
    sandbox.ports.queues.send(&flood).await.unwrap();
}

/// What an owner is answered: a job, its history, a new job, an edit, an urgent run.
async fn answers(sandbox: &Sandbox, job: &str) -> [u16; 5] {
    let later = SystemClock.now() + TimeDelta::days(1);
    let new = json!({
        "name": "new", "job_type": "echo",
        "schedule": { "kind": "once", "at": later.to_rfc3339_opts(SecondsFormat::Secs, true) },
    });
    let path = format!("/v1/jobs/{job}");
    let asked = [
        ("GET", path.clone(), None),
        ("GET", format!("{path}/executions"), None),
        ("POST", "/v1/jobs".to_owned(), Some(new)),
        ("PATCH", path.clone(), Some(json!({ "name": "edited" }))),
        ("POST", format!("{path}/run"), None),
    ];
    let mut found = [0; 5];
    for (status, (method, path, body)) in found.iter_mut().zip(asked) {
        let (answered, body) = sandbox.call(method, &path, body).await;
        if answered == 503 {
            assert_eq!(body["retry_after_seconds"], 60, "{body}");
        }
        *status = answered;
    }
    found
}

/// Up with the backlog, at once; down with it, one step a tick. No worker takes anything: what is ready is what was sent.
#[tokio::test]
async fn the_level_rises_and_falls_with_the_backlog_and_everybody_sees_what_gives_way() {
    let mut sandbox = Sandbox::new().await;
    let _api = sandbox.host(&[Function::Api]).await;
    let later = SystemClock.now() + TimeDelta::days(1);
    let job = json!({
        "name": "urgent", "job_type": "echo", "priority": 1,
        "schedule": { "kind": "once", "at": later.to_rfc3339_opts(SecondsFormat::Secs, true) },
    });
    let job = sandbox.create(job).await;
    let expect = async |expected: [u16; 5]| {
        eventually(&format!("the API answers {expected:?}"), || async {
            (answers(&sandbox, &job).await == expected).then_some(())
        })
        .await;
    };
    expect([200, 200, 201, 200, 202]).await;
    let due = floor_second(SystemClock.now()) + TimeDelta::seconds(1);
    let shed = once_at(&sandbox, due, 1_000_001, 9).await;
    // Sixty a minute: two, four and eight minutes of work.
    flood(&sandbox, Band::Normal, 0..120).await;
    let report = tick_in(&sandbox, 0).await;
    assert_eq!((report.level, report.deferred), (Level::LowShed, 1));
    assert_eq!(deferred(&sandbox, Band::Low).await, [9]);
    expect([200, 200, 201, 200, 202]).await;
    flood(&sandbox, Band::Normal, 120..240).await;
    assert_eq!(tick_in(&sandbox, 0).await.level, Level::NormalShed);
    expect([200, 503, 201, 200, 202]).await;
    flood(&sandbox, Band::Normal, 240..480).await;
    assert_eq!(tick_in(&sandbox, 0).await.level, Level::CreatesRefused);
    expect([200, 503, 503, 200, 202]).await;
    assert!(deferred(&sandbox, Band::High).await.is_empty());

    for band in ["high", "normal"] {
        let url = format!(
            "{}/000000000000/{}-{band}",
            sandbox.endpoint, sandbox.namespace
        );
        let purged = sandbox.clients.sqs.purge_queue().queue_url(url).send();
        purged.await.unwrap();
    }
    assert_eq!(tick_in(&sandbox, 0).await.level, Level::NormalShed);
    expect([200, 503, 201, 200, 202]).await;
    assert_eq!(tick_in(&sandbox, 0).await.level, Level::LowShed);
    assert_eq!(deferred(&sandbox, Band::Low).await, [9]);
    let report = tick_in(&sandbox, 0).await;
    assert_eq!((report.level, report.released), (Level::Calm, 1));
    expect([200, 200, 201, 200, 202]).await;
    let _worker = sandbox.host(&[Function::Worker]).await;
    sandbox.execution_in(&shed.to_string(), "succeeded").await;
}

#[tokio::test]
async fn what_is_created_under_pressure_and_due_at_once_waits_if_it_is_short_and_its_priority_is_shed()
 {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api, Function::Worker]).await;
    let pressed = Pressure {
        level: Level::LowShed,
        ..Pressure::calm(SystemClock.now())
    };
    sandbox.ports.store.keep_pressure(&pressed).await.unwrap();
    let mut jobs = Vec::new();
    // One second more than a short attempt may take: it has a queue of its own, and is never shed.
    for (priority, timeout_seconds) in [(9, 30), (4, 30), (10, 91)] {
        let mut job = Sandbox::once_of(2, "echo", &json!({}));
        job["priority"] = json!(priority);
        job["timeout_seconds"] = json!(timeout_seconds);
        jobs.push(sandbox.create(job).await);
    }
    sandbox.execution_in(&jobs[1], "succeeded").await;
    sandbox.execution_in(&jobs[2], "succeeded").await;
    assert_eq!(deferred(&sandbox, Band::Low).await, [9]);
    assert_eq!(tick_in(&sandbox, 0).await.level, Level::Calm);
    sandbox.execution_in(&jobs[0], "succeeded").await;
}

#[tokio::test]
async fn what_is_released_after_its_catch_up_window_is_skipped_and_says_what_kept_it() {
    let mut sandbox = Sandbox::new().await;
    // So late that it is not long until it is too late, and in time all the same.
    let due = floor_second(SystemClock.now()) - TimeDelta::seconds(30);
    let store = sandbox.ports.store.clone();
    store.begin_at(Minute::of(due)).await.unwrap();
    let short = json!({ "policy": "fire_all", "catch_up_window_seconds": 60 });
    let job = once_with(&sandbox, due, 1, 9, short).await;
    let long = json!({ "policy": "fire_all", "catch_up_window_seconds": 3_600 });
    let other = once_with(&sandbox, due, 2, 9, long).await;
    flood(&sandbox, Band::Normal, 100..220).await;
    let report = tick_in(&sandbox, 0).await;
    assert_eq!((report.level, report.deferred), (Level::LowShed, 2));

    SystemClock.sleep_until(due + TimeDelta::seconds(61)).await;
    let url = sandbox.ports.queues.url(Queue::Work(Band::Normal.into()));
    let purged = sandbox.clients.sqs.purge_queue().queue_url(url).send();
    purged.await.unwrap();
    let report = tick_in(&sandbox, 0).await;
    assert_eq!((report.level, report.released), (Level::Calm, 2));
    let _system = sandbox.host(&[Function::Api, Function::Worker]).await;
    let skipped = sandbox.execution_in(&job.to_string(), "skipped").await;
    assert_eq!(skipped["reason"], "deferred", "{skipped}");
    sandbox.execution_in(&other.to_string(), "succeeded").await;
}
