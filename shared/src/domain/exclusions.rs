//! The calendars that keep a job from firing, as far as they govern the instants asked about.

use chrono::{DateTime, Utc};

/// What the calendars that a job refers to exclude.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exclusions {}

impl Exclusions {
    /// Of a job that refers to no calendar.
    pub fn none() -> &'static Self {
        static NONE: Exclusions = Exclusions {};
        &NONE
    }

    /// If `instant` is excluded, the end of that: the first later instant that is not.
    pub fn excluded_until(&self, _instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        None
    }
}
