//! A token bucket: in no stretch of time does it give more than its rate allows for that stretch, and its burst once.

use crate::time::{Micros, SECOND, from_seconds, seconds};

/// A bucket that fills at a rate up to its burst, and begins full.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    per_second: f64,
    burst: f64,
    tokens: f64,
    at: Micros,
}

impl TokenBucket {
    /// A bucket of `per_second`, which holds `burst` at most.
    pub fn new(per_second: f64, burst: f64) -> Self {
        Self {
            per_second,
            burst,
            tokens: burst,
            at: 0,
        }
    }

    /// A bucket that holds what comes in a second, and in `seconds` more.
    pub fn with_burst_seconds(per_second: f64, seconds: f64) -> Self {
        Self::new(per_second, per_second * (1.0 + seconds))
    }

    fn fill(&mut self, now: Micros) {
        let passed = seconds(now.saturating_sub(self.at));
        self.tokens = (self.tokens + passed * self.per_second).min(self.burst);
        self.at = self.at.max(now);
    }

    /// Takes `units` at `now`, if they are there.
    pub fn take(&mut self, units: f64, now: Micros) -> bool {
        self.fill(now);
        // What is missing by rounding alone is there.
        let is_there = self.tokens + 1e-9 >= units;
        if is_there {
            self.tokens -= units;
        }
        is_there
    }

    /// Takes `units` as soon as they are there, from `now` on, and says when. More than the burst is waited for in parts.
    pub fn take_when_there(&mut self, units: f64, now: Micros) -> Micros {
        let now = now.max(self.at);
        self.fill(now);
        self.tokens -= units;
        if self.tokens >= 0.0 || self.per_second <= 0.0 {
            return now;
        }
        let wait = from_seconds(-self.tokens / self.per_second).max(1);
        self.at = now;
        now + wait
    }

    /// Whether one is there at `now`; otherwise when one will be.
    pub fn one_from(&mut self, now: Micros) -> Micros {
        self.fill(now);
        if self.tokens + 1e-9 >= 1.0 {
            return now;
        }
        if self.per_second <= 0.0 {
            return now + 3_600 * SECOND;
        }
        now + from_seconds((1.0 - self.tokens) / self.per_second).max(1)
    }
}
