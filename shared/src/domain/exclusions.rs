//! The calendars that keep a job from firing, as far as they govern the instants asked about.

use std::sync::Arc;

use chrono::serde::ts_milliseconds;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::calendar::Calendar;

/// A calendar as it was said at one time. It governs from its own start up to that of the next version, and keeps
/// governing those instants for good: a change never reaches what may have been planned already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalendarVersion {
    /// Counts the changes, from 1.
    pub number: u64,
    /// From when on it governs.
    #[serde(with = "ts_milliseconds")]
    pub effective_from: DateTime<Utc>,
    /// When it was said.
    #[serde(with = "ts_milliseconds")]
    pub created_at: DateTime<Utc>,
    /// What it excludes.
    pub calendar: Calendar,
}

/// The versions of one calendar, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CalendarVersions(pub Vec<CalendarVersion>);

impl CalendarVersions {
    /// The version said last, whether it governs yet or not.
    pub fn newest(&self) -> Option<&CalendarVersion> {
        self.0.first()
    }

    /// If `instant` is excluded by the version that governs it, an instant up to which all is.
    pub fn excluded_until(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let governing = self
            .0
            .iter()
            .position(|version| version.effective_from <= instant)
            // The first version governs what was before it, too.
            .or(self.0.len().checked_sub(1))?;
        let end = self.0.get(governing)?.calendar.excluded_until(instant)?;
        let next = governing.checked_sub(1).and_then(|next| self.0.get(next));
        Some(next.map_or(end, |next| end.min(next.effective_from)))
    }
}

/// What the calendars that a job refers to exclude.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exclusions {
    calendars: Vec<Arc<CalendarVersions>>,
}

impl Exclusions {
    /// Of a job that refers to these calendars.
    pub fn of(calendars: Vec<Arc<CalendarVersions>>) -> Self {
        Self { calendars }
    }

    /// Of a job that refers to no calendar.
    pub fn none() -> &'static Self {
        static NONE: Exclusions = Exclusions {
            calendars: Vec::new(),
        };
        &NONE
    }

    /// If `instant` is excluded, a later instant up to which all is.
    pub fn excluded_until(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let ends = self.calendars.iter();
        ends.filter_map(|calendar| calendar.excluded_until(instant))
            .max()
    }
}
