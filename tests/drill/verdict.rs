//! What became of what was promised: by the tables that are left, and by what the target saw.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use punctual::aws::AwsPorts;
use punctual::domain::{Execution, ExecutionState, Reconciliation, Window};
use punctual::edge::SystemClock;
use punctual::port::{Clock, Executions, Jobs, PortResult};
use punctual::usecase::{Bounds, reconcile};
use punctual_tests::Target;

use crate::Broken;
use crate::load::Promise;

const CONCURRENCY: usize = 8;

/// How often tables that are there are asked again: a busy machine answers late.
const TRIES: u32 = 10;

/// What has to have settled before it is looked at.
pub const SETTLE: TimeDelta = TimeDelta::seconds(30);

/// What became of promises.
#[derive(Debug, Default)]
pub struct Kept {
    /// Promises whose job is there.
    pub there: usize,
    /// Promises whose job is not there.
    pub lost: Vec<Promise>,
    /// Those of the jobs that are there whose execution succeeded.
    pub succeeded: usize,
    /// Those of the jobs that are there that were due, and did not succeed.
    pub failed: Vec<Promise>,
    /// When executions started.
    pub started: Vec<DateTime<Utc>>,
}

/// Looks at every promise in the tables of a region. What is due after `now` is not judged.
pub async fn kept(
    ports: &AwsPorts,
    promises: &[Promise],
    now: DateTime<Utc>,
) -> Result<Kept, Broken> {
    let looked: Vec<(Promise, bool, Option<Execution>)> = stream::iter(promises.to_vec())
        .map(|promise| async move {
            let job = patiently(|| ports.store.job(promise.job)).await?;
            let execution = patiently(|| ports.store.execution(promise.execution())).await?;
            Ok::<_, Broken>((promise, job.is_some(), execution))
        })
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await?;
    let mut kept = Kept::default();
    for (promise, is_there, execution) in looked {
        if !is_there {
            kept.lost.push(promise);
            continue;
        }
        kept.there += 1;
        let state = execution.as_ref().map(|execution| execution.state);
        if state == Some(ExecutionState::Succeeded) {
            kept.succeeded += 1;
        } else if promise.due <= now {
            kept.failed.push(promise);
        }
        kept.started
            .extend(execution.and_then(|execution| execution.started_at));
    }
    Ok(kept)
}

/// Proves a stretch of time of every job in a region; what is missing is sent again.
pub async fn prove(
    ports: &AwsPorts,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Reconciliation, Broken> {
    let bounds = Bounds {
        settle: SETTLE,
        deadline: SystemClock.now() + TimeDelta::minutes(5),
    };
    let window = Window::new(from, until)?;
    let report = patiently(|| reconcile(ports, window, None, bounds)).await?;
    Ok(report.ok_or("the reconciliation has lost its place")?)
}

async fn patiently<T, F: Future<Output = PortResult<T>>>(ask: impl Fn() -> F) -> PortResult<T> {
    for _ in 0..TRIES {
        if let Ok(answer) = ask().await {
            return Ok(answer);
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    ask().await
}

/// How many executions the target saw, and how many of them more than once. It knows them by their idempotency key.
pub fn seen(target: &Target, path: &str) -> (usize, usize) {
    let mut calls: HashMap<String, usize> = HashMap::new();
    for call in target.calls(path) {
        let key = call.header("idempotency-key").to_owned();
        *calls.entry(key).or_default() += 1;
    }
    let doubled = calls.values().filter(|count| **count > 1).count();
    (calls.len(), doubled)
}
