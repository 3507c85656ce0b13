//! How late starts are, as a distribution: in classes that are each two hundredths wider than the one before.

use super::platform::DELIVERED;

/// The upper end of the first class, in seconds.
const FIRST: f64 = 0.01;

/// How much wider each class is than the one before.
const GROWTH: f64 = 1.02;

/// Classes up to beyond a month.
const CLASSES: usize = 1_000;

/// How late starts are, before what their delivery takes.
#[derive(Clone, Debug)]
pub(super) struct Waits {
    classes: Vec<f64>,
    longest: f64,
    /// Starts that never come.
    pub(super) never: f64,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            classes: vec![0.0; CLASSES],
            longest: 0.0,
            never: 0.0,
        }
    }
}

fn class(seconds: f64) -> usize {
    let class = (seconds / FIRST).ln() / GROWTH.ln();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to some hundreds"
    )]
    let class = class.clamp(-1.0, 998.0) as usize;
    if seconds < FIRST { 0 } else { class + 1 }
}

/// Where a class ends.
fn end(class: usize) -> f64 {
    let class = i32::try_from(class).unwrap_or(i32::MAX);
    FIRST * GROWTH.powi(class)
}

impl Waits {
    /// Counts `starts` that wait between the one and the other, evenly.
    pub(super) fn add(&mut self, starts: f64, (least, most): (f64, f64)) {
        self.longest = self.longest.max(most);
        let (begins, ends) = (class(least), class(most));
        if begins == ends {
            self.classes[begins] += starts;
            return;
        }
        for class in begins..=ends {
            let begin = if class == 0 { 0.0 } else { end(class - 1) };
            let within = end(class).min(most) - begin.max(least);
            self.classes[class] += starts * within.max(0.0) / (most - least);
        }
    }

    /// The lateness, in seconds, that so large a part of all starts is not above. `None`: so many never come, or none is.
    pub(super) fn quantile(&self, part: f64) -> Option<f64> {
        let all: f64 = self.classes.iter().sum::<f64>() + self.never;
        let wanted = all * part;
        if all <= 0.0 {
            return None;
        }
        // Each start waits, and then is delivered, sooner or later: by bisection on the sum of both.
        let below = |late: f64| -> f64 {
            let parts = DELIVERED.iter().map(|(share, takes)| {
                let waits = late - takes;
                if waits < 0.0 {
                    return 0.0;
                }
                share * self.classes[..=class(waits)].iter().sum::<f64>()
            });
            parts.sum()
        };
        let (mut less, mut enough) = (0.0, self.longest + 1.0);
        // Sums of parts are not exact.
        let wanted = wanted - all * 1e-9;
        if below(enough) < wanted {
            return None;
        }
        while enough - less > 0.001 {
            let middle = f64::midpoint(less, enough);
            if below(middle) < wanted {
                less = middle;
            } else {
                enough = middle;
            }
        }
        Some(enough)
    }

    /// The greatest lateness, in seconds, of those that start.
    pub(super) fn longest(&self) -> f64 {
        let slowest = DELIVERED.iter().map(|(_, takes)| *takes);
        self.longest + slowest.fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_evenly_spread_waits_lie_where_they_must() {
        let mut waits = Waits::default();
        waits.add(1_000.0, (0.0, 10.0));
        let p50 = waits.quantile(0.5).unwrap();
        let p99 = waits.quantile(0.99).unwrap();
        assert!((p50 - 5.0).abs() < 0.2, "{p50}");
        assert!((p99 - 9.9).abs() < 0.4, "{p99}");
        assert!((waits.longest() - 10.0).abs() < 0.5);
    }

    #[test]
    fn a_class_ends_where_the_next_one_begins() {
        assert_eq!([0.0, 0.0099, FIRST, 0.0101].map(class), [0, 0, 1, 1]);
        for seconds in [0.0101, 0.0103, 0.05, 0.7, 1.0, 60.0, 86_400.0] {
            let class = class(seconds);
            assert!((end(class - 1)..end(class)).contains(&seconds), "{seconds}");
        }
        // The last one is for whatever is longer than a month.
        assert_eq!(class(1e12), CLASSES - 1);
        assert!(end(CLASSES - 2) > 31.0 * 86_400.0);
    }

    #[test]
    fn evenly_spread_waits_are_in_each_class_as_much_as_they_lie_in_it() {
        // The first class ends at 0.01 s, the second at 0.0102 s.
        for (waits, classes) in [
            ((0.0, 0.0101), [100.0, 1.0, 0.0]),
            ((0.0101, 0.0103), [0.0, 50.5, 50.5]),
            ((0.002, 0.004), [101.0, 0.0, 0.0]),
            ((0.0099, 0.0103), [25.25, 50.5, 25.25]),
        ] {
            let mut found = Waits::default();
            found.add(101.0, waits);
            for (found, expected) in found.classes.iter().zip(classes) {
                assert!((found - expected).abs() < 1e-6, "{waits:?}: {found}");
            }
        }
    }

    #[test]
    fn a_quantile_is_a_wait_and_its_delivery() {
        let mut waits = Waits::default();
        waits.add(50.0, (0.0, 0.0));
        waits.add(50.0, (10.0, 10.0));
        // Of each half, 98 in a hundred are delivered after 0.045 s, and the others after 0.379 s.
        for (part, late) in [
            (0.1, 0.045),
            (0.49, 0.045),
            (0.485, 0.045),
            (0.495, 0.379),
            (0.6, 10.045),
        ] {
            let found = waits.quantile(part).unwrap();
            assert!(
                (found - late).abs() < 0.001 + late / 50.0,
                "{part}: {found}"
            );
        }
    }

    #[test]
    fn what_waits_for_nothing_is_as_late_as_its_delivery() {
        let mut waits = Waits::default();
        waits.add(1_000.0, (0.0, 0.0));
        assert!(waits.quantile(0.5).unwrap() < 0.07);
        let p99 = waits.quantile(0.99).unwrap();
        assert!((0.3..0.4).contains(&p99), "{p99}");
    }

    #[test]
    fn of_what_never_starts_nobody_says_when_it_does() {
        let mut waits = Waits::default();
        waits.add(90.0, (0.0, 0.0));
        waits.never = 10.0;
        assert!(waits.quantile(0.89).is_some());
        assert_eq!(waits.quantile(0.99), None);
        assert_eq!(Waits::default().quantile(0.5), None);
    }
}
