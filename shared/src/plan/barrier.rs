//! What bars an execution whose turn it is from starting, and is no concern of its job's own: it waits for as long as it
//! may start late, and then says what it has waited for.

use chrono::{DateTime, TimeDelta, Utc};

use super::host_breaker::LONGEST_COOL_DOWN;
use super::overlap::{Refused, given_up, wait};
use crate::domain::{DispatchMessage, Execution, Occasion, Owed, Reason};

/// What an execution waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// A slot within the limits of its key.
    Slots,
    /// A host that its breaker spares.
    Host,
}

impl Barrier {
    /// What it is called where it has kept something.
    pub fn reason(self) -> Reason {
        match self {
            Self::Slots => Reason::Limited,
            Self::Host => Reason::TargetBreaker,
        }
    }

    /// The longest time for which it may send one away: the pause between two starts of a rate of one in a minute, or that
    /// of a breaker.
    fn longest(self) -> TimeDelta {
        match self {
            Self::Slots => TimeDelta::minutes(1),
            Self::Host => LONGEST_COOL_DOWN,
        }
    }

    /// How often the wait doubles, at the most, for one that comes back in vain. Those who wait for a host come back within
    /// 16 s of the instant that they were told.
    fn most_doublings(self) -> u32 {
        match self {
            Self::Slots => u32::MAX,
            Self::Host => 3,
        }
    }

    /// Decides about `claimed`, which it lets pass no earlier than `not_before`; `due` is when its attempt was. It waits for
    /// as long as its misfire policy lets it fire late; what was deferred or held, what has begun, and what a person asked
    /// for, for the catch-up window.
    pub fn keep(
        self,
        owed: Owed<'_>,
        claimed: &Execution,
        message: &DispatchMessage,
        (due, not_before): (DateTime<Utc>, DateTime<Utc>),
        now: DateTime<Utc>,
        jitter: f64,
    ) -> Refused {
        if may_wait(owed, claimed, message, due, now) {
            let not_before = not_before.clamp(now, now + self.longest());
            Refused::Wait(not_before + wait(message.waits.min(self.most_doublings()), jitter))
        } else {
            let (state, _) = given_up(claimed);
            Refused::End(state, self.reason())
        }
    }
}

/// Whether `claimed`, whose attempt was due at `due`, may go on waiting.
fn may_wait(
    owed: Owed<'_>,
    claimed: &Execution,
    message: &DispatchMessage,
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> bool {
    let misfire = owed.job.misfire;
    match claimed.id.occasion {
        Occasion::Scheduled(fire_time) if claimed.attempt == 1 && claimed.ready_at.is_none() => {
            let spared = message.deferred && misfire.may_catch_up(fire_time, now);
            spared || misfire.still_fires(owed, fire_time, now)
        }
        _ => now - due <= misfire.catch_up_window_seconds.duration(),
    }
}
