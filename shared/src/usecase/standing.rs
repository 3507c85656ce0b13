//! Shows and changes a user's tier. A change is one write, after its entry in the audit, which the instances of the API find with their next lease.

use chrono::{DateTime, Utc};

use super::audit::{Deed, audit};
use super::{Admission, RequestError, World};
use crate::domain::{
    Action, Author, Caller, ContentHash, Limits, LiveBound, Minute, Reach, Sharers, SlotKey,
    Subject, Tier, UserId,
};
use crate::port::{Clock, PortResult, Quotas, SlotTable};

/// Where a user stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The user's tier.
    pub tier: Tier,
    /// Whether it was given to this user, and not to all who were given none.
    pub assigned: bool,
    /// What it allows.
    pub limits: Limits,
    /// How many of its executions run now, if the tier limits that.
    pub executing: Option<u64>,
    /// Jobs granted in this minute: those created, and tokens that instances hold.
    pub granted_this_minute: u64,
    /// Jobs granted in this UTC day.
    pub granted_today: u64,
    /// How many live jobs there are at most, if they have been counted lately.
    pub live: Option<LiveBound>,
}

/// Where `user` stands.
///
/// # Errors
/// [`RequestError::NotFound`] if the user is beyond the caller's reach, or a port's failure.
pub async fn standing(
    world: &impl World,
    admission: &Admission,
    caller: &Caller,
    user: &UserId,
) -> Result<Standing, RequestError> {
    if !caller.may_reach(user) {
        return Err(RequestError::NotFound("user"));
    }
    let account = world.store().account(user).await?;
    let now = world.clock().now();
    let minute = Minute::of(now);
    let tier = account.tier.unwrap_or(admission.tiers.unassigned);
    let limits = admission.tiers.of(tier);
    let executing = match limits.max_concurrent_executions {
        None => None,
        Some(_) => Some(executing(world, user, now).await?),
    };
    let tally = account.tally.as_ref();
    Ok(Standing {
        tier,
        assigned: account.tier.is_some(),
        limits,
        executing,
        granted_this_minute: tally.map_or(0, |tally| tally.granted_in_minute(minute)),
        granted_today: tally.map_or(0, |tally| tally.granted_in_day(minute)),
        live: tally.and_then(|tally| tally.live),
    })
}

/// How many of the user's executions hold a slot.
async fn executing(world: &impl World, user: &UserId, now: DateTime<Utc>) -> PortResult<u64> {
    let key = SlotKey {
        user: user.clone(),
        sharers: Sharers::All,
    };
    let slots = world.store().slots(&key).await?;
    let held = slots.map_or(0, |slots| slots.held_at(now));
    Ok(u64::try_from(held).unwrap_or(u64::MAX))
}

/// Gives `user` a tier. Leases that are held keep their limits until their minute is over.
///
/// # Errors
/// As for [`standing`]; and nobody may raise itself: one's own name is not reach enough.
pub async fn assign_tier(
    world: &impl World,
    admission: &Admission,
    caller: &Caller,
    user: &UserId,
    tier: Tier,
) -> Result<Standing, RequestError> {
    if caller.reach != Reach::Any {
        return Err(RequestError::NotFound("user"));
    }
    let before = world.store().account(user).await?.tier;
    let deed = Deed {
        action: Action::SetPlan,
        subject: Subject::User(user.clone()),
        owner: user,
        version: None,
        before: before.as_ref().map(ContentHash::of),
        after: Some(ContentHash::of(&tier)),
        detail: None,
    };
    audit(world, &Author::from(caller), deed).await?;
    world.store().set_tier(user, tier).await?;
    standing(world, admission, caller, user).await
}
