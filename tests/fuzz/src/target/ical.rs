//! Calendar files: how their lines end, and where they are folded, means nothing; what is excluded has an end; and what
//! was accepted excludes the same once it was stored and read again.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::Invalid;
use punctual::domain::calendar::{Calendar, CalendarRequest};

pub(super) const WORDS: &[&str] = &[
    "BEGIN:VCALENDAR",
    "END:VCALENDAR",
    "BEGIN:VEVENT",
    "END:VEVENT",
    "BEGIN:VTIMEZONE",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "UID",
    "RECURRENCE-ID",
    "STATUS:CANCELLED",
    ";VALUE=DATE",
    ";TZID=Europe/Berlin",
    ";TZID=Pacific/Apia",
    ":20261224",
    ":20261224T180000",
    ":20261224T180000Z",
    "P1D",
    "PT1H30M",
    "P1W",
    "-PT1H",
    "FREQ=YEARLY",
    "FREQ=WEEKLY;BYDAY=SU",
    "FREQ=DAILY;COUNT=5",
    "UNTIL=20271231",
    "INTERVAL=2",
    "BYMONTH=12",
    "\r\n",
    "\n",
    "\n ",
    "\"",
    ";",
    ":",
    ",",
    "=",
    "16040101",
    "22001231",
];

/// A file.
pub(super) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default();
    let compiled = compile(text, now);
    let plain = text.replace("\r\n", "\n");
    // A carriage return elsewhere is a character like any other.
    if !plain.contains('\r') {
        assert_eq!(
            compile(&plain, now),
            compiled,
            "how lines end means something"
        );
    }
    let calendar = match compiled {
        Ok(calendar) => calendar,
        Err(Invalid { field, reason }) => {
            assert_eq!(field, "ical", "{reason}");
            return assert!(!reason.trim().is_empty(), "refused without a reason");
        }
    };
    if let Some(folded) = folded(&plain) {
        assert_eq!(
            compile(&folded, now).as_ref(),
            Ok(&calendar),
            "folded, it means something else"
        );
    }
    let stored = serde_json::to_string(&calendar).unwrap_or_default();
    let read: Option<Calendar> = serde_json::from_str(&stored).ok();
    assert_eq!(read.as_ref(), Some(&calendar), "{stored}");
    excludes_by_its_own_account(&calendar, now);
}

/// What it says of an instant and of where an exclusion ends go together.
pub(super) fn excludes_by_its_own_account(calendar: &Calendar, now: DateTime<Utc>) {
    let mut instant = now - TimeDelta::days(3);
    for step in 0..40 {
        if let Some(end) = calendar.excluded_until(instant) {
            assert!(
                calendar.excludes(instant),
                "{instant} has an end and is not excluded"
            );
            assert!(
                end > instant,
                "the exclusion around {instant} ends at {end}"
            );
            let last = (end - TimeDelta::seconds(1)).max(instant);
            assert!(
                calendar.excludes(last),
                "{last} lies before the end and is not excluded"
            );
            instant = end;
        } else {
            assert!(
                !calendar.excludes(instant),
                "{instant} is excluded without an end"
            );
            instant += TimeDelta::hours(1 + step * step);
        }
    }
}

fn compile(text: &str, now: DateTime<Utc>) -> Result<Calendar, Invalid> {
    let request = CalendarRequest {
        timezone: Some("Europe/Berlin".to_owned()),
        ical: Some(text.to_owned()),
        ..CalendarRequest::default()
    };
    Calendar::compile(&request, now)
}

/// The file with its longest line folded in the middle.
fn folded(text: &str) -> Option<String> {
    let longest = text.split('\n').max_by_key(|line| line.len())?;
    let middle =
        (longest.len() / 2..longest.len()).find(|at| *at > 0 && longest.is_char_boundary(*at))?;
    let (left, right) = longest.split_at(middle);
    Some(text.replacen(longest, &format!("{left}\n {right}"), 1))
}
