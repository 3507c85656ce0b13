//! A short run: the same inputs on every machine, from one seed a target. `SEED=7 ROUNDS=100000` makes another, longer one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use punctual_fuzz::mutate::{Random, mutated};
use punctual_fuzz::{MAX_BYTES, target};

use crate::corpus::corpus;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// Follows `rounds` chains of changes, each from an input of the corpus.
fn run(name: &str, rounds: u64) {
    let target = target(name).unwrap();
    let seed = number("SEED", 1);
    let mut random = Random::new(seed);
    let inputs = corpus(name);
    for round in 0..number("ROUNDS", rounds) {
        let (_, first) = random.one_of(&inputs).unwrap();
        let (_, other) = random.one_of(&inputs).unwrap();
        let mut input = first.clone();
        for _ in 0..4 {
            input = mutated(
                target.form,
                target.words,
                &input,
                other,
                MAX_BYTES,
                &mut random,
            );
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (target.run)(&input))) {
                eprintln!(
                    "seed {seed}, round {round}, put this into tests/fuzz/corpus/{name}:\n{}",
                    String::from_utf8_lossy(&input)
                );
                std::panic::resume_unwind(panic);
            }
        }
    }
}

macro_rules! short_runs {
    ($($test:ident: $target:literal, $rounds:literal;)*) => {
        $(#[test] fn $test() { run($target, $rounds); })*

        #[test]
        fn every_target_has_a_short_run() {
            let run = [$($target),*];
            let all: Vec<_> = punctual_fuzz::TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(all, run);
        }
    };
}

short_runs! {
    cron_keeps_its_promises: "cron", 300;
    cron_agrees_with_what_is_not_ours: "cron_oracle", 100;
    schedules_keep_their_promises: "schedule", 300;
    messages_keep_their_promises: "message", 1_500;
    bodies_of_creates_keep_their_promises: "body_job", 500;
    bodies_of_changes_keep_their_promises: "body_patch", 400;
    bodies_of_batches_keep_their_promises: "body_batch", 700;
    bodies_of_the_brief_keep_their_promises: "body_brief", 700;
    bodies_of_calendars_keep_their_promises: "body_calendar", 300;
    calendar_files_keep_their_promises: "ical", 300;
    templates_keep_their_promises: "template", 1_000;
    items_keep_their_promises: "item", 300;
}
