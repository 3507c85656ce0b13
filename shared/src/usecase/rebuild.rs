//! Rebuilds the `due` table from the `jobs` table: sees whether each job's chain of hints goes on, and starts it again where
//! it does not. With an instant since when messages may be lost as well, sends what every job owes from there on. All of
//! it only asks: a hint or a message too many is answered by the job's row and by the claim, so this may run beside the
//! system, twice, and again from any page.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::World;
use super::exclusions::exclusions_of;
use super::launch::launch;
use super::reconcile::chain_goes_on;
use crate::domain::{Job, Minute, next_second};
use crate::plan::{plan_fires, unscanned};
use crate::port::{Clock, Jobs, PortError, PortResult, ScanProgress};

/// How many jobs are looked at at once.
const CONCURRENCY: usize = 8;

/// What to rebuild.
#[derive(Clone, Copy, Debug)]
pub struct Rebuild {
    /// Since when messages may be lost as well as hints. `None`: only hints are.
    pub since: Option<DateTime<Utc>>,
    /// Whether to write and send, or only to count.
    pub is_real: bool,
}

/// What one page of jobs needed; with [`Self::add`], what all have needed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuilt {
    /// Jobs read.
    pub jobs: u64,
    /// Those whose chain goes on, or that have none: paused, ended, or run after others only.
    pub whole: u64,
    /// Those whose chain had ended. Each has a hint again, if it was for real.
    pub broken: u64,
    /// Messages sent, or to be sent: due soon, or since the instant asked for.
    pub messages: u64,
    /// Those that could not be looked at, for what is stored of them cannot be read.
    pub unreadable: u64,
}

impl Rebuilt {
    /// Counts another page into this one.
    pub fn add(&mut self, page: &Self) {
        self.jobs += page.jobs;
        self.whole += page.whole;
        self.broken += page.broken;
        self.messages += page.messages;
        self.unreadable += page.unreadable;
    }
}

/// Rebuilds what belongs to the next `limit` (1–100) jobs from where `cursor` points, and returns where the rest begins.
/// `None`: the cursor is not one of ours.
///
/// # Errors
/// If a port fails: the same page may be asked for again.
pub async fn rebuild_page(
    world: &impl World,
    order: Rebuild,
    cursor: Option<&str>,
    limit: usize,
) -> PortResult<Option<(Rebuilt, Option<String>)>> {
    let now = world.clock().now();
    // First, as a hint that moves on behind it then still counts in its old place.
    let progress = world.store().progress().await?;
    // A scanner that is far behind has hints anywhere: then only the place where the next one belongs is looked at.
    let unscanned = progress.and_then(|progress| unscanned(&progress, now));
    let unscanned = unscanned.unwrap_or_default();
    let Some(page) = world.store().scan_jobs(cursor, limit).await? else {
        return Ok(None);
    };
    let mut parts = stream::iter(page.items)
        .map(|job| rebuild_job(world, order, job, &unscanned))
        .buffer_unordered(CONCURRENCY);
    let mut sum = Rebuilt::default();
    while let Some(part) = parts.next().await {
        sum.add(&part?);
    }
    Ok(Some((sum, page.next)))
}

async fn rebuild_job(
    world: &impl World,
    order: Rebuild,
    job: Job,
    unscanned: &BTreeSet<Minute>,
) -> PortResult<Rebuilt> {
    let id = job.id;
    match look_at_job(world, order, job, unscanned).await {
        Err(error @ PortError::Corrupt { .. }) => {
            tracing::error!(job = %id, %error, "a job's chain cannot be sum");
            Ok(Rebuilt {
                jobs: 1,
                unreadable: 1,
                ..Rebuilt::default()
            })
        }
        looked => looked,
    }
}

async fn look_at_job(
    world: &impl World,
    order: Rebuild,
    job: Job,
    unscanned: &BTreeSet<Minute>,
) -> PortResult<Rebuilt> {
    let mut sum = Rebuilt {
        jobs: 1,
        ..Rebuilt::default()
    };
    // The row that was scanned may lag behind an edit, a pause or a delete, whose chain is another.
    let job = world.store().job(job.id).await?.filter(Job::fires);
    let now = world.clock().now();
    let goes_on = match &job {
        Some(job) => chain_goes_on(world, job, unscanned, now).await?,
        None => true,
    };
    if goes_on {
        sum.whole = 1;
    } else {
        sum.broken = 1;
    }
    let from = order.since.or((!goes_on).then_some(next_second(now)));
    if let (Some(job), Some(from)) = (job, from) {
        let from = job.effective_from.max(from);
        let plan = if order.is_real {
            launch(world, &job, from, now).await?
        } else {
            let exclusions = exclusions_of(world, &job).await?;
            plan_fires(job.owed(&exclusions), from, now)
        };
        sum.messages = plan.direct.len() as u64;
    }
    Ok(sum)
}
