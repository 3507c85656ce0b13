//! Sees whether a job's chain of hints goes on, and starts it again if it does not. A hint too many does no harm, so
//! whatever races with this costs at most one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::domain::{Job, Minute, next_second};
use crate::plan::{hints_of_chain, unscanned};
use crate::port::{Clock, Hint, HintKind, Hints, Jobs, PortResult, Progress};
use crate::usecase::World;
use crate::usecase::launch::launch;

/// How a job's chain of hints was found.
pub(super) enum Chain {
    /// It goes on; or there is nothing to go on to.
    GoesOn,
    /// It had ended, and was started again.
    Mended,
    /// The scanner is too far behind, or has never run: its hints may lie in any bucket that it has not read.
    NotSeen,
}

/// Starts the job's chain again, if it has ended. Read strongly before that: a row that lags behind tells of a chain
/// that an edit or a pause has replaced.
pub(super) async fn mend_chain(
    world: &impl World,
    job: Job,
    progress: Option<&Progress>,
) -> PortResult<Chain> {
    if !job.fires() {
        return Ok(Chain::GoesOn);
    }
    let now = world.clock().now();
    let Some(unscanned) = progress.and_then(|progress| unscanned(progress, now)) else {
        return Ok(Chain::NotSeen);
    };
    if chain_goes_on(world, &job, &unscanned, now).await? {
        return Ok(Chain::GoesOn);
    }
    let Some(job) = world.store().job(job.id).await? else {
        return Ok(Chain::GoesOn);
    };
    if chain_goes_on(world, &job, &unscanned, now).await? {
        return Ok(Chain::GoesOn);
    }
    let now = world.clock().now();
    let from = job.effective_from.max(next_second(now));
    launch(world, &job, from, now).await?;
    tracing::warn!(job_id = %job.id, "a chain of hints had ended, and was started again");
    Ok(Chain::Mended)
}

/// Whether a hint of the job's chain lies where one can be that is still to be followed.
pub(in crate::usecase) async fn chain_goes_on(
    world: &impl World,
    job: &Job,
    unscanned: &BTreeSet<Minute>,
    now: DateTime<Utc>,
) -> PortResult<bool> {
    let places = hints_of_chain(job, unscanned, now);
    for at in &places {
        let hint = Hint {
            at: *at,
            job: job.id,
            kind: HintKind::Fire,
        };
        if world.store().has_hint(&hint).await? {
            return Ok(true);
        }
    }
    // Nowhere: nothing fires from here on, or the job is at rest.
    Ok(places.is_empty())
}
