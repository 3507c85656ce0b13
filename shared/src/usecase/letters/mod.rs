//! Dead letters, for the people who handle them: looked at, given another attempt, or settled as they are. The index says
//! where to look, the execution's record decides: nothing here trusts the one without the other.

mod discard;
mod inspect;
mod many;
mod one;
mod release;

pub use discard::{DiscardedMany, discard, discard_many};
pub use inspect::{FoundLetter, Inspected, LetterQuery, inspect_dead_letter, list_dead_letters};
pub use many::{RedriveMany, Survey, bulk_redrive, cancel_redrive, list_redrives, redrive_many};
pub use one::redrive;
pub use release::{Released, release_redrives};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{RequestError, World, reachable_job};
use crate::domain::{
    Caller, DeadLetter, Execution, ExecutionId, Invalid, Job, LetterFilter, LetterStatus, Reach,
};
use crate::port::{Clock, Executions, PortResult};

/// How many records are read, or changed, at once.
const ABREAST: usize = 16;

/// A request of a person has this long for its looking around.
const PATIENCE: TimeDelta = TimeDelta::seconds(5);

/// `filter`, kept within the caller's reach. Its end is now, at the latest: what dies later is not meant.
fn within_reach(
    caller: &Caller,
    filter: LetterFilter,
    now: DateTime<Utc>,
) -> Result<LetterFilter, RequestError> {
    let is_anothers = filter
        .user
        .as_ref()
        .is_some_and(|user| !caller.may_reach(user));
    if is_anothers {
        return Err(Invalid::new("user", "must be yourself, or absent").into());
    }
    // What is indexed while this is read may bear a later time, by a faster clock.
    let latest = now + TimeDelta::minutes(1);
    let until = filter.until.map_or(latest, |until| until.min(latest));
    if filter.from.is_some_and(|from| from >= until) {
        return Err(Invalid::new("from", "must lie in the past, and before until").into());
    }
    let user = match caller.reach {
        Reach::Own => Some(caller.user.clone()),
        Reach::Any => filter.user,
    };
    Ok(LetterFilter {
        user,
        until: Some(until),
        ..filter
    })
}

/// The job of a dead letter, and its execution's record.
async fn reachable_letter(
    world: &impl World,
    caller: &Caller,
    id: ExecutionId,
) -> Result<(Job, Execution), RequestError> {
    let no_such = || RequestError::NotFound("execution");
    let job = reachable_job(world, caller, id.job).await;
    let job = job.map_err(|error| match error {
        RequestError::NotFound(_) => no_such(),
        other => other,
    })?;
    let found = world.store().execution(id).await?;
    Ok((job, found.ok_or_else(no_such)?))
}

/// Each letter with the present record of its execution, in the same order.
async fn with_records(
    world: &impl World,
    letters: Vec<DeadLetter>,
) -> PortResult<Vec<(DeadLetter, Option<Execution>)>> {
    stream::iter(letters)
        .map(|letter| async move {
            let record = world.store().execution(letter.execution).await?;
            Ok((letter, record))
        })
        .buffered(ABREAST)
        .try_collect()
        .await
}

/// Those of the letters that nothing has been done about.
async fn open_ones(world: &impl World, letters: Vec<DeadLetter>) -> PortResult<Vec<DeadLetter>> {
    let letters = with_records(world, letters).await?;
    let open = letters
        .into_iter()
        .filter(|(letter, record)| letter.status(record.as_ref()) == Some(LetterStatus::Open));
    Ok(open.map(|(letter, _)| letter).collect())
}

/// Until when a request that came just now may look around.
fn patience(world: &impl World) -> DateTime<Utc> {
    world.clock().now() + PATIENCE
}
