//! A fixed set of seeds. `make sim` runs more.

use std::time::{SystemTime, UNIX_EPOCH};

use punctual_sim::chance::Seed;
use punctual_sim::run::run;
use punctual_sim::scenario::{Scenario, Size};

/// Runs a seed, and fails with all that is needed to see it again.
fn keeps_every_law(seed: u64, size: Size) {
    let scenario = Scenario::of(Seed(seed), size);
    let outcome = run(&scenario, false);
    let violations: Vec<_> = outcome
        .verdict
        .violations
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        violations.is_empty(),
        "seed {seed} breaks a rule; make sim SEED={seed} JOBS={} MINUTES={} replays it:\n{}",
        size.jobs,
        size.minutes,
        violations.join("\n")
    );
    assert!(!outcome.log.runs.is_empty(), "seed {seed}: nothing ran");
}

/// Small enough for a run to take a second or two without optimisation.
const SIZE: Size = Size {
    jobs: 5,
    minutes: 45,
};

#[test]
fn the_first_seeds_keep_every_law() {
    for seed in 1..=3 {
        keeps_every_law(seed, SIZE);
    }
}

#[test]
fn the_next_seeds_keep_every_law() {
    for seed in 4..=6 {
        keeps_every_law(seed, SIZE);
    }
}

#[test]
fn a_seed_that_nobody_has_chosen_keeps_every_law() {
    #[expect(
        clippy::disallowed_methods,
        reason = "a fresh seed for every run; it is printed, and replays the run"
    )]
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seed = u64::from(since.map_or(0, |since| since.subsec_nanos()));
    println!(
        "seed {seed}: make sim SEED={seed} JOBS={} MINUTES={} replays it",
        SIZE.jobs, SIZE.minutes
    );
    keeps_every_law(seed, SIZE);
}

#[test]
fn the_same_seed_makes_the_same_run_event_for_event() {
    let scenario = Scenario::of(Seed(5), SIZE);
    let (one, again) = (run(&scenario, false), run(&scenario, false));
    assert_eq!(one.log.hash, again.log.hash);
    assert_eq!(one.log.calls, again.log.calls);
    let other = run(&Scenario::of(Seed(6), SIZE), false);
    assert_ne!(one.log.hash, other.log.hash);
}
