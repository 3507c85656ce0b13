//! What a process knows of the agenda, a few seconds old: the one that is kept, and of each job that has changed since,
//! its row. So a job that was made a second ago is on it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use super::super::World;
use super::changes::{changed_since, settle};
use super::load::Load;
use super::take::{entry, read_jobs};
use crate::domain::{Agenda, AgendaEntry, JobId};
use crate::port::{Agendas, Clock, Jobs, PortError, PortResult};

/// How old what is known may be.
const FRESH: TimeDelta = TimeDelta::seconds(5);

/// How many rows are read where no agenda is kept.
const MOST_ROWS: usize = 2_000;

/// For how long they may be read.
const LONGEST_READ: TimeDelta = TimeDelta::seconds(10);

/// How long an agenda stays that was read for want of a kept one.
const STOPGAP: TimeDelta = TimeDelta::hours(1);

/// How many changed jobs are read at once, between two looks at what is kept.
pub const MOST_CHANGES: usize = 1_000;

/// How many rows are read in one go: with the greatest payloads, 6 MB.
const ROWS: usize = 25;

/// The agenda as it is known.
#[derive(Clone, Debug)]
pub struct PresentAgenda {
    /// What all jobs are about to do.
    pub agenda: Arc<Agenda>,
    /// How many jobs have changed since it was taken and are on it as they were then: they are read by and by.
    pub changes_left_out: usize,
    /// Whether more have changed than were looked for.
    pub changes_are_more: bool,
}

/// What a process knows. Whoever asks while somebody reads waits for the same answer.
#[derive(Debug, Default)]
pub struct AgendaWatch(Mutex<Option<Known>>);

impl AgendaWatch {
    /// The agenda, as of a few seconds ago.
    ///
    /// # Errors
    /// If a port fails.
    pub async fn present(&self, world: &impl World) -> PortResult<PresentAgenda> {
        let mut known = self.0.lock().await;
        Ok(renewed(&mut known, world).await?.present())
    }

    /// Works with what is known, which stands still meanwhile.
    pub(super) async fn with_load<T>(
        &self,
        world: &impl World,
        work: impl FnOnce(&mut Load) -> T,
    ) -> PortResult<T> {
        let mut known = self.0.lock().await;
        let now = world.clock().now();
        let known = renewed(&mut known, world).await?;
        let load = match known.load.take() {
            Some(load) if !load.is_stale(now) => load,
            _ => Load::of(&known.agenda, now).await?,
        };
        Ok(work(known.load.insert(load)))
    }
}

#[derive(Debug)]
struct Known {
    agenda: Arc<Agenda>,
    /// Whether it is a kept one, not one that was read for want of one.
    is_kept: bool,
    /// Up to when changes were looked for.
    looked_at: Option<DateTime<Utc>>,
    /// The versions at which changed jobs were read, where that was the change's.
    settled: HashMap<JobId, u64>,
    /// Changed jobs that are to be read, with the versions that were to come of it.
    pending: BTreeMap<JobId, u64>,
    /// Whether more have changed than were looked for.
    changes_are_more: bool,
    load: Option<Load>,
}

/// What is known, renewed where it is too old.
async fn renewed<'a>(
    known: &'a mut Option<Known>,
    world: &impl World,
) -> PortResult<&'a mut Known> {
    let now = world.clock().now();
    let present = match known.take() {
        Some(fresh) if fresh.looked_at.is_some_and(|at| now - at < FRESH) => fresh,
        old => {
            let mut present = base(world, old, now).await?;
            present.catch_up(world, now).await?;
            present
        }
    };
    Ok(known.insert(present))
}

/// The latest agenda there is: that which is kept, or `old`, or one that is read here.
async fn base(world: &impl World, old: Option<Known>, now: DateTime<Utc>) -> PortResult<Known> {
    let kept = old.as_ref().filter(|old| old.is_kept);
    let known = kept.map(|kept| kept.agenda.taken_at);
    let later = match world.store().agenda_after(known).await {
        Err(error @ PortError::Corrupt { .. }) => {
            tracing::error!(%error, "the agenda that is kept cannot be read");
            None
        }
        later => later?,
    };
    match (later, old) {
        (Some(later), _) => Ok(Known::new(later, true)),
        (None, Some(old)) if old.is_kept || now - old.agenda.taken_at < STOPGAP => Ok(old),
        (None, _) => {
            let (agenda, _) = read_jobs(world, MOST_ROWS, now + LONGEST_READ).await?;
            Ok(Known::new(agenda, false))
        }
    }
}

impl Known {
    fn new(agenda: Agenda, is_kept: bool) -> Self {
        Self {
            agenda: Arc::new(agenda),
            is_kept,
            looked_at: None,
            settled: HashMap::new(),
            pending: BTreeMap::new(),
            changes_are_more: false,
            load: None,
        }
    }

    fn present(&self) -> PresentAgenda {
        PresentAgenda {
            agenda: Arc::clone(&self.agenda),
            changes_left_out: self.pending.len(),
            changes_are_more: self.changes_are_more,
        }
    }

    /// Reads what has changed since the last look, or since the agenda was taken.
    async fn catch_up(&mut self, world: &impl World, now: DateTime<Utc>) -> PortResult<()> {
        let from = self.looked_at.unwrap_or(self.agenda.taken_at) - settle();
        let changed = changed_since(world, from, now).await?;
        for (id, version) in changed.versions {
            if self.settled.get(&id).is_none_or(|known| *known < version) {
                self.pending.insert(id, version);
            }
        }
        let wanted: Vec<_> = self.pending.keys().copied().take(MOST_CHANGES).collect();
        let mut known_now = HashMap::new();
        for ids in wanted.chunks(ROWS) {
            let rows = world.store().jobs(ids).await?;
            for id in ids {
                let job = rows.get(id);
                let version = self.pending.remove(id);
                if let Some(job) = job.filter(|job| Some(job.version) >= version) {
                    self.settled.insert(*id, job.version);
                }
                let entry = job.and_then(|job| entry(job, self.agenda.taken_at));
                known_now.insert(*id, entry);
            }
        }
        if !known_now.is_empty() {
            replace(&mut Arc::make_mut(&mut self.agenda).entries, known_now);
        }
        self.changes_are_more |= changed.is_cut_short;
        self.looked_at = Some(now);
        Ok(())
    }
}

/// Puts what is known now of some jobs in the place of what was known.
fn replace(entries: &mut Vec<AgendaEntry>, changes: HashMap<JobId, Option<AgendaEntry>>) {
    entries.retain(|entry| !changes.contains_key(&entry.id));
    entries.extend(changes.into_values().flatten());
}
