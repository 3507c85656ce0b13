//! Keeps the whole of a large result before the record of its end is written: a record never points at what is not
//! there. Failing to keep it does not fail the attempt.

use futures_util::future::{Either, select};

use chrono::TimeDelta;

use crate::domain::{Execution, Job, Output, ResultKey, StoredResult};
use crate::plan::Ended;
use crate::port::{Clock, Results};
use crate::usecase::World;

/// How long storing may take: well within what is left of the lease when a handler has used all of its time.
const PATIENCE: TimeDelta = TimeDelta::seconds(5);

/// What became of a result beyond what its record keeps.
#[derive(Clone)]
pub(in crate::usecase) enum Kept {
    /// There was no more of it.
    All,
    /// It lies there.
    Beside(StoredResult),
    /// It could not be stored.
    Lost,
}

impl Kept {
    /// The record with it.
    pub(in crate::usecase) fn on(self, mut record: Execution) -> Execution {
        match self {
            Self::All => {}
            Self::Beside(result) => record.result = Some(result),
            Self::Lost => record.result_lost = true,
        }
        record
    }
}

/// Stores what the record of an attempt that ended so has no room for.
pub(in crate::usecase) async fn keep(
    world: &impl World,
    claimed: &Execution,
    job: &Job,
    ended: &Ended,
) -> Kept {
    let Some(whole) = ended.output().and_then(Output::whole) else {
        return Kept::All;
    };
    let stored = StoredResult {
        bytes: u64::try_from(whole.bytes.len()).unwrap_or(u64::MAX),
        content_type: whole.content_type.to_owned(),
        key: ResultKey::new(&job.user, claimed.id, claimed.attempt),
        cut: whole.cut,
    };
    let until = world.clock().now() + PATIENCE;
    let put = world.results().put_result(&stored.key, whole);
    let patience = world.clock().sleep_until(until);
    let put = match select(std::pin::pin!(put), std::pin::pin!(patience)).await {
        Either::Left((put, _)) => put.map_err(|error| error.to_string()),
        Either::Right(_) => Err("it took too long".to_owned()),
    };
    match put {
        Ok(()) => Kept::Beside(stored),
        Err(error) => {
            tracing::warn!(error, execution_id = %claimed.id, "a result could not be stored");
            Kept::Lost
        }
    }
}
