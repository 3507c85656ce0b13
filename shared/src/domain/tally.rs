//! What has been granted to a user. It counts what may be created, not what was: tokens are deducted before they are
//! used, so a tally never says less than the truth.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};

use super::{Minute, Stamp};

/// What has been granted to one user, in the newest minute in which anything was, and in that minute's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Drawn anew by every write. Every write is conditional on it.
    pub stamp: Stamp,
    /// The newest minute in which anything was granted. It never goes back, whatever an instance's clock says.
    pub minute: Minute,
    /// Jobs granted in that minute.
    pub in_minute: u64,
    /// Jobs granted in that minute's UTC day.
    pub in_day: u64,
    /// How many live jobs there are at most, if they are counted at all.
    pub live: Option<LiveBound>,
}

/// A bound of the number of live jobs: those counted, and what has been granted since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveBound {
    /// Live jobs, at most.
    pub at_most: u64,
    /// When they were counted.
    pub counted_at: DateTime<Utc>,
}

impl LiveBound {
    /// `count` live jobs at `now`, which is kept to the millisecond, as it is stored: it tells one count from another.
    pub fn counted(count: u64, now: DateTime<Utc>) -> Self {
        Self {
            at_most: count,
            counted_at: now.trunc_subsecs(3),
        }
    }
}

impl Tally {
    /// Granted in `minute`. Of a minute before the newest nothing is known; it counts as the newest.
    pub fn granted_in_minute(&self, minute: Minute) -> u64 {
        if minute > self.minute {
            0
        } else {
            self.in_minute
        }
    }

    /// Granted in the day of `minute`. Of a day before the newest nothing is known; it counts as the newest.
    pub fn granted_in_day(&self, minute: Minute) -> u64 {
        if day(minute) > day(self.minute) {
            0
        } else {
            self.in_day
        }
    }
}

/// The UTC day of a minute.
pub fn day(minute: Minute) -> NaiveDate {
    minute.start().date_naive()
}
