//! A fixed set of seeds, and one that nobody has chosen. `make sim` runs more.

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
    jobs: 8,
    minutes: 90,
};

#[test]
fn the_first_seeds_keep_every_law() {
    for seed in 1..=4 {
        keeps_every_law(seed, SIZE);
    }
}

#[test]
fn the_next_seeds_keep_every_law() {
    for seed in 5..=8 {
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
    for seed in [3, 12] {
        let scenario = Scenario::of(Seed(seed), SIZE);
        let (one, other) = (run(&scenario, false), run(&scenario, false));
        assert_eq!(one.log.hash, other.log.hash, "seed {seed}");
        assert_eq!(one.log.calls, other.log.calls, "seed {seed}");
    }
    let (one, other) = (Scenario::of(Seed(3), SIZE), Scenario::of(Seed(4), SIZE));
    assert_ne!(run(&one, false).log.hash, run(&other, false).log.hash);
}
