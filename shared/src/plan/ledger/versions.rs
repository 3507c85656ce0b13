//! Which version of a job governed an instant. A version governs from the first whole second after its change until the
//! next version does: workers read the row at the instant, so what the row said then is what was planned.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{Exclusions, Job, JobState, Owed, next_second};

/// A version of a job, and what its calendars exclude.
#[derive(Clone, Debug)]
pub struct Version {
    /// The row as it was.
    pub job: Job,
    /// What the calendars that it refers to exclude.
    pub exclusions: Exclusions,
}

impl Version {
    /// What it owes.
    pub fn owed(&self) -> Owed<'_> {
        self.job.owed(&self.exclusions)
    }

    /// When the change that made it was committed, to within the time that the commit took. That the job was labelled
    /// `completed` since does not count.
    pub(super) fn made_at(&self) -> DateTime<Utc> {
        self.job.change.at
    }
}

/// The versions of a job, each with the time over which it governed.
#[derive(Clone, Debug)]
pub struct Versions {
    reigns: Vec<Reign>,
    /// Fire times that a change made due although they lay before it, with the index of the version that did.
    caught_up: BTreeMap<DateTime<Utc>, usize>,
}

#[derive(Clone, Debug)]
struct Reign {
    version: Version,
    from: DateTime<Utc>,
    /// Exclusive. `None`: it governs now.
    until: Option<DateTime<Utc>>,
}

impl Reign {
    fn next(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let job = &self.version.job;
        let found = job
            .timetable
            .next(instant.max(self.from).max(job.effective_from))?;
        self.until
            .is_none_or(|until| found < until)
            .then_some(found)
    }
}

impl Versions {
    /// Of versions oldest first, the present one last. Of a history whose beginning is no longer kept, the first version
    /// is taken to have governed for as long as it says.
    pub fn new(versions: Vec<Version>) -> Self {
        let mut reigns: Vec<Reign> = Vec::with_capacity(versions.len());
        let mut caught_up = BTreeMap::new();
        for version in versions {
            let effective_from = version.job.effective_from;
            let from = match reigns.last_mut() {
                None => effective_from,
                Some(before) => {
                    let from = next_second(version.made_at()).max(before.from);
                    before.until = Some(from);
                    // A one-time schedule in the past, given with the wish that it be caught up with.
                    if effective_from != before.version.job.effective_from
                        && let Some(due) = version.job.timetable.next(effective_from)
                        && due < from
                    {
                        caught_up.insert(due, reigns.len());
                    }
                    from
                }
            };
            reigns.push(Reign {
                version,
                from,
                until: None,
            });
        }
        Self { reigns, caught_up }
    }

    /// Reads as [`Self::new`] does, of one version that has governed for as long as it says.
    pub fn only(job: Job, exclusions: Exclusions) -> Self {
        Self::new(vec![Version { job, exclusions }])
    }

    /// The first occurrence planned at or after `instant`, whatever came of it, and the version that governed it. A
    /// deleted job's timetable goes on here: what it no longer fires has an outcome, too.
    pub fn next(&self, instant: DateTime<Utc>) -> Option<(DateTime<Utc>, &Version)> {
        let mut reigns = self.reigns[self.first_reaching(instant)..].iter();
        let planned = reigns.find_map(|reign| Some((reign.next(instant)?, &reign.version)));
        let caught_up = self.caught_up.range(instant..).next();
        let caught_up = caught_up.map(|(due, index)| (*due, &self.reigns[*index].version));
        match (planned, caught_up) {
            (Some(planned), Some(caught_up)) if caught_up.0 < planned.0 => Some(caught_up),
            (planned, caught_up) => planned.or(caught_up),
        }
    }

    /// The occurrences planned from `from` up to, but not including, `until`.
    pub fn between(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = (DateTime<Utc>, &Version)> {
        let within = move |found: &(DateTime<Utc>, &Version)| found.0 < until;
        std::iter::successors(self.next(from).filter(within), move |(found, _)| {
            self.next(*found + TimeDelta::seconds(1)).filter(within)
        })
    }

    /// The last occurrence planned before `instant`, found by halving: nothing in between is enumerated.
    pub fn last_before(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = |from| self.next(from).map(|(found, _)| found);
        let mut low = next(DateTime::UNIX_EPOCH).filter(|first| *first < instant)?;
        let mut high = instant;
        while high - low > TimeDelta::seconds(1) {
            let middle = low + (high - low) / 2;
            match next(middle).filter(|found| *found < high) {
                Some(found) => low = found,
                None => high = middle,
            }
        }
        Some(low)
    }

    /// The version that governed `instant`. `None` before there was one.
    pub fn governing(&self, instant: DateTime<Utc>) -> Option<&Version> {
        let reign = self.reigns.get(self.first_reaching(instant))?;
        (reign.from <= instant).then_some(&reign.version)
    }

    /// The latest version that owed `instant` when `judged` was the job's version, or before. A version goes by the change
    /// that made it: the label of a completed job has a number of its own, and changes nothing.
    pub(super) fn owing(&self, instant: DateTime<Utc>, judged: Option<u64>) -> Option<&Version> {
        let known =
            |version: &&Version| judged.is_none_or(|judged| version.job.change.version <= judged);
        self.reigns
            .iter()
            .rev()
            .map(|reign| &reign.version)
            .filter(known)
            .find(|version| version.owed().contains(instant))
    }

    /// The latest version whose reign ended at or before `instant` and whose timetable had it.
    pub(super) fn last_with(&self, instant: DateTime<Utc>) -> Option<(&Version, DateTime<Utc>)> {
        self.reigns.windows(2).rev().find_map(|pair| {
            let [before, after] = pair else { return None };
            let had = after.from <= instant
                && before.version.job.fires()
                && before.version.job.timetable.contains(instant);
            had.then(|| (&before.version, after.version.made_at()))
        })
    }

    /// From when until when the job was in the state that it was in at `instant`, by when its changes were made.
    pub(super) fn stretch(
        &self,
        instant: DateTime<Utc>,
    ) -> Option<(DateTime<Utc>, Option<DateTime<Utc>>)> {
        let here = self.first_reaching(instant);
        let state = self.reigns.get(here)?.version.job.state;
        let same = |reign: &&Reign| reign.version.job.state == state;
        let first = self.reigns[..=here].iter().rev().take_while(same).last()?;
        let end = self.reigns[here..].iter().find(|reign| !same(reign));
        Some((
            first.version.made_at(),
            end.map(|reign| reign.version.made_at()),
        ))
    }

    /// From when on anything was planned.
    pub fn begin(&self) -> Option<DateTime<Utc>> {
        self.reigns.first().map(|reign| reign.from)
    }

    /// The job as it is now.
    pub fn present(&self) -> Option<&Job> {
        self.reigns.last().map(|reign| &reign.version.job)
    }

    /// The index of the first reign that ends after `instant`.
    fn first_reaching(&self, instant: DateTime<Utc>) -> usize {
        let over = |reign: &Reign| reign.until.is_some_and(|until| until <= instant);
        self.reigns.partition_point(over)
    }
}

impl Version {
    /// What its state alone makes of its occurrences: whether it lets them fire.
    pub(super) fn state(&self) -> JobState {
        self.job.state
    }
}
