//! Times as people say them, and as they are shown to them: in UTC, and on this machine's wall clock.

use chrono::{
    DateTime, Days, FixedOffset, Local, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime,
    Offset, TimeDelta, TimeZone, Utc,
};

/// The zone of local times, as what it knows: which instants a wall time may be, and which offset an instant has.
#[derive(Clone, Copy)]
pub struct Zone {
    instants: fn(NaiveDateTime) -> MappedLocalTime<DateTime<Utc>>,
    offset: fn(DateTime<Utc>) -> FixedOffset,
}

impl Zone {
    /// This machine's, or what `TZ` says.
    pub const LOCAL: Self = Self {
        instants: |wall| Local.from_local_datetime(&wall).map(|at| at.to_utc()),
        offset: |at| at.with_timezone(&Local).offset().fix(),
    };

    /// A zone that is one with UTC.
    pub const UTC: Self = Self {
        instants: |wall| MappedLocalTime::Single(wall.and_utc()),
        offset: |_| Utc.fix(),
    };

    /// The instant on its wall clock.
    pub fn local(self, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        at.with_timezone(&(self.offset)(at))
    }

    fn instant(self, wall: NaiveDateTime) -> Result<DateTime<Utc>, String> {
        match (self.instants)(wall) {
            MappedLocalTime::Single(at) => Ok(at),
            MappedLocalTime::Ambiguous(first, second) => Err(format!(
                "{wall} comes twice on this machine's clock: say {} or {}",
                crate::api::instant(first),
                crate::api::instant(second)
            )),
            MappedLocalTime::None => Err(format!("{wall} does not exist on this machine's clock")),
        }
    }
}

/// Reads an instant: RFC 3339; or on the local wall clock a date and a time, a time today, or `yesterday`, `today`,
/// `tomorrow` and a time; or `now`.
///
/// # Errors
/// Says what would be right.
pub fn instant(text: &str, now: DateTime<Utc>, zone: Zone) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    if text == "now" {
        return Ok(now);
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.to_utc());
    }
    let today = zone.local(now).date_naive();
    let (day, time) = match text.split_once([' ', 'T']) {
        Some((day, time)) => (named(day, today), time.trim()),
        None => (Some(today), text),
    };
    match (day, clock(time)) {
        (Some(day), Some(time)) => zone.instant(day.and_time(time)),
        _ => Err(format!(
            "`{text}` is no time: say 2026-11-21T12:00:00Z, \"2026-11-21 12:00\", 12:00, or \"yesterday 12:00\""
        )),
    }
}

fn named(day: &str, today: NaiveDate) -> Option<NaiveDate> {
    match day {
        "today" => Some(today),
        "yesterday" => today.checked_sub_days(Days::new(1)),
        "tomorrow" => today.checked_add_days(Days::new(1)),
        date => NaiveDate::parse_from_str(date, "%Y-%m-%d").ok(),
    }
}

fn clock(time: &str) -> Option<NaiveTime> {
    let read = |form| NaiveTime::parse_from_str(time, form).ok();
    read("%H:%M:%S").or_else(|| read("%H:%M"))
}

/// Reads a duration in seconds: `90`, `90s`, `15m`, `6h`, `1d`, `1h30m`.
///
/// # Errors
/// Says what would be right.
pub fn seconds(text: &str) -> Result<u64, String> {
    let refused = || format!("`{text}` is no duration: say 90, 90s, 15m, 6h, 1d or 1h30m");
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    let (mut total, mut number) = (0_u64, String::new());
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            number.push(letter);
            continue;
        }
        let unit = match letter {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(refused()),
        };
        let count: u64 = number.parse().map_err(|_| refused())?;
        number.clear();
        let part = count.checked_mul(unit).ok_or_else(refused)?;
        total = total.checked_add(part).ok_or_else(refused)?;
    }
    if text.is_empty() || !number.is_empty() {
        return Err(refused());
    }
    Ok(total)
}

/// How far away an instant is, in the two greatest units: `in 2 h 5 min`, `3 s ago`.
pub fn distance(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let ahead = at - now;
    if ahead >= TimeDelta::seconds(1) {
        format!("in {}", length(ahead))
    } else if ahead <= TimeDelta::seconds(-1) {
        format!("{} ago", length(-ahead))
    } else {
        "now".to_owned()
    }
}

/// A duration in its two greatest units.
pub fn length(duration: TimeDelta) -> String {
    let seconds = duration.num_seconds().max(0);
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let (mut left, mut parts) = (seconds, Vec::new());
    for (size, unit) in units {
        let count = left / size;
        left %= size;
        if count > 0 {
            parts.push(format!("{count} {unit}"));
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    if parts.is_empty() {
        return format!("{} ms", duration.num_milliseconds().max(0));
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Two hours ahead; but at 03:00 on 25 October 2026 it goes back to one, and on 29 March it skips 02:00 to 03:00.
    const CHANGING: Zone = Zone {
        instants: |wall| {
            let day = wall.date();
            let (fold, gap) = (
                NaiveDate::from_ymd_opt(2026, 10, 25),
                NaiveDate::from_ymd_opt(2026, 3, 29),
            );
            let at_two = wall.time() >= NaiveTime::MIN + TimeDelta::hours(2)
                && wall.time() < NaiveTime::MIN + TimeDelta::hours(3);
            let of = |hours| (wall - TimeDelta::hours(hours)).and_utc();
            match at_two {
                true if Some(day) == fold => MappedLocalTime::Ambiguous(of(2), of(1)),
                true if Some(day) == gap => MappedLocalTime::None,
                _ => MappedLocalTime::Single(of(2)),
            }
        },
        offset: |_| FixedOffset::east_opt(7_200).unwrap(),
    };

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_is_read_as_a_person_says_it() {
        // 00:30 on the 29th, where the clock is two hours ahead.
        let now = at("2026-11-28T22:30:00Z");
        for (text, expected) in [
            ("2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z"),
            ("2026-11-21T12:00:00+01:00", "2026-11-21T11:00:00Z"),
            ("2026-11-21 12:00", "2026-11-21T10:00:00Z"),
            ("2026-11-21T12:00:30", "2026-11-21T10:00:30Z"),
            ("12:00", "2026-11-29T10:00:00Z"),
            ("12:00:01", "2026-11-29T10:00:01Z"),
            ("today 12:00", "2026-11-29T10:00:00Z"),
            ("yesterday 12:00", "2026-11-28T10:00:00Z"),
            ("tomorrow 01:00:05", "2026-11-29T23:00:05Z"),
            ("now", "2026-11-28T22:30:00Z"),
        ] {
            assert_eq!(instant(text, now, CHANGING), Ok(at(expected)), "{text}");
        }
        for text in [
            "",
            "noon",
            "25:00",
            "12",
            "2026-13-01 12:00",
            "someday 12:00",
            "yesterday",
        ] {
            assert!(instant(text, now, CHANGING).is_err(), "{text}");
        }
    }

    #[test]
    fn a_wall_time_that_is_no_instant_or_two_is_not_guessed_at() {
        let now = at("2026-11-28T22:30:00Z");
        let twice = instant("2026-10-25 02:30", now, CHANGING).unwrap_err();
        assert!(
            twice.contains("2026-10-25T00:30:00Z") && twice.contains("2026-10-25T01:30:00Z"),
            "{twice}"
        );
        let never = instant("2026-03-29 02:30", now, CHANGING).unwrap_err();
        assert!(never.contains("does not exist"), "{never}");
    }

    #[test]
    fn a_duration_is_read_in_its_units() {
        for (text, expected) in [
            ("90", 90),
            ("90s", 90),
            ("15m", 900),
            ("6h", 21_600),
            ("1d", 86_400),
            ("1h30m", 5_400),
        ] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "m",
            "1w",
            "1h30",
            "-5",
            "1.5h",
            "99999999999999999999d",
            "9999999999999999d",
        ] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_distance_is_told_in_its_two_greatest_units() {
        let now = at("2026-11-28T22:30:00Z");
        for (ms, expected) in [
            (7_500_000, "in 2 h 5 min"),
            (-3_000, "3 s ago"),
            (400, "now"),
            (86_400_000, "in 1 d"),
            (86_460_000, "in 1 d"),
        ] {
            assert_eq!(
                distance(now + TimeDelta::milliseconds(ms), now),
                expected,
                "{ms}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd_to_be_read_or_refused(text in ".{0,30}") {
            let _ = instant(&text, at("2026-11-28T22:30:00Z"), CHANGING);
            let _ = seconds(&text);
        }
    }
}
