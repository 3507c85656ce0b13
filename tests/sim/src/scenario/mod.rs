//! What a run is about: the jobs, what their users do with them and what goes wrong. All of it follows from the seed; a
//! job's part does not depend on the others', so that a failing run can be made smaller.

mod jobs;
mod wishes;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::jobs::{JOB_TYPE, JobPlan, Work, WorkEnd, whole_second};
pub use self::wishes::{Wish, Wished};
use crate::chance::Seed;
use crate::fault::FaultPlan;
use crate::rule::day;

/// How large a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// How many jobs there are.
    pub jobs: usize,
    /// How long users act and things go wrong, in minutes.
    pub minutes: i64,
}

impl Size {
    /// What CI runs, many times.
    pub const SMALL: Self = Self {
        jobs: 10,
        minutes: 120,
    };
    /// A day of 200 jobs.
    pub const DAY: Self = Self {
        jobs: 200,
        minutes: 1_440,
    };
}

/// How long nothing goes wrong at the end: longer than the longest wait for a retry, a lock or a late message.
pub const QUIET: TimeDelta = TimeDelta::minutes(80);

/// By then all that was late must have ended: whatever is due after it must start in time.
pub const SETTLED: TimeDelta = TimeDelta::minutes(50);

/// A run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// From which it follows.
    pub seed: Seed,
    /// When it begins.
    pub begin: DateTime<Utc>,
    /// When it is over.
    pub end: DateTime<Utc>,
    /// The jobs.
    pub jobs: Vec<JobPlan>,
    /// The numbers of those that take part.
    pub kept: BTreeSet<usize>,
    /// What their users do, in the order of time.
    pub wishes: Vec<Wished>,
    /// What goes wrong.
    pub faults: FaultPlan,
    /// Whether there is a reconciler, which mends what is lost: without it, nothing may be.
    pub has_reconciler: bool,
}

impl Scenario {
    /// The run of `seed`.
    pub fn of(seed: Seed, size: Size) -> Self {
        let chance = seed.stream("scenario", 0);
        // Ordinary days, and days on which clocks change in Berlin and New York.
        let days = [
            (5, day(2026, 11, 21)),
            (1, day(2026, 12, 31)),
            (2, day(2026, 10, 25)),
            (1, day(2026, 11, 1)),
            (2, day(2027, 3, 28)),
            (1, day(2027, 3, 14)),
        ];
        // Long enough before the change for jobs to be there, and short enough for small runs to reach it.
        let begin = chance.weigh(&days) - TimeDelta::minutes(70);
        let begin =
            begin + TimeDelta::seconds(i64::try_from(chance.between(0, 3_599)).unwrap_or(0));
        let calm_from = begin + TimeDelta::minutes(size.minutes);
        let jobs: Vec<_> = (0..size.jobs)
            .map(|number| JobPlan::of(seed, number, begin, calm_from))
            .collect();
        let mut wishes: Vec<_> = jobs
            .iter()
            .flat_map(|job| wishes::of(seed, job, begin, calm_from))
            .collect();
        wishes.sort_by_key(|wished| wished.at);
        Self {
            seed,
            begin,
            end: calm_from + QUIET,
            kept: (0..size.jobs).collect(),
            jobs,
            wishes,
            faults: FaultPlan::of(seed, begin, calm_from),
            has_reconciler: chance.happens(0.3),
        }
    }

    /// The same run with these jobs alone.
    #[must_use]
    pub fn keeping(&self, kept: BTreeSet<usize>) -> Self {
        Self {
            kept,
            ..self.clone()
        }
    }

    /// From when on whatever is due must start in time.
    pub fn settled_from(&self) -> DateTime<Utc> {
        self.faults.calm_from + SETTLED
    }
}
