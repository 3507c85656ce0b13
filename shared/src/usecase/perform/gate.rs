//! What a worker knows beyond jobs and records, and keeps in mind for a while: what is held; how many executions of a user
//! may run at once, by the user's tier; and how the hosts fare that jobs call. What is remembered is bounded.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::hosts::HostWatch;
use crate::domain::{Tier, Tiers, UserId};
use crate::port::{Clock, PortResult, Quotas};
use crate::usecase::{HoldWatch, World};

/// For how long a tier that was read is believed.
const TIER_IS_FRESH_FOR: TimeDelta = TimeDelta::seconds(60);

/// Of how many users the tier is remembered at most.
const MAX_USERS: usize = 10_000;

/// What executions pass before they run.
#[derive(Debug, Default)]
pub struct Gate {
    tiers: Tiers,
    /// The hosts that jobs call.
    pub(super) hosts: HostWatch,
    /// What is held.
    pub(super) holds: HoldWatch,
    known: Mutex<HashMap<UserId, (Tier, DateTime<Utc>)>>,
}

impl Gate {
    /// Lets through what `tiers` allow.
    pub fn by(tiers: Tiers) -> Self {
        Self {
            tiers,
            ..Self::default()
        }
    }

    /// How many executions of `user` may run at once.
    pub(super) async fn cap(&self, world: &impl World, user: &UserId) -> PortResult<Option<u32>> {
        let caps = Tier::ALL.map(|tier| self.tiers.of(tier).max_concurrent_executions);
        // Where all tiers allow the same, it is not asked which one it is.
        if caps.iter().all(|cap| *cap == caps[0]) {
            return Ok(caps[0]);
        }
        let now = world.clock().now();
        let tier = if let Some(tier) = self.remembered(user, now) {
            tier
        } else {
            let assigned = world.store().account(user).await?.tier;
            self.remember(user, assigned.unwrap_or(self.tiers.unassigned), now)
        };
        Ok(self.tiers.of(tier).max_concurrent_executions)
    }

    fn remembered(&self, user: &UserId, now: DateTime<Utc>) -> Option<Tier> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (tier, read_at) = known.get(user)?;
        (now - *read_at < TIER_IS_FRESH_FOR).then_some(*tier)
    }

    fn remember(&self, user: &UserId, tier: Tier, now: DateTime<Utc>) -> Tier {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_USERS {
            known.clear();
        }
        known.insert(user.clone(), (tier, now));
        tier
    }
}
