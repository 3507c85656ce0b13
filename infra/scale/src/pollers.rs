//! The event source between queue and function: how many invocations it may have at once, and how fast that grows.

use crate::platform::Lambda;
use crate::settings::EventSource;
use crate::time::{Micros, SECOND, from_seconds, seconds};

/// An event source, as it scales.
#[derive(Clone, Debug)]
pub struct Pollers {
    start: f64,
    per_second: f64,
    most: f64,
    idle: Micros,
    /// Since when there has been work, and until when it was seen.
    busy: Option<(Micros, Micros)>,
}

impl Pollers {
    /// As `source` says.
    pub fn of(lambda: &Lambda, source: EventSource) -> Self {
        let (start, per_second, most) = match source {
            EventSource::Standard { most } => {
                let most = f64::from(most).min(lambda.esm_most);
                (lambda.esm_start, lambda.esm_per_second, most)
            }
            EventSource::Provisioned { min, max } => {
                let each = f64::from(lambda.poller_invocations);
                let min = f64::from(min.min(lambda.provisioned_min_pollers));
                let max = f64::from(max.min(lambda.provisioned_max_pollers));
                (min * each, lambda.provisioned_per_second, max * each)
            }
        };
        Self {
            start: start.min(most),
            per_second,
            most,
            idle: lambda.esm_idle,
            busy: None,
        }
    }

    /// Notes that messages are ready at `now`.
    pub fn see_work(&mut self, now: Micros) {
        let since = match self.busy {
            Some((since, last)) if now < last + self.idle => since,
            _ => now,
        };
        self.busy = Some((since, now));
    }

    /// How many invocations may be under way at `now`.
    pub fn allowed(&self, now: Micros) -> usize {
        let grown = self
            .busy
            .map_or(0.0, |(since, _)| seconds(now.saturating_sub(since)));
        let allowed = (self.start + grown * self.per_second).min(self.most);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "20,000 at most"
        )]
        let allowed = allowed as usize;
        allowed
    }

    /// When one more will be allowed than at `now`; never, if that is all.
    pub fn next_rise(&self, now: Micros) -> Option<Micros> {
        #[expect(clippy::cast_precision_loss, reason = "20,000 at most")]
        let allowed = self.allowed(now) as f64;
        let is_rising = allowed + 1.0 <= self.most && self.per_second > 0.0;
        is_rising.then(|| now + from_seconds(1.0 / self.per_second).clamp(1_000, SECOND))
    }
}
