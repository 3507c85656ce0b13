//! The ledger: every planned occurrence with what became of it, derived from the job's versions and the records there
//! are. Nothing is written for it, so it costs nothing per run, and it cannot disagree with what it is derived from.

mod coverage;
mod explain;
mod versions;
mod why;

use std::cmp::Ordering;
use std::iter::from_fn;

use chrono::{DateTime, TimeDelta, Utc};

use self::coverage::Cover;
pub use self::versions::{Version, Versions};
pub use self::why::{NotPlanned, WhyNot, why_not_behind, why_not_planned};
use crate::domain::{
    Execution, HostBreaker, HostState, Job, JobState, Occasion, Outcome, Overlap, Reason,
    floor_second,
};
use crate::port::Backlog;

/// After this long, what was due has left a record, or was lost.
pub const SETTLE: TimeDelta = TimeDelta::minutes(10);

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Which occurrence, or which run that a person asked for.
    pub occasion: Occasion,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether a version of the job planned it. Not of what a person asked for, nor of what only an earlier version had.
    pub planned: bool,
    /// Its record, if it has one.
    pub execution: Option<Execution>,
    /// The occurrence that stands for it, if it was missed and another one does.
    pub stood_for_by: Option<DateTime<Utc>>,
    /// The version that governed it, or that its record says was run or judged.
    pub job_version: Option<u64>,
    /// The same for a person.
    pub explanation: String,
}

/// `entry`, which waits in `backlog`.
pub fn deferred(entry: Entry, backlog: &Backlog) -> Entry {
    Entry {
        outcome: Outcome::Deferred,
        explanation: explain::waiting(backlog),
        ..entry
    }
}

/// `entry`, which waits for a host that is spared.
pub fn spared(entry: Entry) -> Entry {
    Entry {
        outcome: Outcome::Pending,
        explanation: explain::spared(),
        ..entry
    }
}

/// `entry`, which waits for its turn.
pub fn queued(entry: Entry) -> Entry {
    Entry {
        outcome: Outcome::Pending,
        explanation: explain::queued(),
        ..entry
    }
}

/// Whether what `job` planned at `at`, and has no record of, may wait for its host, by the breaker between them: as with
/// slots, it leaves no record until it may start, or its time is over. What waited comes again soon after the host is well.
pub fn may_wait_for_host(
    job: &Job,
    at: DateTime<Utc>,
    breaker: &HostBreaker,
    now: DateTime<Utc>,
    settle: TimeDelta,
) -> bool {
    let kept_it = match breaker.state {
        HostState::Open { .. } | HostState::Probing { .. } => true,
        HostState::Closed { since } => since > at && now - since <= settle,
    };
    kept_it && job.misfire.may_catch_up(at, now - settle)
}

/// What the ledger of some stretch of time is derived from.
#[derive(Clone, Copy, Debug)]
pub struct Ledger<'a> {
    /// The job's versions.
    pub versions: &'a Versions,
    /// Every record from where the ledger is to begin up to some later point, in the order of [`by_key`].
    pub records: &'a [Execution],
    /// When they were read.
    pub now: DateTime<Utc>,
    /// How long after its fire time an occurrence without a record is `pending` still.
    pub settle: TimeDelta,
}

/// The order of the records' sort keys, in which the ledger goes: by second; within one, what persons asked for comes
/// first.
pub fn by_key(one: Occasion, other: Occasion) -> Ordering {
    let key = |occasion: Occasion| {
        let fire_time = occasion.fire_time();
        (
            floor_second(fire_time),
            occasion.is_scheduled(),
            fire_time,
            match occasion {
                Occasion::Scheduled(_) => 0,
                Occasion::Manual { nonce, .. } => nonce,
            },
        )
    };
    key(one).cmp(&key(other))
}

impl<'a> Ledger<'a> {
    /// The entries from `from` up to, but not including, `until`: derived one by one, as they are asked for. The records
    /// must reach `until`; those beyond it tell which of them stand for occurrences that were missed.
    pub fn between(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = Entry> + use<'a> {
        let Self {
            versions, records, ..
        } = *self;
        let covers = coverage::covers(versions, records, from);
        let ledger = *self;
        let mut planned = versions.between(from, until).peekable();
        let mut records = records
            .iter()
            .skip_while(move |record| record.id.occasion.fire_time() < from)
            .take_while(move |record| record.id.occasion.fire_time() < until)
            .peekable();
        from_fn(move || {
            let next_planned = planned.peek().map(|(at, _)| Occasion::Scheduled(*at));
            let next_recorded = records.peek().map(|record| record.id.occasion);
            let order = match (next_planned, next_recorded) {
                (Some(planned), Some(recorded)) => by_key(planned, recorded),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return None,
            };
            let version = (order != Ordering::Greater)
                .then(|| planned.next())
                .flatten();
            let record = (order != Ordering::Less).then(|| records.next()).flatten();
            match (version, record) {
                (Some((at, version)), None) => Some(ledger.unrecorded(at, version, &covers)),
                (version, Some(record)) => {
                    Some(ledger.recorded(record, version.map(|(_, version)| version)))
                }
                (None, None) => None,
            }
        })
    }

    fn recorded(&self, record: &Execution, planner: Option<&Version>) -> Entry {
        let occasion = record.id.occasion;
        let governing = self.versions.governing(occasion.fire_time());
        let outcome = match Outcome::of(record) {
            // Judged after the job was resumed, which its pause must answer for.
            Outcome::Superseded
                if governing.is_some_and(|version| version.state() == JobState::Paused) =>
            {
                Outcome::Paused
            }
            outcome => outcome,
        };
        self.explained(Entry {
            occasion,
            outcome,
            planned: occasion.is_scheduled() && planner.is_some(),
            execution: Some(record.clone()),
            stood_for_by: None,
            job_version: record
                .job_version
                .or(planner.map(|version| version.job.version)),
            explanation: String::new(),
        })
    }

    fn unrecorded(&self, at: DateTime<Utc>, version: &Version, covers: &[Cover]) -> Entry {
        let mut stood_for_by = None;
        let outcome = match version.state() {
            JobState::Canceled => Outcome::Canceled,
            JobState::Paused => Outcome::Paused,
            JobState::Active | JobState::Completed => match version.owed().why_not(at) {
                Some(Reason::SkippedByUser) => Outcome::SkippedByUser,
                Some(Reason::Excluded) => Outcome::Excluded,
                _ => {
                    stood_for_by = coverage::stands_for(covers, at);
                    if stood_for_by.is_some() {
                        Outcome::SkippedMisfire
                    } else if at > self.now - self.settle || self.may_wait_for_its_turn(at, version)
                    {
                        Outcome::Pending
                    } else {
                        Outcome::Missing
                    }
                }
            },
        };
        self.explained(Entry {
            occasion: Occasion::Scheduled(at),
            outcome,
            planned: true,
            execution: None,
            stood_for_by,
            job_version: Some(version.job.version),
            explanation: String::new(),
        })
    }

    /// An occurrence that waits for an earlier one, or for a slot, leaves no record until its turn comes, or its time is over.
    fn may_wait_for_its_turn(&self, at: DateTime<Utc>, version: &Version) -> bool {
        (version.job.overlap == Overlap::Queue || version.job.slots().is_some())
            && self.now - at <= version.job.misfire.catch_up_window_seconds.duration() + self.settle
    }

    fn explained(&self, entry: Entry) -> Entry {
        Entry {
            explanation: explain::explanation(self.versions, &entry, self.now),
            ..entry
        }
    }
}
