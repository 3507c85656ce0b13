//! Time and chance: the two inputs that make a run unrepeatable, kept behind ports so that a test can repeat it.

use chrono::{DateTime, Utc};

/// The clock.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> DateTime<Utc>;

    /// Waits until `instant`; returns at once if it has passed.
    fn sleep_until(&self, instant: DateTime<Utc>) -> impl Future<Output = ()> + Send;
}

/// A source of unpredictable numbers.
pub trait Entropy: Send + Sync {
    /// 64 fresh random bits.
    fn next_u64(&self) -> u64;

    /// 128 fresh random bits.
    fn next_u128(&self) -> u128 {
        u128::from(self.next_u64()) << 64 | u128::from(self.next_u64())
    }

    /// A number drawn evenly from [0, 1).
    fn next_unit(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
        let numerator = (self.next_u64() >> 11) as f64;
        numerator / 9_007_199_254_740_992.0 // 2^53
    }
}
