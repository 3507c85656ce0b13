//! What is told of many runs: a table of what was simulated, what went wrong in it and what became of the occurrences.

use std::collections::BTreeMap;
use std::fmt;

use crate::fault::Fault;
use crate::run::Outcome;

/// The sum of many runs.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many runs.
    pub runs: u64,
    /// Hours of simulated time.
    pub hours: i64,
    /// Calls that reached the services.
    pub calls: u64,
    /// Handlers' starts.
    pub starts: u64,
    /// Requests of users.
    pub requests: u64,
    /// Invocations.
    pub invocations: u64,
    /// Faults by kind.
    pub faults: BTreeMap<Fault, u64>,
    /// Planned occurrences by outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Runs that broke a rule.
    pub failed: u64,
}

impl Report {
    /// Adds a run of so many `hours`.
    pub fn add(&mut self, outcome: &Outcome, hours: i64) {
        self.runs += 1;
        self.hours += hours;
        self.calls += outcome.log.calls;
        self.starts += outcome.log.runs.len() as u64;
        self.requests += outcome.log.requests.len() as u64;
        self.invocations += outcome.log.invocations.len() as u64;
        self.failed += u64::from(!outcome.verdict.violations.is_empty());
        for (fault, count) in &outcome.log.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
        for (name, count) in &outcome.verdict.outcomes {
            *self.outcomes.entry(name.clone()).or_default() += count;
        }
    }

    /// Adds another report.
    pub fn join(&mut self, other: &Self) {
        self.runs += other.runs;
        self.hours += other.hours;
        self.calls += other.calls;
        self.starts += other.starts;
        self.requests += other.requests;
        self.invocations += other.invocations;
        self.failed += other.failed;
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
        for (name, count) in &other.outcomes {
            *self.outcomes.entry(name.clone()).or_default() += count;
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, count: u64| writeln!(f, "| {name} | {count} |");
        row("seeds", self.runs)?;
        row("seeds that broke a rule", self.failed)?;
        row("hours simulated", self.hours.unsigned_abs())?;
        row("requests of users", self.requests)?;
        row("invocations", self.invocations)?;
        row("calls of the services", self.calls)?;
        row("handlers started", self.starts)?;
        row("occurrences planned", self.outcomes.values().sum())?;
        for (name, count) in &self.outcomes {
            row(&format!("· {name}"), *count)?;
        }
        row("faults", self.faults.values().sum())?;
        for (fault, count) in &self.faults {
            row(&format!("· {}", fault.name()), *count)?;
        }
        Ok(())
    }
}
