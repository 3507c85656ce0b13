//! The API's simple model of lateness against this simulation, and what it assumes against the book.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use punctual::domain::schedule::ScheduleRequest;
use punctual::domain::{Agenda, AgendaEntry, JobId, PerBand, UserId, Window, Work};
use punctual::plan::forecast::Filter;
use punctual::plan::forecast::what_if::{Assumptions, Change, Outcome, platform, what_if};
use punctual_scale::assumptions::Book;
use punctual_scale::platform::Platform;
use punctual_scale::scenarios::herd_due;
use punctual_scale::settings::{Setting, Setup};
use punctual_scale::simulation::simulate;
use punctual_scale::time::seconds;
use serde_json::{from_value, json};

/// Between the model's figure and the simulation's may lie this factor.
const FACTOR: f64 = 1.25;

#[expect(clippy::expect_used, reason = "a test without its book has failed")]
fn the_platform() -> Platform {
    let book = Book::of_this_repository().expect("the book");
    Platform::from_book(&book).expect("the platform")
}

/// `jobs` jobs that are due at one second.
fn herd(jobs: u32) -> Agenda {
    let schedule = json!({ "kind": "cron", "expression": "0 * * * *", "timezone": "UTC" });
    let schedule: ScheduleRequest = from_value(schedule).unwrap();
    let entry = |number: u32| AgendaEntry {
        id: JobId::from_random(u128::from(number)),
        user: UserId::new("ann").unwrap(),
        job_type: "echo".to_owned(),
        target: None,
        schedule: schedule.clone(),
        spread: None,
        from: None,
        until: None,
        skips: std::collections::BTreeSet::new(),
        exclude_calendars: Vec::new(),
        priority: punctual::domain::Priority::default(),
        timeout_seconds: punctual::domain::TimeoutSeconds::default(),
        concurrency_key: None,
        max_concurrency: None,
        rate_per_minute: None,
    };
    Agenda {
        taken_at: "2026-11-29T00:00:00Z".parse().unwrap(),
        entries: (0..jobs).map(entry).collect(),
        is_whole: true,
    }
}

/// What the model says of it, where messages take the workers' places for `mean_ms` and there are so many places.
fn modelled(jobs: u32, places: u32, mean_ms: u64) -> Outcome {
    let hour = Window::new(
        "2026-11-29T11:30:00Z".parse().unwrap(),
        "2026-11-29T12:30:00Z".parse().unwrap(),
    );
    let runs = 1_000_000;
    let work = Work {
        runs,
        busy_ms: runs * mean_ms,
    };
    let deployed = Assumptions::of(PerBand::of(|_| places), PerBand::of(|_| work), 64);
    let nothing = Change::default();
    what_if(
        &herd(jobs),
        &nothing,
        &Filter::default(),
        hour.unwrap(),
        &deployed,
    )
    .before
}

/// For how long a message took a place in the simulation, and what its p99 and drain were, in seconds.
fn simulated(jobs: u32, moved: &[Setting]) -> (u64, f64, f64) {
    let platform = the_platform();
    let setup = Setup::of_the_template(&platform).with(moved);
    let outcome = simulate(&platform, &setup, &herd_due(jobs, &setup), 1);
    let invocations = outcome.used.invocations.max(1);
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let mean_ms = outcome.used.worker_seconds * 1_000.0 / invocations as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some hundred"
    )]
    let mean_ms = mean_ms as u64;
    let p99 = outcome.late(990).map(seconds).unwrap();
    (mean_ms, p99, seconds(outcome.drained))
}

fn near(modelled: f64, simulated: f64) -> bool {
    modelled < simulated * FACTOR && simulated < modelled * FACTOR
}

#[test]
fn the_p99_of_a_herd_of_five_thousand_is_about_what_the_simulation_says() {
    for (jobs, moved, places) in [
        (5_000, vec![], 500),
        (5_000, vec![Setting::Concurrency(20)], 200),
        (2_000, vec![], 500),
        (10_000, vec![], 500),
    ] {
        let (mean_ms, p99, drained) = simulated(jobs, &moved);
        let model = modelled(jobs, places, mean_ms);
        let model_p99 = model.lateness.p99.unwrap();
        assert!(
            near(model_p99, p99),
            "{jobs}, {moved:?}: {model_p99} s, simulated {p99} s"
        );
        let drain = model.drain_seconds;
        assert!(
            near(drain, drained),
            "{jobs}, {moved:?}: {drain} s, simulated {drained} s"
        );
        assert_eq!(model.never, 0);
    }
}

#[test]
fn what_no_tick_can_plan_never_starts_in_the_model_either() {
    assert_eq!(modelled(100_000, 500, 300).never, 100_000);
    assert_eq!(modelled(40_000, 500, 300).never, 0);
}

#[test]
fn what_the_model_assumes_is_in_the_book() {
    let book = Book::of_this_repository().unwrap();
    let number = |id: &'static str| book.number(id).unwrap();
    for (ours, id, per) in [
        (platform::BATCH, "template.worker_batch", 1.0),
        (platform::FIRST_INVOCATIONS, "lambda.esm_start", 1.0),
        (platform::MORE_INVOCATIONS, "lambda.esm_per_minute", 60.0),
        (platform::MOST_INVOCATIONS, "lambda.esm_most", 1.0),
        (platform::WRITE_UNITS, "dynamodb.new_table_writes", 1.0),
        (platform::WRITES_A_SHARD, "dynamodb.partition_writes", 1.0),
        (platform::CHUNK, "protocol.chunk", 1.0),
        (platform::READ.0, "protocol.get_batch", 1.0),
        (platform::READ.1, "dynamodb.batch_get_ms", 1e3),
        (platform::WRITE.0, "protocol.hint_batch", 1.0),
        (platform::WRITE.1, "dynamodb.batch_write_ms", 1e3),
        (platform::SHARDS.0, "protocol.shard_reads_abreast", 1.0),
        (platform::SHARDS.1, "dynamodb.query_page_ms", 1e3),
        (platform::PAGE.0, "dynamodb.page_bytes", 1.0),
        (platform::PAGE.1, "protocol.hint_bytes", 1.0),
        (platform::SEND.1, "sqs.send_batch_ms", 1e3),
        (platform::CUT_OFF, "template.scanner_timeout_s", 1.0),
    ] {
        let booked = number(id) / per;
        assert!(
            (ours - booked).abs() < 1e-9,
            "{id}: {ours}, booked {booked}"
        );
    }
    let sent_abreast = number("protocol.send_batch") * number("protocol.sends_abreast");
    let writes = number("protocol.claim_writes") + number("protocol.finish_writes");
    let vcpu = number("lambda.vcpu_mb") / number("template.scanner_memory_mb");
    for (ours, booked) in [
        (platform::SEND.0, sent_abreast),
        (platform::WRITES_A_RUN, writes),
        (platform::PLANNED_IN, number("cpu.scanner_ms") / 1e3 * vcpu),
    ] {
        assert!((ours - booked).abs() < 1e-9, "{ours}, booked {booked}");
    }
    let forgets = f64::from(i32::try_from(platform::FORGETS_AFTER).unwrap());
    assert!((forgets - number("lambda.esm_idle_seconds")).abs() < 1e-9);
    let early = f64::from(i32::try_from(platform::EARLY).unwrap());
    assert!((early - number("protocol.early_ms") / 1e3).abs() < 1e-9);
}
