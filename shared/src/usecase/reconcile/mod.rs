//! Proves of a finished stretch of time that everything planned is accounted for, and mends what is not: sends again
//! what is missing, and starts chains of hints again that have ended. Both only ask, as every hint and message does, so
//! a repair that was not needed changes nothing.

mod account;
mod behind;
mod chain;
mod held;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};

use self::account::account;
use self::behind::account_behind;
pub(super) use self::chain::chain_goes_on;
use self::chain::{Chain, mend_chain};
use super::World;
use super::audit::{Deed, audit};
use crate::domain::{
    Action, Author, Caller, Job, Minute, Reconciled, Reconciliation, Subject, Window,
};
use crate::plan::ledger;
use crate::port::{
    Clock, Jobs, PortError, PortResult, Progress, Reconciliations, ScanProgress, Terms,
};

/// How many jobs are read at once, between two looks at the clock.
const PAGE: usize = 25;

/// How many jobs are proven at once.
const CONCURRENCY: usize = 8;

/// The first reconciliation of all looks back this far.
const FIRST: TimeDelta = TimeDelta::hours(1);

/// One reconciliation catches up by at most this much; the next one goes on from there.
const STRIDE: TimeDelta = TimeDelta::hours(6);

/// Further back than this nothing is caught up with: records expire.
const OLDEST: TimeDelta = TimeDelta::days(29);

/// The bounds of a reconciliation.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How long after its fire time an occurrence must have left a record.
    pub settle: TimeDelta,
    /// When to stop. What is left is for the next one.
    pub deadline: DateTime<Utc>,
}

impl Bounds {
    /// The bounds of a service: what has not left a record after ten minutes never will.
    pub fn until(deadline: DateTime<Utc>) -> Self {
        Self {
            settle: ledger::SETTLE,
            deadline,
        }
    }
}

/// Writes down that `caller` asks for a reconciliation. What it sends again is judged as if it had come in time, so that
/// there is no before and after.
///
/// # Errors
/// If a port fails: nothing is to be reconciled then.
pub async fn note_reconciliation(world: &impl World, caller: &Caller) -> PortResult<()> {
    let deed = Deed {
        action: Action::Reconcile,
        subject: Subject::Service,
        owner: &caller.user,
        version: None,
        before: None,
        after: None,
        detail: None,
    };
    audit(world, &Author::from(caller), deed).await
}

/// Goes on where the last reconciliation ended, up to what has settled. `None`: nothing has settled since, or the present
/// term is another region's.
///
/// # Errors
/// If a port fails. The next one begins where this one did.
pub async fn reconcile_next(
    world: &impl World,
    bounds: Bounds,
) -> PortResult<Option<Reconciliation>> {
    if !world.store().term().await?.is_of(world.store().here()) {
        return Ok(None);
    }
    let now = world.clock().now();
    let settled = Minute::of(now - bounds.settle).start();
    let reconciled = world.store().reconciled().await?;
    let (window, cursor) = match reconciled {
        Some(Reconciled {
            unfinished: Some((window, cursor)),
            ..
        }) => (window, Some(cursor)),
        reconciled => {
            let from = reconciled.map_or(settled - FIRST, |reconciled| reconciled.until);
            let from = from.max(now - OLDEST);
            let until = settled.min(from + STRIDE);
            match Window::new(from, until) {
                Ok(window) => (window, None),
                Err(_) => return Ok(None),
            }
        }
    };
    let report = match reconcile(world, window, cursor, bounds).await? {
        Some(report) => report,
        // Of another version's making: the window is begun anew.
        None => match reconcile(world, window, None, bounds).await? {
            Some(report) => report,
            None => return Ok(None),
        },
    };
    let unfinished = report.cursor.clone().map(|cursor| (window, cursor));
    let until = if unfinished.is_some() {
        window.from
    } else {
        window.until
    };
    let reconciled = Reconciled { until, unfinished };
    world.store().keep_reconciled(&reconciled).await?;
    Ok(Some(report))
}

/// Reconciles `window`, from where `cursor` points. What is not settled in it counts as pending, and is left alone.
/// `None`: the cursor is not one of ours.
///
/// # Errors
/// If a port fails: what was sent by then has been sent, and doing it all again does no harm.
pub async fn reconcile(
    world: &impl World,
    window: Window,
    mut cursor: Option<String>,
    bounds: Bounds,
) -> PortResult<Option<Reconciliation>> {
    let began_at = world.clock().now();
    let mut report = Reconciliation::begin(window, began_at);
    loop {
        let progress = world.store().progress().await?;
        let page = world.store().scan_jobs(cursor.as_deref(), PAGE).await?;
        let Some(page) = page else {
            return Ok(None);
        };
        let parts = stream::iter(page.items)
            .map(|job| prove(world, job, window, bounds, progress.as_ref()));
        let mut parts = parts.buffer_unordered(CONCURRENCY);
        while let Some(part) = parts.next().await {
            report.add(part?);
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
        if world.clock().now() >= bounds.deadline {
            report.cut_short = true;
            break;
        }
    }
    report.cursor = cursor;
    world.store().record_reconciliation(&report).await?;
    Ok(Some(report))
}

/// One job's part. What is stored of one job and cannot be read must not keep the others from being proven.
async fn prove(
    world: &impl World,
    job: Job,
    window: Window,
    bounds: Bounds,
    progress: Option<&Progress>,
) -> PortResult<Reconciliation> {
    let id = job.id;
    let mut part = Reconciliation::begin(window, world.clock().now());
    part.jobs = 1;
    let proven = async {
        account(world, &job, window, bounds, &mut part).await?;
        account_behind(world, &job, window, bounds, &mut part).await?;
        match mend_chain(world, job, progress).await? {
            Chain::GoesOn => {}
            Chain::Mended => {
                part.chains_repaired += 1;
                part.example(&id);
            }
            Chain::NotSeen => part.chains_unchecked += 1,
        }
        Ok(())
    };
    match proven.await {
        Err(error @ PortError::Corrupt { .. }) => {
            tracing::error!(job_id = %id, %error, "a job cannot be proven");
            part.unproven += 1;
            part.example(&id);
        }
        proven => proven?,
    }
    Ok(part)
}
