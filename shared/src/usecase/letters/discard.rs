//! Settles that dead letters stay as they are. The note is kept on the record; a redrive takes it back.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::many::{describe, survey};
use super::{Survey, open_ones, patience, reachable_letter, within_reach};
use crate::domain::{
    Action, Author, Caller, ContentHash, DeadLetter, Discarded, Execution, ExecutionId,
    ExecutionState, LetterFilter, RedriveId, Stamp, Subject,
};
use crate::port::{
    Clock, DeadLetters, Entropy, Executions, Expected, LetterOrder, PortResult, Put,
};
use crate::usecase::audit::{Deed, audit};
use crate::usecase::{RACES, RequestError, World, contended};

/// How many letters one request discards at most.
const MANY: u64 = 1_000;

/// Discards one letter. Discarded again, it takes over the new note.
///
/// # Errors
/// [`RequestError::Invalid`] names `note`; [`RequestError::NotFound`]; [`RequestError::Conflict`] if the execution has not
/// ended badly.
pub async fn discard(
    world: &impl World,
    caller: &Caller,
    id: ExecutionId,
    note: &str,
) -> Result<Execution, RequestError> {
    let (job, mut found) = reachable_letter(world, caller, id).await?;
    let note = Discarded::new(world.clock().now(), caller.user.clone(), note)?;
    for _ in 0..RACES {
        if found
            .discarded
            .as_ref()
            .is_some_and(|was| was.note == note.note)
        {
            return Ok(found);
        }
        let Some(after) = discarded(world, &found, &note) else {
            let why = "the execution has not ended badly: there is nothing to discard";
            return Err(RequestError::Conflict(why.to_owned()));
        };
        let deed = Deed {
            action: Action::Discard,
            subject: Subject::Execution(id),
            owner: &job.user,
            version: None,
            before: Some(ContentHash::of(&found)),
            after: Some(ContentHash::of(&after)),
            detail: Some(note.note.clone()),
        };
        audit(world, &Author::from(caller), deed).await?;
        let expected = Expected::Stamp(found.stamp);
        match world.store().put_execution(&after, expected).await? {
            Put::Written => return Ok(after),
            Put::Refused(Some(current)) => found = *current,
            Put::Refused(None) => return Err(RequestError::NotFound("execution")),
        }
    }
    Ok(contended("discard")?)
}

/// What a request to discard many did.
#[derive(Clone, Debug, PartialEq)]
pub struct DiscardedMany {
    /// What there was to discard.
    pub survey: Survey,
    /// How many were.
    pub discarded: u64,
    /// The request, as the audit knows it. `None` for a dry run.
    pub id: Option<RedriveId>,
}

/// Discards the open letters that `filter` means, at most a thousand; a dry run only counts them.
///
/// # Errors
/// As [`discard`], and as [`survey`].
pub async fn discard_many(
    world: &impl World,
    caller: &Caller,
    filter: LetterFilter,
    note: &str,
    dry_run: bool,
) -> Result<DiscardedMany, RequestError> {
    let now = world.clock().now();
    let note = Discarded::new(now, caller.user.clone(), note)?;
    let filter = within_reach(caller, filter, now)?;
    let survey = survey(world, &filter).await?;
    if dry_run {
        return Ok(DiscardedMany {
            survey,
            discarded: 0,
            id: None,
        });
    }
    let id = RedriveId::new(now, super::many::nonce(world));
    let detail = format!("{}; {}", describe(&filter, &survey), note.note);
    let deed = Deed {
        action: Action::Discard,
        subject: Subject::DeadLetters(id),
        owner: filter.user.as_ref().unwrap_or(&caller.user),
        version: None,
        before: None,
        after: None,
        detail: Some(detail),
    };
    audit(world, &Author::from(caller), deed).await?;
    let discarded = discard_all(world, &filter, &note).await?;
    Ok(DiscardedMany {
        survey,
        discarded,
        id: Some(id),
    })
}

async fn discard_all(
    world: &impl World,
    filter: &LetterFilter,
    note: &Discarded,
) -> PortResult<u64> {
    let deadline = patience(world);
    let (mut done, mut cursor) = (0, None::<String>);
    loop {
        let store = world.store();
        let page =
            store.list_dead_letters(filter, LetterOrder::OldestFirst, cursor.as_deref(), 100);
        let Some(page) = page.await? else { break };
        let open = open_ones(world, page.items).await?;
        let settled: Vec<bool> = stream::iter(open)
            .map(|letter| discard_open(world, letter, note))
            .buffer_unordered(super::ABREAST)
            .try_collect()
            .await?;
        done += settled.into_iter().filter(|settled| *settled).count() as u64;
        cursor = page.next;
        if cursor.is_none() || done >= MANY || world.clock().now() >= deadline {
            break;
        }
    }
    Ok(done)
}

/// Discards a letter that is open still.
async fn discard_open(
    world: &impl World,
    letter: DeadLetter,
    note: &Discarded,
) -> PortResult<bool> {
    let Some(found) = world.store().execution(letter.execution).await? else {
        return Ok(false);
    };
    let Some(after) = discarded(world, &found, note) else {
        return Ok(false);
    };
    let expected = Expected::Stamp(found.stamp);
    let put = world.store().put_execution(&after, expected).await?;
    // Somebody else has just done something about it.
    Ok(put == Put::Written)
}

/// `found`, settled, if it ended badly.
fn discarded(world: &impl World, found: &Execution, note: &Discarded) -> Option<Execution> {
    let ended_badly = matches!(found.state, ExecutionState::Failed | ExecutionState::Dead);
    ended_badly.then(|| Execution {
        discarded: Some(note.clone()),
        ..found.clone().stamped(Stamp(world.entropy().next_u64()))
    })
}
