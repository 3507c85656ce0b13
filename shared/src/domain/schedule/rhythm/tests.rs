//! Every shortcut against the plain search: the same seconds, whatever the clock does.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const ZONES: [&str; 9] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Antarctica/Casey",
    "Asia/Kathmandu",
];

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// As it is stored.
fn stored(request: Value) -> Option<ScheduleRequest> {
    let request: ScheduleRequest = serde_json::from_value(request).unwrap();
    let schedule = Schedule::from_request(&request, at("2020-01-01T00:00:07Z"), 77).ok()?;
    Some(schedule.into())
}

fn told(stored: &ScheduleRequest, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<i64> {
    let (rhythm, shift) = stored.rhythm().unwrap();
    let beats = rhythm.read().unwrap();
    let (begin, end) = (
        from.timestamp() - shift.seconds,
        until.timestamp() - shift.seconds,
    );
    let found = beats.between(begin, end, &mut Clocks::new(from, until));
    let most = beats.most(end - begin);
    assert!(
        found.len() as u64 <= most,
        "{} are more than {most}",
        found.len()
    );
    let found = found.into_iter().map(|beat| beat + shift.seconds);
    found
        .filter(|second| shift.from.is_none_or(|from| *second >= from))
        .collect()
}

fn searched(stored: &ScheduleRequest, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<i64> {
    let schedule = Schedule::try_from(stored.clone()).unwrap();
    let found = schedule.between(from, until);
    found.map(|found| found.timestamp()).collect()
}

fn any_cron() -> impl Strategy<Value = ScheduleRequest> {
    let second = prop::sample::select(vec!["", "0 ", "H ", "7,47 ", "*/20 "]);
    let minute = prop::sample::select(vec!["*", "0", "5,35", "*/15", "H", "10-50/20", "30"]);
    let hour = prop::sample::select(vec!["*", "2", "0-3", "*/6", "H", "1,23", "0"]);
    let of_month = prop::sample::select(vec!["*", "?", "1", "13,28", "*/2", "29-31", "H"]);
    let month = prop::sample::select(vec!["*", "*", "*", "MAR,OCT,NOV", "1-6", "DEC"]);
    let of_week = prop::sample::select(vec!["*", "*", "MON", "SAT,SUN", "*/2", "FRI-MON", "7"]);
    let zone = prop::sample::select(ZONES.to_vec());
    (second, minute, hour, of_month, month, of_week, zone).prop_filter_map(
        "fires",
        |(second, minute, hour, of_month, month, of_week, zone)| {
            let expression = format!("{second}{minute} {hour} {of_month} {month} {of_week}");
            stored(json!({ "kind": "cron", "expression": expression, "timezone": zone }))
        },
    )
}

fn any_rule() -> impl Strategy<Value = ScheduleRequest> {
    let rule = prop::sample::select(vec![
        "FREQ=HOURLY",
        "FREQ=HOURLY;INTERVAL=5",
        "FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30",
        "FREQ=DAILY;COUNT=900",
        "FREQ=DAILY;UNTIL=20261101T013000Z",
        "FREQ=WEEKLY;BYDAY=SU,MO;BYHOUR=1,2",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=YEARLY;BYMONTH=3,10;BYDAY=SU",
    ]);
    let start = prop::sample::select(vec!["2020-01-01T02:30:00", "2026-10-20T01:15:10"]);
    (rule, start, prop::sample::select(ZONES.to_vec())).prop_filter_map(
        "fires",
        |(rule, start, zone)| {
            stored(json!({
                "kind": "rrule", "rule": rule, "starts_at_local": start, "timezone": zone
            }))
        },
    )
}

fn any_every() -> impl Strategy<Value = ScheduleRequest> {
    (10_i64..200_000, 0_i64..2_000_000_000).prop_filter_map("fires", |(seconds, anchor)| {
        let anchor = DateTime::<Utc>::from_timestamp(anchor, 0)?;
        stored(json!({ "kind": "every", "seconds": seconds, "anchor_at": anchor }))
    })
}

/// Begins of stretches: any, and those around changes of clocks.
fn any_begin() -> impl Strategy<Value = DateTime<Utc>> {
    let changes = prop::sample::select(vec![
        "2026-03-29T01:00:00Z",
        "2026-10-25T01:00:00Z",
        "2026-11-01T06:00:00Z",
        "2026-03-08T07:00:00Z",
        "2026-04-04T15:00:00Z",
        "2026-10-03T15:30:00Z",
        "2011-12-30T10:00:00Z",
        "2026-02-15T02:00:00Z",
        "2026-03-22T02:00:00Z",
        "2010-03-04T15:00:00Z",
        "2020-10-03T16:01:00Z",
    ]);
    let near = (changes, -200_000_i64..100_000)
        .prop_map(|(change, away)| at(change) + TimeDelta::seconds(away));
    let anywhere = (1_000_000_000_i64..2_100_000_000)
        .prop_map(|second| DateTime::<Utc>::from_timestamp(second, 0).unwrap());
    prop_oneof![3 => near, 1 => anywhere]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn beats_of_an_expression_are_what_the_search_finds(stored in any_cron(), from in any_begin(), hours in 1_i64..120) {
        let until = from + TimeDelta::hours(hours);
        prop_assert_eq!(told(&stored, from, until), searched(&stored, from, until));
    }

    #[test]
    fn beats_of_a_period_are_what_the_search_finds(stored in any_every(), from in any_begin(), hours in 1_i64..120) {
        let until = from + TimeDelta::hours(hours);
        prop_assert_eq!(told(&stored, from, until), searched(&stored, from, until));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn beats_of_a_rule_are_what_the_search_finds(stored in any_rule(), from in any_begin(), hours in 1_i64..120) {
        let until = from + TimeDelta::hours(hours);
        prop_assert_eq!(told(&stored, from, until), searched(&stored, from, until));
    }
}

#[test]
fn one_instant_is_a_moment_shifted() {
    let stored = stored(json!({ "kind": "once", "at": "2026-11-29T12:00:00Z" })).unwrap();
    let (rhythm, shift) = stored.rhythm().unwrap();
    assert_eq!(rhythm, Rhythm::Moment);
    assert_eq!(shift.seconds, at("2026-11-29T12:00:00Z").timestamp());
    let found = told(
        &stored,
        at("2026-11-29T12:00:00Z"),
        at("2026-11-29T12:00:01Z"),
    );
    assert_eq!(found, [at("2026-11-29T12:00:00Z").timestamp()]);
    let none = told(
        &stored,
        at("2026-11-29T11:00:00Z"),
        at("2026-11-29T12:00:00Z"),
    );
    assert!(none.is_empty());
}

#[test]
fn an_expression_whose_days_never_come_together_has_no_beats() {
    let said = CronRequest {
        expression: "0 0 30 2 *".to_owned(),
        timezone: None,
        resolved: None,
    };
    let beats = Rhythm::Cron(&said).read().unwrap();
    let (from, until) = (at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
    let found = beats.between(
        from.timestamp(),
        until.timestamp(),
        &mut Clocks::new(from, until),
    );
    assert!(found.is_empty());
}

#[test]
fn how_often_something_fires_is_said_in_a_word() {
    for (expression, word) in [
        ("0 * * * *", "hourly"),
        ("17 * * * *", "hourly"),
        ("* * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"),
        ("0 */6 * * *", "every 6 hours"),
        ("30 9 * * *", "daily"),
        ("0 9,17 * * *", "2 times a day"),
        // Either day: one of the two fields names all of them.
        ("0 9 1-31 * MON", "daily"),
        ("0 9 1 * 0-6", "daily"),
        ("0 9 * * MON-FRI", "on some days of the week"),
        ("0 9 * * MON", "weekly"),
        ("0 9,17 * * MON", "on some days of the week"),
        ("0 0 1 * *", "monthly"),
        ("0 0 1 1 *", "yearly"),
        ("*/10 * * * * *", "every 10 seconds"),
    ] {
        let stored = stored(json!({ "kind": "cron", "expression": expression })).unwrap();
        let beats = stored.rhythm().unwrap().0.read().unwrap();
        assert_eq!(beats.cadence().to_string(), word, "{expression}");
    }
    let minutes: Vec<_> = (0..60).map(|minute| minute.to_string()).collect();
    let half_minutes = format!("FREQ=HOURLY;BYMINUTE={};BYSECOND=0,30", minutes.join(","));
    for (rule, word) in [
        ("FREQ=HOURLY", "hourly"),
        ("FREQ=HOURLY;INTERVAL=4", "every 4 hours"),
        ("FREQ=DAILY;INTERVAL=2", "every 2 days"),
        ("FREQ=WEEKLY;INTERVAL=2", "every 14 days"),
        ("FREQ=WEEKLY;BYDAY=MO", "weekly"),
        ("FREQ=WEEKLY;BYDAY=MO,TU", "on some days of the week"),
        (
            "FREQ=WEEKLY;BYDAY=MO;BYHOUR=8,12",
            "on some days of the week",
        ),
        ("FREQ=MONTHLY", "monthly"),
        ("FREQ=MONTHLY;BYMONTHDAY=1", "monthly"),
        (&half_minutes, "every 30 seconds"),
        ("FREQ=DAILY;BYMONTHDAY=1,15", "monthly"),
        ("FREQ=YEARLY", "yearly"),
        ("FREQ=DAILY;BYMONTH=3", "yearly"),
        ("FREQ=MONTHLY;BYMONTH=3", "yearly"),
        ("FREQ=DAILY", "daily"),
        ("FREQ=DAILY;BYHOUR=8,12", "2 times a day"),
        ("FREQ=DAILY;BYHOUR=8,20", "every 12 hours"),
        ("FREQ=DAILY;BYHOUR=8;BYSECOND=0,20,40", "3 times a day"),
        (
            "FREQ=DAILY;INTERVAL=2;BYHOUR=8,20",
            "on some days of the week",
        ),
        ("FREQ=DAILY;BYDAY=MO", "on some days of the week"),
        ("FREQ=HOURLY;BYDAY=MO", "on some days of the week"),
        ("FREQ=HOURLY;BYMINUTE=0,30", "every 30 minutes"),
        ("FREQ=HOURLY;BYMINUTE=0,10", "48 times a day"),
        ("FREQ=HOURLY;INTERVAL=6;BYMINUTE=0,30", "8 times a day"),
        ("FREQ=HOURLY;INTERVAL=36", "every 36 hours"),
        ("FREQ=HOURLY;BYHOUR=8,12", "2 times a day"),
        (
            "FREQ=HOURLY;INTERVAL=5;BYHOUR=9",
            "on some days of the week",
        ),
        (
            "FREQ=HOURLY;INTERVAL=48;BYMINUTE=0,30",
            "on some days of the week",
        ),
        ("FREQ=HOURLY;INTERVAL=24;BYMINUTE=0,30", "2 times a day"),
        (
            "FREQ=DAILY;BYHOUR=8,12;BYSETPOS=1",
            "on some days of the week",
        ),
    ] {
        let stored = stored(json!({ "kind": "rrule", "rule": rule })).unwrap();
        let beats = stored.rhythm().unwrap().0.read().unwrap();
        assert_eq!(beats.cadence().to_string(), word, "{rule}");
    }
    assert_eq!(Cadence::Every(90).to_string(), "every 90 seconds");
    assert_eq!(Cadence::Once.to_string(), "once");
}

#[test]
fn a_stretch_has_the_beat_at_its_beginning_and_not_the_one_at_its_end() {
    for request in [
        json!({ "kind": "every", "seconds": 3_600, "anchor_at": "2020-01-01T00:00:00Z" }),
        json!({ "kind": "cron", "expression": "0 * * * *" }),
        json!({ "kind": "rrule", "rule": "FREQ=HOURLY", "starts_at_local": "2020-01-01T00:00:00" }),
    ] {
        let hourly = stored(request).unwrap();
        for (from, until) in [
            ("2026-06-12T10:00:00Z", "2026-06-12T13:00:00Z"),
            ("2026-06-12T21:00:00Z", "2026-06-13T00:00:00Z"),
        ] {
            let (from, until) = (at(from), at(until));
            let expected = [0, 1, 2].map(|hours| from.timestamp() + hours * 3_600);
            assert_eq!(told(&hourly, from, until), expected, "{hourly:?}");
        }
    }
}

#[test]
fn around_a_change_of_the_clock_beats_are_those_of_the_search() {
    // Berlin: 02:00 becomes 03:00 on 29 March, and 03:00 becomes 02:00 on 25 October, both at 01:00Z.
    let fixed =
        json!({ "kind": "cron", "expression": "30 1,2,3 * * *", "timezone": "Europe/Berlin" });
    let fixed = stored(fixed).unwrap();
    for (day, expected) in [
        ("2026-03-29", ["00:30", "01:00", "01:30"]),
        ("2026-10-25", ["23:30", "00:30", "02:30"]),
    ] {
        let midnight = at(&format!("{day}T00:00:00Z"));
        let (from, until) = (
            midnight - TimeDelta::hours(1),
            midnight + TimeDelta::hours(12),
        );
        let shown = |beat| {
            DateTime::<Utc>::from_timestamp(beat, 0)
                .unwrap()
                .format("%H:%M")
        };
        let found: Vec<_> = told(&fixed, from, until)
            .into_iter()
            .map(|beat| shown(beat).to_string())
            .collect();
        assert_eq!(found, expected, "{day}");
    }
}

#[test]
fn the_first_day_of_all_can_be_told_in_part() {
    let hourly = stored(json!({ "kind": "cron", "expression": "0 * * * *" })).unwrap();
    let found = told(
        &hourly,
        at("1970-01-01T00:00:00Z"),
        at("1970-01-01T03:00:00Z"),
    );
    assert_eq!(found, [0, 3_600, 7_200]);
}

/// What `request` makes at most in the three days before `until`, and how much work it is to tell it.
fn most_and_work(request: Value, until: &str) -> (u64, u64) {
    let stored = stored(request).unwrap();
    let beats = stored.rhythm().unwrap().0.read().unwrap();
    let until = at(until);
    let mut clocks = Clocks::new(until - TimeDelta::days(3), until);
    (beats.most(3 * DAY), beats.work(3 * DAY, &mut clocks))
}

#[test]
fn work_grows_with_the_beats_and_with_what_has_to_be_searched_around_a_change_of_the_clock() {
    let summer = "2026-06-12T12:00:00Z";
    // Two hours of these three days lie around the change: a twelfth of a day's times.
    let change = "2026-03-30T00:00:00Z";
    let once = || json!({ "kind": "once", "at": "2026-06-12T00:00:00Z" });
    let every = || json!({ "kind": "every", "seconds": 600 });
    let cron = |zone: &str| json!({ "kind": "cron", "expression": "0 * * * *", "timezone": zone });
    let rule = |zone: &str| {
        json!({
            "kind": "rrule", "rule": "FREQ=HOURLY", "starts_at_local": "2020-01-01T00:00:00", "timezone": zone
        })
    };
    // Of a clock's times, those of three days and of a part at each end: five days.
    for (request, until, most, work) in [
        (once(), summer, 1, 1),
        (every(), summer, 433, 433),
        (cron("UTC"), summer, 120, 5 + 120),
        (cron("Europe/Berlin"), summer, 120, 5 + 120),
        (
            cron("Europe/Berlin"),
            change,
            120,
            5 + 120 + 5_000 + 2 * 200,
        ),
        (rule("UTC"), summer, 120, 5_000 + 120 * 50),
        (
            rule("Europe/Berlin"),
            change,
            120,
            5_000 + 120 * 50 + 2 * 200,
        ),
    ] {
        let said = request.to_string();
        assert_eq!(
            most_and_work(request, until),
            (most, work),
            "{said} {until}"
        );
    }
}

#[test]
fn no_stretch_has_more_beats_than_seconds() {
    let secondly = json!({ "kind": "cron", "expression": "* * * * * *" });
    let secondly = stored(secondly).unwrap();
    let beats = secondly.rhythm().unwrap().0.read().unwrap();
    assert_eq!(beats.most(10), 10);
    assert_eq!(beats.most(1), 1);
}

#[test]
fn a_rule_has_no_beat_after_its_end() {
    let rule = json!({
        "kind": "rrule", "rule": "FREQ=HOURLY;UNTIL=20261101T013000Z",
        "starts_at_local": "2026-10-20T00:00:00", "timezone": "UTC"
    });
    let (from, until) = (at("2026-11-01T00:00:00Z"), at("2026-11-01T06:00:00Z"));
    let expected =
        ["2026-11-01T00:00:00Z", "2026-11-01T01:00:00Z"].map(|beat| at(beat).timestamp());
    assert_eq!(told(&stored(rule).unwrap(), from, until), expected);
}
