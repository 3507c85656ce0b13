//! Laws that hold for every herd, setting and seed: nothing is lost or doubled, nothing is early, more never means later.

use proptest::prelude::*;
use punctual_scale::assumptions::Book;
use punctual_scale::bucket::TokenBucket;
use punctual_scale::outcome::Outcome;
use punctual_scale::platform::Platform;
use punctual_scale::scanner::whole_delay;
use punctual_scale::settings::{EventSource, Setting, Setup};
use punctual_scale::simulation::simulate;
use punctual_scale::time::{MINUTE, Micros, SECOND, seconds};

#[expect(clippy::expect_used, reason = "a test without its book has failed")]
fn platform() -> Platform {
    let book = Book::of_this_repository().expect("the book");
    Platform::from_book(&book).expect("the platform")
}

/// Settings under which nothing is throttled, and the scanner is in time.
fn ample(platform: &Platform) -> Setup {
    let moved = [
        Setting::TableQuota(10_000_000),
        Setting::WarmWrites(10_000_000),
        Setting::WarmReads(10_000_000),
        Setting::WarmDue(10_000_000),
        Setting::HoldsOnce,
    ];
    Setup::of_the_template(platform).with(&moved)
}

fn run(platform: &Platform, setup: &Setup, due: &[Micros], seed: u64) -> Outcome {
    simulate(platform, setup, due, seed)
}

/// Jobs that are due within a few minutes, in the order of time.
fn due_times() -> impl Strategy<Value = Vec<Micros>> {
    prop::collection::vec(0_u64..240, 1..400).prop_map(|mut seconds| {
        seconds.sort_unstable();
        seconds
            .into_iter()
            .map(|at| 30 * MINUTE + at * SECOND)
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_job_starts_once_and_none_before_it_is_due(due in due_times(), seed: u64, most in 2_u32..60) {
        let platform = platform();
        let setup = Setup {
            source: EventSource::Standard { most },
            ..ample(&platform)
        };
        let outcome = run(&platform, &setup, &due, seed);
        prop_assert_eq!(outcome.never, 0);
        prop_assert_eq!(outcome.early, 0);
        prop_assert_eq!(outcome.lateness().len(), due.len());
        prop_assert_eq!(outcome.used.repeated, 0);
        prop_assert_eq!(outcome.throttled(), 0);
        // A claim and a finish each, and a claim for every copy.
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        let writes = (2 * due.len()) as f64 + outcome.used.refused as f64;
        prop_assert!((outcome.used.writes - writes).abs() < 1e-6);
    }

    #[test]
    fn under_throttling_a_job_starts_or_is_given_up_and_none_is_forgotten(
        jobs in 1_u64..3_000, seed: u64, pollers in 1_u32..30, warm in 1_u32..2_000
    ) {
        let platform = platform();
        let setup = ample(&platform).with(&[Setting::Pollers(pollers, pollers)]);
        let setup = Setup { warm_writes: f64::from(warm), ..setup };
        let mut slow = platform.clone();
        // A partition is no faster than the table: the table is throttled as it says.
        slow.dynamo.partition_writes = f64::from(warm);
        let due = vec![30 * MINUTE; usize::try_from(jobs).expect("small")];
        let outcome = run(&slow, &setup, &due, seed);
        let given_up = usize::try_from(outcome.used.given_up).expect("small");
        prop_assert_eq!(outcome.jobs(), due.len());
        prop_assert!(outcome.never <= given_up, "{} never, {given_up} given up", outcome.never);
        prop_assert_eq!(outcome.early, 0);
        // In no second does the table give more than it has.
        let most = f64::from(warm) * 2.0;
        prop_assert!(outcome.peak_writes() <= most, "{} in a second", outcome.peak_writes());
    }

    #[test]
    fn the_same_seed_gives_the_same_outcome(due in due_times(), seed: u64) {
        let platform = platform();
        let setup = Setup::of_the_template(&platform);
        let (one, two) = (run(&platform, &setup, &due, seed), run(&platform, &setup, &due, seed));
        prop_assert_eq!(one.lateness(), two.lateness());
        prop_assert_eq!(one.used.throttled_by, two.used.throttled_by);
    }

    #[test]
    fn a_bucket_gives_no_more_than_its_rate_and_its_burst(
        takes in prop::collection::vec((0_u64..400_000, 1_u32..8), 1..300), rate in 1_u32..50, burst in 1_u32..50
    ) {
        let mut bucket = TokenBucket::new(rate.into(), burst.into());
        let mut now = 0;
        let mut given: Vec<(Micros, f64)> = Vec::new();
        for (pause, units) in takes {
            now += pause;
            if bucket.take(units.into(), now) {
                given.push((now, units.into()));
            }
        }
        for (index, (from, _)) in given.iter().enumerate() {
            let mut sum = 0.0;
            for (to, units) in &given[index..] {
                sum += units;
                let most = f64::from(burst) + f64::from(rate) * seconds(to - from);
                prop_assert!(sum <= most + 1e-6, "{sum} within {} s", seconds(to - from));
            }
        }
    }

    #[test]
    fn what_is_waited_for_comes_at_the_rate(units in 1_u32..10_000, rate in 1_u32..500, burst in 0_u32..500) {
        let mut bucket = TokenBucket::new(rate.into(), burst.into());
        let came = seconds(bucket.take_when_there(units.into(), 0));
        let due = (f64::from(units) - f64::from(burst)).max(0.0) / f64::from(rate);
        prop_assert!((came - due).abs() < 2e-6, "{came} s for {due} s");
    }

    #[test]
    fn a_delay_is_never_late_by_rounding_and_never_more_than_a_second_early(ahead in 0_u64..600_000_000) {
        let (now, early) = (MINUTE, SECOND);
        let arrives = now + whole_delay(now + ahead, now, early);
        prop_assert!(arrives <= now + ahead);
        prop_assert!(arrives + early >= now + ahead);
    }
}

#[test]
fn more_warm_throughput_throttles_less() {
    let platform = platform();
    let due = vec![30 * MINUTE; 5_000];
    let throttled = |warm| {
        let setup = ample(&platform).with(&[Setting::Pollers(50, 50), Setting::WarmWrites(warm)]);
        run(&platform, &setup, &due, 7).throttled()
    };
    let by_warmth = [1_000, 4_000, 8_000, 40_000].map(throttled);
    assert!(
        by_warmth.is_sorted_by(|less, more| less >= more),
        "{by_warmth:?}"
    );
    assert!(by_warmth[0] > 0, "the test throttles nothing");
    assert_eq!(by_warmth[3], 0);
}

#[test]
fn other_seeds_give_other_outcomes() {
    let platform = platform();
    let setup = Setup::of_the_template(&platform);
    let due = vec![30 * MINUTE; 500];
    let (one, two) = (
        run(&platform, &setup, &due, 1),
        run(&platform, &setup, &due, 2),
    );
    assert_ne!(one.lateness(), two.lateness());
}
