//! Redrives many at a rate: counted first, then kept as a request that the minute tick works off. Nothing is released
//! here, so nothing depends on how long this process lives.

use super::{open_ones, patience, within_reach};
use crate::domain::{
    Action, Author, BulkRedrive, Caller, DeadLetter, Invalid, LetterFilter, MAX_RATE, Reach,
    RedriveId, RedriveState, Stamp, Subject,
};
use crate::port::{Clock, DeadLetters, Entropy, LetterOrder, Page, PortResult, Redrives};
use crate::usecase::audit::{Deed, audit};
use crate::usecase::{RACES, RequestError, World, contended};

/// How many letters a survey looks at, at most.
const LOOKED_AT: usize = 5_000;

/// How many of them it shows.
const SAMPLE: usize = 10;

/// What a filter means at the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// How many open letters there are.
    pub count: u64,
    /// Whether the count was cut short.
    pub at_least: bool,
    /// The oldest of them.
    pub sample: Vec<DeadLetter>,
}

/// Counts the open letters that `filter` means, which is within the caller's reach.
///
/// # Errors
/// If a port fails.
pub async fn survey(world: &impl World, filter: &LetterFilter) -> PortResult<Survey> {
    let deadline = patience(world);
    let (mut found, mut looked_at, mut cursor) = (Survey::default(), 0, None::<String>);
    loop {
        let store = world.store();
        let page =
            store.list_dead_letters(filter, LetterOrder::OldestFirst, cursor.as_deref(), 100);
        let Some(page) = page.await? else { break };
        looked_at += page.items.len();
        let open = open_ones(world, page.items).await?;
        found.count += open.len() as u64;
        let room = SAMPLE.saturating_sub(found.sample.len());
        found.sample.extend(open.into_iter().take(room));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
        if looked_at >= LOOKED_AT || world.clock().now() >= deadline {
            found.at_least = true;
            break;
        }
    }
    Ok(found)
}

/// What a request to redrive many led to.
#[derive(Clone, Debug, PartialEq)]
pub struct RedriveMany {
    /// What there was to redrive.
    pub survey: Survey,
    /// The request that was kept. `None` for a dry run.
    pub bulk: Option<BulkRedrive>,
}

/// Keeps a request to redrive the open letters that `filter` means, at `rate_per_minute`; a dry run only counts them.
///
/// # Errors
/// [`RequestError::Invalid`] names `rate_per_minute`, or a part of the filter; or a port's failure.
pub async fn redrive_many(
    world: &impl World,
    caller: &Caller,
    filter: LetterFilter,
    rate_per_minute: u32,
    dry_run: bool,
) -> Result<RedriveMany, RequestError> {
    if !(1..=MAX_RATE).contains(&rate_per_minute) {
        let reason = format!("must be from 1 to {MAX_RATE}");
        return Err(Invalid::new("rate_per_minute", reason).into());
    }
    let now = world.clock().now();
    let filter = within_reach(caller, filter, now)?;
    let survey = survey(world, &filter).await?;
    if dry_run {
        return Ok(RedriveMany { survey, bulk: None });
    }
    let bulk = BulkRedrive {
        id: RedriveId::new(now, nonce(world)),
        by: caller.user.clone(),
        rate_per_minute,
        matched: survey.count,
        at_least: survey.at_least,
        state: RedriveState::Releasing,
        released: 0,
        refused: 0,
        cursor: None,
        released_at: None,
        ended_at: None,
        updated_at: now,
        stamp: Stamp(world.entropy().next_u64()),
        filter,
    };
    let detail = format!(
        "{}, at {rate_per_minute} a minute",
        describe(&bulk.filter, &survey)
    );
    audit_bulk(world, caller, Action::Redrive, &bulk, Some(detail)).await?;
    // The note first: one whose request is never written asks for nothing.
    world.store().schedule_redrive(bulk.id).await?;
    if !world.store().put_redrive(&bulk, None).await? {
        return Ok(contended("redrive of many")?);
    }
    let bulk = Some(bulk);
    Ok(RedriveMany { survey, bulk })
}

/// A redrive of many within the caller's reach.
///
/// # Errors
/// [`RequestError::NotFound`], or a port's failure.
pub async fn bulk_redrive(
    world: &impl World,
    caller: &Caller,
    id: RedriveId,
) -> Result<BulkRedrive, RequestError> {
    let found = world.store().bulk_redrive(id).await?;
    found
        .filter(|bulk| caller.may_reach(&bulk.by))
        .ok_or(RequestError::NotFound("redrive"))
}

/// Lists the redrives of many within the caller's reach, as [`super::list_dead_letters`] does letters.
///
/// # Errors
/// If a port fails.
pub async fn list_redrives(
    world: &impl World,
    caller: &Caller,
    cursor: Option<&str>,
    limit: usize,
) -> PortResult<Option<Page<BulkRedrive>>> {
    let user = (caller.reach == Reach::Own).then_some(&caller.user);
    world.store().list_redrives(user, cursor, limit).await
}

/// Stops a redrive of many. What it has released stays released; stopping it again changes nothing.
///
/// # Errors
/// [`RequestError::NotFound`]; [`RequestError::Conflict`] if it is done.
pub async fn cancel_redrive(
    world: &impl World,
    caller: &Caller,
    id: RedriveId,
) -> Result<BulkRedrive, RequestError> {
    for _ in 0..RACES {
        let found = bulk_redrive(world, caller, id).await?;
        match found.state {
            RedriveState::Canceled => {
                world.store().unschedule_redrive(id).await?;
                return Ok(found);
            }
            RedriveState::Done => {
                let why = "the redrive is done: there is nothing left to stop";
                return Err(RequestError::Conflict(why.to_owned()));
            }
            RedriveState::Releasing => {}
        }
        let now = world.clock().now();
        let canceled = BulkRedrive {
            state: RedriveState::Canceled,
            ended_at: Some(now),
            updated_at: now,
            stamp: Stamp(world.entropy().next_u64()),
            ..found.clone()
        };
        audit_bulk(world, caller, Action::CancelRedrive, &canceled, None).await?;
        if world
            .store()
            .put_redrive(&canceled, Some(found.stamp))
            .await?
        {
            world.store().unschedule_redrive(id).await?;
            return Ok(canceled);
        }
    }
    Ok(contended("cancel of a redrive")?)
}

/// A filter and what it meant, in one line for the audit.
pub(super) fn describe(filter: &LetterFilter, survey: &Survey) -> String {
    let filter = serde_json::to_string(filter).unwrap_or_default();
    let at_least = if survey.at_least { "at least " } else { "" };
    format!("{at_least}{} letters of {filter}", survey.count)
}

/// Any 32 random bits.
pub(super) fn nonce(world: &impl World) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "any 32 of the random bits will do"
    )]
    let nonce = world.entropy().next_u64() as u32;
    nonce
}

async fn audit_bulk(
    world: &impl World,
    caller: &Caller,
    action: Action,
    bulk: &BulkRedrive,
    detail: Option<String>,
) -> PortResult<()> {
    let deed = Deed {
        action,
        subject: Subject::DeadLetters(bulk.id),
        owner: bulk.filter.user.as_ref().unwrap_or(&bulk.by),
        version: None,
        before: None,
        after: None,
        detail,
    };
    audit(world, &Author::from(caller), deed).await
}
