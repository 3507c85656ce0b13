//! The simulated clock. True time is Tokio's paused time, which leaps to the next instant at which anything happens;
//! each process reads it with an error of its own.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::port::Clock;
use tokio::time::Instant;

/// True time.
#[derive(Clone, Copy, Debug)]
pub struct Era {
    start: Instant,
    begin: DateTime<Utc>,
}

impl Era {
    /// Time that begins now, at `begin`.
    pub fn begin(begin: DateTime<Utc>) -> Self {
        let start = Instant::now();
        Self { start, begin }
    }

    /// The present instant, in whole milliseconds.
    pub fn now(&self) -> DateTime<Utc> {
        let passed = self.start.elapsed().as_millis();
        self.begin + TimeDelta::milliseconds(i64::try_from(passed).unwrap_or(i64::MAX))
    }

    /// Waits until `instant`.
    pub async fn sleep_until(&self, instant: DateTime<Utc>) {
        SimClock::exact(*self).sleep_until(instant).await;
    }
}

/// A process's clock.
#[derive(Clone, Copy, Debug)]
pub struct SimClock {
    era: Era,
    error: TimeDelta,
}

impl SimClock {
    /// A clock that is `error` ahead.
    pub fn new(era: Era, error: TimeDelta) -> Self {
        Self { era, error }
    }

    /// A clock that is right.
    pub fn exact(era: Era) -> Self {
        Self::new(era, TimeDelta::zero())
    }
}

impl Clock for SimClock {
    fn now(&self) -> DateTime<Utc> {
        self.era.now() + self.error
    }

    async fn sleep_until(&self, instant: DateTime<Utc>) {
        while let Ok(left) = (instant - self.now()).to_std() {
            if left.is_zero() {
                break;
            }
            tokio::time::sleep(left).await;
        }
    }
}
