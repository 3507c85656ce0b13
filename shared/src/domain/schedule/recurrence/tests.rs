//! The standard's own examples, what is refused, and that nothing a user can say makes the engine panic.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Schedule, ScheduleRequest};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn parse(request: Value) -> Result<Schedule, String> {
    let request: ScheduleRequest =
        serde_json::from_value(request).map_err(|error| error.to_string())?;
    Schedule::from_request(&request, at("2026-11-21T12:00:00.7Z"), 0)
        .map_err(|invalid| invalid.to_string())
}

fn rrule(rule: &str, start: &str, timezone: &str) -> Result<Schedule, String> {
    parse(json!({ "kind": "rrule", "rule": rule, "starts_at_local": start, "timezone": timezone }))
}

#[test]
fn the_examples_of_the_standard_fire_as_it_says() {
    // RFC 5545, section 3.8.5.3; all start at nine in the morning in New York, here shown in UTC+0 to keep to days.
    for (rule, start, days) in [
        (
            "FREQ=DAILY;INTERVAL=10;COUNT=5",
            "1997-09-02",
            "0902 0912 0922 1002 1012",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
            "1997-09-02",
            "0902 0916 0930 1014 1028",
        ),
        (
            "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
            "1997-09-02",
            "0902 0904 0909 0911 0916 0918 0923 0925 0930 1002",
        ),
        (
            "FREQ=MONTHLY;COUNT=6;BYDAY=1FR",
            "1997-09-05",
            "0905 1003 1107 1205 0102 0206",
        ),
        (
            "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
            "1997-09-22",
            "0922 1020 1117 1222 0119 0216",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-3",
            "1997-09-28",
            "0928 1029 1128 1229 0129 0226",
        ),
        ("FREQ=YEARLY;BYDAY=20MO", "1997-05-19", "0519 0518 0517"),
        (
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
            "1997-05-12",
            "0512 0511 0517",
        ),
        (
            "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
            "1997-01-01",
            "0101 0410 0719 0101 0409 0718 0101 0410 0719 0101",
        ),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            "1997-09-02",
            "0213 0313 1113 0813 1013",
        ),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            "1996-11-05",
            "1105 1107 1102",
        ),
        (
            "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            "1997-09-04",
            "0904 1007 1106",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            "1997-09-29",
            "0929 1030 1127 1230 0129",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            "1997-08-05",
            "0805 0810 0819 0824",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            "1997-08-05",
            "0805 0817 0819 0831",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            "2007-01-15",
            "0115 0130 0215 0315 0330",
        ),
    ] {
        let schedule = rrule(rule, &format!("{start}T09:00:00"), "UTC").unwrap();
        let expected: Vec<_> = days.split(' ').collect();
        let asked = expected.len() + usize::from(rule.contains("COUNT") || rule.contains("UNTIL"));
        let found: Vec<_> = schedule
            .between(DateTime::UNIX_EPOCH, at("2030-01-01T00:00:00Z"))
            .take(asked)
            .map(|fire| fire.format("%m%d").to_string())
            .collect();
        assert_eq!(found, expected, "{rule}");
    }
}

#[test]
fn a_position_counts_among_the_times_that_any_other_part_names() {
    for (rule, first, second) in [
        (
            "FREQ=YEARLY;BYMONTH=3,6;BYSETPOS=-1",
            "2026-06-01T09:00:00Z",
            "2027-06-01T09:00:00Z",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=3,6;BYSETPOS=-1",
            "2026-01-06T09:00:00Z",
            "2026-02-06T09:00:00Z",
        ),
        (
            "FREQ=DAILY;BYHOUR=8,12;BYSETPOS=-1",
            "2026-01-01T12:00:00Z",
            "2026-01-02T12:00:00Z",
        ),
        (
            "FREQ=DAILY;BYMINUTE=0,30;BYSETPOS=-1",
            "2026-01-01T09:30:00Z",
            "2026-01-02T09:30:00Z",
        ),
        (
            "FREQ=DAILY;BYSECOND=0,30;BYSETPOS=-1",
            "2026-01-01T09:00:30Z",
            "2026-01-02T09:00:30Z",
        ),
    ] {
        let schedule = rrule(rule, "2026-01-01T09:00:00", "UTC").unwrap();
        let found = schedule.between(DateTime::UNIX_EPOCH, at("2030-01-01T00:00:00Z"));
        assert_eq!(
            found.take(2).collect::<Vec<_>>(),
            [at(first), at(second)],
            "{rule}"
        );
    }
}

#[test]
fn each_day_of_the_week_has_its_name() {
    // 5 January 2026 is a Monday.
    for (day, first) in ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].iter().zip(5..) {
        let rule = format!("FREQ=WEEKLY;BYDAY={day}");
        let schedule = rrule(&rule, "2026-01-05T09:00:00", "UTC").unwrap();
        let expected = at(&format!("2026-01-{first:02}T09:00:00Z"));
        assert_eq!(
            schedule.next(DateTime::UNIX_EPOCH),
            Some(expected),
            "{rule}"
        );
    }
}

#[test]
fn recurrences_are_the_same_if_their_words_their_start_and_their_zone_are() {
    let start = "2026-01-01T09:00:00";
    let daily = || rrule("FREQ=DAILY", start, "UTC").unwrap();
    assert_eq!(daily(), daily());
    assert_ne!(daily(), rrule("FREQ=WEEKLY", start, "UTC").unwrap());
    assert_ne!(
        daily(),
        rrule("FREQ=DAILY", "2026-01-02T09:00:00", "UTC").unwrap()
    );
    assert_ne!(
        daily(),
        rrule("FREQ=DAILY", start, "Europe/Berlin").unwrap()
    );
}

#[test]
fn the_clock_changes_as_for_a_cron_with_fixed_times() {
    let schedule = rrule("FREQ=DAILY", "2026-01-01T02:30:00", "Europe/Berlin").unwrap();
    let fires = |from, until| -> Vec<_> { schedule.between(at(from), at(until)).collect() };
    assert_eq!(
        fires("2026-03-29T00:00:00Z", "2026-03-30T12:00:00Z"),
        [at("2026-03-29T01:00:00Z"), at("2026-03-30T00:30:00Z")]
    );
    assert_eq!(
        fires("2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z"),
        [at("2026-10-25T00:30:00Z")]
    );
}

#[test]
fn an_end_is_its_last_time() {
    for (rule, last) in [
        ("FREQ=DAILY;COUNT=3", "2026-01-03T08:00:00Z"),
        ("FREQ=DAILY;UNTIL=20260103T090000", "2026-01-03T08:00:00Z"),
        ("FREQ=DAILY;UNTIL=20260103T085959", "2026-01-02T08:00:00Z"),
        ("FREQ=DAILY;UNTIL=20260103T080000Z", "2026-01-03T08:00:00Z"),
        ("FREQ=DAILY;UNTIL=20260103T075959Z", "2026-01-02T08:00:00Z"),
        ("RRULE:freq=daily;until=20260103", "2026-01-03T08:00:00Z"),
    ] {
        let schedule = rrule(rule, "2026-01-01T09:00:00", "Europe/Berlin").unwrap();
        let found = schedule.between(DateTime::UNIX_EPOCH, at("2200-01-01T00:00:00Z"));
        assert_eq!(found.last(), Some(at(last)), "{rule}");
    }
}

#[test]
fn without_a_start_it_starts_with_the_request() {
    let schedule =
        parse(json!({ "kind": "rrule", "rule": "FREQ=DAILY", "timezone": "Asia/Kolkata" }))
            .unwrap();
    let stored = serde_json::to_value(&schedule).unwrap();
    assert_eq!(
        stored,
        json!({ "kind": "rrule", "rule": "FREQ=DAILY", "starts_at_local": "2026-11-21T17:30:00", "timezone": "Asia/Kolkata" })
    );
    assert_eq!(
        serde_json::from_value::<Schedule>(stored).unwrap(),
        schedule
    );
    assert_eq!(
        schedule.next(DateTime::UNIX_EPOCH),
        Some(at("2026-11-21T12:00:00Z"))
    );
}

#[test]
fn rules_that_cannot_be_meant_are_refused_with_the_reason() {
    let every_minute = (0..60).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let bomb = format!("FREQ=YEARLY;BYDAY=MO,TU;BYMINUTE={every_minute};BYSECOND=0,1,2");
    for (rule, reason) in [
        ("", "not of the form NAME=VALUE"),
        ("DAILY", "not of the form NAME=VALUE"),
        ("INTERVAL=2", "no FREQ"),
        ("FREQ=FORTNIGHTLY", "FREQ: \"FORTNIGHTLY\""),
        ("FREQ=SECONDLY", "not supported"),
        ("FREQ=MINUTELY;INTERVAL=5", "not supported"),
        ("FREQ=DAILY;FREQ=DAILY", "given twice"),
        ("FREQ=DAILY;COUNT=1;UNTIL=20270101", "both COUNT and UNTIL"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=DAILY;COUNT=1001", "1 to 1000"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20261301", "UNTIL"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR: \"24\" is not in 0 to 23"),
        ("FREQ=DAILY;BYSECOND=60", "BYSECOND"),
        ("FREQ=DAILY;BYMONTH=13", "BYMONTH"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "without 0"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYDAY=XX", "BYDAY: \"XX\" is not a day"),
        ("FREQ=MONTHLY;BYDAY=é", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=MO,1TU", "mixes days"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY with a number"),
        ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO"),
        ("FREQ=DAILY;BYYEARDAY=1", "BYYEARDAY"),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=DAILY;BYEASTER=1", "\"BYEASTER\""),
        ("FREQ=DAILY;BYMONTH=", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never fire"),
        ("FREQ=HOURLY;INTERVAL=24;BYHOUR=8", "never fire"),
        ("FREQ=DAILY;UNTIL=20251231", "never fire"),
        ("FREQ=DAILY;UNTIL=20251231T000000Z", "never fire"),
        (&bomb, "more than 5000 times"),
        (&"X".repeat(600), "at most 512"),
    ] {
        let refusal = rrule(rule, "2026-01-01T09:00:00", "UTC").unwrap_err();
        assert!(refusal.starts_with("schedule.rule: "), "{rule}: {refusal}");
        assert!(refusal.contains(reason), "{rule}: {refusal}");
    }
    let early = rrule("FREQ=DAILY", "1969-01-01T09:00:00", "UTC").unwrap_err();
    assert!(early.contains("schedule.starts_at_local"), "{early}");
    let late = rrule("FREQ=DAILY", "2200-12-31T23:00:00.5", "UTC").unwrap_err();
    assert!(late.contains("schedule.starts_at_local"), "{late}");
}

/// Parts as they are, in any combination: most are refused, none may panic.
fn any_rule() -> impl Strategy<Value = String> {
    let numbers = |least: i32, most: i32| {
        prop::collection::vec(least..=most, 1..4)
            .prop_map(|all| all.iter().map(i32::to_string).collect::<Vec<_>>().join(","))
    };
    let part = prop_oneof![
        (1..1_001_i32).prop_map(|n| format!("INTERVAL={n}")),
        (1..12_i32).prop_map(|n| format!("INTERVAL={n}")),
        (1..40_i32).prop_map(|n| format!("COUNT={n}")),
        numbers(1, 12).prop_map(|n| format!("BYMONTH={n}")),
        numbers(-53, 53).prop_map(|n| format!("BYWEEKNO={n}")),
        numbers(-366, 366).prop_map(|n| format!("BYYEARDAY={n}")),
        numbers(-31, 31).prop_map(|n| format!("BYMONTHDAY={n}")),
        numbers(-366, 366).prop_map(|n| format!("BYSETPOS={n}")),
        numbers(0, 23).prop_map(|n| format!("BYHOUR={n}")),
        numbers(0, 59).prop_map(|n| format!("BYMINUTE={n}")),
        prop::sample::select(vec![
            "MO", "TU,FR", "SU", "53MO", "-53SU", "5WE,-5WE", "1SA"
        ])
        .prop_map(|days| format!("BYDAY={days}")),
        prop::sample::select(vec!["SU", "WE"]).prop_map(|day| format!("WKST={day}")),
    ];
    let frequency = prop::sample::select(vec!["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]);
    (frequency, prop::collection::vec(part, 0..4)).prop_map(|(frequency, parts)| {
        let parts: Vec<_> = std::iter::once(format!("FREQ={frequency}"))
            .chain(parts)
            .collect();
        parts.join(";")
    })
}

fn any_wall() -> impl Strategy<Value = NaiveDateTime> {
    // 1970 to 2200.
    (0..7_280_000_000_i64)
        .prop_map(|second| DateTime::from_timestamp(second, 0).unwrap().naive_utc())
}

proptest! {
    #[test]
    fn no_rule_makes_the_engine_panic(rule in any_rule(), start in any_wall(), later in any_wall()) {
        let start = start.format("%Y-%m-%dT%H:%M:%S").to_string();
        if let Ok(schedule) = rrule(&rule, &start, "Australia/Lord_Howe") {
            let times: Vec<_> = schedule.between(later.and_utc(), at("2201-01-01T00:00:00Z")).take(5).collect();
            prop_assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(times.iter().all(|time| schedule.contains(*time)));
            let _ = schedule.next(at("2200-12-31T23:59:59Z"));
        }
    }

    #[test]
    fn a_search_may_begin_anywhere(rule in any_rule(), start in any_wall(), days in 0..9_000_i64) {
        // What is found from a moved start is what a walk from the start itself finds.
        let Ok(rule) = super::Rule::parse(&rule) else { return Ok(()) };
        let Ok(engine) = super::Engine::new(&rule, start) else { return Ok(()) };
        let from = start + TimeDelta::days(days);
        let walked = engine.from(start).find(|found| *found >= from);
        prop_assert_eq!(engine.from(from).next(), walked);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(FREQ=DAILY;)?[A-Z0-9=;,+-]{0,40}|\\PC{0,20}") {
        let _ = super::Rule::parse(&text);
    }
}
