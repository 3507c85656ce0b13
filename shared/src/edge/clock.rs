//! The one reading of the clock, and the one source of chance.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::port::{Clock, Entropy};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the edge")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    async fn sleep_until(&self, instant: DateTime<Utc>) {
        // The timer rounds to milliseconds and may wake early: look again until the instant has come.
        while let Ok(left) = (instant - self.now()).to_std() {
            if left.is_zero() {
                break;
            }
            tokio::time::sleep(left).await;
        }
    }
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomEntropy;

impl Entropy for RandomEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the edge")]
    fn next_u64(&self) -> u64 {
        // A UUID's six fixed bits lie in different places of its two halves: each bit of the XOR is still even.
        let (high, low) = Uuid::new_v4().as_u64_pair();
        high ^ low
    }
}
