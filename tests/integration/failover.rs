//! A region is lost and another goes on: two namespaces of one stand-in play the regions, and a copier their global tables.
//! Each test loses what a real loss takes: the queues whole, and of the tables what was not copied.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{Minute, PerBand, floor_second};
use punctual::edge::SystemClock;
use punctual::port::{Clock, ScanProgress, Terms};
use punctual::usecase::{Begun, From, Rebuild, Rebuilt, begin_term, rebuild_page, tick};
use punctual_local::Function;
use punctual_tests::{Sandbox, Target, copy_tables};
use serde_json::json;

const PLACES: PerBand<u32> = PerBand {
    high: 10,
    normal: 10,
    low: 10,
};

/// Two regions, the first of which scans; its API is up.
async fn regions() -> (Sandbox, Sandbox) {
    let (mut west, mut east) = (Sandbox::new().await, Sandbox::new().await);
    for (region, name) in [(&mut west, "west"), (&mut east, "east")] {
        region.region = Some(name.to_owned());
        region.ports.store = region.ports.store.clone().in_region(region.region.clone());
    }
    let begun = begin_term(&west.ports, west.region.clone(), From::LowWater).await;
    assert!(matches!(begun.unwrap(), Begun::Yes(term) if term.number == 1));
    (west, east)
}

async fn promote(region: &Sandbox, window: TimeDelta) {
    let begun = begin_term(&region.ports, region.region.clone(), From::Before(window)).await;
    assert!(matches!(begun.unwrap(), Begun::Yes(_)));
}

/// Rebuilds all of a region's hints, a page at a time, each from where the last one said.
async fn rebuild(region: &Sandbox, since: Option<DateTime<Utc>>, is_real: bool) -> Rebuilt {
    let (mut found, mut cursor) = (Rebuilt::default(), None);
    loop {
        let page = rebuild_page(
            &region.ports,
            Rebuild { since, is_real },
            cursor.as_deref(),
            1,
        );
        let (page, next) = page.await.unwrap().unwrap();
        found.add(&page);
        cursor = next;
        if cursor.is_none() {
            return found;
        }
    }
}

async fn succeeded(region: &Sandbox, job: &str) {
    region.execution_in(job, "succeeded").await;
}

#[tokio::test]
async fn the_region_that_stands_by_ticks_only_once_it_is_promoted() {
    let (west, east) = regions().await;
    copy_tables(&west.clients, &west.namespace, &east.namespace, |_, _| true).await;
    let deadline = SystemClock.now() + TimeDelta::minutes(1);
    let report = tick(&east.ports, PLACES, deadline).await.unwrap();
    assert!(report.stood_by);
    assert_eq!(report.minutes_done, 0);
    assert!(!tick(&west.ports, PLACES, deadline).await.unwrap().stood_by);

    promote(&east, TimeDelta::minutes(2)).await;
    let report = tick(&east.ports, PLACES, deadline).await.unwrap();
    assert!(!report.stood_by);
    assert!(
        report.minutes_done >= 5,
        "two minutes again, and those ahead"
    );
    // And the lost region, once it hears of that.
    copy_tables(&west.clients, &east.namespace, &west.namespace, |_, _| true).await;
    assert!(tick(&west.ports, PLACES, deadline).await.unwrap().stood_by);
}

#[tokio::test]
async fn what_was_dispatched_in_the_lost_region_runs_in_the_promoted_one_and_what_had_run_does_not_run_again()
 {
    let (mut west, mut east) = regions().await;
    let target = Target::start().await;
    let began = SystemClock.now();
    let api = west.host(&[Function::Api]).await;
    let ran = west.create(Sandbox::once_in(4, &target.url("/ran"))).await;
    let worker = west.host(&[Function::Worker]).await;
    succeeded(&west, &ran).await;
    worker.stop().await;
    // Its message is in a queue that is about to be lost, and no hint was ever put for it.
    let dispatched = west
        .create(Sandbox::once_in(4, &target.url("/dispatched")))
        .await;
    api.stop().await;

    copy_tables(&west.clients, &west.namespace, &east.namespace, |_, _| true).await;
    promote(&east, TimeDelta::minutes(5)).await;
    let since = Some(began - TimeDelta::minutes(5));
    assert_eq!(rebuild(&east, since, true).await.messages, 2);
    let _system = east.host(&Function::ALL).await;
    succeeded(&east, &dispatched).await;
    succeeded(&east, &ran).await;
    assert_eq!(target.calls("/dispatched").len(), 1);
    assert_eq!(target.calls("/ran").len(), 1);
}

#[tokio::test]
async fn what_ran_without_its_record_being_copied_runs_again_under_the_same_key() {
    let (mut west, mut east) = regions().await;
    let target = Target::start().await;
    let began = SystemClock.now();
    let system = west.host(&[Function::Api, Function::Worker]).await;
    let job = west
        .create(Sandbox::once_in(4, &target.url("/twice")))
        .await;
    succeeded(&west, &job).await;
    system.stop().await;

    let all_but_records = |table: &str, _: &str| table != "executions";
    copy_tables(
        &west.clients,
        &west.namespace,
        &east.namespace,
        all_but_records,
    )
    .await;
    promote(&east, TimeDelta::minutes(5)).await;
    rebuild(&east, Some(began - TimeDelta::minutes(5)), true).await;
    let _system = east.host(&Function::ALL).await;
    succeeded(&east, &job).await;
    let keys: Vec<_> = target
        .calls("/twice")
        .iter()
        .map(|call| call.header("idempotency-key").to_owned())
        .collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn a_minute_that_was_done_is_scanned_again_by_the_next_term_beside_a_tick_of_the_last_one() {
    let mut sandbox = Sandbox::new().await;
    let system = sandbox.host(&[Function::Api]).await;
    let hourly = json!({
        "name": "hourly", "job_type": "echo",
        "schedule": { "kind": "every", "seconds": 3_600,
            "anchor_at": floor_second(SystemClock.now()) + TimeDelta::minutes(6) },
    });
    sandbox.create(hourly).await;
    system.stop().await;
    let store = &sandbox.ports.store;
    let deadline = SystemClock.now() + TimeDelta::minutes(1);
    let first = store.term().await.unwrap();
    tick(&sandbox.ports, PLACES, deadline).await.unwrap();
    promote(&sandbox, TimeDelta::zero()).await;
    // The tick of the last term goes on to its end.
    let present = Minute::of(SystemClock.now());
    store.mark_done(&first, present).await.unwrap();
    let again = tick(&sandbox.ports, PLACES, deadline).await.unwrap();
    assert!(again.minutes_done >= 4, "{again:?}");
}

#[tokio::test]
async fn a_lost_due_table_is_rebuilt_from_the_jobs_beside_the_running_system_and_only_once() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    for minutes in [30, 40, 50] {
        let anchor = floor_second(SystemClock.now()) + TimeDelta::minutes(minutes);
        let job = json!({
            "name": "later", "job_type": "echo",
            "schedule": { "kind": "every", "seconds": 3_600, "anchor_at": anchor },
        });
        sandbox.create(job).await;
    }
    let soon = sandbox
        .create(Sandbox::once_of(4, "echo", &json!({})))
        .await;
    let whole = rebuild(&sandbox, None, false).await;
    assert_eq!((whole.jobs, whole.whole, whole.broken), (4, 4, 0));

    let due = format!("{}-due", sandbox.namespace);
    sandbox.empty_table(&due).await;
    let counted = rebuild(&sandbox, None, false).await;
    assert_eq!((counted.broken, counted.messages), (3, 0), "{counted:?}");
    assert_eq!(
        rebuild(&sandbox, None, false).await,
        counted,
        "counting changes nothing"
    );
    assert_eq!(rebuild(&sandbox, None, true).await, counted);
    let again = rebuild(&sandbox, None, true).await;
    assert_eq!((again.whole, again.broken), (4, 0), "{again:?}");
    // The system has gone on.
    succeeded(&sandbox, &soon).await;
    assert_eq!(sandbox.executions(&soon).await.len(), 1);
}
