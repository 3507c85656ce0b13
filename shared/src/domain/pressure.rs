//! How hard the service is pressed, and what it does about it: which priorities it sheds, which requests it refuses, and
//! which queues it sends nothing to.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Band, Minute, PerBand, Priority};

/// What is given up under pressure, each level including those before it. Dependencies are never given up.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[schema(as = PressureLevel)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing.
    #[default]
    Calm,
    /// Priorities 8–10 are deferred.
    LowShed,
    /// So are 4–7, and the history is not read for anybody.
    NormalShed,
    /// No job is created.
    CreatesRefused,
}

impl Level {
    /// Every level, the calmest first.
    pub const ALL: [Self; 4] = [
        Self::Calm,
        Self::LowShed,
        Self::NormalShed,
        Self::CreatesRefused,
    ];

    /// The name in the API and in logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::LowShed => "low_shed",
            Self::NormalShed => "normal_shed",
            Self::CreatesRefused => "creates_refused",
        }
    }

    /// Whether work of `priority` is shed: deferred until the level falls. Priorities 1–3 never are.
    pub fn sheds(self, priority: Priority) -> bool {
        match priority.band() {
            Band::High => false,
            Band::Normal => self >= Self::NormalShed,
            Band::Low => self >= Self::LowShed,
        }
    }
}

/// Whether anything is dispatched to a band's queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Breaker {
    /// As much as there is capacity for.
    #[default]
    Closed,
    /// Nothing.
    Open {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// A few, to see whether the queue drains.
    HalfOpen {
        /// Since when.
        since: DateTime<Utc>,
    },
}

/// What is remembered of a band from tick to tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandPressure {
    /// Whether anything is dispatched to its queue.
    pub breaker: Breaker,
    /// Since when its queue would take too long to drain, at the rate at which work ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_since: Option<DateTime<Utc>>,
    /// Whether its backlog may hold anything. It is looked into every few minutes even if not.
    #[serde(default)]
    pub deferring: bool,
}

/// What the last tick concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pressure {
    /// When it was written: at every tick, unless all is at rest.
    pub at: DateTime<Utc>,
    /// What is given up.
    pub level: Level,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The bands.
    pub bands: PerBand<BandPressure>,
}

impl Pressure {
    /// No pressure, since `now`.
    pub fn calm(now: DateTime<Utc>) -> Self {
        Self {
            at: now,
            level: Level::Calm,
            since: now,
            bands: PerBand::default(),
        }
    }

    /// Whether there is nothing to remember.
    pub fn is_at_rest(&self) -> bool {
        self.level == Level::Calm
            && Band::ALL
                .iter()
                .all(|band| *self.bands.get(*band) == BandPressure::default())
    }

    /// Whether a run of this priority, asked for now, must wait. One of priorities 1–3 never must.
    pub fn holds_back(&self, priority: Priority) -> bool {
        let band = priority.band();
        let open = matches!(self.bands.get(band).breaker, Breaker::Open { .. });
        band != Band::High && (open || self.level.sheds(priority))
    }
}

/// Work that was done: what capacity is measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Messages that were carried out.
    pub runs: u64,
    /// For how long each of them took up its place, in all. A batch keeps all its places until its last message is done.
    pub busy_ms: u64,
}

impl Work {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            runs: self.runs.saturating_add(other.runs),
            busy_ms: self.busy_ms.saturating_add(other.busy_ms),
        }
    }
}

/// How many executions were let into each band's queue, by the minute in which they arrive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Admissions(BTreeMap<Minute, PerBand<u64>>);

impl Admissions {
    /// Counts `count` more that arrive in `minute`.
    pub fn add(&mut self, minute: Minute, band: Band, count: u64) {
        if count > 0 {
            *self.0.entry(minute).or_default().get_mut(band) += count;
        }
    }

    /// How many arrive in `minute`.
    pub fn of(&self, minute: Minute, band: Band) -> u64 {
        self.0.get(&minute).map_or(0, |counts| *counts.get(band))
    }

    /// Forgets the minutes before `minute`.
    pub fn forget_before(&mut self, minute: Minute) {
        self.0 = self.0.split_off(&minute);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_called_as_they_are_stored() {
        for level in Level::ALL {
            assert_eq!(serde_json::to_value(level).unwrap(), level.name());
        }
    }

    #[test]
    fn admissions_are_counted_by_minute_and_band_until_they_are_forgotten() {
        let minute = Minute::of(DateTime::UNIX_EPOCH);
        let mut admitted = Admissions::default();
        admitted.add(minute, Band::High, 2);
        admitted.add(minute, Band::High, 3);
        admitted.add(minute.plus(1), Band::Low, 4);
        admitted.add(minute.plus(2), Band::Low, 0);
        let of = |admitted: &Admissions, minute| Band::ALL.map(|band| admitted.of(minute, band));
        assert_eq!(of(&admitted, minute).iter().sum::<u64>(), 5);
        assert_eq!(admitted.of(minute, Band::High), 5);
        assert_eq!(admitted.of(minute.plus(1), Band::Low), 4);
        admitted.forget_before(minute.plus(1));
        assert_eq!(admitted.of(minute, Band::High), 0);
        let mut rest = Admissions::default();
        rest.add(minute.plus(1), Band::Low, 4);
        assert_eq!(admitted, rest, "nothing is kept of a minute without any");
    }

    #[test]
    fn what_is_remembered_of_any_band_or_level_is_no_rest() {
        let calm = Pressure::calm(DateTime::UNIX_EPOCH);
        assert!(calm.is_at_rest());
        let shedding = Pressure {
            level: Level::LowShed,
            ..calm
        };
        assert!(!shedding.is_at_rest());
        for band in Band::ALL {
            let mut deferring = calm;
            deferring.bands.get_mut(band).deferring = true;
            assert!(!deferring.is_at_rest(), "{band:?}");
        }
    }

    #[test]
    fn low_priorities_wait_for_an_open_breaker_or_a_level_and_high_ones_for_neither() {
        let calm = Pressure::calm(DateTime::UNIX_EPOCH);
        let mut open = calm;
        for band in Band::ALL {
            let since = DateTime::UNIX_EPOCH;
            open.bands.get_mut(band).breaker = Breaker::Open { since };
        }
        let at = |level| Pressure { level, ..calm };
        for (pressure, held_back) in [
            (calm, [false, false, false]),
            (open, [false, true, true]),
            (at(Level::LowShed), [false, false, true]),
            (at(Level::NormalShed), [false, true, true]),
        ] {
            let priorities = [1, 5, 9].map(|number: u8| Priority::try_from(number).unwrap());
            let found = priorities.map(|priority| pressure.holds_back(priority));
            assert_eq!(found, held_back, "{pressure:?}");
        }
    }
}
