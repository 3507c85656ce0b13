//! Who may create how many jobs. An instance of the API takes tokens in leases: they are deducted from the user's tally
//! before any is used, and a lease is for one named minute, so no two clocks can make more of them than the limits say.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{Limits, LiveBound, MINUTE, Minute, Stamp, Tally, day};

/// The most tokens in one lease.
pub const MAX_LEASE: u64 = 64;

/// A lease takes at most this part of what is left, so that little is stranded with other instances near the limit.
const PART: u64 = 8;

/// Live jobs are counted again no sooner than this after the last count.
pub const RECOUNT_AFTER: TimeDelta = TimeDelta::seconds(10);

/// A lease of tokens, each good for one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    standing: Standing,
    size: u64,
    left: u64,
    counted_at: Option<DateTime<Utc>>,
}

/// What an instance knows of a user's windows, besides its own lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    minute: Minute,
    limits: Limits,
    minute_rest: u64,
    day_rest: Option<u64>,
}

/// The window nearest to exhaustion, as far as one instance knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Jobs that the window allows.
    pub limit: u64,
    /// Jobs that it still allows.
    pub remaining: u64,
    /// Seconds until it begins anew: at least 1.
    pub reset_seconds: u64,
    /// Jobs allowed in each UTC minute.
    pub per_minute: u64,
    /// Jobs allowed in each UTC day.
    pub per_day: Option<u64>,
}

/// Which limit has been reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhausted {
    /// Jobs in this minute.
    Minute,
    /// Jobs in this UTC day.
    Day,
    /// Jobs that are active or paused: no wait alone helps.
    LiveJobs,
}

/// Why no token can be had, as it was found; what it says depends on when it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denial {
    exhausted: Exhausted,
    standing: Standing,
}

/// A denial as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The limit that has been reached.
    pub exhausted: Exhausted,
    /// The user's limit of that kind.
    pub limit: u64,
    /// Seconds until another request has a chance; `None` where no wait alone helps.
    pub retry_after_seconds: Option<u64>,
    /// The window nearest to exhaustion.
    pub allowance: Allowance,
}

/// What to do for an instance that needs tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Write the tally over the one that was read; the lease is good once it is written.
    Write {
        /// The tally to write.
        tally: Tally,
        /// The lease that it pays for.
        lease: Lease,
    },
    /// Count the live jobs, up to this number, and decide again with the count.
    CountLiveJobs(u64),
    /// There are no tokens.
    Refuse {
        /// Why.
        denial: Denial,
        /// Holds a fresh count: to be written, so that nobody counts again at once.
        remember: Option<Tally>,
    },
}

/// Decides about tokens for one user. `previous` is the instance's last lease, of which nothing is used any more: what
/// is left of it is given back, and the next lease in the same minute is twice as large. `counted` is a count of live
/// jobs that was made after `tally` was read.
pub fn grant(
    tally: Option<&Tally>,
    limits: Limits,
    previous: Option<&Lease>,
    counted: Option<LiveBound>,
    now: DateTime<Utc>,
    stamp: Stamp,
) -> Grant {
    let own = Minute::of(now);
    // Behind the newest minute nothing is counted any more: a late clock joins the others.
    let minute = tally.map_or(own, |tally| tally.minute.max(own));
    let granted = Tally {
        stamp,
        minute,
        in_minute: tally.map_or(0, |tally| tally.granted_in_minute(minute)),
        in_day: tally.map_or(0, |tally| tally.granted_in_day(minute)),
        live: None,
    };
    let known = counted.or(tally.and_then(|tally| tally.live));
    let mut next = granted;
    next.live = limits.live_jobs.and(known);
    if let Some(previous) = previous {
        give_back(&mut next, previous);
    }

    let standing = Standing {
        minute,
        limits,
        minute_rest: limits.jobs_per_minute.saturating_sub(next.in_minute),
        day_rest: limits
            .jobs_per_day
            .map(|limit| limit.saturating_sub(next.in_day)),
    };
    let deny = |exhausted, remember| Grant::Refuse {
        denial: Denial {
            exhausted,
            standing,
        },
        remember,
    };
    if standing.day_rest == Some(0) {
        return deny(Exhausted::Day, None);
    }
    if standing.minute_rest == 0 {
        return deny(Exhausted::Minute, None);
    }
    let mut room = standing.rest();
    if let Some(cap) = limits.live_jobs {
        let Some(bound) = next.live else {
            return Grant::CountLiveJobs(cap);
        };
        let live_rest = cap.saturating_sub(bound.at_most);
        if live_rest == 0 {
            if counted.is_none() && now - bound.counted_at >= RECOUNT_AFTER {
                return Grant::CountLiveJobs(cap);
            }
            let remember = counted.map(|live| Tally {
                live: Some(live),
                ..granted
            });
            return deny(Exhausted::LiveJobs, remember);
        }
        room = room.min(live_rest);
    }

    let size = wanted(previous, minute).min(room / PART).max(1);
    next.in_minute += size;
    next.in_day += size;
    if let Some(bound) = &mut next.live {
        bound.at_most += size;
    }
    let lease = Lease {
        standing: Standing {
            minute_rest: standing.minute_rest.saturating_sub(size),
            day_rest: standing.day_rest.map(|rest| rest.saturating_sub(size)),
            ..standing
        },
        size,
        left: size,
        counted_at: next.live.map(|bound| bound.counted_at),
    };
    Grant::Write { tally: next, lease }
}

/// Takes what is left of a lease out of the windows that counted it. A count made since does not hold it.
fn give_back(tally: &mut Tally, lease: &Lease) {
    let Lease { left, standing, .. } = *lease;
    if standing.minute == tally.minute {
        tally.in_minute = tally.in_minute.saturating_sub(left);
    }
    if day(standing.minute) == day(tally.minute) {
        tally.in_day = tally.in_day.saturating_sub(left);
    }
    if let Some(bound) = &mut tally.live
        && lease.counted_at == Some(bound.counted_at)
    {
        bound.at_most = bound.at_most.saturating_sub(left);
    }
}

/// One token for a user who comes seldom; twice as many with each lease within a minute.
fn wanted(previous: Option<&Lease>, minute: Minute) -> u64 {
    previous
        .filter(|lease| lease.standing.minute == minute)
        .map_or(1, |lease| (lease.size * 2).min(MAX_LEASE))
}

impl Lease {
    /// Takes a token, if there is one that is good at `now`.
    pub fn take(&mut self, now: DateTime<Utc>) -> Option<Allowance> {
        if self.left == 0 || self.is_over(now) {
            return None;
        }
        self.left -= 1;
        Some(self.standing.allowance(self.left, now))
    }

    /// Whether its minute has passed.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        Minute::of(now) > self.standing.minute
    }

    /// The limits that it was granted under.
    pub fn limits(&self) -> Limits {
        self.standing.limits
    }

    /// The minute that it is for.
    pub fn minute(&self) -> Minute {
        self.standing.minute
    }

    /// Tokens that have not been taken.
    pub fn left(&self) -> u64 {
        self.left
    }
}

impl Standing {
    fn rest(&self) -> u64 {
        self.minute_rest.min(self.day_rest.unwrap_or(u64::MAX))
    }

    fn minute_seconds(&self, now: DateTime<Utc>) -> u64 {
        seconds_until(self.minute.start() + MINUTE, now)
    }

    fn day_seconds(&self, now: DateTime<Utc>) -> u64 {
        let next = day(self.minute) + TimeDelta::days(1);
        seconds_until(next.and_time(chrono::NaiveTime::MIN).and_utc(), now)
    }

    /// `left` tokens are at hand besides what the windows still hold.
    fn allowance(&self, left: u64, now: DateTime<Utc>) -> Allowance {
        let Limits {
            jobs_per_minute,
            jobs_per_day,
            ..
        } = self.limits;
        let nearest = match (jobs_per_day, self.day_rest) {
            (Some(limit), Some(rest)) if rest <= self.minute_rest => {
                (limit, rest, self.day_seconds(now))
            }
            _ => (jobs_per_minute, self.minute_rest, self.minute_seconds(now)),
        };
        Allowance {
            limit: nearest.0,
            remaining: nearest.1.saturating_add(left),
            reset_seconds: nearest.2,
            per_minute: jobs_per_minute,
            per_day: jobs_per_day,
        }
    }
}

fn seconds_until(instant: DateTime<Utc>, now: DateTime<Utc>) -> u64 {
    let millis = (instant - now).num_milliseconds();
    u64::try_from(millis).unwrap_or(0).div_ceil(1_000).max(1)
}

impl Denial {
    /// The refusal, as it is to be told at `now`.
    pub fn at(&self, now: DateTime<Utc>) -> Refusal {
        let limits = self.standing.limits;
        let (limit, retry_after_seconds) = match self.exhausted {
            Exhausted::Minute => (
                Some(limits.jobs_per_minute),
                Some(self.standing.minute_seconds(now)),
            ),
            Exhausted::Day => (limits.jobs_per_day, Some(self.standing.day_seconds(now))),
            Exhausted::LiveJobs => (limits.live_jobs, None),
        };
        Refusal {
            exhausted: self.exhausted,
            limit: limit.unwrap_or_default(),
            retry_after_seconds,
            allowance: self.standing.allowance(0, now),
        }
    }

    /// The limits that it was found under.
    pub fn limits(&self) -> Limits {
        self.standing.limits
    }

    /// Until when it stands without being looked at again, if found at `now`: long enough that being refused costs
    /// next to nothing, short enough that tokens which others give back are found.
    pub fn stands_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        (now + TimeDelta::seconds(1)).min(self.standing.minute.start() + MINUTE)
    }
}
