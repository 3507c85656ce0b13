//! Retries are Punctual's own, never the queue's: a policy gives each failed attempt the delay to the next.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Invalid;

/// How often, and how far apart, a failed attempt is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RetryPolicy {
    /// Attempts after the first: 0 to 20.
    #[schema(maximum = 20)]
    pub max_retries: u32,
    /// Delay before the first retry in seconds, doubled for each further one: 1 to 3,600.
    #[schema(minimum = 1, maximum = 3_600)]
    pub backoff_seconds: u32,
    /// The longest delay between two attempts in seconds: up to 86,400.
    #[schema(minimum = 1, maximum = 86_400)]
    pub max_backoff_seconds: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 3,
            backoff_seconds: 60,
            max_backoff_seconds: 3_600,
        }
    }
}

impl RetryPolicy {
    /// Checks the bounds that the fields name.
    ///
    /// # Errors
    /// [`Invalid`] names the field under `retry`.
    pub fn validated(self) -> Result<Self, Invalid> {
        if self.max_retries > 20 {
            return Err(Invalid::new("retry.max_retries", "must be from 0 to 20"));
        }
        if !(1..=3_600).contains(&self.backoff_seconds) {
            return Err(Invalid::new(
                "retry.backoff_seconds",
                "must be from 1 to 3600",
            ));
        }
        if !(self.backoff_seconds..=86_400).contains(&self.max_backoff_seconds) {
            return Err(Invalid::new(
                "retry.max_backoff_seconds",
                "must be from backoff_seconds to 86400",
            ));
        }
        Ok(self)
    }

    /// How many attempts an execution may have in all.
    pub fn max_attempts(&self) -> u32 {
        self.max_retries + 1
    }

    /// The delay after the failed attempt number `attempt` (from 1): half of it fixed, half drawn by `jitter` in [0, 1),
    /// so that jobs that failed together do not come back together.
    pub fn delay(&self, attempt: u32, jitter: f64) -> TimeDelta {
        let doublings = attempt.saturating_sub(1).min(32);
        let full_ms = (u64::from(self.backoff_seconds) << doublings)
            .min(self.max_backoff_seconds.into())
            * 1_000;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "at most 86,400,000 ms, times a factor below one"
        )]
        let jittered_ms = ((full_ms / 2) as f64 * jitter.clamp(0.0, 1.0)) as i64;
        TimeDelta::milliseconds(i64::try_from(full_ms / 2).unwrap_or(i64::MAX) + jittered_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_from_the_backoff_to_the_cap() {
        let policy = RetryPolicy {
            max_retries: 20,
            backoff_seconds: 60,
            max_backoff_seconds: 300,
        };
        let longest: Vec<_> = (1..=5)
            .map(|attempt| policy.delay(attempt, 1.0).num_seconds())
            .collect();
        assert_eq!(longest, [60, 120, 240, 300, 300]);
    }

    #[test]
    fn jitter_takes_away_at_most_half() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.delay(1, 0.0).num_seconds(), 30);
        assert_eq!(policy.delay(1, 0.5).num_seconds(), 45);
    }

    #[test]
    fn an_absurd_attempt_number_does_not_overflow() {
        assert_eq!(
            RetryPolicy::default().delay(u32::MAX, 1.0).num_seconds(),
            3_600
        );
    }
}
