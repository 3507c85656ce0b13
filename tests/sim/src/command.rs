//! The command: many seeds with progress and a table, or one with its trace.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use clap::Parser;

use crate::chance::Seed;
use crate::oracle::{Law, Violation};
use crate::report::Report;
use crate::run::{Outcome, run};
use crate::scenario::{Scenario, Size};
use crate::shrink::shrunk;

/// Simulates the real code under faults, and judges what became of every planned occurrence.
#[derive(Clone, Debug, Parser)]
#[command(name = "sim")]
pub struct Arguments {
    /// How many seeds to run.
    #[arg(long, default_value_t = 100)]
    pub seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    pub from: u64,
    /// Runs this seed alone, and prints its trace.
    #[arg(long)]
    pub seed: Option<u64>,
    /// How many jobs a run has.
    #[arg(long, default_value_t = Size::SMALL.jobs)]
    pub jobs: usize,
    /// For how many minutes users act and things go wrong; a quiet time comes after it.
    #[arg(long, default_value_t = Size::SMALL.minutes)]
    pub minutes: i64,
    /// How many threads run seeds at once.
    #[arg(long, default_value_t = 1)]
    pub threads: usize,
    /// Ends with the first seed that breaks a rule.
    #[arg(long)]
    pub stop_at_first: bool,
    /// Does not look for a smaller run that fails alike.
    #[arg(long)]
    pub no_shrinking: bool,
}

/// How many runs are spent on making a failing one smaller.
const SHRINKING: usize = 60;

/// How many lines of a trace are shown around the occurrence at fault.
const AROUND: usize = 400;

/// Does as the arguments say. Fails if a rule was broken.
pub fn simulate(arguments: &Arguments) -> ExitCode {
    let size = Size {
        jobs: arguments.jobs,
        minutes: arguments.minutes,
    };
    match arguments.seed {
        Some(seed) => replay(seed, size),
        None => many(arguments, size),
    }
}

fn replay(seed: u64, size: Size) -> ExitCode {
    let scenario = Scenario::of(Seed(seed), size);
    let outcome = run(&scenario, true);
    for line in outcome.log.lines.iter().flatten() {
        println!("{line}");
    }
    println!(
        "\nseed {seed}: {:?}, hash {:016x}",
        scenario.faults.weather, outcome.log.hash
    );
    print_violations(&outcome.verdict.violations);
    let mut report = Report::default();
    report.add(&outcome, hours(&scenario));
    println!("{report}");
    exit(outcome.verdict.violations.is_empty())
}

fn many(arguments: &Arguments, size: Size) -> ExitCode {
    let began = Instant::now();
    let next = AtomicU64::new(0);
    let shared = Mutex::new((Report::default(), BTreeMap::<u64, Vec<Violation>>::new()));
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.max(1) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= arguments.seeds {
                        return;
                    }
                    let seed = arguments.from + number;
                    let scenario = Scenario::of(Seed(seed), size);
                    let outcome = run(&scenario, false);
                    let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    shared.0.add(&outcome, hours(&scenario));
                    if !outcome.verdict.violations.is_empty() {
                        eprintln!(
                            "\nseed {seed} breaks a rule: {}",
                            outcome.verdict.violations[0]
                        );
                        shared.1.insert(seed, outcome.verdict.violations);
                        if arguments.stop_at_first {
                            next.store(arguments.seeds, Ordering::Relaxed);
                        }
                    }
                    progress(&shared.0, arguments.seeds, began);
                }
            });
        }
    });
    let (report, failed) = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    eprintln!();
    println!(
        "{} jobs, {} minutes and a quiet time after it; {:.0} s",
        size.jobs,
        size.minutes,
        began.elapsed().as_secs_f64()
    );
    println!("\n| | |\n|---|---|\n{report}");
    for (seed, violations) in &failed {
        println!("seed {seed}; make sim SEED={seed} replays it");
        print_violations(violations);
    }
    if let (Some((seed, violations)), false) = (failed.first_key_value(), arguments.no_shrinking) {
        explain(&Scenario::of(Seed(*seed), size), violations[0].law);
    }
    exit(failed.is_empty())
}

/// Prints a smaller run that fails alike, and its trace around the occurrence at fault.
fn explain(scenario: &Scenario, law: Law) {
    println!(
        "\nlooking for a smaller run that breaks \"{}\" ...",
        law.name()
    );
    let smaller = shrunk(scenario, law, SHRINKING);
    let outcome = run(&smaller, true);
    let without: Vec<_> = smaller
        .faults
        .without
        .iter()
        .map(|fault| fault.name())
        .collect();
    println!("jobs {:?}, without {}", smaller.kept, without.join(", "));
    print_violations(&outcome.verdict.violations);
    for line in around(&outcome, law) {
        println!("{line}");
    }
}

fn around(outcome: &Outcome, law: Law) -> Vec<&String> {
    let lines = outcome.log.lines.as_deref().unwrap_or_default();
    let of_law = outcome
        .verdict
        .violations
        .iter()
        .find(|violation| violation.law == law);
    let at = of_law.and_then(|violation| violation.at);
    let at = at.map(|at| at.format("%Y-%m-%dT%H:%M:%S").to_string());
    let middle = at.map_or(0, |at| {
        lines.partition_point(|line| line.as_str() < at.as_str())
    });
    let first = middle.saturating_sub(AROUND);
    lines[first..lines.len().min(middle + AROUND)]
        .iter()
        .collect()
}

fn progress(report: &Report, seeds: u64, began: Instant) {
    if !std::io::stderr().is_terminal() && !report.runs.is_multiple_of(10) {
        return;
    }
    let seconds = began.elapsed().as_secs_f64();
    eprint!(
        "\r{} of {seeds} seeds, {} faults, {} failed, {seconds:.0} s",
        report.runs,
        report.faults.values().sum::<u64>(),
        report.failed
    );
    let _ = std::io::stderr().flush();
}

fn print_violations(violations: &[Violation]) {
    const MOST: usize = 12;
    for violation in violations.iter().take(MOST) {
        println!("  {violation}");
    }
    if violations.len() > MOST {
        println!("  and {} more", violations.len() - MOST);
    }
}

fn hours(scenario: &Scenario) -> i64 {
    (scenario.end - scenario.begin).num_hours()
}

fn exit(is_well: bool) -> ExitCode {
    if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
