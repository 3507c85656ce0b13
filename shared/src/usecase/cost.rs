//! Sums what executions have used, for their job or their owner. No sum is kept: a counter would be one more write for
//! each execution. It is read from the records, which are kept for 30 days, a bounded part at a time.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{RequestError, World, reachable_job, reachable_user};
use crate::domain::{Caller, Cost, Execution, Invalid, Job, JobId, Occasion, UserId, Window};
use crate::port::{Executions, JobFilter, Jobs, Page, PortResult};

/// How many records one request reads of one job: a third of a megabyte.
pub const MAX_COSTED: usize = 1_000;

/// How many jobs' records are read at once.
const CONCURRENCY: usize = 4;

/// For which stretch of time costs are asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct CostRequest {
    /// A day before `until`, if absent.
    pub since: Option<DateTime<Utc>>,
    /// Now, if absent.
    pub until: Option<DateTime<Utc>>,
}

impl CostRequest {
    /// The stretch.
    ///
    /// # Errors
    /// [`Invalid`] if it is none, is too long, lies ahead, or begins before records are kept.
    pub fn window(self, now: DateTime<Utc>) -> Result<Window, Invalid> {
        let oldest = now - Execution::RETENTION;
        let until = self.until.unwrap_or(now);
        if until > now + Window::LONGEST {
            return Err(Invalid::new("until", "lies more than 31 days ahead"));
        }
        let since = match self.since {
            Some(since) if since < oldest => {
                let reason = "lies further back than records are kept: 30 days";
                return Err(Invalid::new("since", reason));
            }
            Some(since) => since,
            None => (until - TimeDelta::days(1)).max(oldest),
        };
        Window::new(since, until).map_err(|invalid| {
            let reason = invalid.reason.replace("from", "since");
            Invalid::new(&invalid.field, reason)
        })
    }
}

/// What a part of a job's executions cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostPart {
    /// The part's.
    pub cost: Cost,
    /// Where the rest begins, if there may be more.
    pub next: Option<Occasion>,
}

/// What the executions of a job have used whose fire times lie in `window`, behind `after`: of at most [`MAX_COSTED`].
///
/// # Errors
/// [`RequestError::NotFound`].
pub async fn job_cost(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    window: Window,
    after: Option<Occasion>,
) -> Result<CostPart, RequestError> {
    reachable_job(world, caller, id).await?;
    Ok(part(world, id, window, after).await?)
}

async fn part(
    world: &impl World,
    job: JobId,
    window: Window,
    after: Option<Occasion>,
) -> PortResult<CostPart> {
    let Window { from, until } = window;
    let store = world.store();
    let records = store
        .executions_between(job, from, until, after, MAX_COSTED)
        .await?;
    let last = records.last().map(|record| record.id.occasion);
    Ok(CostPart {
        cost: Cost::of(&records),
        next: last.filter(|_| records.len() >= MAX_COSTED),
    })
}

/// A job and what its executions have used. If there are more of them than one request reads, the sum is not whole.
#[derive(Clone, Debug)]
pub struct CostedJob {
    /// The job.
    pub job: Job,
    /// What the first of its executions have used.
    pub cost: Cost,
    /// Whether that is all of them.
    pub is_whole: bool,
}

/// What the jobs of `owner` have used, of the caller if nobody is named: some jobs at a time, each as [`job_cost`] has it.
/// `Ok(None)`: the cursor is not one of this list.
///
/// # Errors
/// [`RequestError::NotFound`] if `owner` is beyond the caller's reach.
pub async fn user_cost(
    world: &impl World,
    caller: &Caller,
    owner: Option<&UserId>,
    filter: &JobFilter,
    window: Window,
    (cursor, limit): (Option<&str>, usize),
) -> Result<Option<Page<CostedJob>>, RequestError> {
    let owner = reachable_user(caller, owner)?;
    let listed = world.store().list_jobs(owner, filter, cursor, limit);
    let Some(page) = listed.await? else {
        return Ok(None);
    };
    let costed = stream::iter(page.items).map(|job| async move {
        let part = part(world, job.id, window, None).await?;
        PortResult::Ok(CostedJob {
            job,
            cost: part.cost,
            is_whole: part.next.is_none(),
        })
    });
    Ok(Some(Page {
        items: costed.buffered(CONCURRENCY).try_collect().await?,
        next: page.next,
    }))
}
