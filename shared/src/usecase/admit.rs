//! Admits one job of a user, by a token of a lease that this instance holds. Most requests find one in memory; the
//! others read the account, decide and write the tally. A write whose outcome is unknown strands tokens, and grants none.

use super::leases::{Held, Leases, within_payload_cap};
use super::{RequestError, World, contended};
use crate::domain::{LiveBound, Stamp, Tiers, UserId};
use crate::plan::admission::{Allowance, Grant, grant};
use crate::port::{Account, Clock, Entropy, Put, Quotas};

/// What the instances of the API admit by: the limits, and the leases that this one holds.
#[derive(Debug, Default)]
pub struct Admission {
    /// What each tier allows.
    pub tiers: Tiers,
    leases: Leases,
}

/// How often a lost race for the tally is run again. At first at once, from what the winner wrote: that gives the losers
/// a start over a winner who comes back. Later only after a wait, and from a fresh reading.
const TRIES: u32 = 14;
const TRIES_AT_ONCE: u32 = 4;
const LONGEST_WAIT_MS: f64 = 160.0;

impl Admission {
    /// Admits by `tiers`, with no lease yet.
    pub fn by(tiers: Tiers) -> Self {
        Self {
            tiers,
            leases: Leases::default(),
        }
    }
}

/// Takes a token for a job of `user` whose payload has so many bytes.
///
/// # Errors
/// [`RequestError::Limited`] if a limit has been reached; [`RequestError::Invalid`] if the payload is greater than the
/// tier allows, and no token is taken; [`RequestError::Port`] if none could be leased.
pub(super) async fn admit(
    world: &impl World,
    admission: &Admission,
    user: &UserId,
    payload_bytes: usize,
) -> Result<Allowance, RequestError> {
    let turn = admission.leases.of(user, world.clock().now());
    let mut held = turn.lock().await;
    let now = world.clock().now();
    if let Some(allowance) = held.take(payload_bytes, now)? {
        return Ok(allowance);
    }
    lease_more(world, &admission.tiers, user, &mut held).await?;
    match held.take(payload_bytes, now)? {
        Some(allowance) => Ok(allowance),
        None => Ok(contended("admit")?),
    }
}

async fn lease_more(
    world: &impl World,
    tiers: &Tiers,
    user: &UserId,
    held: &mut Held,
) -> Result<(), RequestError> {
    let store = world.store();
    let Account { tier, mut tally } = store.account(user).await?;
    let limits = tiers.of(tier.unwrap_or(tiers.unassigned));
    let mut counted = None;
    // Held no longer: a write whose outcome stays unknown may have given back what is left of it.
    let previous = held.lease.take();
    for attempt in 0..TRIES {
        let now = world.clock().now();
        let stamp = Stamp(world.entropy().next_u64());
        let expected = tally.map(|tally| tally.stamp);
        match grant(
            tally.as_ref(),
            limits,
            previous.as_ref(),
            counted,
            now,
            stamp,
        ) {
            Grant::CountLiveJobs(at_most) => {
                let count = store.count_live_jobs(user, at_most).await?;
                counted = Some(LiveBound::counted(count, now));
            }
            Grant::Refuse { denial, remember } => {
                held.lease = previous;
                held.denied = Some((denial, denial.stands_until(now)));
                if let Some(tally) = remember {
                    // If the race is lost, somebody else will count once more.
                    store.put_tally(user, &tally, expected).await?;
                }
                return Err(RequestError::Limited(denial.at(now)));
            }
            Grant::Write { tally: next, lease } => {
                match store.put_tally(user, &next, expected).await? {
                    Put::Written => {
                        held.lease = Some(lease);
                        held.denied = None;
                        return Ok(());
                    }
                    Put::Refused(found) => {
                        // The count may have missed what was granted since.
                        (tally, counted) = (found, None);
                        if attempt >= TRIES_AT_ONCE {
                            wait_a_while(world).await;
                            tally = store.account(user).await?.tally;
                        }
                    }
                }
            }
        }
    }
    Ok(contended("admit")?)
}

/// Waits for a while that no two instances are likely to share.
async fn wait_a_while(world: &impl World) {
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a second")]
    let micros = (LONGEST_WAIT_MS * 1_000.0 * world.entropy().next_unit()) as i64;
    let until = world.clock().now() + chrono::TimeDelta::microseconds(micros);
    world.clock().sleep_until(until).await;
}

/// Refuses a payload that is greater than the tier of `user` allows, for a change of a job: it takes no token.
pub(super) async fn check_payload(
    world: &impl World,
    tiers: &Tiers,
    user: &UserId,
    payload_bytes: usize,
) -> Result<(), RequestError> {
    // Most payloads are smaller than any cap, and need no look at the tier.
    if payload_bytes > tiers.least_payload_bytes() {
        let tier = world.store().account(user).await?.tier;
        within_payload_cap(tiers.of(tier.unwrap_or(tiers.unassigned)), payload_bytes)?;
    }
    Ok(())
}
