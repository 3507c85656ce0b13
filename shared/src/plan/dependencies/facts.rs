//! What has been read for a decision. A decision that lacks something says what, all of it that it can tell by then, and
//! is asked again once that has been read: so it stays pure, and reads no more than it needs.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    Exclusions, Execution, ExecutionId, Job, JobId, JobState, MAX_GRAPH, Occasion,
};

/// Something to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// A job's row.
    Job(JobId),
    /// An execution's record.
    Record(ExecutionId),
    /// The records of its job behind this execution, those that stand for what was missed.
    Later(ExecutionId),
}

/// What a decision lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs(pub BTreeSet<Need>);

/// A job, and what its calendars exclude.
#[derive(Clone, Debug)]
pub struct Row {
    /// As read.
    pub job: Job,
    /// What its calendars exclude.
    pub exclusions: Exclusions,
}

impl Row {
    /// The same job, if it were not paused: what is planned for it, whether or not it fires.
    pub(super) fn unpaused(&self) -> Self {
        let mut row = self.clone();
        if row.job.state == JobState::Paused {
            row.job.state = JobState::Active;
        }
        row
    }

    /// Its last planned fire time from `from` up to `until`, that one included.
    pub(super) fn last_planned(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let row = self.unpaused();
        let end = until + TimeDelta::seconds(1);
        row.job
            .owed(&row.exclusions)
            .newest(from.max(row.job.effective_from), end, 1)
            .pop()
    }
}

/// What has been read.
#[derive(Debug, Default)]
pub struct Facts {
    jobs: HashMap<JobId, Option<Row>>,
    records: HashMap<ExecutionId, Option<Execution>>,
    later: HashMap<ExecutionId, Option<Vec<Execution>>>,
    lacking: RefCell<BTreeSet<Need>>,
}

impl Facts {
    /// Adds a job, or that there is none.
    pub fn add_job(&mut self, id: JobId, row: Option<Row>) {
        self.jobs.insert(id, row);
    }

    /// Adds a record, or that there is none.
    pub fn add_record(&mut self, id: ExecutionId, record: Option<Execution>) {
        self.records.insert(id, record);
    }

    /// Adds the records behind an execution that stand for what was missed.
    pub fn add_later(&mut self, id: ExecutionId, later: Vec<Execution>) {
        for record in &later {
            let known = self.records.entry(record.id);
            known.or_insert_with(|| Some(record.clone()));
        }
        self.later.insert(id, Some(later));
    }

    /// A row that is known. `None` is also the answer for what is lacking, which is noted.
    pub(super) fn job(&self, id: JobId) -> Option<&Row> {
        self.look(&self.jobs, &id, Need::Job(id))
    }

    /// A record that is known, likewise.
    pub(super) fn record(&self, job: JobId, occasion: Occasion) -> Option<&Execution> {
        let id = ExecutionId { job, occasion };
        self.look(&self.records, &id, Need::Record(id))
    }

    /// What is known to stand for what was missed behind this one, likewise.
    pub(super) fn later(&self, id: ExecutionId) -> &[Execution] {
        self.look(&self.later, &id, Need::Later(id))
            .map_or(&[], Vec::as_slice)
    }

    /// Whether it is known if there is such a record.
    pub(super) fn knows_record(&self, id: ExecutionId) -> bool {
        self.records.contains_key(&id)
    }

    fn look<'a, K: Eq + std::hash::Hash, V>(
        &'a self,
        known: &'a HashMap<K, Option<V>>,
        key: &K,
        need: Need,
    ) -> Option<&'a V> {
        if let Some(known) = known.get(key) {
            return known.as_ref();
        }
        self.lacking.borrow_mut().insert(need);
        None
    }

    /// Whether something was asked for that is not known, since this was asked last.
    pub(super) fn take_lacking(&self) -> Option<Needs> {
        let lacking = self.lacking.take();
        (!lacking.is_empty()).then_some(Needs(lacking))
    }

    /// Whether more jobs have been looked at than may hang together.
    pub(super) fn is_exhausted(&self) -> bool {
        self.jobs.len() > MAX_GRAPH
    }
}
