//! The simulation against cases that can be computed by hand.

use proptest::prelude::*;
use punctual_scale::assumptions::Book;
use punctual_scale::chance::Spread;
use punctual_scale::outcome::{Limit, Outcome};
use punctual_scale::platform::Platform;
use punctual_scale::pollers::Pollers;
use punctual_scale::settings::{EventSource, Setting, Setup};
use punctual_scale::simulation::simulate;
use punctual_scale::time::{MINUTE, Micros, SECOND, from_ms};

/// A platform on which nothing takes time but the jobs themselves, each `job_ms`.
#[expect(clippy::expect_used, reason = "a test without its book has failed")]
fn ideal(job_ms: f64) -> Platform {
    let book = Book::of_this_repository().expect("the book");
    let mut platform = Platform::from_book(&book).expect("the platform");
    platform.sqs.to_lambda = Spread::always_ms(0.0);
    platform.sqs.delay_error = Spread::always_ms(0.0);
    platform.dynamo.single = Spread::always_ms(0.0);
    platform.lambda.cold_start = 0;
    platform.lambda.environments_burst = 1e9;
    platform.protocol.worker_cpu_ms = 0.0;
    platform.protocol.scanner_cpu_ms = 0.0;
    platform.protocol.job = Spread::always_ms(job_ms);
    platform
}

fn herd(platform: &Platform, jobs: usize, pollers: u32) -> Outcome {
    let setup = Setup::of_the_template(platform).with(&[
        Setting::TableQuota(100_000_000),
        Setting::WarmWrites(100_000_000),
        Setting::WarmReads(100_000_000),
        Setting::WarmDue(100_000_000),
        Setting::AccountConcurrency(1_000_000),
        Setting::Pollers(pollers, pollers),
        Setting::HoldsOnce,
    ]);
    simulate(platform, &setup, &vec![30 * MINUTE; jobs], 3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A herd of N at c places that serve one at a time for D: the k-th of a round starts after all rounds before it.
    #[test]
    fn a_herd_drains_in_rounds(rounds in 1_usize..8, pollers in 1_u32..6, job_ms in 50_u32..900) {
        let platform = ideal(job_ms.into());
        let places = pollers as usize * 10 * 10;
        let outcome = herd(&platform, rounds * places, pollers);
        let each = from_ms(job_ms.into());
        for (index, late) in outcome.lateness().iter().enumerate() {
            let round = (index / places) as Micros;
            prop_assert_eq!(*late, round * each, "job {} of {}", index, outcome.jobs());
        }
    }

    #[test]
    fn more_pollers_make_no_rank_later(jobs in 1_usize..4_000, pollers in 1_u32..20, more in 1_u32..20) {
        let platform = ideal(250.0);
        let (few, many) = (herd(&platform, jobs, pollers), herd(&platform, jobs, pollers + more));
        for (few, many) in few.lateness().iter().zip(many.lateness()) {
            prop_assert!(many <= few);
        }
    }
}

#[test]
fn a_standard_event_source_grows_by_three_hundred_a_minute_from_five() {
    let platform = ideal(1.0);
    let mut source = Pollers::of(&platform.lambda, EventSource::Standard { most: 1_000 });
    assert_eq!(source.allowed(0), 5);
    source.see_work(10 * SECOND);
    assert_eq!(source.allowed(10 * SECOND), 5);
    source.see_work(40 * SECOND);
    assert_eq!(source.allowed(40 * SECOND), 155);
    source.see_work(70 * SECOND);
    assert_eq!(source.allowed(70 * SECOND), 305);
    // After a long idleness it starts anew.
    source.see_work(400 * SECOND);
    assert_eq!(source.allowed(400 * SECOND), 5);
}

#[test]
fn a_provisioned_event_source_starts_with_ten_for_each_poller_and_stays_within_what_lambda_offers()
{
    let platform = ideal(1.0);
    let source = Pollers::of(
        &platform.lambda,
        EventSource::Provisioned { min: 7, max: 7 },
    );
    assert_eq!(source.allowed(0), 70);
    assert_eq!(source.next_rise(0), None);
    let most = Pollers::of(
        &platform.lambda,
        EventSource::Provisioned {
            min: 9_999,
            max: 9_999,
        },
    );
    assert_eq!(most.allowed(0), 2_000);
}

#[test]
fn a_bucket_that_a_tick_cannot_plan_is_never_sent() {
    let platform = ideal(100.0);
    // Workers enough that nothing is deferred.
    let setup = Setup::of_the_template(&platform).with(&[Setting::Concurrency(1_000)]);
    // Without CPU time: five reads of 15 ms and twenty writes of 10 ms for each 500, one after the other; and 15 ms for
    // each 160 that are sent. 52 s for 80,000, and more than 55 s for 90,000.
    let fits = simulate(&platform, &setup, &vec![30 * MINUTE; 80_000], 1);
    assert_eq!(fits.never, 0);
    let too_many = simulate(&platform, &setup, &vec![30 * MINUTE; 110_000], 1);
    assert_eq!(too_many.never, 110_000);
    assert!(too_many.limits().contains(&Limit::Scanner));
}

#[test]
fn what_the_workers_cannot_take_in_a_minute_is_deferred_and_starts_when_there_is_room() {
    let platform = ideal(100.0);
    let setup = Setup::of_the_template(&platform);
    // Fifty invocations of ten messages, each assumed to take a second: 30,000 in a minute.
    let outcome = simulate(&platform, &setup, &vec![30 * MINUTE; 31_000], 1);
    assert_eq!(outcome.used.scanner.deferred, 1_000);
    assert_eq!(outcome.never, 0);
    // Looked ahead to, it is deferred minutes before it is due, and let go into what is spare until then.
    let late = outcome.late(1_000).expect("all started");
    assert!(late < 60 * SECOND, "the deferred were late: {late} µs");
}

#[test]
fn a_bucket_that_the_second_tick_finds_unfinished_is_sent_twice_and_runs_once() {
    let platform = ideal(100.0);
    let setup = Setup::of_the_template(&platform).with(&[
        Setting::Concurrency(1_000),
        Setting::TableQuota(100_000_000),
        Setting::WarmWrites(100_000_000),
        Setting::WarmReads(100_000_000),
    ]);
    // 33 s of planning: the other trigger ticks half a minute behind the first one.
    let due = vec![30 * MINUTE; 60_000];
    let outcome = simulate(&platform, &setup, &due, 1);
    assert!(
        outcome.used.refused >= 60_000,
        "{} copies",
        outcome.used.refused
    );
    assert_eq!((outcome.never, outcome.used.repeated), (0, 0));
    // One tick at a time makes none.
    let alone = simulate(&platform, &setup.with(&[Setting::TickAlone(170)]), &due, 1);
    assert_eq!((alone.used.refused, alone.never), (0, 0));
}
