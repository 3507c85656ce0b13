//! The simulated clock. True time is Tokio's paused time, which leaps to the next instant at which anything happens;
//! each process reads it with an error of its own.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::port::Clock;
use tokio::runtime::Builder;
use tokio::time::Instant;

/// Brings `live` to its end in simulated time, in a thread of its own.
///
/// # Panics
/// If `live` does, or there is no thread or runtime.
pub fn simulated<T: Send>(live: impl AsyncFnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            let runtime = Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build();
            runtime.map(|runtime| runtime.block_on(live()))
        });
        match run.join() {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => panic!("there is no runtime: {error}"),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

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
