//! Reads the ledger of a job, a part at a time. A part costs one query, and another one only where something seems to be
//! missing: what stands for it may lie beyond the part.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::dependencies::{at_gate, row_of};
use super::exclusions::exclusions_since;
use super::{RequestError, World, reachable_job};
use crate::domain::{
    Caller, DispatchMessage, Execution, ExecutionId, HostKey, Invalid, Job, JobId, Occasion,
    Outcome, Window, floor_second,
};
use crate::jobtype::destination;
use crate::plan::ledger::{
    Entry, Ledger, NotPlanned, SETTLE, Version, Versions, by_key, deferred, may_wait_for_host,
    queued, spared, why_not_behind, why_not_planned,
};
use crate::plan::{holds_on, horizon, may_wait_for_turn};
use crate::port::{
    Backlog, Clock, Deferral, Deferred, Executions, History, HostBreakers, Locks, PortResult,
};

/// How many records behind a part are searched for one that stands for what is missing in it.
const LOOK_AHEAD: usize = 100;

/// How many reads are under way at once.
const CONCURRENCY: usize = 16;

/// How many occurrences one request looks at in search of a rare outcome.
const LOOKED_AT: usize = 1_000;

/// The versions of `job` that governed anything from `from` on: without a read, if its last change is older.
pub(super) async fn versions_since(
    world: &impl World,
    job: Job,
    from: DateTime<Utc>,
) -> PortResult<Versions> {
    if job.change.at < from {
        versions(world, vec![job], from).await
    } else {
        all_versions(world, job, from).await
    }
}

/// Every version of `job` that is kept, with what its calendars exclude from `from` on.
async fn all_versions(world: &impl World, job: Job, from: DateTime<Utc>) -> PortResult<Versions> {
    let mut rows = if job.change.version == 1 {
        Vec::new()
    } else {
        world.store().job_versions(job.id).await?
    };
    // Archived before it is replaced: the present row may be among them, and newer ones than it.
    rows.retain(|archived| archived.change.version < job.change.version);
    rows.push(job);
    versions(world, rows, from).await
}

async fn versions(world: &impl World, rows: Vec<Job>, from: DateTime<Utc>) -> PortResult<Versions> {
    let exclusions = exclusions_since(world, &rows, from).await?;
    let rows = rows.into_iter().zip(exclusions);
    let versions = rows.map(|(job, exclusions)| Version { job, exclusions });
    Ok(Versions::new(versions.collect()))
}

/// A walk through the ledger of one job.
pub(super) struct Walk {
    pub(super) job: JobId,
    pub(super) versions: Versions,
    pub(super) window: Window,
    pub(super) settle: TimeDelta,
    /// What has been walked past.
    pub(super) after: Option<Occasion>,
}

impl Walk {
    /// The next entries, at most `count`. Fewer are the last.
    pub(super) async fn part(
        &mut self,
        world: &impl World,
        count: usize,
    ) -> PortResult<Vec<Entry>> {
        let Window { from, until } = self.window;
        // The first so many entries hold no more records than that.
        let mut records = self.records(world, until, self.after, count).await?;
        let mut entries = self.derive(world, &records, count);
        let is_missing = |entry: &Entry| entry.outcome == Outcome::Missing;
        if entries.iter().any(is_missing) {
            let behind = records.last().map(|record| record.id.occasion);
            let beyond = world.clock().now().max(from) + Window::LONGEST;
            let ahead = self.records(world, beyond, behind.or(self.after), LOOK_AHEAD);
            records.extend(ahead.await?);
            entries = self.derive(world, &records, count);
        }
        self.after = entries.last().map(|entry| entry.occasion).or(self.after);
        let entries = stream::iter(entries).map(|entry| self.unless_waiting(world, entry));
        entries.buffered(CONCURRENCY).try_collect().await
    }

    /// `entry`, or that it is deferred, or waits for its host or its turn. Asked only of what has no record and may have been dispatched.
    async fn unless_waiting(&self, world: &impl World, entry: Entry) -> PortResult<Entry> {
        let at = entry.occasion.fire_time();
        let is_open = matches!(entry.outcome, Outcome::Pending | Outcome::Missing);
        if !is_open || entry.execution.is_some() || at >= horizon(world.clock().now()) {
            return Ok(entry);
        }
        // Deferred at the priority that it had then; an edit since does not move it.
        let rows = [
            self.versions.governing(at).map(|version| &version.job),
            self.versions.present(),
        ];
        let mut rows: Vec<_> = rows.into_iter().flatten().collect();
        rows.dedup_by_key(|job| job.priority);
        for job in rows {
            let id = ExecutionId {
                job: job.id,
                occasion: entry.occasion,
            };
            let deferral = Deferral {
                user: job.user.clone(),
                priority: job.priority,
                message: DispatchMessage::new(id, 1, job.timeout_seconds),
                since: at,
                fires_until: None,
            };
            let backlog = Backlog::Capacity(job.priority.band());
            if world.store().is_deferred(&backlog, &deferral).await? {
                return Ok(deferred(entry, &backlog));
            }
        }
        if entry.outcome == Outcome::Missing {
            if self.waits_for_host(world, at).await? {
                return Ok(spared(entry));
            }
            if self.waits_for_turn(world, &entry).await? {
                return Ok(queued(entry));
            }
        }
        Ok(entry)
    }

    /// Whether what seems to be missing, or to have stalled, may wait for another execution of its job to end.
    pub(super) async fn waits_for_turn(
        &self,
        world: &impl World,
        entry: &Entry,
    ) -> PortResult<bool> {
        let now = world.clock().now();
        let at = entry.occasion.fire_time();
        let Some(Version { job, .. }) = self.versions.governing(at) else {
            return Ok(false);
        };
        let has_begun = entry.execution.is_some();
        if !may_wait_for_turn(job, at, has_begun, now, self.settle) {
            return Ok(false);
        }
        let Some(lock) = world.store().lock(self.job).await? else {
            return Ok(false);
        };
        if lock.holder.occasion == entry.occasion {
            return Ok(false);
        }
        let holder = world.store().execution(lock.holder).await?;
        Ok(holds_on(holder.as_ref(), now))
    }

    /// Whether what was planned at `at`, and seems to be missing, may wait for a host that is spared.
    async fn waits_for_host(&self, world: &impl World, at: DateTime<Utc>) -> PortResult<bool> {
        let Some(Version { job, .. }) = self.versions.governing(at) else {
            return Ok(false);
        };
        let Some(destination) = destination(&job.job_type, &job.payload) else {
            return Ok(false);
        };
        let key = HostKey {
            user: job.user.clone(),
            destination,
        };
        let breaker = world.store().host_breaker(&key).await?;
        let now = world.clock().now();
        Ok(breaker.is_some_and(|breaker| may_wait_for_host(job, at, &breaker, now, self.settle)))
    }

    async fn records(
        &self,
        world: &impl World,
        until: DateTime<Utc>,
        after: Option<Occasion>,
        limit: usize,
    ) -> PortResult<Vec<Execution>> {
        let from = self.window.from;
        let store = world.store();
        store
            .executions_between(self.job, from, until, after, limit)
            .await
    }

    fn derive(&self, world: &impl World, records: &[Execution], count: usize) -> Vec<Entry> {
        let ledger = Ledger {
            versions: &self.versions,
            records,
            now: world.clock().now(),
            settle: self.settle,
        };
        let Window { mut from, until } = self.window;
        if let Some(after) = self.after {
            from = from.max(floor_second(after.fire_time()));
        }
        let behind = |entry: &Entry| {
            self.after
                .is_none_or(|after| by_key(entry.occasion, after).is_gt())
        };
        let entries = ledger.between(from, until).filter(behind);
        entries.take(count).collect()
    }
}

/// What is asked of a job's ledger.
#[derive(Clone, Debug, Default)]
pub struct LedgerRequest {
    /// A day before `until`, if absent.
    pub from: Option<DateTime<Utc>>,
    /// A day after `from`, if absent; now, if both are.
    pub until: Option<DateTime<Utc>>,
    /// Only those with this outcome.
    pub outcome: Option<Outcome>,
    /// Only what is behind this.
    pub after: Option<Occasion>,
    /// How many entries, at most.
    pub limit: usize,
}

/// A part of a job's ledger.
#[derive(Clone, Debug)]
pub struct LedgerPart {
    /// The part.
    pub entries: Vec<Entry>,
    /// Where the rest begins, if there may be more.
    pub next: Option<Occasion>,
}

/// The occurrences of a job in a stretch of time, each with what became of it. A part may be short, or empty, and be
/// followed by another: the work of one request is bounded.
///
/// # Errors
/// [`RequestError::NotFound`]; [`RequestError::Invalid`] for a stretch that is none, is too long, or begins before
/// records are kept.
pub async fn occurrences(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    request: &LedgerRequest,
) -> Result<LedgerPart, RequestError> {
    let window = window_of(request, world.clock().now())?;
    let job = reachable_job(world, caller, id).await?;
    let mut walk = Walk {
        job: id,
        versions: all_versions(world, job, window.from).await?,
        window,
        settle: SETTLE,
        after: request.after,
    };
    let wanted = |entry: &Entry| request.outcome.is_none_or(|only| entry.outcome == only);
    let mut entries = Vec::new();
    let mut looked_at = 0;
    while looked_at < LOOKED_AT {
        let part = walk.part(world, request.limit).await?;
        looked_at += part.len();
        let is_last = part.len() < request.limit;
        for entry in part.into_iter().filter(wanted) {
            let next = entry.occasion;
            entries.push(entry);
            if entries.len() == request.limit {
                let next = Some(next);
                return Ok(LedgerPart { entries, next });
            }
        }
        if is_last {
            let next = None;
            return Ok(LedgerPart { entries, next });
        }
    }
    Ok(LedgerPart {
        entries,
        next: walk.after,
    })
}

fn window_of(request: &LedgerRequest, now: DateTime<Utc>) -> Result<Window, Invalid> {
    let day = TimeDelta::days(1);
    for (field, instant) in [("from", request.from), ("until", request.until)] {
        kept(field, instant.unwrap_or(now), now)?;
    }
    let oldest = now - Execution::RETENTION;
    match (request.from, request.until) {
        (Some(from), Some(until)) => Window::new(from, until),
        (Some(from), None) => Window::new(from, from + day),
        (None, until) => {
            let until = until.unwrap_or(now);
            Window::new((until - day).max(oldest), until)
        }
    }
}

fn kept(field: &str, instant: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Invalid> {
    if instant < now - Execution::RETENTION {
        return Err(Invalid::new(
            field,
            "lies further back than records are kept: 30 days",
        ));
    }
    if instant > now + Window::LONGEST {
        return Err(Invalid::new(field, "lies more than 31 days ahead"));
    }
    Ok(())
}

/// What became of one instant.
#[derive(Clone, Debug)]
pub enum Why {
    /// It is in the ledger.
    Entry(Box<Entry>),
    /// It was never planned.
    NotPlanned(NotPlanned),
}

/// What became of a job at one instant, or of a run that a person asked for; also why nothing was planned then.
///
/// # Errors
/// [`RequestError::NotFound`], also of a run that nobody asked for; [`RequestError::Invalid`] for an instant from before
/// records are kept.
pub async fn why(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    occasion: Occasion,
) -> Result<Why, RequestError> {
    let job = reachable_job(world, caller, id).await?;
    let at = occasion.fire_time();
    kept("fire_time", at, world.clock().now())?;
    let row = row_of(world, job.clone()).await?;
    let mut walk = Walk {
        job: id,
        versions: all_versions(world, job, at).await?,
        window: Window::new(at, floor_second(at) + TimeDelta::seconds(1))?,
        settle: SETTLE,
        after: None,
    };
    let behind = row.job.runs_after_others_only();
    if let Occasion::Manual { .. } = occasion
        && !behind
    {
        let record = world
            .store()
            .execution(ExecutionId { job: id, occasion })
            .await?;
        if record.is_none() {
            return Err(RequestError::NotFound("execution"));
        }
    }
    loop {
        let part = walk.part(world, LOOK_AHEAD).await?;
        let is_last = part.len() < LOOK_AHEAD;
        let mut entries = part.into_iter();
        match entries.find(|entry| entry.occasion == occasion) {
            Some(entry) => return Ok(Why::Entry(Box::new(entry))),
            None if is_last && behind => {
                let gate = at_gate(world, &row, occasion).await?;
                return Ok(Why::NotPlanned(why_not_behind(gate)));
            }
            None if is_last => return Ok(Why::NotPlanned(why_not_planned(&walk.versions, at))),
            None => {}
        }
    }
}
