//! What came of a simulation: how late jobs started, and what was used.

use std::collections::BTreeMap;

use crate::runs::Runs;
use crate::scanner::ScannerUse;
use crate::time::{Micros, SECOND};

/// What may keep jobs from starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// A bucket has more hints than a tick can plan before it is cut off.
    Scanner,
    /// The band's workers take no more in a minute, by what was measured: the rest was deferred.
    Admission,
    /// The event source is still adding invocations.
    Ramp,
    /// It has as many as it may have.
    Concurrency,
    /// The account has as many as it may have.
    Account,
    /// Lambda makes no more environments in so short a time.
    NewEnvironments,
    /// As many messages as a queue allows are being worked on.
    InFlight,
    /// The key of the holds is read too often.
    Holds,
    /// `executions` is written too fast.
    Executions,
    /// `jobs` is read too fast.
    Jobs,
}

/// What was used.
#[derive(Clone, Debug, Default)]
pub struct Use {
    /// By the scanner.
    pub scanner: ScannerUse,
    /// Write units of `executions`.
    pub writes: f64,
    /// The same, by the second in which they were used.
    pub writes_by_second: BTreeMap<u64, f64>,
    /// Read units of the workers.
    pub reads: f64,
    /// Reads of the holds.
    pub holds_reads: u64,
    /// Claims that were refused: copies.
    pub refused: u64,
    /// Calls that were throttled, and by what.
    pub throttled_by: BTreeMap<Limit, u64>,
    /// How long something kept ready messages waiting.
    pub kept_by: BTreeMap<Limit, Micros>,
    /// Messages that were left to come back because of it.
    pub came_back: u64,
    /// Handlers that ran again.
    pub repeated: u64,
    /// Messages that were given up.
    pub given_up: u64,
    /// Requests of the event source and the worker to the queue.
    pub queue_requests: f64,
    /// Invocations of the worker.
    pub invocations: u64,
    /// Messages that they were given.
    pub handled: u64,
    /// How long they ran, in all.
    pub worker_seconds: f64,
    /// Environments that were made.
    pub environments: usize,
    /// The most invocations at once.
    pub concurrency_peak: usize,
    /// The most messages that a tick saw ready.
    pub ready_peak: u64,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// From when each job was due until it started, in the order of the jobs.
    by_job: Vec<Option<Micros>>,
    /// The same, sorted; of those that started.
    lateness: Vec<Micros>,
    /// How many never started.
    pub never: usize,
    /// How many started before they were due.
    pub early: usize,
    /// From the first due job to the last start.
    pub drained: Micros,
    /// What was used.
    pub used: Use,
}

impl Outcome {
    /// Of jobs that were `due` then.
    pub fn of(due: &[Micros], runs: &Runs, used: Use) -> Self {
        let started = due.iter().zip(runs.first_starts());
        let by_job: Vec<_> = started
            .map(|(due, started)| Some(started?.saturating_sub(*due)))
            .collect();
        let mut lateness: Vec<_> = by_job.iter().copied().flatten().collect();
        lateness.sort_unstable();
        let starts = due.iter().zip(runs.first_starts());
        let is_early =
            |(due, started): &(&Micros, Option<Micros>)| started.is_some_and(|at| at < **due);
        let early = starts.filter(is_early).count();
        let first = due.iter().min().copied().unwrap_or_default();
        let last_start = runs.first_starts().flatten().max().unwrap_or(first);
        Self {
            never: due.len() - lateness.len(),
            early,
            drained: last_start.saturating_sub(first),
            by_job,
            lateness,
            used,
        }
    }

    /// How many jobs there were.
    pub fn jobs(&self) -> usize {
        self.lateness.len() + self.never
    }

    /// The lateness that `per_mille` of all jobs were not above. `None`: so many did not start.
    pub fn late(&self, per_mille: usize) -> Option<Micros> {
        let rank = (self.jobs() * per_mille).div_ceil(1_000).max(1);
        self.lateness.get(rank - 1).copied()
    }

    /// Whether what is due later starts ever later: half a minute between the first and the last tenth of the jobs.
    pub fn falls_behind(&self) -> bool {
        let tenth = (self.jobs() / 10).max(1).min(self.jobs());
        let median = |part: &[Option<Micros>]| {
            let mut part: Vec<_> = part
                .iter()
                .map(|late| late.unwrap_or(Micros::MAX))
                .collect();
            part.sort_unstable();
            part.get(part.len() / 2).copied().unwrap_or_default()
        };
        let (first, last) = (&self.by_job[..tenth], &self.by_job[self.jobs() - tenth..]);
        self.never > 0 || median(last) > median(first).saturating_add(30 * SECOND)
    }

    /// How late each was that started, sorted.
    pub fn lateness(&self) -> &[Micros] {
        &self.lateness
    }

    /// How many calls were throttled.
    pub fn throttled(&self) -> u64 {
        self.used.throttled_by.values().sum()
    }

    /// What limited it, what weighed most first.
    pub fn limits(&self) -> Vec<Limit> {
        let mut limits = Vec::new();
        if self.used.scanner.cut_off > 0 {
            limits.push(Limit::Scanner);
        }
        if self.used.scanner.deferred > 0 {
            limits.push(Limit::Admission);
        }
        // What kept somebody for less than a tenth of a second is no limit worth a word.
        let kept = self.used.kept_by.iter();
        let mut kept: Vec<_> = kept.filter(|(_, time)| **time >= SECOND / 10).collect();
        kept.sort_by_key(|(limit, time)| (std::cmp::Reverse(**time), **limit));
        limits.extend(kept.into_iter().map(|(limit, _)| *limit));
        let throttled = self.used.throttled_by.iter();
        limits.extend(
            throttled
                .filter(|(_, calls)| **calls > 0)
                .map(|(limit, _)| *limit),
        );
        limits
    }

    /// The most write units that `executions` gave in one second.
    pub fn peak_writes(&self) -> f64 {
        self.used
            .writes_by_second
            .values()
            .fold(0.0, |peak, units| units.max(peak))
    }
}
