//! The leases that this instance holds, one a user. A user's requests take turns, so that one lease serves them all;
//! what is held is bounded, and forgetting a lease strands its tokens but never doubles them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::RequestError;
use crate::domain::{Invalid, Limits, UserId};
use crate::plan::admission::{Allowance, Denial, Lease};

/// Of how many users leases are held at most.
const MAX_USERS: usize = 10_000;

/// What is held for one user.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The last lease. What is left of it once it is over is given back by the next.
    pub lease: Option<Lease>,
    /// A denial, and until when it is repeated without a look at the tally.
    pub denied: Option<(Denial, DateTime<Utc>)>,
}

impl Held {
    /// Takes a token for a payload of so many bytes. `None`: another lease is needed.
    pub fn take(
        &mut self,
        payload_bytes: usize,
        now: DateTime<Utc>,
    ) -> Result<Option<Allowance>, RequestError> {
        if let Some((denial, until)) = &self.denied
            && now < *until
        {
            return Err(RequestError::Limited(denial.at(now)));
        }
        let Some(lease) = &mut self.lease else {
            return Ok(None);
        };
        if lease.is_over(now) {
            return Ok(None);
        }
        within_payload_cap(lease.limits(), payload_bytes)?;
        Ok(lease.take(now))
    }

    fn is_spent(&self, now: DateTime<Utc>) -> bool {
        let lease = self.lease.as_ref();
        lease.is_none_or(|lease| lease.is_over(now) || lease.left() == 0)
    }
}

/// Refuses a payload that is greater than the tier allows.
pub(super) fn within_payload_cap(limits: Limits, bytes: usize) -> Result<(), Invalid> {
    if bytes <= limits.payload_bytes {
        return Ok(());
    }
    let cap = limits.payload_bytes;
    let reason = format!("must be at most {cap} bytes of JSON on this plan, and has {bytes}");
    Err(Invalid::new("payload", reason))
}

/// A user's turn: whoever holds the lock may take a token, or lease more.
pub(super) type Turn = Arc<tokio::sync::Mutex<Held>>;

/// What is held for every user.
#[derive(Debug, Default)]
pub(super) struct Leases(Mutex<HashMap<UserId, Turn>>);

impl Leases {
    /// The turn of `user`.
    pub fn of(&self, user: &UserId, now: DateTime<Utc>) -> Turn {
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = users.get(user) {
            return Arc::clone(turn);
        }
        if users.len() >= MAX_USERS {
            make_room(&mut users, now);
        }
        Arc::clone(users.entry(user.clone()).or_default())
    }
}

/// Forgets those who have nothing left; if that is not enough, all whom no request is at work for.
fn make_room(users: &mut HashMap<UserId, Turn>, now: DateTime<Utc>) {
    let in_use = |turn: &Turn| Arc::strong_count(turn) > 1;
    users.retain(|_, turn| in_use(turn) || !turn.try_lock().is_ok_and(|held| held.is_spent(now)));
    if users.len() > MAX_USERS / 2 {
        users.retain(|_, turn| in_use(turn));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Stamp, Tiers};
    use crate::plan::admission::{Grant, grant};

    fn now() -> DateTime<Utc> {
        "2026-11-21T12:00:30Z".parse().unwrap()
    }

    fn user(number: usize) -> UserId {
        UserId::new(&format!("u{number}")).unwrap()
    }

    fn lease() -> Lease {
        let limits = Tiers::default().enterprise;
        match grant(None, limits, None, None, now(), Stamp(1)) {
            Grant::Write { lease, .. } => lease,
            other => panic!("nothing is granted: {other:?}"),
        }
    }

    #[test]
    fn what_is_held_is_bounded_and_spares_who_is_being_served() {
        let leases = Leases::default();
        let served = leases.of(&user(0), now());
        served.try_lock().unwrap().lease = Some(lease());
        for number in 1..2 * MAX_USERS {
            // None of them is spent.
            let turn = leases.of(&user(number), now());
            turn.try_lock().unwrap().lease = Some(lease());
        }
        assert!(leases.0.lock().unwrap().len() <= MAX_USERS);
        let again = leases.of(&user(0), now());
        assert!(Arc::ptr_eq(&served, &again));
    }

    #[test]
    fn those_who_have_nothing_left_make_room_for_others() {
        let leases = Leases::default();
        let unspent = leases.of(&user(0), now());
        unspent.try_lock().unwrap().lease = Some(lease());
        drop(unspent);
        for number in 1..=MAX_USERS {
            leases.of(&user(number), now());
        }
        let unspent = leases.of(&user(0), now());
        assert!(unspent.try_lock().unwrap().lease.is_some());
    }

    #[test]
    fn a_payload_over_the_cap_takes_no_token() {
        let mut held = Held {
            lease: Some(lease()),
            denied: None,
        };
        let cap = Tiers::default().enterprise.payload_bytes;
        let refusal = held.take(cap + 1, now()).unwrap_err();
        assert!(matches!(refusal, RequestError::Invalid(invalid) if invalid.field == "payload"));
        assert!(held.take(cap, now()).unwrap().is_some());
        assert!(held.take(cap, now()).unwrap().is_none());
    }
}
