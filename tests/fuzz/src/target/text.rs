//! How targets read inputs that are text: lines, of which the last ones may be missing.

use chrono::{DateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// What is asked about, the zone, and the instant to start from.
pub(super) struct Lines<'a> {
    pub(super) first: &'a str,
    pub(super) zone: Option<&'a str>,
    instant: Option<&'a str>,
}

impl<'a> Lines<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.split('\n');
        Some(Self {
            first: lines.next().unwrap_or_default(),
            zone: lines.next().filter(|zone| !zone.is_empty()),
            instant: lines.next(),
        })
    }

    /// From 1970 to 2083, whatever was said: cron fires until 2100, and every leap day there is comes before that again.
    pub(super) fn instant(&self) -> DateTime<Utc> {
        let said: i64 = self
            .instant
            .and_then(|text| text.trim_start_matches('~').trim().parse().ok())
            .unwrap_or(1_774_746_000);
        let seconds = said.rem_euclid(3_600_000_000);
        DateTime::from_timestamp(seconds, 0).unwrap_or_default()
    }

    /// The same; behind a `~`, a day before the next change of the clock, if there is one within four hundred days.
    pub(super) fn instant_near_a_change(&self, zone: Tz) -> DateTime<Utc> {
        let instant = self.instant();
        if !self.instant.is_some_and(|text| text.starts_with('~')) {
            return instant;
        }
        let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
        let mut halves = (0..800).map(|half| instant + TimeDelta::hours(12 * half));
        let change = halves.find(|at| offset(*at) != offset(*at + TimeDelta::hours(12)));
        change.map_or(instant, |change| change - TimeDelta::hours(12))
    }

    /// A seed that follows from the input.
    pub(super) fn seed(&self) -> u64 {
        self.instant().timestamp().unsigned_abs()
    }
}
