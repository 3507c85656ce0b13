//! Holds, as operators place, watch and release them. What is held is decided where things start; what is let go, by the
//! tick; nothing is done here but to say what is wanted.

mod keep;
mod watch;

pub(super) use self::keep::remember;
pub use self::watch::HoldWatch;

use chrono::{DateTime, Utc};

use super::audit::{Deed, audit};
use super::{MOST_COUNTED, RACES, RequestError, World, contended};
use crate::domain::{
    Action, Author, Caller, ContentHash, HeldThing, Hold, HoldId, HoldState, Invalid, LONGEST_HOLD,
    MAX_HOLDS, Stamp, Subject, hold_note, release_rate,
};
use crate::plan::{pause_hold as paused, start_release};
use crate::port::{Backlog, Clock, Deferred, Entropy, Holds, Page, PortResult, Waiting};

/// What an operator asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldOrder {
    /// What is to be held.
    pub thing: HeldThing,
    /// Why.
    pub note: String,
    /// From when on it is released by itself: the longest time there is, if absent.
    pub until: Option<DateTime<Utc>>,
    /// At how many in a minute it is released then; at once, if absent.
    pub per_minute: Option<u32>,
}

/// Places a hold. It is in effect everywhere a few seconds later; what has started goes on.
///
/// # Errors
/// [`RequestError::Invalid`] names the field; [`RequestError::Conflict`] if there are too many holds; or a port's failure.
pub async fn place_hold(
    world: &impl World,
    caller: &Caller,
    order: HoldOrder,
) -> Result<Hold, RequestError> {
    let now = world.clock().now();
    let note = hold_note(&order.note)?;
    let until = order.until.unwrap_or(now + LONGEST_HOLD);
    if until <= now || until > now + LONGEST_HOLD {
        return Err(Invalid::new("until", "must lie ahead, by seven days at most").into());
    }
    let per_minute = order.per_minute;
    let per_minute = per_minute.map(|rate| release_rate("release_per_minute", rate));
    let per_minute = per_minute.transpose()?;
    if world.store().present_holds().await?.len() >= MAX_HOLDS {
        let detail = format!("there are {MAX_HOLDS} holds: one must end before another is placed");
        return Err(RequestError::Conflict(detail));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "any 32 of the random bits will do"
    )]
    let nonce = world.entropy().next_u64() as u32;
    let hold = Hold {
        id: HoldId::new(now, nonce),
        by: caller.user.clone(),
        thing: order.thing,
        note,
        state: HoldState::Holding,
        until,
        per_minute,
        released: 0,
        released_at: None,
        lifted_at: None,
        updated_at: now,
        stamp: Stamp(world.entropy().next_u64()),
    };
    note_change(world, &caller.into(), Action::PlaceHold, None, &hold).await?;
    if world.store().put_hold(&hold, None).await? {
        Ok(hold)
    } else {
        Ok(contended("hold")?)
    }
}

/// Lets go what a hold holds: `per_minute` in a minute, while what is new joins behind; at once for `None`, which ends
/// the hold. May be asked again, for another rate.
///
/// # Errors
/// [`RequestError::NotFound`]; [`RequestError::Conflict`] if it is lifted already; [`RequestError::Invalid`] for the rate.
pub async fn release_hold(
    world: &impl World,
    caller: &Caller,
    id: HoldId,
    per_minute: Option<u32>,
) -> Result<Hold, RequestError> {
    let per_minute = per_minute.map(|rate| release_rate("per_minute", rate));
    let per_minute = per_minute.transpose()?;
    let action = Action::ReleaseHold;
    change(world, caller, id, action, |hold, now, stamp| {
        start_release(hold, per_minute, now, stamp)
    })
    .await
}

/// Stops the release of a hold, which holds everything again. What was let go stays so.
///
/// # Errors
/// As [`release_hold`].
pub async fn pause_hold(
    world: &impl World,
    caller: &Caller,
    id: HoldId,
) -> Result<Hold, RequestError> {
    change(world, caller, id, Action::PauseHold, paused).await
}

/// Ends a hold: it holds nothing any more, and what it held goes as there is capacity. Of one that is lifted already,
/// nothing changes.
///
/// # Errors
/// [`RequestError::NotFound`], or a port's failure.
pub async fn lift_hold(
    world: &impl World,
    caller: &Caller,
    id: HoldId,
) -> Result<(), RequestError> {
    let action = Action::LiftHold;
    let lifted = change(world, caller, id, action, |hold, now, stamp| {
        start_release(hold, None, now, stamp)
    });
    match lifted.await {
        Ok(_) | Err(RequestError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn change(
    world: &impl World,
    caller: &Caller,
    id: HoldId,
    action: Action,
    next: impl Fn(&Hold, DateTime<Utc>, Stamp) -> Option<Hold>,
) -> Result<Hold, RequestError> {
    for _ in 0..RACES {
        let found = world.store().hold(id).await?;
        let found = found.ok_or(RequestError::NotFound("hold"))?;
        let stamp = Stamp(world.entropy().next_u64());
        let Some(changed) = next(&found, world.clock().now(), stamp) else {
            let detail = "the hold is lifted: what it held is on its way";
            return Err(RequestError::Conflict(detail.to_owned()));
        };
        note_change(world, &caller.into(), action, Some(&found), &changed).await?;
        if world.store().put_hold(&changed, Some(found.stamp)).await? {
            return Ok(changed);
        }
    }
    Ok(contended("hold")?)
}

/// Writes down that `after` is about to be made.
pub(super) async fn note_change(
    world: &impl World,
    author: &Author,
    action: Action,
    before: Option<&Hold>,
    after: &Hold,
) -> PortResult<()> {
    let rate = match (after.state, after.per_minute) {
        (HoldState::Releasing, Some(rate)) => format!(", {rate} a minute"),
        _ => String::new(),
    };
    let deed = Deed {
        action,
        subject: Subject::Hold(after.id),
        owner: &after.by,
        version: None,
        before: before.map(ContentHash::of),
        after: Some(ContentHash::of(after)),
        detail: Some(format!("{}{rate}: {}", after.thing, after.note)),
    };
    audit(world, author, deed).await
}

/// A hold, and what waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownHold {
    /// The hold.
    pub hold: Hold,
    /// What waits, counted up to [`MOST_COUNTED`].
    pub waiting: Waiting,
}

async fn shown(world: &impl World, hold: Hold) -> PortResult<ShownHold> {
    let waiting = if hold.state == HoldState::Over {
        Waiting::default()
    } else {
        let backlog = Backlog::Hold(hold.id);
        let store = world.store();
        store.count_deferred(&backlog, MOST_COUNTED).await?
    };
    Ok(ShownHold { hold, waiting })
}

/// A hold, with what waits for it.
///
/// # Errors
/// [`RequestError::NotFound`], or a port's failure.
pub async fn show_hold(world: &impl World, id: HoldId) -> Result<ShownHold, RequestError> {
    let found = world.store().hold(id).await?;
    let hold = found.ok_or(RequestError::NotFound("hold"))?;
    Ok(shown(world, hold).await?)
}

/// The holds: first all that are not over, the latest first, then those that are, of the last 30 days. `None`: the cursor
/// is not one of ours.
///
/// # Errors
/// If a port fails.
pub async fn list_holds(
    world: &impl World,
    cursor: Option<&str>,
    limit: usize,
) -> PortResult<Option<Page<ShownHold>>> {
    let mut items = Vec::new();
    if cursor.is_none() {
        let present = world.store().present_holds().await?;
        for hold in present.into_iter().rev() {
            items.push(shown(world, hold).await?);
        }
    }
    let Some(past) = world.store().past_holds(cursor, limit).await? else {
        return Ok(None);
    };
    for hold in past.items {
        // One that is just being moved is in both places.
        if !items.iter().any(|one| one.hold.id == hold.id) {
            items.push(shown(world, hold).await?);
        }
    }
    Ok(Some(Page {
        items,
        next: past.next,
    }))
}
