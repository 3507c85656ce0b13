//! What calendars exclude, and what they refuse.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn compile(request: Value) -> Result<Calendar, Invalid> {
    let request: CalendarRequest = serde_json::from_value(request).unwrap();
    Calendar::compile(&request, at("2026-11-21T12:00:00Z"))
}

/// The edges of a range: the last second before it, its first, its last, and the first after it.
pub(super) fn excludes_exactly(calendar: &Calendar, from: &str, until: &str) {
    let second = TimeDelta::seconds(1);
    assert!(!calendar.excludes(at(from) - second), "before {from}");
    assert!(calendar.excludes(at(from)), "{from}");
    assert!(calendar.excludes(at(until) - second), "before {until}");
    assert!(!calendar.excludes(at(until)), "{until}");
}

#[test]
fn dates_are_days_of_the_zone_however_long_they_are() {
    let dates = json!(["2026-12-25", "2026-03-29", "2026-10-25"]);
    let calendar = compile(json!({ "timezone": "Europe/Berlin", "dates": dates })).unwrap();
    excludes_exactly(&calendar, "2026-12-24T23:00:00Z", "2026-12-25T23:00:00Z");
    excludes_exactly(&calendar, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"); // 23 hours
    excludes_exactly(&calendar, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"); // 25 hours
    assert_eq!(calendar.timezone(), chrono_tz::Europe::Berlin);
    let calendar = compile(json!({ "dates": ["2026-12-25"] })).unwrap();
    assert_eq!(calendar.timezone(), chrono_tz::UTC);
    excludes_exactly(&calendar, "2026-12-25T00:00:00Z", "2026-12-26T00:00:00Z");
    assert!(calendar.excludes(at("2026-12-25T23:59:59.999Z")));
}

#[test]
fn ranges_of_dates_include_both_and_ranges_of_times_end_where_they_say() {
    let calendar = compile(json!({
        "timezone": "America/New_York",
        "ranges": [
            { "from": "2026-12-24", "until": "2027-01-02" },
            { "from": "2027-01-02T00:00:00", "until": "2027-01-03T06:30:00" }, // overlaps
            { "from": "2027-03-14T02:30:00", "until": "2027-03-14T03:30:00" }, // begins where the clock jumps
        ],
    }))
    .unwrap();
    excludes_exactly(&calendar, "2026-12-24T05:00:00Z", "2027-01-03T11:30:00Z");
    excludes_exactly(&calendar, "2027-03-14T07:00:00Z", "2027-03-14T07:30:00Z");
}

#[test]
fn weekly_windows_go_by_the_wall_clock_and_may_pass_midnight() {
    let calendar = compile(json!({
        "timezone": "Europe/Berlin",
        "weekly": [
            { "days": ["SAT"] },
            { "days": ["sun", "Mon"], "from": "22:00", "until": "06:00" },
        ],
    }))
    .unwrap();
    excludes_exactly(&calendar, "2026-11-20T23:00:00Z", "2026-11-21T23:00:00Z"); // Saturday
    excludes_exactly(&calendar, "2026-11-22T21:00:00Z", "2026-11-23T05:00:00Z"); // Sunday night
    excludes_exactly(&calendar, "2026-11-23T21:00:00Z", "2026-11-24T05:00:00Z"); // Monday night
    // Sunday, 25 October 2026 has 25 hours: in the repeated one the window on the clock is what counts.
    let nights = json!([{ "days": ["SUN"], "from": "02:30", "until": "03:00" }]);
    let calendar = compile(json!({ "timezone": "Europe/Berlin", "weekly": nights })).unwrap();
    excludes_exactly(&calendar, "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z");
    excludes_exactly(&calendar, "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z");
    let gap = at("2026-03-29T01:00:00Z");
    assert!((0..3_600).all(|second| !calendar.excludes(gap + TimeDelta::seconds(second))));
}

#[test]
fn an_exclusion_that_begins_where_the_clock_changes_ends_later_than_it_begins() {
    let always = compile(json!({
        "timezone": "Europe/Berlin",
        "weekly": [{ "days": ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"] }],
    }))
    .unwrap();
    for change in ["2027-03-28T01:00:00Z", "2027-10-31T01:00:00Z"] {
        let end = always.excluded_until(at(change)).unwrap();
        assert!(end > at(change), "{change} until {end}");
    }
}

#[test]
fn a_window_ends_where_it_says_or_where_the_clock_leaves_it() {
    let calendar = compile(json!({
        "timezone": "Europe/Berlin",
        "weekly": [
            { "days": ["MON"], "from": "00:00", "until": "06:00" },
            { "days": ["SUN"], "from": "01:00", "until": "02:30" },
        ],
    }))
    .unwrap();
    // From its first minute, the first of the week.
    let monday = calendar.excluded_until(at("2026-11-22T23:00:00Z"));
    assert_eq!(monday, Some(at("2026-11-23T05:00:00Z")));
    // On 28 March 2027 the clock jumps from 02:00 to 03:00.
    let jump = calendar.excluded_until(at("2027-03-28T00:20:00Z"));
    assert_eq!(jump, Some(at("2027-03-28T01:00:00Z")));
}

#[test]
fn as_much_as_is_allowed_is_accepted() {
    let dates = vec!["2026-12-24"; 2_000];
    let range = json!({ "from": "2026-01-02", "until": "2026-01-02" });
    for request in [
        json!({ "dates": dates }),
        json!({ "dates": dates[1..], "ranges": [range] }),
        json!({ "ranges": vec![range.clone(); 2_000] }),
        json!({ "weekly": vec![json!({ "days": ["MON"] }); 100] }),
    ] {
        assert!(compile(request).is_ok());
    }
    let one_more = compile(json!({ "dates": dates, "ranges": [range] }));
    assert_eq!(one_more.unwrap_err().field, "ranges", "the dates alone fit");
}

#[test]
fn what_cannot_be_meant_is_refused_by_field() {
    for (request, field) in [
        (json!({ "timezone": "Mars/Olympus" }), "timezone"),
        (json!({ "dates": ["2026-12-24", "2026-02-30"] }), "dates[1]"),
        (json!({ "dates": ["2026-1-5"] }), "dates[0]"),
        (json!({ "dates": ["9999-01-01"] }), "dates[0]"),
        (json!({ "dates": vec!["2026-12-24"; 2_001] }), "dates"),
        (
            json!({ "ranges": [{ "from": "tomorrow", "until": "2026-01-01" }] }),
            "ranges[0].from",
        ),
        (
            json!({ "ranges": [{ "from": "2026-01-01", "until": "2026-01-02T00:00:00" }] }),
            "ranges[0].until",
        ),
        (
            json!({ "ranges": [{ "from": "2026-1-02T01:00:00", "until": "2026-01-02T02:00:00" }] }),
            "ranges[0].from",
        ),
        (
            json!({ "ranges": [{ "from": "1599-12-31T01:00:00", "until": "2026-01-02T02:00:00" }] }),
            "ranges[0].from",
        ),
        (
            json!({ "ranges": [{ "from": "2026-01-02", "until": "2026-01-01" }] }),
            "ranges[0].until",
        ),
        (
            json!({ "ranges": [{ "from": "2026-01-02T01:00:00", "until": "2026-01-02T01:00:00" }] }),
            "ranges[0].until",
        ),
        (
            json!({ "ranges": vec![json!({ "from": "2026-01-02", "until": "2026-01-02" }); 2_001] }),
            "ranges",
        ),
        (json!({ "weekly": [{ "days": [] }] }), "weekly[0].days"),
        (
            json!({ "weekly": [{ "days": ["MON"] }, { "days": ["MOON"] }] }),
            "weekly[1].days",
        ),
        (
            json!({ "weekly": [{ "days": ["MON"], "from": "24:00" }] }),
            "weekly[0].from",
        ),
        (
            json!({ "weekly": [{ "days": ["MON"], "from": "9:00" }] }),
            "weekly[0].from",
        ),
        (
            json!({ "weekly": [{ "days": ["MON"], "until": "24:01" }] }),
            "weekly[0].until",
        ),
        (
            json!({ "weekly": [{ "days": ["MON"], "until": "12:60" }] }),
            "weekly[0].until",
        ),
        (
            json!({ "weekly": [{ "days": ["MON"], "from": "10:00", "until": "10:00" }] }),
            "weekly[0].until",
        ),
        (
            json!({ "weekly": vec![json!({ "days": ["MON"] }); 101] }),
            "weekly",
        ),
        (json!({ "ical": "" }), "ical"),
        (json!({ "ical": "x".repeat(256 * 1024 + 1) }), "ical"),
    ] {
        assert_eq!(compile(request.clone()).unwrap_err().field, field);
    }
    let misspelt = serde_json::from_value::<CalendarRequest>(json!({ "date": [] })).unwrap_err();
    assert!(misspelt.to_string().contains("unknown field `date`"));
}

#[test]
fn a_stored_calendar_is_small_and_answers_as_before() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR";
    let calendar = compile(
        json!({ "timezone": "Asia/Kolkata", "ical": text, "weekly": [{ "days": ["SUN"] }] }),
    )
    .unwrap();
    let stored = serde_json::to_string(&calendar).unwrap();
    assert!(stored.len() < 100_000, "{}", stored.len());
    assert_eq!(serde_json::from_str::<Calendar>(&stored).unwrap(), calendar);
    for damaged in [
        json!([1]),
        json!([0, 0]),
        json!([5, 1, 0, 1]),
        json!([1, i64::MAX, 1, 1]),
    ] {
        let stored = json!({ "timezone": "UTC", "excluded": damaged, "weekly": [] });
        assert!(serde_json::from_value::<Calendar>(stored).is_err());
    }
}

const NAMES: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

proptest! {
    #[test]
    fn a_date_is_excluded_exactly_while_the_clock_shows_it(day in 0..7_000_i64, hours in -40..40_i64, zone in prop::sample::select(vec!["Europe/Berlin", "America/Santiago", "Pacific/Apia", "Australia/Lord_Howe"])) {
        let date = NaiveDate::from_ymd_opt(2010, 1, 1).unwrap() + TimeDelta::days(day);
        let calendar = compile(json!({ "timezone": zone, "dates": [date.to_string()] })).unwrap();
        let instant = date.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(hours);
        let zone: Tz = zone.parse().unwrap();
        prop_assert_eq!(calendar.excludes(instant), wall(zone, instant).date() == date);
    }

    #[test]
    fn everything_is_excluded_until_it_says(
        minutes in 0..(9 * 24 * 60_i64), second in 0..60_i64, hours in prop::collection::vec((0_usize..7, 0..24, 1..25), 1..4), in_spring in any::<bool>(),
    ) {
        // Around a change of the clock in Lord Howe, by half an hour.
        let near = if in_spring { "2026-09-30T00:00:00Z" } else { "2026-04-01T00:00:00Z" };
        let weekly: Vec<_> = hours
            .iter()
            .filter(|(_, from, until)| from != until)
            .map(|(day, from, until)| json!({
                "days": [NAMES[*day]],
                "from": format!("{from:02}:00"), "until": format!("{until:02}:00"),
            }))
            .collect();
        let calendar = compile(json!({ "timezone": "Australia/Lord_Howe", "weekly": weekly, "dates": ["2026-04-04"] })).unwrap();
        let instant = at(near) + TimeDelta::seconds(minutes * 60 + second);
        prop_assert_eq!(calendar.excluded_until(instant).is_some(), calendar.excludes(instant));
        if let Some(end) = calendar.excluded_until(instant) {
            prop_assert!(end > instant);
            let within = std::iter::successors(Some(instant), |at| Some(*at + TimeDelta::minutes(1)));
            prop_assert!(within.take_while(|at| *at < end).all(|at| calendar.excludes(at)));
        }
    }
}
