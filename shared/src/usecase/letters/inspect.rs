//! Shows dead letters: as a list, and one with all that is known of it.

use serde_json::Value;

use super::{reachable_letter, with_records, within_reach};
use crate::domain::{
    Caller, DeadLetter, DispatchMessage, Execution, ExecutionId, LetterFilter, LetterStatus,
};
use crate::plan::versions_below;
use crate::port::{Clock, DeadLetters, History, LetterOrder, Page};
use crate::usecase::{RequestError, World};

/// Which letters are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LetterQuery {
    /// Which are meant.
    pub filter: LetterFilter,
    /// Only those with which this has been done.
    pub status: Option<LetterStatus>,
}

/// A letter, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundLetter {
    /// As it was indexed.
    pub letter: DeadLetter,
    /// What has been done about it.
    pub status: LetterStatus,
    /// The present record of its execution.
    pub record: Execution,
}

/// Lists the letters within the caller's reach, newest first, at most `limit` (1–100), from where `cursor` points. A part
/// may be short, or empty, and still be followed by another. `Ok(None)`: the cursor is not one of ours.
///
/// # Errors
/// [`RequestError::Invalid`] names `user` or `from`; or a port's failure.
pub async fn list_dead_letters(
    world: &impl World,
    caller: &Caller,
    query: LetterQuery,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Option<Page<FoundLetter>>, RequestError> {
    let now = world.clock().now();
    let filter = within_reach(caller, query.filter, now)?;
    let store = world.store();
    let page = store.list_dead_letters(&filter, LetterOrder::NewestFirst, cursor, limit);
    let Some(page) = page.await? else {
        return Ok(None);
    };
    let found = with_records(world, page.items).await?;
    let found = found.into_iter().filter_map(|(letter, record)| {
        let status = letter.status(record.as_ref())?;
        let is_wanted = query.status.is_none_or(|wanted| wanted == status);
        Some(FoundLetter {
            letter,
            status,
            record: record.filter(|_| is_wanted)?,
        })
    });
    Ok(Some(Page {
        items: found.collect(),
        next: page.next,
    }))
}

/// All that is known of a dead letter.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspected {
    /// The record, with the attempts' errors.
    pub record: Execution,
    /// What has been done about it: redriven, if it is not dead any more.
    pub status: LetterStatus,
    /// What the job is called now.
    pub job_name: String,
    /// The job's type, in the version that was run.
    pub job_type: String,
    /// The payload as it was run. `None`: that version of the job is kept no more.
    pub payload: Option<Value>,
    /// The message by which the queue would hand the execution over again.
    pub message: DispatchMessage,
}

/// Shows an execution that ended badly, or was redriven after that.
///
/// # Errors
/// [`RequestError::NotFound`] if it is neither, or beyond the caller's reach; or a port's failure.
pub async fn inspect_dead_letter(
    world: &impl World,
    caller: &Caller,
    id: ExecutionId,
) -> Result<Inspected, RequestError> {
    let (job, record) = reachable_letter(world, caller, id).await?;
    let status = match DeadLetter::of(&record, Some(&job)) {
        Some(letter) => letter.status(Some(&record)),
        None => record.redriven.as_ref().map(|_| LetterStatus::Redriven),
    };
    let status = status.ok_or(RequestError::NotFound("dead letter"))?;
    let version = record.job_version.unwrap_or(job.version);
    let as_run = if version == job.version {
        Some(job.clone())
    } else {
        let (below, above) = (version.saturating_add(1), version.saturating_add(2));
        let rows = world.store().job_versions_below(job.id, above, 2).await?;
        let found = versions_below(below, &job, &rows, 1).pop();
        found.filter(|found| found.version == version)
    };
    let as_run = as_run.as_ref();
    Ok(Inspected {
        status,
        job_name: job.name.clone(),
        job_type: as_run.unwrap_or(&job).job_type.clone(),
        payload: as_run.map(|as_run| as_run.payload.clone()),
        message: DispatchMessage::new(id, record.attempt.max(1), job.timeout_seconds),
        record,
    })
}
