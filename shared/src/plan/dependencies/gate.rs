//! Whether a run may begin, by what its job waits for. A downstream run has its upstreams' occasion for its own, so each
//! of them has at most one record that counts. A job with a schedule of its own looks at the latest run of each upstream
//! since its own fire time before.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::{Facts, Needs, Row};
use super::missed::stand_in;
use crate::domain::{
    AfterCondition, Execution, ExecutionId, ExecutionState, GRACE, Job, JobId, JobState,
    MisfirePolicy, Occasion, Owed, Reason,
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
    /// It missed this one, and its run on that occasion stands for it.
    StoodFor(Occasion),
}

/// Decides about the run of `owed`'s job on this occasion, as seen at `now`.
///
/// # Errors
/// [`Needs`], if `facts` do not say enough yet.
pub fn gate(
    owed: Owed<'_>,
    occasion: Occasion,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Result<Gate, Needs> {
    let job = owed.job;
    let Some(after) = &job.after else {
        return Ok(Gate::Open(None));
    };
    let mut look = Look {
        facts,
        now,
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
    now: DateTime<Utc>,
    /// Memory: a ladder of diamonds has more paths than anybody can walk.
    parts: HashMap<ExecutionId, Part>,
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
                // A later one, so this ends.
                Part::StoodFor(other) => self.run(job, other),
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
        let id = ExecutionId { job, occasion };
        if let Some(part) = self.parts.get(&id) {
            return *part;
        }
        // Rows are never in a cycle; if they were, this would end it.
        self.parts.insert(id, Part::No);
        let part = self.part_of(id);
        self.parts.insert(id, part);
        part
    }

    fn part_of(&mut self, id: ExecutionId) -> Part {
        let ExecutionId { job, occasion } = id;
        let facts = self.facts;
        if facts.is_exhausted() {
            return Part::Yes;
        }
        let Some(row) = present(facts.job(job)) else {
            return Part::No;
        };
        if row.job.runs_after_others_only() {
            if !row.job.governs(occasion) {
                return Part::No;
            }
            let upstreams: Vec<_> = row.job.upstreams().to_vec();
            let parts: Vec<_> = upstreams
                .into_iter()
                .map(|up| self.leads_on(up, occasion))
                .collect();
            let of = |wanted: fn(&Part) -> bool| parts.iter().copied().find(wanted);
            let stood_for = parts.iter().filter_map(|part| match part {
                Part::StoodFor(other) => Some(*other),
                _ => None,
            });
            return of(|part| *part == Part::Yes)
                .or_else(|| of(|part| matches!(part, Part::Never(_))))
                .or_else(|| stood_for.max().map(Part::StoodFor))
                .unwrap_or(Part::No);
        }
        let Occasion::Scheduled(at) = occasion else {
            return Part::No;
        };
        if row.last_planned(at, at) != Some(at) {
            return Part::No;
        }
        let may_be_missed =
            row.job.misfire.policy != MisfirePolicy::FireAll && at < self.now - GRACE;
        let stood_for = may_be_missed.then(|| stand_in(row, at, facts.later(id)));
        match stood_for.flatten() {
            Some(other) => Part::StoodFor(other),
            None if row.job.fires() => Part::Yes,
            None => Part::Never(id),
        }
    }

    /// Whether the run of `up` on this occasion will lead to one of those that run after it alone.
    fn leads_on(&mut self, up: JobId, occasion: Occasion) -> Part {
        let id = ExecutionId { job: up, occasion };
        let recorded = self.facts.record(up, occasion).map(recorded);
        match recorded {
            Some(Upstream::TakesNoPart) => Part::No,
            Some(Upstream::Ended(cause, None)) => Part::Never(cause),
            Some(_) => Part::Yes,
            None if self.lacks_record(id) => Part::Yes,
            None => self.part(up, occasion),
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
