//! What a job owes: the fire times of its timetable that its present state governs, less those that its user skips and
//! those that its calendars exclude. The chain of hints runs over the whole timetable; only this decides what fires.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Exclusions, Job, JobState, Reason};

/// How many fire times in a row may be passed over in search of one that is owed. Far beyond any calendar's own limit:
/// a job that is excluded for ever has no next fire time.
const PASSED_OVER: usize = 20_000;

/// A job's owed fire times.
#[derive(Clone, Copy, Debug)]
pub struct Owed<'a> {
    /// The job, as read.
    pub job: &'a Job,
    /// What its calendars exclude.
    pub exclusions: &'a Exclusions,
}

impl Job {
    /// What this job owes under `exclusions`.
    pub fn owed<'a>(&'a self, exclusions: &'a Exclusions) -> Owed<'a> {
        Owed {
            job: self,
            exclusions,
        }
    }
}

impl Owed<'_> {
    /// The membership law: whether the job owes an execution at `fire_time`. Hints and messages only ask; this answers.
    pub fn contains(&self, fire_time: DateTime<Utc>) -> bool {
        self.job.fires()
            && fire_time >= self.job.effective_from
            && self.job.timetable.contains(fire_time)
            && self.passed_over_until(fire_time).is_none()
    }

    /// Why a fire time of the timetable is left out, if it is: its owner skips it, or a calendar excludes it.
    pub fn why_not(&self, fire_time: DateTime<Utc>) -> Option<Reason> {
        if self.job.skips.contains(&fire_time) {
            Some(Reason::SkippedByUser)
        } else if self.exclusions.excluded_until(fire_time).is_some() {
            Some(Reason::Excluded)
        } else {
            None
        }
    }

    /// Of a fire time that is skipped or excluded: from when on the next one is to be looked for.
    fn passed_over_until(&self, fire_time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.job.skips.contains(&fire_time) {
            return Some(fire_time + TimeDelta::seconds(1));
        }
        self.exclusions.excluded_until(fire_time)
    }

    /// The next fire time at or after `now`, if the job is active.
    pub fn next_fire_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        (self.job.state == JobState::Active)
            .then(|| self.next(now))
            .flatten()
    }

    /// Whether `fire_time` is the last. A label's question: a calendar may change its answer later.
    pub fn ends_with(&self, fire_time: DateTime<Utc>) -> bool {
        self.next(fire_time + TimeDelta::seconds(1)).is_none()
    }

    /// The first owed fire time at or after `instant`.
    pub fn next(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if !self.job.fires() {
            return None;
        }
        let mut from = instant.max(self.job.effective_from);
        for _ in 0..PASSED_OVER {
            let found = self.job.timetable.next(from)?;
            match self.passed_over_until(found) {
                None => return Some(found),
                Some(later) => from = later,
            }
        }
        None
    }

    /// The owed fire times from `from` on.
    pub fn from(&self, from: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        std::iter::successors(self.next(from), |found| {
            self.next(*found + TimeDelta::seconds(1))
        })
    }

    /// The owed fire times from `from` up to, but not including, `until`.
    pub fn between(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        let within = move |found: &DateTime<Utc>| *found < until;
        std::iter::successors(self.next(from).filter(within), move |found| {
            self.next(*found + TimeDelta::seconds(1)).filter(within)
        })
    }

    /// The `count` newest owed fire times from `from` up to, but not including, `until`, oldest first. Looks backwards
    /// from the end in growing steps: a year of seconds is never enumerated for its last minute.
    pub fn newest(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        count: usize,
    ) -> Vec<DateTime<Utc>> {
        let end = self.job.timetable.end();
        let until = end.map_or(until, |end| until.min(end + TimeDelta::seconds(1)));
        let mut reach = TimeDelta::minutes(5);
        loop {
            let start = until
                .checked_sub_signed(reach)
                .map_or(from, |start| start.max(from));
            let found: Vec<_> = self.between(start, until).collect();
            if found.len() >= count || start <= from {
                return found[found.len().saturating_sub(count)..].to_vec();
            }
            reach = reach * 4;
        }
    }
}
