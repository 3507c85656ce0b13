//! Slots: how many executions of a key may run at once, and how many of them may start in a minute. A slot is held under
//! a claim and until an instant, so one whose holder died is free again without anybody's doing.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ClaimToken, Invalid, Job, JobId, Stamp, UserId};

/// The most executions that any limit lets run at once: their holders are written down in one item.
pub const MAX_SLOTS: u32 = 100;

/// A name under which jobs of one owner share a limit: 1 to 100 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(
    value_type = String,
    min_length = 1,
    max_length = 100,
    pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$",
    example = "crm-api"
)]
pub struct ConcurrencyKey(String);

impl ConcurrencyKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ConcurrencyKey {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let length = text.chars().count();
        if (1..=100).contains(&length) && !text.chars().any(char::is_control) {
            Ok(Self(text))
        } else {
            Err(Invalid::new(
                "concurrency_key",
                "must be 1 to 100 characters, none of them a control character",
            ))
        }
    }
}

impl From<ConcurrencyKey> for String {
    fn from(key: ConcurrencyKey) -> Self {
        key.0
    }
}

/// How many executions of a key may run at once: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schema(minimum = 1, maximum = 100)]
pub struct MaxConcurrency(u32);

impl TryFrom<u32> for MaxConcurrency {
    type Error = Invalid;

    fn try_from(count: u32) -> Result<Self, Invalid> {
        if (1..=MAX_SLOTS).contains(&count) {
            Ok(Self(count))
        } else {
            Err(Invalid::new("max_concurrency", "must be from 1 to 100"))
        }
    }
}

impl From<MaxConcurrency> for u32 {
    fn from(count: MaxConcurrency) -> Self {
        count.0
    }
}

/// How many executions of a key may start in a minute: 1 to 10,000. They are spaced evenly, but for a small burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schema(minimum = 1, maximum = 10_000)]
pub struct RatePerMinute(u32);

impl RatePerMinute {
    /// The pause that the rate asks for after each start.
    pub fn interval(self) -> TimeDelta {
        TimeDelta::microseconds(60_000_000_u32.div_ceil(self.0).into())
    }

    /// How many may start together after a rest: a tenth of a minute's, and at least one.
    pub fn burst(self) -> u32 {
        (self.0 / 10).max(1)
    }
}

impl TryFrom<u32> for RatePerMinute {
    type Error = Invalid;

    fn try_from(rate: u32) -> Result<Self, Invalid> {
        if (1..=10_000).contains(&rate) {
            Ok(Self(rate))
        } else {
            Err(Invalid::new("rate_per_minute", "must be from 1 to 10000"))
        }
    }
}

impl From<RatePerMinute> for u32 {
    fn from(rate: RatePerMinute) -> Self {
        rate.0
    }
}

/// Whose slots they are. All of one owner lie together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SlotKey {
    /// The owner of what shares them.
    pub user: UserId,
    /// What shares them.
    pub sharers: Sharers,
}

/// What shares slots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Sharers {
    /// Everything that the owner runs: the cap of its tier.
    All,
    /// The executions of one job.
    Job(JobId),
    /// The jobs that name this key.
    Key(ConcurrencyKey),
}

/// What one job says about its slots, or a tier about its users'.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotLimits {
    /// How many may be held at once. Without it, none is held, and nobody counts it.
    pub at_once: Option<u32>,
    /// How many may be taken in a minute.
    pub rate: Option<RatePerMinute>,
}

/// Who holds the slots of a key, and when the next may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots {
    /// Until when each claim holds one. What has passed counts no more, whether or not it is still here.
    pub held: BTreeMap<ClaimToken, DateTime<Utc>>,
    /// When the starts so far would have ended, had they been evenly spaced: what the rate is kept by.
    pub spaced_until: Option<DateTime<Utc>>,
    /// Set anew by every write.
    pub stamp: Stamp,
}

impl Slots {
    /// How many are held at `now`.
    pub fn held_at(&self, now: DateTime<Utc>) -> usize {
        self.held.values().filter(|until| **until > now).count()
    }
}

impl Job {
    /// The slots that its executions need, and what it says about them. `None`: it is not limited.
    pub fn slots(&self) -> Option<(SlotKey, SlotLimits)> {
        let limits = SlotLimits {
            at_once: self.max_concurrency.map(u32::from),
            rate: self.rate_per_minute,
        };
        (limits != SlotLimits::default()).then(|| {
            let sharers = match &self.concurrency_key {
                Some(key) => Sharers::Key(key.clone()),
                None => Sharers::Job(self.id),
            };
            let user = self.user.clone();
            (SlotKey { user, sharers }, limits)
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_slot_is_held_until_its_time_is_over_and_no_longer() {
        let now = DateTime::UNIX_EPOCH;
        let until = |seconds| now + TimeDelta::seconds(seconds);
        let held = [(1, until(-1)), (2, until(0)), (3, until(1)), (4, until(9))];
        let slots = Slots {
            held: held.map(|(token, until)| (ClaimToken(token), until)).into(),
            spaced_until: None,
            stamp: Stamp(1),
        };
        assert_eq!(slots.held_at(now), 2);
    }

    #[test]
    fn a_key_is_known_by_its_text() {
        let key = ConcurrencyKey::try_from("crm".to_owned()).unwrap();
        assert_eq!(key.as_str(), "crm");
    }
}
