//! How many deaths are told one by one. The first few of a minute are, for one owner and one channel; the others share a
//! digest. Each is in exactly one of the two.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::Minute;
use crate::plan::PUT_LIMIT;

/// How many deaths of a minute are told one by one.
pub const ALONE: u64 = 5;

/// How long after its minute a digest is told. Whoever joins it must have done so within the put limit of reading the
/// clock in that minute; ten seconds more are for clocks that differ.
pub const DIGEST_DELAY: TimeDelta = TimeDelta::seconds(PUT_LIMIT.num_seconds() + 10);

/// Where a death is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// By itself.
    Alone,
    /// In the digest of its minute.
    InDigest,
}

/// Where the death that was counted as number `counted` of its minute, from 1, is told.
pub fn place(counted: u64) -> Place {
    if counted <= ALONE {
        Place::Alone
    } else {
        Place::InDigest
    }
}

/// The minute in which `now` counts.
pub fn pace_minute(now: DateTime<Utc>) -> DateTime<Utc> {
    Minute::of(now).start()
}
