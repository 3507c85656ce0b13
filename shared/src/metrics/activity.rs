//! Which metrics say what was done in a minute. Whoever keeps metrics and reads them back takes it from here.

use super::catalogue::Metric;
use crate::domain::Counted;

/// The counters that make up [`Counted`]. Of one that has a dimension, all its values are summed up.
pub const COUNTED: [Metric; 12] = [
    Metric::Started,
    Metric::Succeeded,
    Metric::Failed,
    Metric::Dead,
    Metric::Canceled,
    Metric::Skipped,
    Metric::Retried,
    Metric::Dispatched,
    Metric::Deferred,
    Metric::Shed,
    Metric::Released,
    Metric::TickSeen,
];

/// Where `metric` is counted, if it is one of [`COUNTED`].
pub fn count_of(counted: &mut Counted, metric: Metric) -> Option<&mut u64> {
    Some(match metric {
        Metric::Started => &mut counted.started,
        Metric::Succeeded => &mut counted.succeeded,
        Metric::Failed => &mut counted.failed,
        Metric::Dead => &mut counted.dead,
        Metric::Canceled => &mut counted.canceled,
        Metric::Skipped => &mut counted.skipped,
        Metric::Retried => &mut counted.retried,
        Metric::Dispatched => &mut counted.dispatched,
        Metric::Deferred => &mut counted.deferred,
        Metric::Shed => &mut counted.shed,
        Metric::Released => &mut counted.released,
        Metric::TickSeen => &mut counted.ticks,
        _ => return None,
    })
}

/// A value of a metric as a count: metrics are numbers with fractions, and these have none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates, and no count is below zero"
)]
pub fn whole(value: f64) -> u64 {
    value.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Kind;

    #[test]
    fn every_count_is_of_a_counter_and_no_two_are_counted_in_one_place() {
        let mut counted = Counted::default();
        for metric in COUNTED {
            assert_eq!(metric.definition().kind, Kind::Counter, "{metric:?}");
            let count = count_of(&mut counted, metric).unwrap();
            assert_eq!(std::mem::replace(count, 1), 0, "{metric:?}");
        }
        assert_eq!(count_of(&mut counted, Metric::Backlog), None);
    }
}
