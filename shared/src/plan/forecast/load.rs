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
