//! One tick of the scanner. Per bucket: read all hints, put the hints at which their chains go on, defer what there is no
//! capacity for, send the rest, and only when all of that is acknowledged checkpoint the bucket. A crash anywhere leaves
//! the bucket to be done again, which changes nothing: hints are content-free and messages collapse at the claim.
//! Between what is due at once and what is due in minutes, capacity that is spare now goes to what was deferred, and to what
//! holds let go.

mod holds;
mod pace;
mod waiting;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use self::pace::{Pace, Sending};
use super::exclusions::{Damaged, read_calendars};
use super::launch::{hint, messages, within_put_limit};
use super::{World, log_dispatched};
use crate::domain::{Admissions, DispatchMessage, ExecutionId, Job, JobId, Level, Minute, PerBand};
use crate::plan::{low_water_after, minutes_to_scan, plan_fires};
use crate::port::{
    Clock, Hint, HintKind, Hints, Jobs, OutgoingMessage, PortError, PortResult, Progress, Queues,
    ScanProgress, SendAt, Terms,
};
use crate::trace;

/// How many hints are planned under one reading of the clock: few enough to be put well within the limit.
const CHUNK: usize = 500;

/// How many reads are under way at once.
const CONCURRENCY: usize = 32;

/// What a tick did.
#[derive(Debug, Default)]
pub struct TickReport {
    /// Buckets that were done and checkpointed.
    pub minutes_done: u64,
    /// Hints read.
    pub hints_read: u64,
    /// Hints put: chains that go on.
    pub hints_put: u64,
    /// Messages sent, those of deferred work included.
    pub dispatched: u64,
    /// Executions deferred: there was no capacity for them in the minute in which they are due.
    pub deferred: u64,
    /// Those of them whose priority is shed under pressure.
    pub shed: u64,
    /// Deferred executions that were sent.
    pub released: u64,
    /// What is given up under pressure.
    pub level: Level,
    /// Hints whose job is gone, paused or deleted, by a strong read.
    pub dropped: u64,
    /// Why deferred work could not be released; the next tick tries again.
    pub unreleased: Option<PortError>,
    /// Why holds could not be looked at, or written; the next tick tries again.
    pub unheld: Option<PortError>,
    /// Buckets that failed, and why; they are scanned again by the next tick.
    pub failures: Vec<(Minute, PortError)>,
    /// Whether time ran out before the last bucket.
    pub cut_short: bool,
    /// How far behind the tick left off: from the start of the oldest minute not known to be done to the tick's begin.
    /// Negative while it scans ahead.
    pub lag: Option<TimeDelta>,
    /// Messages that were ready in the bands' queues, if they could be seen.
    pub ready: Option<u64>,
    /// Whether the present term is another region's: nothing was done.
    pub stood_by: bool,
}

/// Scans every bucket that is not done, up to the look-ahead, until `deadline`, and releases deferred work. `places` is how
/// many executions each band can have under way at once.
///
/// # Errors
/// If the progress cannot be read or written. A bucket's failure is in the report: it must not keep the others waiting.
pub async fn tick(
    world: &impl World,
    places: PerBand<u32>,
    deadline: DateTime<Utc>,
) -> PortResult<TickReport> {
    // Boxed: it holds a minute's work, and its callers keep it beside much else.
    Box::pin(tick_once(world, places, deadline)).await
}

async fn tick_once(
    world: &impl World,
    places: PerBand<u32>,
    deadline: DateTime<Utc>,
) -> PortResult<TickReport> {
    let now = world.clock().now();
    let mut report = TickReport::default();
    let Some(mut progress) = begin_or_resume(world, now).await? else {
        report.stood_by = true;
        return Ok(report);
    };
    let admitted = std::mem::take(&mut progress.admitted);
    let mut pace = Pace::open(world, places, admitted, now).await;
    let looked = match holds::let_go(world, &mut pace, now).await {
        Ok(looked) => looked,
        Err(error) => {
            report.unheld = Some(error);
            Vec::new()
        }
    };
    let mut minutes = minutes_to_scan(&progress, now);
    // What is due in this minute competes with what was deferred; what is due in the next ones can wait a moment.
    let ahead = minutes.iter().position(|minute| *minute != Minute::of(now));
    let later = minutes.split_off(ahead.unwrap_or(minutes.len()));
    for step in minutes
        .into_iter()
        .map(Some)
        .chain([None])
        .chain(later.into_iter().map(Some))
    {
        let Some(minute) = step else {
            report.unreleased = pace.release(world, &mut report).await.err();
            continue;
        };
        if world.clock().now() >= deadline {
            report.cut_short = true;
            break;
        }
        let before = pace.admissions().clone();
        match scan_minute(world, minute, &mut pace, &mut report).await {
            Ok(()) => {
                world.store().mark_done(&progress.term, minute).await?;
                progress.done.insert(minute);
                report.minutes_done += 1;
            }
            Err(error) => {
                // It is done again: what was let in for it has not counted.
                pace.restore(before);
                report.failures.push((minute, error));
            }
        }
    }
    let low_water = low_water_after(&progress);
    if low_water > progress.low_water {
        let admitted = pace.admissions();
        let raised = world
            .store()
            .raise_low_water(&progress.term, low_water, admitted);
        raised.await?;
    }
    report.lag = Some(now - low_water.start());
    report.ready = pace.ready();
    report.level = pace.level();
    if let Err(error) = holds::go_on(world, looked, &pace, now).await {
        report.unheld = Some(error);
    }
    pace.close(world).await;
    Ok(report)
}

/// How far scanning has come. `None`: another region scans.
async fn begin_or_resume(world: &impl World, now: DateTime<Utc>) -> PortResult<Option<Progress>> {
    let store = world.store();
    if let Some(progress) = store.progress().await? {
        return Ok(Some(progress).filter(|found| found.term.is_of(store.here())));
    }
    let term = store.term().await?;
    if !term.is_of(store.here()) {
        return Ok(None);
    }
    let low_water = Minute::of(now);
    store.begin_at(low_water).await?;
    let begun = store.progress().await?;
    Ok(Some(begun.unwrap_or(Progress {
        term,
        low_water,
        done: BTreeSet::new(),
        admitted: Admissions::default(),
    })))
}

async fn scan_minute(
    world: &impl World,
    minute: Minute,
    pace: &mut Pace,
    report: &mut TickReport,
) -> PortResult<()> {
    trace::scan_begun(minute);
    let mut hints: Vec<Hint> = stream::iter(0..world.store().shards())
        .map(|shard| world.store().hints(minute, shard))
        .buffer_unordered(CONCURRENCY)
        .try_concat()
        .await?;
    hints.sort_unstable();
    hints.dedup();
    report.hints_read += hints.len() as u64;
    let mut due = Vec::new();
    for chunk in hints.chunks(CHUNK) {
        due.extend(go_on(world, chunk, report).await?);
    }
    // All of the bucket at once: who goes first is decided among all who want to.
    let mut sent = pace.admit(world, due, report).await?;
    sent.sort_by_key(|one| (one.outgoing.send_at, one.priority));
    let outgoing: Vec<_> = sent.into_iter().map(|one| one.outgoing).collect();
    world.queues().send(&outgoing).await?;
    log_dispatched(&outgoing);
    report.dispatched += outgoing.len() as u64;
    Ok(())
}

/// Puts the hints at which the chains of these go on, and returns what is to be sent.
async fn go_on(
    world: &impl World,
    hints: &[Hint],
    report: &mut TickReport,
) -> PortResult<Vec<Sending>> {
    let jobs = jobs_of(world, hints).await?;
    let now = world.clock().now();
    let calendars = read_calendars(world, jobs.values(), now, Damaged::ExcludesNothing).await?;
    let mut next_hints = Vec::new();
    let mut sending = Vec::new();
    for due in hints {
        let Some(job) = jobs.get(&due.job).filter(|job| answers(job, due)) else {
            report.dropped += 1;
            trace::hint_dropped(due);
            continue;
        };
        match due.kind {
            HintKind::Fire => {
                let exclusions = calendars.exclusions_of(job);
                let plan = plan_fires(job.owed(&exclusions), due.at, now);
                next_hints.extend(hint(job, &plan));
                let messages = messages(job, &plan);
                trace::hint_followed(due, plan.hint, &messages);
                let messages = messages.into_iter();
                sending.extend(messages.map(|outgoing| Sending::first(job, outgoing)));
            }
            HintKind::Retry { occasion, attempt } => {
                let id = ExecutionId {
                    job: due.job,
                    occasion,
                };
                let outgoing = OutgoingMessage {
                    lane: job.lane(),
                    user: Some(job.user.clone()),
                    send_at: SendAt::Before(due.at),
                    message: DispatchMessage::new(id, attempt, job.timeout_seconds),
                };
                trace::hint_followed(due, None, std::slice::from_ref(&outgoing));
                sending.push(Sending::again(job, outgoing));
            }
        }
    }
    world.store().put_hints(&next_hints).await?;
    within_put_limit(world, now, "dispatch")?;
    report.hints_put += next_hints.len() as u64;
    Ok(sending)
}

/// Whether the job, as read, has anything to do with the hint. A hint that the schedule no longer has still asks what is
/// owed from there on: an edit's new chain is joined at once, and a chain that a change of a zone's rules would break
/// goes on. A retry asks only that the job exists: its worker judges.
fn answers(job: &Job, due: &Hint) -> bool {
    match due.kind {
        HintKind::Fire => job.fires(),
        HintKind::Retry { .. } => true,
    }
}

/// The hints' jobs: read eventually, and once more strongly wherever the answer would be to drop a hint. A stale "no"
/// would end a chain.
async fn jobs_of(world: &impl World, hints: &[Hint]) -> PortResult<HashMap<JobId, Job>> {
    let mut hints_by_job: BTreeMap<JobId, Vec<&Hint>> = BTreeMap::new();
    for due in hints {
        hints_by_job.entry(due.job).or_default().push(due);
    }
    let ids: Vec<_> = hints_by_job.keys().copied().collect();
    let mut jobs = world.store().jobs_eventually(&ids).await?;
    let doubtful = hints_by_job.iter().filter(|(id, hints)| {
        jobs.get(id)
            .is_none_or(|job| hints.iter().any(|due| !answers(job, due)))
    });
    let doubtful: Vec<_> = doubtful.map(|(id, _)| *id).collect();
    let reread: Vec<_> = stream::iter(doubtful)
        .map(|id| async move {
            match world.store().job(id).await {
                // It can neither be judged nor planned; waiting for it would keep its whole bucket waiting.
                Err(error @ PortError::Corrupt { .. }) => {
                    tracing::error!(job_id = %id, %error, "a hint is dropped with its unreadable job");
                    Ok((id, None))
                }
                read => Ok::<_, PortError>((id, read?)),
            }
        })
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await?;
    for (id, job) in reread {
        match job {
            Some(job) => jobs.insert(id, job),
            None => jobs.remove(&id),
        };
    }
    Ok(jobs)
}
