//! Instants and the minutes that bucket them. Fire times are whole seconds in UTC.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, DurationRound, NaiveDateTime, TimeDelta, Timelike, Utc};
use serde_with::{DeserializeFromStr, SerializeDisplay};

use super::Invalid;

/// The width of a time bucket.
pub const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// Drops the fraction of a second.
pub fn floor_second(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.with_nanosecond(0).unwrap_or(instant)
}

/// The first whole second strictly after `instant`: the earliest instant that a change made now may govern.
pub fn next_second(instant: DateTime<Utc>) -> DateTime<Utc> {
    floor_second(instant) + TimeDelta::seconds(1)
}

/// A UTC minute: the time part of a bucket's key. Its text sorts as time does.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, SerializeDisplay, DeserializeFromStr,
)]
pub struct Minute(DateTime<Utc>);

impl Minute {
    const FORMAT: &'static str = "%Y-%m-%dT%H:%M";

    /// The minute that `instant` falls into.
    pub fn of(instant: DateTime<Utc>) -> Self {
        Self(instant.duration_trunc(MINUTE).unwrap_or(instant))
    }

    /// Its first instant.
    pub fn start(self) -> DateTime<Utc> {
        self.0
    }

    /// The minute `count` minutes later (earlier, if negative).
    #[must_use]
    pub fn plus(self, count: i64) -> Self {
        Self(self.0 + MINUTE * i32::try_from(count).unwrap_or(i32::MAX))
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format(Self::FORMAT).fmt(f)
    }
}

impl FromStr for Minute {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        NaiveDateTime::parse_from_str(&format!("{text}:00"), "%Y-%m-%dT%H:%M:%S")
            .map(|naive| Self(naive.and_utc()))
            .map_err(|_| Invalid::new("minute", "is not of the form 2026-11-21T12:00"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_written_as_it_is_read() {
        let minute: Minute = "2026-11-21T12:00".parse().unwrap();
        assert_eq!(minute.to_string(), "2026-11-21T12:00");
        assert_eq!(minute.plus(-61).to_string(), "2026-11-21T10:59");
    }
}
