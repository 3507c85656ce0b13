//! What the functions have done in one minute, counted. Counts are of what was reported: what nobody reported is 0.

/// The counts of a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counted {
    /// Attempts that were made.
    pub started: u64,
    /// Executions that did their work.
    pub succeeded: u64,
    /// Executions that failed for a reason that another attempt could not mend.
    pub failed: u64,
    /// Executions whose attempts were used up.
    pub dead: u64,
    /// Executions that were canceled.
    pub canceled: u64,
    /// Executions that never ran.
    pub skipped: u64,
    /// Attempts that failed and are followed by another.
    pub retried: u64,
    /// Messages that ticks sent to workers.
    pub dispatched: u64,
    /// Executions that ticks deferred.
    pub deferred: u64,
    /// Those of them that are shed under pressure.
    pub shed: u64,
    /// Deferred executions that were sent after all.
    pub released: u64,
    /// Ticks that were brought to their end.
    pub ticks: u64,
    /// How late half of the first attempts started, at most, in milliseconds; unless none did.
    pub lateness_p50_ms: Option<f64>,
    /// The same of 99 of 100.
    pub lateness_p99_ms: Option<f64>,
    /// Messages that were ready in the bands' queues, if a tick looked.
    pub ready: Option<u64>,
}

impl Counted {
    /// Which part of the executions that ended by themselves did their work; `None` if none ended.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
    pub fn success_rate(&self) -> Option<f64> {
        let ended = self.succeeded + self.failed + self.dead;
        (ended > 0).then(|| self.succeeded as f64 / ended as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_canceled_or_skipped_or_is_tried_again_says_nothing_of_success() {
        let counted = Counted {
            succeeded: 3,
            failed: 1,
            dead: 2,
            canceled: 50,
            skipped: 50,
            retried: 50,
            ..Counted::default()
        };
        assert_eq!(counted.success_rate(), Some(0.5));
        let none_ended = Counted {
            canceled: 1,
            ..Counted::default()
        };
        assert_eq!(none_ended.success_rate(), None);
    }
}
