//! The last hours of what was reported, by the minute, as CloudWatch would tell it on AWS. Invariant: it takes no more
//! room however much is reported, for times are kept in classes of equal proportion, and minutes are let go.

use std::collections::BTreeMap;

use punctual::domain::{Counted, Minute};
use punctual::metrics::{Metric, Readings, count_of, whole};
use punctual::usecase::MOST_MINUTES;

/// The minutes that are kept.
#[derive(Debug, Default)]
pub(super) struct History(BTreeMap<Minute, Entry>);

/// One minute.
#[derive(Debug, Default)]
struct Entry {
    counted: Counted,
    lateness: Spread,
}

impl History {
    /// Takes what was reported in `minute`.
    pub(super) fn take(&mut self, minute: Minute, readings: &Readings) {
        let entry = self.0.entry(minute).or_default();
        for (metric, _, values) in readings.iter() {
            for value in values {
                match metric {
                    Metric::Lateness => entry.lateness.take(*value),
                    // The greatest counts, as where it is read on AWS.
                    Metric::Backlog => {
                        entry.counted.ready = entry.counted.ready.max(Some(whole(*value)));
                    }
                    metric => {
                        if let Some(count) = count_of(&mut entry.counted, metric) {
                            *count += whole(*value);
                        }
                    }
                }
            }
        }
        let oldest = minute.plus(1 - i64::from(MOST_MINUTES));
        self.0 = self.0.split_off(&oldest);
    }

    /// What was counted in the minutes `from` to `to`, both included.
    pub(super) fn counted(&self, from: Minute, to: Minute) -> BTreeMap<Minute, Counted> {
        let minutes = self.0.range(from..=to);
        let told = minutes.map(|(minute, entry)| {
            let counted = Counted {
                lateness_p50_ms: entry.lateness.percentile(50),
                lateness_p99_ms: entry.lateness.percentile(99),
                ..entry.counted
            };
            (*minute, counted)
        });
        told.collect()
    }
}

/// How many values were about so large.
#[derive(Debug, Default)]
struct Spread {
    counts: BTreeMap<i32, u64>,
    count: u64,
}

/// By how much a class is wider than the one below it.
const WIDENING: f64 = 1.05;

impl Spread {
    fn take(&mut self, value: f64) {
        *self.counts.entry(class(value)).or_default() += 1;
        self.count += 1;
    }

    /// What `percent` of 100 values are at most, to within 3 %; `None` if there are none.
    fn percentile(&self, percent: u64) -> Option<f64> {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let mut below = 0;
        let class = self.counts.iter().find(|(_, count)| {
            below += **count;
            below >= rank
        });
        class.map(|(class, _)| middle(*class))
    }
}

/// The class of a time in milliseconds: below zero for one below zero.
#[expect(clippy::cast_possible_truncation, reason = "a cast saturates")]
fn class(value: f64) -> i32 {
    let class = value.abs().ln_1p() / WIDENING.ln();
    class.round().copysign(value) as i32
}

/// The middle of a class.
fn middle(class: i32) -> f64 {
    let size = (f64::from(class).abs() * WIDENING.ln()).exp_m1();
    size.copysign(f64::from(class))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use punctual::domain::{Band, Lane};
    use punctual::metrics::Label;

    use super::*;

    fn minute(text: &str) -> Minute {
        text.parse().unwrap()
    }

    fn late(milliseconds: i64) -> Readings {
        let band = Label::Band(Lane::Band(Band::High));
        let lateness = TimeDelta::milliseconds(milliseconds);
        Readings::none()
            .counting(Metric::Started, 1)
            .lasting(Metric::Lateness, band, lateness)
    }

    #[test]
    fn a_minute_says_its_own_and_one_that_nothing_was_reported_of_is_left_out() {
        let noon = minute("2026-11-28T12:00");
        let mut history = History::default();
        for milliseconds in 1..=100 {
            history.take(noon, &late(10 * milliseconds));
        }
        history.take(noon.plus(2), &Readings::none().counting(Metric::Backlog, 7));
        history.take(noon.plus(2), &Readings::none().counting(Metric::Backlog, 4));
        let told = history.counted(noon, noon.plus(2));
        assert_eq!(told.len(), 2);
        assert_eq!((told[&noon].started, told[&noon].ready), (100, None));
        let near = |told: Option<f64>, value: f64| (told.unwrap() / value - 1.0).abs() < 0.03;
        assert!(near(told[&noon].lateness_p50_ms, 500.0), "{told:?}");
        assert!(near(told[&noon].lateness_p99_ms, 990.0), "{told:?}");
        let later = told[&noon.plus(2)];
        assert_eq!((later.ready, later.lateness_p50_ms), (Some(7), None));
    }

    #[test]
    fn what_started_early_is_told_as_early() {
        let noon = minute("2026-11-28T12:00");
        let mut history = History::default();
        for milliseconds in [-200, -200, 0, 0, 0] {
            history.take(noon, &late(milliseconds));
        }
        let told = history.counted(noon, noon)[&noon];
        assert_eq!(told.lateness_p50_ms, Some(0.0));
        history.take(noon, &late(-300));
        let told = history.counted(noon, noon)[&noon];
        assert!(told.lateness_p50_ms.unwrap() < -190.0, "{told:?}");
    }

    #[test]
    fn three_hours_are_kept() {
        let noon = minute("2026-11-28T12:00");
        let mut history = History::default();
        for later in 0..400 {
            history.take(noon.plus(later), &late(1));
        }
        let told = history.counted(noon, noon.plus(400));
        assert_eq!(told.len(), usize::from(MOST_MINUTES));
        assert_eq!(told.keys().next_back(), Some(&noon.plus(399)));
    }
}
