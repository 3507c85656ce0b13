//! Starts by the second.

use chrono::{DateTime, Utc};

use super::{BUDGET, Filter, fleet};
use crate::domain::{Agenda, Window};

/// How many jobs start at each second of a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    from: i64,
    seconds: Vec<u32>,
}

impl Load {
    /// None yet.
    pub fn none(window: Window) -> Self {
        let seconds = (window.until - window.from).num_seconds();
        Self {
            from: window.from.timestamp(),
            seconds: vec![0; usize::try_from(seconds).unwrap_or_default()],
        }
    }

    /// All that `agenda` says of `window`.
    pub fn of(agenda: &Agenda, window: Window) -> Self {
        let mut load = Self::none(window);
        let mut fleet = fleet(agenda, &Filter::default(), window, BUDGET);
        fleet.sweep(|_, run| load.add_all(run.starts(), run.weight()));
        load
    }

    /// Counts what starts at `instants`, as far as they lie within the stretch.
    pub fn add(&mut self, instants: impl IntoIterator<Item = DateTime<Utc>>) {
        let seconds = instants.into_iter().map(|instant| instant.timestamp());
        self.add_all(seconds, 1);
    }

    pub(super) fn add_all(&mut self, seconds: impl Iterator<Item = i64>, weight: u32) {
        let from = self.from;
        for second in seconds {
            let index = usize::try_from(second - from);
            if let Some(count) = index.ok().and_then(|index| self.seconds.get_mut(index)) {
                *count = count.saturating_add(weight);
            }
        }
    }

    /// The first second of the stretch, since 1970.
    pub(super) fn from(&self) -> i64 {
        self.from
    }

    /// The counts, second by second.
    pub fn seconds(&self) -> &[u32] {
        &self.seconds
    }

    /// How many start at `second`. What lies behind the stretch is taken to be as its last day, or what there is of it.
    pub(super) fn at(&self, second: i64) -> u32 {
        const DAY: i64 = 86_400;
        let length = i64::try_from(self.seconds.len()).unwrap_or(i64::MAX);
        let day = DAY.min(length).max(1);
        let index = second - self.from;
        let index = if index < length {
            index
        } else {
            length - day + (index - length).rem_euclid(day)
        };
        let index = usize::try_from(index).ok();
        index
            .and_then(|index| self.seconds.get(index))
            .copied()
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn behind_its_end_a_load_is_as_on_its_last_day_or_in_all_there_is_of_it() {
        let from: DateTime<Utc> = "2026-10-26T00:00:07Z".parse().unwrap();
        for (length, marked, looked_up) in [
            // A day and an hour: the last day begins with the second hour.
            (90_000, 3_600, 3_600),
            (90_000, 3_600, 90_000),
            (90_000, 3_605, 90_005),
            (90_000, 3_605, 90_005 + 86_400),
            (90_000, 89_999, 89_999 + 86_400),
            (90_000, 5, 5),
            (10, 0, 10),
            (10, 3, 10 + 3),
            (10, 3, 10 + 10 + 3),
        ] {
            let mut load = Load::none(Window {
                from,
                until: from + TimeDelta::seconds(length),
            });
            load.add([from + TimeDelta::seconds(marked)]);
            let at = |index| load.at(from.timestamp() + index);
            assert_eq!(at(looked_up), 1, "{looked_up} of {length}");
            assert_eq!(
                (at(looked_up - 1), at(looked_up + 1)),
                (0, 0),
                "{looked_up} of {length}"
            );
            assert_eq!(at(-1), 0);
        }
    }
}
