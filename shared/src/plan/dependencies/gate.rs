//! Whether a run may begin, by what its job waits for. A downstream run has its upstreams' occasion for its own, so each
//! of them has at most one record that counts. A job with a schedule of its own looks at the latest run of each upstream
//! since its own fire time before.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::{Facts, Needs, Row};
use crate::domain::{
    AfterCondition, Execution, ExecutionId, ExecutionState, Job, JobId, JobState, Occasion, Owed,
    Reason,
};

/// What its upstreams say about a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It may begin; since then, if it waited for anything at all.
    Open(Option<DateTime<Utc>>),
    /// One, at least, has not ended.
    Waits(ExecutionId),
    /// One did not succeed, and it began there.
    Failed(ExecutionId),
    /// They would let it begin; but the job is paused, and nobody asked for this run by hand.
    Paused,
    /// None of them takes part, and the job has nothing else to run by.
    NotOwed,
}

/// How far an upstream has come with a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Upstream {
    /// It makes none.
    TakesNoPart,
    /// It has not ended.
    Pending(ExecutionId),
    Succeeded(Option<DateTime<Utc>>),
    /// It ended otherwise, or never will run.
    Ended(ExecutionId, Option<DateTime<Utc>>),
}

/// Whether a job that has no record of a run will make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    No,
    Yes,
    /// It should, and will not, because of that one.
    Never(ExecutionId),
}

/// Decides about the run of `owed`'s job on this occasion.
///
/// # Errors
/// [`Needs`], if `facts` do not say enough yet.
pub fn gate(owed: Owed<'_>, occasion: Occasion, facts: &Facts) -> Result<Gate, Needs> {
    let job = owed.job;
    let Some(after) = &job.after else {
        return Ok(Gate::Open(None));
    };
    let mut look = Look {
        facts,
        parts: HashMap::new(),
        latest: HashMap::new(),
    };
    let upstreams: Vec<_> = match occasion {
        _ if job.runs_after_others_only() => {
            let same = after.jobs.iter().map(|up| look.run(*up, occasion));
            same.collect()
        }
        Occasion::Scheduled(fire_time) => {
            let window = (window_start(owed, fire_time), fire_time);
            let latest = after.jobs.iter().map(|up| look.run_within(*up, window));
            latest.collect()
        }
        // Asked for by hand, and not by an upstream: those do not reach a job with a schedule of its own.
        Occasion::Manual { .. } => Vec::new(),
    };
    match facts.take_lacking() {
        Some(needs) => Err(needs),
        None => Ok(judged(job, occasion, after.condition, &upstreams)),
    }
}

/// Behind the fire time before this one, from when on runs of upstreams count for it.
fn window_start(owed: Owed<'_>, fire_time: DateTime<Utc>) -> DateTime<Utc> {
    let from = owed.job.effective_from;
    let before = owed.newest(from, fire_time, 1).pop();
    before.map_or(from, |before| before + TimeDelta::seconds(1))
}

fn judged(job: &Job, occasion: Occasion, condition: AfterCondition, all: &[Upstream]) -> Gate {
    let takes_part = |one: &&Upstream| **one != Upstream::TakesNoPart;
    let awaited: Vec<_> = all.iter().filter(takes_part).copied().collect();
    if awaited.is_empty() {
        let has_its_own = !job.runs_after_others_only() || !occasion.is_scheduled();
        return if has_its_own {
            Gate::Open(None)
        } else {
            Gate::NotOwed
        };
    }
    let failed = awaited.iter().find_map(|one| match one {
        Upstream::Ended(cause, _) if condition == AfterCondition::AllSucceeded => Some(*cause),
        _ => None,
    });
    let pending = awaited.iter().find_map(|one| match one {
        Upstream::Pending(on) => Some(*on),
        _ => None,
    });
    let ended_at = awaited.iter().filter_map(|one| match one {
        Upstream::Succeeded(at) | Upstream::Ended(_, at) => *at,
        _ => None,
    });
    match (failed, pending) {
        (Some(cause), _) => Gate::Failed(cause),
        (None, Some(on)) => Gate::Waits(on),
        (None, None) if job.state == JobState::Paused => Gate::Paused,
        (None, None) => Gate::Open(ended_at.max()),
    }
}

struct Look<'a> {
    facts: &'a Facts,
    /// Memory: a ladder of diamonds has more paths than anybody can walk.
    parts: HashMap<JobId, Part>,
    latest: HashMap<JobId, Option<DateTime<Utc>>>,
}

impl Look<'_> {
    /// How far the run of `job` on this occasion has come.
    fn run(&mut self, job: JobId, occasion: Occasion) -> Upstream {
        let id = ExecutionId { job, occasion };
        match self.facts.record(job, occasion) {
            Some(record) => recorded(record),
            // Of what has a record, no row need be read.
            None if self.lacks_record(id) => Upstream::Pending(id),
            None => match self.part(job, occasion) {
                Part::No => Upstream::TakesNoPart,
                Part::Yes => Upstream::Pending(id),
                Part::Never(cause) => Upstream::Ended(cause, None),
            },
        }
    }

    /// How far the latest run of `job` within the window has come.
    fn run_within(&mut self, job: JobId, window: (DateTime<Utc>, DateTime<Utc>)) -> Upstream {
        match self.latest(job, window) {
            Some(at) => self.run(job, Occasion::Scheduled(at)),
            None => Upstream::TakesNoPart,
        }
    }

    fn lacks_record(&self, id: ExecutionId) -> bool {
        !self.facts.knows_record(id)
    }

    /// Whether `job`, which has no record of it, makes a run on this occasion.
    fn part(&mut self, job: JobId, occasion: Occasion) -> Part {
        if let Some(part) = self.parts.get(&job) {
            return *part;
        }
        // Rows are never in a cycle; if they were, this would end it.
        self.parts.insert(job, Part::No);
        let part = self.part_of(job, occasion);
        self.parts.insert(job, part);
        part
    }

    fn part_of(&mut self, job: JobId, occasion: Occasion) -> Part {
        if self.facts.is_exhausted() {
            return Part::Yes;
        }
        let Some(row) = present(self.facts.job(job)) else {
            return Part::No;
        };
        if row.job.runs_after_others_only() {
            if !row.job.governs(occasion) {
                return Part::No;
            }
            let upstreams: Vec<_> = row.job.upstreams().to_vec();
            let parts: Vec<_> = upstreams
                .into_iter()
                .map(|up| match self.run(up, occasion) {
                    Upstream::TakesNoPart => Part::No,
                    Upstream::Ended(cause, None) => Part::Never(cause),
                    _ => Part::Yes,
                })
                .collect();
            let of = |wanted: fn(&Part) -> bool| parts.iter().copied().find(wanted);
            return of(|part| *part == Part::Yes)
                .or_else(|| of(|part| matches!(part, Part::Never(_))))
                .unwrap_or(Part::No);
        }
        let Occasion::Scheduled(at) = occasion else {
            return Part::No;
        };
        if row.last_planned(at, at) != Some(at) {
            Part::No
        } else if row.job.fires() {
            Part::Yes
        } else {
            Part::Never(ExecutionId { job, occasion })
        }
    }

    /// When `job` last was to run within the window: by its own timetable, or by those of its upstreams.
    fn latest(
        &mut self,
        job: JobId,
        window: (DateTime<Utc>, DateTime<Utc>),
    ) -> Option<DateTime<Utc>> {
        if let Some(known) = self.latest.get(&job) {
            return *known;
        }
        self.latest.insert(job, None);
        let found = self.latest_of(job, window);
        self.latest.insert(job, found);
        found
    }

    fn latest_of(
        &mut self,
        job: JobId,
        window: (DateTime<Utc>, DateTime<Utc>),
    ) -> Option<DateTime<Utc>> {
        let row = present(self.facts.job(job)).filter(|_| !self.facts.is_exhausted())?;
        if !row.job.runs_after_others_only() {
            return row.last_planned(window.0, window.1);
        }
        let governed_from = row.job.effective_from;
        let upstreams: Vec<_> = row.job.upstreams().to_vec();
        let latest = upstreams.into_iter().map(|up| self.latest(up, window));
        let latest: Vec<_> = latest.collect();
        let latest = latest.into_iter().flatten().max();
        latest.filter(|at| *at >= governed_from)
    }
}

/// A deleted job takes part in nothing.
fn present(row: Option<&Row>) -> Option<&Row> {
    row.filter(|row| row.job.state != JobState::Canceled)
}

fn recorded(record: &Execution) -> Upstream {
    // Not a run that went wrong, but none that was to be.
    let left_out = record.state == ExecutionState::Skipped
        && matches!(
            record.reason,
            Some(Reason::SkippedByUser | Reason::Excluded | Reason::Superseded)
        );
    match record.state {
        _ if left_out => Upstream::TakesNoPart,
        ExecutionState::Succeeded => Upstream::Succeeded(record.finished_at),
        state if state.is_terminal() => {
            let carried = record
                .cause
                .filter(|_| record.reason.is_some_and(Reason::is_upstreams));
            Upstream::Ended(carried.unwrap_or(record.id), record.finished_at)
        }
        _ => Upstream::Pending(record.id),
    }
}
