//! Calendars: the instants at which jobs that name them do not fire. What a user says is compiled once, into sorted ranges
//! of real time and windows on the wall clock; whether an instant is excluded is then one search in each.

mod ical;
mod name;
mod ranges;
mod request;
mod weekly;

use chrono::{
    DateTime, Datelike, DurationRound, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

pub use self::name::CalendarName;
use self::ranges::Ranges;
pub use self::request::{CalendarRequest, RangeRequest, WeeklyRequest};
use super::schedule::{instant_of_fixed, offset_changes, wall};
use super::{Invalid, MINUTE};

/// A calendar, ready to be asked. Stored as it is: at most 100 KB as JSON.
#[serde_as]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    #[serde_as(as = "DisplayFromStr")]
    timezone: Tz,
    excluded: Ranges,
    /// Minutes since Monday, midnight, on the wall clock of `timezone`.
    weekly: Ranges,
    /// Up to when recurring events of an iCalendar file are known.
    #[serde(
        default,
        with = "chrono::serde::ts_seconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    known_until: Option<DateTime<Utc>>,
}

/// The greatest number of `dates` and `ranges` together.
const MAX_GIVEN: usize = 2_000;

/// The greatest number of ranges that are left after those that touch were merged: ten years of a daily event.
const MAX_RANGES: usize = 4_000;

/// Birthdays of people whose year is not known begin in 1604 in some calendar files.
const YEARS: std::ops::RangeInclusive<i32> = 1600..=2200;

impl Calendar {
    /// Compiles what a user said. Recurring events of an iCalendar file are expanded from a month before `now` to ten
    /// years after it.
    ///
    /// # Errors
    /// [`Invalid`] names the first field that cannot be accepted.
    pub fn compile(request: &CalendarRequest, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let timezone: Tz = match &request.timezone {
            None => Tz::UTC,
            Some(name) => name.parse().map_err(|_| {
                let reason = "is not an IANA time zone such as Europe/Berlin";
                Invalid::new("timezone", reason)
            })?,
        };
        if request.dates.len() + request.ranges.len() > MAX_GIVEN {
            let field = if request.dates.len() > MAX_GIVEN {
                "dates"
            } else {
                "ranges"
            };
            let reason = format!("has more than {MAX_GIVEN} entries, dates and ranges together");
            return Err(Invalid::new(field, reason));
        }
        let mut excluded = Vec::new();
        for (index, text) in request.dates.iter().enumerate() {
            let date = date(text).ok_or_else(|| {
                let reason = "is not a date from 1600 to 2200 such as 2026-12-25";
                Invalid::new(format!("dates[{index}]"), reason)
            })?;
            excluded.push((midnight(timezone, date), midnight_after(timezone, date)));
        }
        for (index, range) in request.ranges.iter().enumerate() {
            excluded.push(range_of(timezone, range, index)?);
        }
        let mut known_until = None;
        if let Some(text) = &request.ical {
            let events =
                ical::expand(text, timezone, now).map_err(|why| Invalid::new("ical", why))?;
            excluded.extend(events.excluded);
            known_until = events.known_until;
        }
        let excluded = Ranges::new(excluded);
        if excluded.len() > MAX_RANGES {
            let field = ["ical", "ranges"][usize::from(request.ical.is_none())];
            let reason = format!(
                "makes a calendar of {} ranges; {MAX_RANGES} are allowed. What comes back every week can be said in weekly",
                excluded.len()
            );
            return Err(Invalid::new(field, reason));
        }
        Ok(Self {
            timezone,
            excluded,
            weekly: weekly::compile(&request.weekly)?,
            known_until,
        })
    }

    /// Whether jobs that name this calendar do not fire at `instant`.
    pub fn excludes(&self, instant: DateTime<Utc>) -> bool {
        let minute = weekly::minute_of_week(wall(self.timezone, instant));
        self.excluded.end_around(instant.timestamp()).is_some()
            || self.weekly.end_around(minute).is_some()
    }

    /// If `instant` is excluded, a later one up to which all are. That one may be excluded too, for another reason: ask
    /// again.
    pub fn excluded_until(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if let Some(end) = self.excluded.end_around(instant.timestamp()) {
            return DateTime::from_timestamp(end, 0);
        }
        let local = wall(self.timezone, instant);
        let minute = weekly::minute_of_week(local);
        let left = TimeDelta::minutes(self.weekly.end_around(minute)? - minute);
        let into_the_minute = local - local.duration_trunc(MINUTE).unwrap_or(local);
        let end = instant + left - into_the_minute;
        // Where the clock changes, it may leave the window early; a change at the very instant has been looked at.
        Some(
            offset_changes(self.timezone, instant, end)
                .find(|change| *change > instant)
                .unwrap_or(end),
        )
    }

    /// Up to when recurring events are known, if an iCalendar file has some that go on: to know more of them, compile the
    /// request again.
    pub fn known_until(&self) -> Option<DateTime<Utc>> {
        self.known_until
    }

    /// The zone on whose wall clock it was said.
    pub fn timezone(&self) -> Tz {
        self.timezone
    }
}

fn date(text: &str) -> Option<NaiveDate> {
    // chrono alone would take 2026-1-5.
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (text.len() == 10 && YEARS.contains(&date.year())).then_some(date)
}

fn time(text: &str) -> Option<NaiveDateTime> {
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").ok()?;
    (text.len() == 19 && YEARS.contains(&time.year())).then_some(time)
}

/// The second in which the day begins.
fn midnight(zone: Tz, date: NaiveDate) -> i64 {
    instant_of_fixed(zone, date.and_time(NaiveTime::MIN)).timestamp()
}

fn midnight_after(zone: Tz, date: NaiveDate) -> i64 {
    midnight(zone, date + TimeDelta::days(1))
}

fn range_of(zone: Tz, range: &RangeRequest, index: usize) -> Result<(i64, i64), Invalid> {
    let field = |name: &str| format!("ranges[{index}].{name}");
    let second = |time| instant_of_fixed(zone, time).timestamp();
    let (from, until) = match (date(&range.from), time(&range.from)) {
        (Some(from), _) => {
            let until = date(&range.until).ok_or_else(|| {
                let reason = "must be a date such as 2027-01-02, like from";
                Invalid::new(field("until"), reason)
            })?;
            (midnight(zone, from), midnight_after(zone, until))
        }
        (None, Some(from)) => {
            let until = time(&range.until).ok_or_else(|| {
                let reason = "must be a local time such as 2027-01-02T06:00:00, like from";
                Invalid::new(field("until"), reason)
            })?;
            (second(from), second(until))
        }
        (None, None) => {
            let reason =
                "is neither a date such as 2026-12-24 nor a local time such as 2026-12-24T18:00:00";
            return Err(Invalid::new(field("from"), reason));
        }
    };
    if until <= from {
        return Err(Invalid::new(field("until"), "must be after from"));
    }
    Ok((from, until))
}

#[cfg(test)]
mod tests;
