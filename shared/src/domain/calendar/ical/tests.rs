//! What files exclude, and what they may not do.

use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::json;

use super::super::tests::{at, compile, excludes_exactly};
use super::super::{Calendar, Invalid};

fn ical(lines: &[&str]) -> Result<Calendar, Invalid> {
    let body = lines.join("\r\n");
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}\r\nEND:VCALENDAR\r\n");
    compile(json!({ "timezone": "Europe/Berlin", "ical": text }))
}

fn event(lines: &[&str]) -> Result<Calendar, Invalid> {
    ical(&[&["BEGIN:VEVENT", "UID:1"], lines, &["END:VEVENT"]].concat())
}

#[test]
fn public_holidays_are_whole_days_of_the_calendars_zone() {
    let calendar = ical(&[
        "BEGIN:VEVENT",
        "UID:christmas",
        "DTSTART;VALUE=DATE:20261225",
        "DTEND;VALUE=DATE:20261227",
        "SUMMARY:Weihnachten\\, beide",
        "  Tage", // folded
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:unity",
        "DTSTART;VALUE=DATE:19901003",
        "RRULE:FREQ=YEARLY",
        "BEGIN:VALARM",
        "TRIGGER:-PT15M",
        "DURATION:P9D",
        "END:VALARM",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "DTSTART;VALUE=DATE:20201225",
        "END:VEVENT",
    ])
    .unwrap();
    excludes_exactly(&calendar, "2026-12-24T23:00:00Z", "2026-12-26T23:00:00Z");
    excludes_exactly(&calendar, "2027-10-02T22:00:00Z", "2027-10-03T22:00:00Z");
    excludes_exactly(&calendar, "2036-10-02T22:00:00Z", "2036-10-03T22:00:00Z");
    assert!(
        !calendar.excludes(at("2037-10-03T12:00:00Z")),
        "beyond ten years"
    );
    assert_eq!(calendar.known_until(), Some(at("2036-11-21T12:00:00Z")));
    assert!(!calendar.excludes(at("2020-12-25T12:00:00Z")), "long ago");
}

#[test]
fn timed_events_go_by_their_own_zone() {
    let by_end = event(&[
        "DTSTART;TZID=America/New_York:20270314T013000",
        "DTEND;TZID=\"America/New_York\":20270314T040000",
    ])
    .unwrap();
    excludes_exactly(&by_end, "2027-03-14T06:30:00Z", "2027-03-14T08:00:00Z");
    let in_utc = event(&["DTSTART:20270101T100000Z", "DURATION:P1DT1H30M"]).unwrap();
    excludes_exactly(&in_utc, "2027-01-01T10:00:00Z", "2027-01-02T11:30:00Z");
    let floating = event(&["DTSTART:20270701T100000", "DURATION:PT45M"]).unwrap();
    excludes_exactly(&floating, "2027-07-01T08:00:00Z", "2027-07-01T08:45:00Z");
    let moment = event(&["DTSTART:20270701T100000Z"]).unwrap();
    assert!(
        !moment.excludes(at("2027-07-01T10:00:00Z")),
        "it has no length"
    );
    let canceled = event(&["DTSTART;VALUE=DATE:20270701", "STATUS:CANCELLED"]).unwrap();
    assert!(!canceled.excludes(at("2027-07-01T10:00:00Z")));
}

#[test]
fn a_parameter_in_quotes_may_hold_what_parts_parameters_from_each_other_and_from_the_value() {
    let start = "DTSTART;X-NOTE=\"at 10:00; by car\";TZID=America/New_York:20270701T100000";
    let event = event(&[start, "DURATION:PT1H"]).unwrap();
    excludes_exactly(&event, "2027-07-01T14:00:00Z", "2027-07-01T15:00:00Z");
}

#[test]
fn whole_days_are_as_long_as_the_clock_makes_them_and_parts_of_days_are_not() {
    let sundays = event(&[
        "DTSTART;VALUE=DATE:20270321",
        "DTEND;VALUE=DATE:20270322",
        "RRULE:FREQ=WEEKLY",
    ])
    .unwrap();
    // Of 23 hours: the clock jumps.
    excludes_exactly(&sundays, "2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z");
    let morning = event(&["DTSTART;VALUE=DATE:20270701", "DTEND:20270701T120000"]).unwrap();
    excludes_exactly(&morning, "2027-06-30T22:00:00Z", "2027-07-01T10:00:00Z");
}

#[test]
fn an_event_lasts_a_thousand_years_at_most() {
    for (longest, longer) in [
        ("P366000D", "P366001D"),
        ("PT31622400000S", "PT31622400001S"),
    ] {
        let lasting = |length: &str| {
            let length = format!("DURATION:{length}");
            event(&["DTSTART:20270101T000000Z", &length])
        };
        let calendar = lasting(longest).unwrap();
        assert!(calendar.excludes(at("2200-01-01T00:00:00Z")));
        let refusal = lasting(longer).unwrap_err();
        assert!(refusal.reason.contains("is not a duration"), "{longer}");
    }
    for nothing in ["P", "PT", "P1DT"] {
        let length = format!("DURATION:{nothing}");
        assert!(
            event(&["DTSTART:20270101T000000Z", &length]).is_err(),
            "{nothing}"
        );
    }
}

#[test]
fn recurring_events_leave_out_and_move_what_they_say() {
    let calendar = ical(&[
        "BEGIN:VEVENT",
        "UID:maintenance",
        "DTSTART;TZID=Europe/Berlin:20261201T200000",
        "DTEND;TZID=Europe/Berlin:20261201T220000",
        "RRULE:FREQ=WEEKLY;UNTIL=20261222T190000Z",
        "EXDATE;TZID=Europe/Berlin:20261208T200000",
        "RDATE;TZID=Europe/Berlin:20261224T080000,20261225T080000",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:maintenance",
        "RECURRENCE-ID;TZID=Europe/Berlin:20261215T200000",
        "DTSTART;TZID=Europe/Berlin:20261216T060000",
        "DURATION:PT30M",
        "END:VEVENT",
    ])
    .unwrap();
    excludes_exactly(&calendar, "2026-12-01T19:00:00Z", "2026-12-01T21:00:00Z");
    assert!(!calendar.excludes(at("2026-12-08T20:00:00Z")), "an EXDATE");
    assert!(!calendar.excludes(at("2026-12-15T20:00:00Z")), "replaced");
    excludes_exactly(&calendar, "2026-12-16T05:00:00Z", "2026-12-16T05:30:00Z");
    excludes_exactly(&calendar, "2026-12-22T19:00:00Z", "2026-12-22T21:00:00Z");
    excludes_exactly(&calendar, "2026-12-25T07:00:00Z", "2026-12-25T09:00:00Z");
    assert!(
        !calendar.excludes(at("2026-12-29T20:00:00Z")),
        "after its UNTIL"
    );
    assert_eq!(calendar.known_until(), None, "all of it is known");
}

#[test]
fn what_began_in_the_month_before_or_lasts_into_it_is_known() {
    // Up to 31 days before 21 November 2026, 12:00.
    let daily = event(&[
        "DTSTART:20200101T100000Z",
        "DURATION:PT1H",
        "RRULE:FREQ=DAILY",
    ])
    .unwrap();
    assert!(!daily.excludes(at("2026-10-20T10:30:00Z")), "long ago");
    excludes_exactly(&daily, "2026-10-22T10:00:00Z", "2026-10-22T11:00:00Z");
    let quarters = event(&[
        "DTSTART:20200901T000000Z",
        "DURATION:P60D",
        "RRULE:FREQ=YEARLY",
    ])
    .unwrap();
    excludes_exactly(&quarters, "2026-09-01T00:00:00Z", "2026-10-31T00:00:00Z");
    // Sydney's clock jumps within it, and shows 501 hours.
    let hours = event(&[
        "DTSTART;TZID=Australia/Sydney:20201001T023000",
        "DURATION:PT500H",
        "RRULE:FREQ=YEARLY",
    ])
    .unwrap();
    excludes_exactly(&hours, "2026-09-30T16:30:00Z", "2026-10-21T12:30:00Z");
    let last = event(&["DTSTART:20261021T110000Z", "DURATION:PT1H"]).unwrap();
    assert!(
        last.excludes(at("2026-10-21T11:30:00Z")),
        "it ended 31 days ago"
    );
}

#[test]
fn a_rule_that_never_ends_is_known_to_its_last_time_within_ten_years() {
    // 3653 days after 21 November 2026, 12:00.
    let daily = event(&[
        "DTSTART:20261121T120000Z",
        "DURATION:PT1H",
        "RRULE:FREQ=DAILY",
    ])
    .unwrap();
    assert!(daily.excludes(at("2036-11-21T12:30:00Z")));
    assert!(!daily.excludes(at("2036-11-22T12:30:00Z")));
}

#[test]
fn an_event_with_too_many_occurrences_is_refused_and_never_cut_short() {
    // Hours that touch: twenty thousand of them are one range.
    let hourly = |more: &[&str]| {
        let lines = ["DTSTART:20270101T000000Z", "DURATION:PT1H"];
        event(&[&lines, more].concat())
    };
    let as_many = hourly(&["RRULE:FREQ=HOURLY;UNTIL=20290413T070000Z"]).unwrap();
    excludes_exactly(&as_many, "2027-01-01T00:00:00Z", "2029-04-13T08:00:00Z");
    let long_ago = event(&[
        "DTSTART:20200101T000000Z",
        "DURATION:PT1H",
        "RRULE:FREQ=HOURLY",
    ]);
    let one_left_out = hourly(&["RRULE:FREQ=HOURLY", "EXDATE:20270101T050000Z"]);
    let one_more = hourly(&["RRULE:FREQ=HOURLY;UNTIL=20290413T080000Z"]);
    for refused in [long_ago, one_left_out, one_more] {
        let reason = refused.unwrap_err().reason;
        assert!(reason.contains("more than 20000 occurrences"), "{reason}");
    }
}

#[test]
fn what_is_left_out_counts_and_so_do_other_events() {
    let calendar = |events: &[&str]| {
        let events = events
            .iter()
            .map(|lines| format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n"));
        let events: String = events.collect();
        compile(json!({ "ical": format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n") }))
    };
    let until = |last: &str| {
        format!(
            "DTSTART:20270101T000000Z\nDURATION:PT1H\nEXDATE:20270101T050000Z\nRRULE:FREQ=HOURLY;UNTIL={last}"
        )
    };
    let another = "DTSTART:20270101T000000Z\nDURATION:PT1H";
    assert!(calendar(&[&until("20290413T070000Z")]).is_ok());
    assert!(calendar(&[&until("20290413T080000Z")]).is_err());
    assert!(calendar(&[another, &until("20290413T060000Z")]).is_ok());
    assert!(calendar(&[another, &until("20290413T070000Z")]).is_err());
    // Days that touch, named one by one.
    let days = |count| {
        let first = at("2027-01-01T00:00:00Z");
        let days = (1..count).map(|day| first + TimeDelta::days(day));
        let days: Vec<_> = days.map(|day| day.format("%Y%m%d").to_string()).collect();
        format!(
            "DTSTART;VALUE=DATE:20270101\nRDATE;VALUE=DATE:{}",
            days.join(",")
        )
    };
    let as_many = calendar(&[&days(20_000)]).unwrap();
    excludes_exactly(&as_many, "2027-01-01T00:00:00Z", "2081-10-04T00:00:00Z");
    let refusal = calendar(&[&days(20_001)]).unwrap_err();
    assert!(
        refusal.reason.contains("more than 20000 occurrences"),
        "{}",
        refusal.reason
    );
}

#[test]
fn as_much_as_is_allowed_is_read() {
    let event = "BEGIN:VEVENT\nDTSTART:20270101T000000Z\nDURATION:PT1M\nEND:VEVENT\n";
    let file = |filling: usize| {
        let filling = "x".repeat(filling);
        format!("BEGIN:VCALENDAR\n{event}X:{filling}\nEND:VCALENDAR\n")
    };
    let longest = file(256 * 1024 - file(0).len());
    assert!(compile(json!({ "ical": longest })).is_ok());
    // Two thousand hours and as many days: four thousand ranges that do not touch.
    let hours = "BEGIN:VEVENT\nDTSTART:20270101T000000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY;UNTIL=20270325T070000Z\nEND:VEVENT\n";
    let days: Vec<_> = (0..2_000)
        .map(|day| at("2010-01-01T00:00:00Z") + TimeDelta::days(2 * day))
        .map(|day| day.format("%Y-%m-%d").to_string())
        .collect();
    let text = format!("BEGIN:VCALENDAR\n{hours}END:VCALENDAR\n");
    let calendar = compile(json!({ "ical": text, "dates": days })).unwrap();
    excludes_exactly(&calendar, "2010-01-01T00:00:00Z", "2010-01-02T00:00:00Z");
    excludes_exactly(&calendar, "2027-03-25T07:00:00Z", "2027-03-25T07:01:00Z");
}

#[test]
fn a_file_that_cannot_be_honoured_is_refused_with_its_line() {
    for (lines, reason) in [
        (
            &["DTSTART;TZID=W. Europe Standard Time:20261201T200000"][..],
            "line 5: DTSTART \"20261201T200000\": \"W. Europe Standard Time\" is not an IANA",
        ),
        (
            &["SUMMARY:no start", "DURATION:P1D"],
            "an event has no DTSTART",
        ),
        (
            &["DTSTART:tomorrow"],
            "line 5: DTSTART \"tomorrow\": is not a time",
        ),
        (&["DTSTART:20261301"], "is not a time"),
        (&["DTSTART:99990101"], "1600 to 2200"),
        (
            &["DTSTART:20261201", "DTEND:20261130"],
            "line 6: DTEND \"20261130\": lies before DTSTART",
        ),
        (&["DTSTART:20261201", "DURATION:1 day"], "is not a duration"),
        (&["DTSTART:20261201", "DURATION:-P1D"], "is not a duration"),
        (
            &["DTSTART:20261201", "DURATION:P99999999999999999999D"],
            "is not a duration",
        ),
        (
            &["DTSTART:20261201", "RRULE:FREQ=SECONDLY"],
            "RRULE \"FREQ=SECONDLY\": FREQ=SECONDLY is not supported",
        ),
        (
            &["DTSTART:20261201", "RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY"],
            "line 7: RRULE",
        ),
        (
            &[
                "DTSTART:20261201T000000Z",
                "DURATION:PT1M",
                "RRULE:FREQ=HOURLY",
            ],
            "more than 20000 occurrences",
        ),
        (
            &[
                "DTSTART:20261201",
                "RECURRENCE-ID;RANGE=THISANDFUTURE:20261201",
            ],
            "RANGE",
        ),
        (
            &[
                "DTSTART:20261201",
                "RDATE;VALUE=PERIOD:20261201T000000Z/PT1H",
            ],
            "is not a time",
        ),
        (&["no colon"], "line 5: is not of the form NAME:VALUE"),
        (&["END:VCALENDAR"], "line 5: ends what did not begin last"),
        (&["BEGIN:X"], "ends what did not begin last"),
    ] {
        let refusal = event(lines).unwrap_err();
        assert_eq!(refusal.field, "ical");
        assert!(
            refusal.reason.contains(reason),
            "{lines:?}: {}",
            refusal.reason
        );
    }
}

#[test]
fn bombs_are_refused() {
    let many =
        |event: &str, count| ["BEGIN:VCALENDAR\n", &event.repeat(count), "END:VCALENDAR"].concat();
    let day =
        "BEGIN:VEVENT\nDTSTART:20270101T000000Z\nDURATION:PT1S\nRRULE:FREQ=DAILY\nEND:VEVENT\n";
    let never =
        "BEGIN:VEVENT\nDTSTART:20270101\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\nEND:VEVENT\n";
    let entries: String = (0..4_100)
        .map(|hour| at("2027-01-01T00:00:00Z") + TimeDelta::hours(hour))
        .map(|start| {
            start
                .format("BEGIN:VEVENT\nDTSTART:%Y%m%dT%H%M%SZ\nDURATION:PT1M\nEND:VEVENT\n")
                .to_string()
        })
        .collect();
    let entries = many(&entries, 1);
    for (text, reason) in [
        ("BEGIN:A\n".repeat(30_000), "BEGIN:VCALENDAR is expected"),
        (
            format!("BEGIN:VCALENDAR\n{}", "BEGIN:A\n".repeat(30_000)),
            "nested too deeply",
        ),
        (many(day, 100), "more than 20000 occurrences"),
        (many(never, 2_000), "2000 recurring events"),
        (entries, "ranges; 4000 are allowed"),
        ("\0B\0E\0G\0I\0N\0".to_owned(), "not of the form"),
        ("QkVHSU46VkNBTEVOREFS".to_owned(), "not of the form"),
        (" folded\n".repeat(30_000), "not of the form"),
        ("BEGIN:VCALENDAR\n".to_owned(), "ends within VCALENDAR"),
        (
            format!("BEGIN:VCALENDAR\nX;{}", "\"".repeat(200_001)),
            "not of the form",
        ),
    ] {
        let refusal = compile(json!({ "ical": text })).unwrap_err();
        assert_eq!(refusal.field, "ical");
        assert!(
            refusal.reason.contains(reason),
            "{reason}: {}",
            refusal.reason
        );
        assert!(refusal.reason.len() < 300, "{}", refusal.reason.len());
    }
}

proptest! {
    #[test]
    fn no_file_makes_the_reader_panic(lines in prop::collection::vec("(BEGIN|END|DTSTART|DTEND|DURATION|RRULE|RDATE|EXDATE)[;:](VEVENT|P[0-9]{0,9}[WD]?T?[0-9HMS]{0,4}|FREQ=DAILY|20[0-9]{6}(T[0-9]{6}Z?)?|[;:=,\"é]{0,5})", 0..12)) {
        let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{}\nEND:VEVENT\nEND:VCALENDAR", lines.join("\n"));
        let _ = compile(json!({ "ical": text }));
    }
}
