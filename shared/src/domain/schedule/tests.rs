//! The rules by example, and the laws by property.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-11-21T12:00:00Z")
}

fn parse(request: Value) -> Result<Schedule, String> {
    let request: ScheduleRequest =
        serde_json::from_value(request).map_err(|error| error.to_string())?;
    Schedule::from_request(&request, now(), 0).map_err(|invalid| invalid.to_string())
}

fn cron(expression: &str, timezone: &str) -> Schedule {
    parse(json!({ "kind": "cron", "expression": expression, "timezone": timezone })).unwrap()
}

fn fires(schedule: &Schedule, from: &str, until: &str) -> Vec<String> {
    let times = schedule.between(at(from), at(until));
    times
        .map(|time| time.format("%m-%dT%H:%MZ").to_string())
        .collect()
}

#[test]
fn a_fixed_time_that_does_not_exist_fires_at_the_instant_the_clock_jumps() {
    // Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00Z.
    let schedule = cron("30 2 * * *", "Europe/Berlin");
    let found = fires(&schedule, "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z");
    assert_eq!(found, ["03-28T01:30Z", "03-29T01:00Z", "03-30T00:30Z"]);
}

#[test]
fn the_jump_is_a_fire_time_also_for_who_asks_at_the_jump() {
    let schedule = cron("30 2 * * *", "Europe/Berlin");
    assert!(schedule.contains(at("2026-03-29T01:00:00Z")));
    let skipped_day = cron("0 12 * * *", "Pacific/Apia");
    assert!(skipped_day.contains(at("2011-12-30T10:00:00Z")));
}

#[test]
fn the_year_2200_has_fire_times_to_its_end_and_the_next_one_none() {
    let last = at("2200-12-31T23:59:59Z");
    let often = json!({ "kind": "every", "seconds": 10, "anchor_at": "2026-01-01T00:00:00Z" });
    let often = parse(often).unwrap();
    let soon = often.next(last - TimeDelta::minutes(2));
    assert!(soon.is_some_and(|soon| soon < last), "{soon:?}");
    assert_eq!(often.next(last + TimeDelta::seconds(1)), None);
    let new_year =
        json!({ "kind": "every", "seconds": 31_536_000, "anchor_at": "2199-01-01T00:00:00Z" });
    let new_year = parse(new_year).unwrap();
    assert!(new_year.contains(at("2200-01-01T00:00:00Z")));
    assert_eq!(new_year.next(at("2200-01-01T00:00:01Z")), None);
}

#[test]
fn several_fixed_times_in_one_gap_fire_once() {
    let schedule = cron("0,20,40 2,3 * * *", "Europe/Berlin");
    let found = fires(&schedule, "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z");
    assert_eq!(found, ["03-29T01:00Z", "03-29T01:20Z", "03-29T01:40Z"]);
}

#[test]
fn a_fixed_time_that_occurs_twice_fires_the_first_time() {
    // Berlin, 25 October 2026: 03:00 becomes 02:00 at 01:00Z.
    let schedule = cron("30 2 * * *", "Europe/Berlin");
    let found = fires(&schedule, "2026-10-24T12:00:00Z", "2026-10-27T00:00:00Z");
    assert_eq!(found, ["10-25T00:30Z", "10-26T01:30Z"]);
}

#[test]
fn a_schedule_is_called_by_the_kind_that_its_request_names() {
    for request in [
        json!({ "kind": "once", "at": "2026-12-24T17:00:00Z" }),
        json!({ "kind": "cron", "expression": "@daily" }),
        json!({ "kind": "rrule", "rule": "FREQ=DAILY" }),
        json!({ "kind": "every", "seconds": 60 }),
        json!({ "kind": "after" }),
    ] {
        let schedule = parse(request.clone()).unwrap();
        assert_eq!(request["kind"], schedule.kind());
    }
}

#[test]
fn who_follows_real_time_and_looks_ahead_over_a_jump_finds_the_next_day() {
    // From the noon before: the two times that the jump leaves out lie further ahead than a clock is looked at.
    let schedule = cron("*/30 2 * * *", "Europe/Berlin");
    let found = fires(&schedule, "2026-03-28T12:00:00Z", "2026-03-31T00:00:00Z");
    assert_eq!(found, ["03-30T00:00Z", "03-30T00:30Z"]);
}

#[test]
fn a_starred_minute_or_hour_follows_real_time() {
    let hourly = cron("0 * * * *", "Europe/Berlin");
    let fold = fires(&hourly, "2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z");
    assert_eq!(fold, ["10-25T00:00Z", "10-25T01:00Z", "10-25T02:00Z"]);
    let gap = fires(&hourly, "2026-03-29T00:00:00Z", "2026-03-29T03:00:00Z");
    assert_eq!(gap, ["03-29T00:00Z", "03-29T01:00Z", "03-29T02:00Z"]);
    let in_the_skipped_hour = cron("*/30 2 * * *", "Europe/Berlin");
    let gap = fires(
        &in_the_skipped_hour,
        "2026-03-29T00:00:00Z",
        "2026-03-30T00:00:00Z",
    );
    assert!(gap.is_empty(), "{gap:?}");
    let fold = fires(
        &in_the_skipped_hour,
        "2026-10-25T00:00:00Z",
        "2026-10-25T03:00:00Z",
    );
    assert_eq!(
        fold,
        [
            "10-25T00:00Z",
            "10-25T00:30Z",
            "10-25T01:00Z",
            "10-25T01:30Z"
        ]
    );
}

#[test]
fn a_skipped_day_fires_once_when_the_clock_jumps() {
    // Samoa left out 30 December 2011.
    let schedule = cron("0 12 * * *", "Pacific/Apia");
    let found = fires(&schedule, "2011-12-29T00:00:00Z", "2012-01-01T00:00:00Z");
    assert_eq!(
        found,
        [
            "12-29T22:00Z",
            "12-30T10:00Z",
            "12-30T22:00Z",
            "12-31T22:00Z"
        ]
    );
}

#[test]
fn a_half_hour_change_is_a_change_too() {
    // Lord Howe, 5 October 2025: 02:00 becomes 02:30.
    let schedule = cron("15 2 * * *", "Australia/Lord_Howe");
    let found = fires(&schedule, "2025-10-04T12:00:00Z", "2025-10-05T12:00:00Z");
    assert_eq!(found, ["10-04T15:30Z"]);
}

#[test]
fn both_day_fields_restricted_mean_either() {
    let schedule = cron("0 0 13 * FRI", "UTC");
    let found = fires(&schedule, "2026-11-01T00:00:00Z", "2026-11-21T00:00:00Z");
    assert_eq!(found, ["11-06T00:00Z", "11-13T00:00Z", "11-20T00:00Z"]);
    let starred = cron("0 0 */2 * FRI", "UTC");
    let found = fires(&starred, "2026-11-01T00:00:00Z", "2026-11-21T00:00:00Z");
    assert_eq!(
        found,
        ["11-13T00:00Z"],
        "a field that begins with * is not restricted"
    );
}

#[test]
fn the_dialect_is_the_one_that_crons_users_know() {
    for (one, other) in [
        ("0 0 * * 0", "0 0 * * 7"),
        ("0 0 * * 1-5", "0 0 * * MON-FRI"),
        ("0 0 * * fri-sun", "0 0 * * 5,6,0"),
        ("0 0 * * FRI-TUE", "0 0 * * 5,6,0,1,2"),
        ("0 0 1 NOV-FEB *", "0 0 1 11,12,1,2 *"),
        ("0 0 * * 5-7", "0 0 * * 5,6,0"),
        ("0 0 * * 0,7", "0 0 * * SUN"),
        ("5,0-10/5 * * * *", "0,5,10 * * * *"),
        ("0 0 1 jan,JUL *", "0 0 1 1,7 *"),
        ("5/20 * * * *", "5,25,45 * * * *"),
        ("10-30/10 0 * * *", "10,20,30 0 * * *"),
        ("0 30 12 * * *", "30 12 * * *"),
        ("0 0 ? * MON", "0 0 * * MON"),
        ("@weekly", "0 0 * * SUN"),
        ("@Yearly", "0 0 1 1 *"),
        ("@midnight", "@daily"),
    ] {
        let (from, until) = ("2026-01-01T00:00:00Z", "2027-01-02T00:00:00Z");
        let found: Vec<_> = cron(one, "UTC")
            .between(at(from), at(until))
            .take(500)
            .collect();
        let expected: Vec<_> = cron(other, "UTC")
            .between(at(from), at(until))
            .take(500)
            .collect();
        assert!(!found.is_empty(), "{one}");
        assert_eq!(found, expected, "{one} and {other}");
    }
}

#[test]
fn seconds_may_be_given_as_a_sixth_field() {
    let schedule = cron("*/20 0 12 * * *", "UTC");
    let found: Vec<_> = schedule
        .between(at("2026-11-21T00:00:00Z"), at("2026-11-22T00:00:00Z"))
        .collect();
    assert_eq!(
        found,
        [
            at("2026-11-21T12:00:00Z"),
            at("2026-11-21T12:00:20Z"),
            at("2026-11-21T12:00:40Z")
        ]
    );
}

#[test]
fn expressions_that_cannot_be_meant_are_refused_with_the_reason() {
    for (expression, reason) in [
        ("", "0 fields"),
        ("* * * *", "4 fields"),
        ("* * * * * * *", "7 fields"),
        ("60 * * * *", "\"60\" is not in 0–59"),
        ("* 24 * * *", "not in 0–23"),
        ("* * 0 * *", "not in 1–31"),
        ("* * * 13 *", "not in 1–12"),
        ("* * * * 8", "not in 0–7"),
        ("30-10 * * * *", "runs backwards"),
        ("* * * * FRI-1", "runs backwards"),
        ("* * * * 5-MON", "runs backwards"),
        ("*/0 * * * *", "step"),
        ("1,,2 * * * *", "empty"),
        (", * * * *", "empty"),
        ("* * * * +1", "\"+1\""),
        ("-1 * * * *", "\"\""),
        ("* * * FOO *", "\"FOO\""),
        ("* * ?/2 * *", "\"?\""),
        ("? * * * *", "\"?\""),
        ("0 0 L * *", "not supported"),
        ("0 0 * * MON#2", "not supported"),
        ("@reboot", "nothing reboots"),
        ("@never", "is not one of"),
        ("0 0 30 2 *", "never fire"),
        ("0 0 31 4,6,9,11 *", "never fire"),
        ("١ * * * *", "not in 0–59"),
        ("1-2-3 * * * *", "\"2-3\""),
        ("99999999999 * * * *", "not in 0–59"),
    ] {
        let refusal = parse(json!({ "kind": "cron", "expression": expression })).unwrap_err();
        assert!(
            refusal.starts_with("schedule.expression: "),
            "{expression}: {refusal}"
        );
        assert!(refusal.contains(reason), "{expression}: {refusal}");
    }
    let endless = |length| format!("{:<length$}", "0 0 * * *");
    for (length, is_taken) in [(256, true), (257, false), (20_000, false)] {
        let read = parse(json!({ "kind": "cron", "expression": endless(length) }));
        let refusal = read.err().unwrap_or_default();
        assert_eq!(
            !refusal.contains("at most 256"),
            is_taken,
            "{length}: {refusal}"
        );
    }
}

#[test]
fn a_field_that_leaves_out_one_value_leaves_it_out() {
    // Each `from` is at the value that is left out; 31 January 2026 is a Saturday.
    for (expression, from, next) in [
        (
            "0-58 * * * * *",
            "2026-01-31T00:00:59Z",
            "2026-01-31T00:01:00Z",
        ),
        (
            "1-59 * * * *",
            "2026-01-31T00:00:00Z",
            "2026-01-31T00:01:00Z",
        ),
        (
            "0 0-22 * * *",
            "2026-01-31T23:00:00Z",
            "2026-02-01T00:00:00Z",
        ),
        (
            "0 0 1-30 * *",
            "2026-01-31T00:00:00Z",
            "2026-02-01T00:00:00Z",
        ),
        (
            "0 0 31 2-12 *",
            "2026-01-31T00:00:00Z",
            "2026-03-31T00:00:00Z",
        ),
        (
            "0 0 * * 0-5",
            "2026-01-31T00:00:00Z",
            "2026-02-01T00:00:00Z",
        ),
    ] {
        let found = cron(expression, "UTC").next(at(from));
        assert_eq!(found, Some(at(next)), "{expression}");
    }
}

#[test]
fn leap_days_fire() {
    let schedule = cron("0 0 29 2 *", "UTC");
    assert_eq!(
        schedule.next(at("2026-01-01T00:00:00Z")),
        Some(at("2028-02-29T00:00:00Z"))
    );
}

#[test]
fn requests_that_cannot_be_meant_are_refused_by_field() {
    for (request, said) in [
        (json!({ "kind": "every", "seconds": 9 }), "schedule.seconds"),
        (
            json!({ "kind": "every", "seconds": 31_536_001 }),
            "schedule.seconds",
        ),
        (
            json!({ "kind": "every", "seconds": 60, "anchor_at": "2026-01-01T00:00:00.5Z" }),
            "schedule.anchor_at",
        ),
        (
            json!({ "kind": "every", "seconds": 60, "anchor": "x" }),
            "unknown field `anchor`",
        ),
        (json!({ "kind": "every" }), "missing field `seconds`"),
        (
            json!({ "kind": "cron", "expression": "@daily", "timezone": "Mars/Olympus" }),
            "schedule.timezone",
        ),
        (
            json!({ "kind": "cron", "expression": "@daily", "tz": "UTC" }),
            "unknown field `tz`",
        ),
        (json!({ "kind": "once" }), "schedule.at"),
        (
            json!({ "kind": "once", "at": "2026-01-01T00:00:00Z", "local": "2026-01-01T00:00:00" }),
            "schedule.at",
        ),
        (
            json!({ "kind": "once", "local": "2026-01-01T00:00:00" }),
            "schedule.timezone",
        ),
        (
            json!({ "kind": "once", "at": "2026-01-01T00:00:00.250Z" }),
            "schedule.at",
        ),
        (
            json!({ "kind": "once", "at": "9999-01-01T00:00:00Z" }),
            "schedule.at",
        ),
        (
            json!({ "kind": "once", "local": "-9999-01-01T00:00:00", "timezone": "UTC" }),
            "schedule.local",
        ),
        (
            json!({ "kind": "sometimes" }),
            "unknown variant `sometimes`",
        ),
    ] {
        let refusal = parse(request.clone()).unwrap_err();
        assert!(refusal.contains(said), "{request}: {refusal}");
    }
}

#[test]
fn a_local_time_becomes_an_instant_when_it_is_asked_for() {
    let schedule = parse(
        json!({ "kind": "once", "local": "2026-03-29T02:30:00", "timezone": "Europe/Berlin" }),
    )
    .unwrap();
    assert_eq!(
        schedule.next(now() - TimeDelta::days(300)),
        Some(at("2026-03-29T01:00:00Z"))
    );
    let stored = serde_json::to_value(&schedule).unwrap();
    assert_eq!(
        stored,
        json!({ "kind": "once", "at": "2026-03-29T01:00:00Z", "timezone": "Europe/Berlin" })
    );
}

#[test]
fn a_period_is_anchored_where_it_was_asked_for() {
    let schedule = parse(json!({ "kind": "every", "seconds": 90 })).unwrap();
    assert_eq!(
        schedule.next(at("2026-11-21T12:00:01Z")),
        Some(at("2026-11-21T12:01:30Z"))
    );
    assert_eq!(
        schedule.next(at("2020-01-01T00:00:00Z")),
        Some(now()),
        "never before its anchor"
    );
    let stored = serde_json::to_value(&schedule).unwrap();
    assert_eq!(
        stored,
        json!({ "kind": "every", "seconds": 90, "anchor_at": "2026-11-21T12:00:00Z" })
    );
}

#[test]
fn the_ends_of_time_are_no_place_to_panic() {
    for schedule in [
        cron("* * * * *", "Pacific/Kiritimati"),
        cron("0 0 29 2 *", "Pacific/Pago_Pago"),
        parse(json!({ "kind": "every", "seconds": 10 })).unwrap(),
        parse(json!({ "kind": "once", "at": "2200-12-31T23:59:59Z" })).unwrap(),
    ] {
        for instant in [
            DateTime::<Utc>::MIN_UTC,
            DateTime::UNIX_EPOCH,
            at("2200-12-31T23:59:59Z"),
            DateTime::<Utc>::MAX_UTC,
        ] {
            let _ = schedule.next(instant);
        }
        assert_eq!(schedule.next(DateTime::<Utc>::MAX_UTC), None);
    }
}

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Kathmandu",
];

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let field = prop::sample::select(vec!["*", "0", "5,35", "*/15", "10-50/20", "2"]);
    let days = prop::sample::select(vec!["*", "1", "13,28", "MON", "SAT,SUN", "*/2"]);
    let day_of_month = days.clone().prop_filter("days of the month", |day| {
        !day.contains(char::is_alphabetic)
    });
    let of_cron = (field.clone(), prop::sample::select(vec!["*", "2", "0-3", "*/6", "1,23"]), day_of_month, days, prop::sample::select(ZONES.to_vec()))
        .prop_filter_map("fires", |(minute, hour, dom, dow, zone)| {
            let dow = if dow.starts_with(|first: char| first.is_ascii_digit()) { "*" } else { dow };
            parse(json!({ "kind": "cron", "expression": format!("{minute} {hour} {dom} * {dow}"), "timezone": zone })).ok()
        });
    let of_every = (10_i64..100_000).prop_map(|seconds| {
        parse(json!({ "kind": "every", "seconds": seconds, "anchor_at": "2000-01-01T00:00:07Z" }))
            .unwrap()
    });
    prop_oneof![3 => of_cron, 1 => of_every]
}

fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
    // 2000 to 2037, down to the millisecond.
    (946_684_800_000_i64..2_114_380_800_000)
        .prop_map(|ms| DateTime::from_timestamp_millis(ms).unwrap())
}

proptest! {
    #[test]
    fn fire_times_are_whole_seconds_in_strict_order_and_members(schedule in any_schedule(), from in any_instant()) {
        let times: Vec<_> = schedule.between(from, from + TimeDelta::days(40)).take(60).collect();
        for pair in times.windows(2) {
            prop_assert!(pair[0] < pair[1]);
        }
        for time in times {
            prop_assert!(time >= from);
            prop_assert_eq!(time.timestamp_subsec_nanos(), 0);
            prop_assert!(schedule.contains(time));
        }
    }

    #[test]
    fn between_two_neighbours_nothing_is_owed(schedule in any_schedule(), from in any_instant(), share in 0.0..1.0) {
        if let Some(first) = schedule.next(from)
            && let Some(second) = schedule.next(first + TimeDelta::seconds(1))
        {
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any second in between will do")]
            let inside = first + TimeDelta::seconds(((second - first).num_seconds() as f64 * share) as i64);
            prop_assert_eq!(schedule.contains(inside), inside == first);
        }
    }

    #[test]
    fn a_schedule_survives_its_json(schedule in any_schedule()) {
        let json = serde_json::to_string(&schedule).unwrap();
        prop_assert_eq!(serde_json::from_str::<Schedule>(&json).unwrap(), schedule);
    }

    #[test]
    fn no_expression_makes_the_parser_panic(expression in "[0-9*,/?LW#@a-zA-Z +-]{0,40}|\\PC{0,20}") {
        let _ = parse(json!({ "kind": "cron", "expression": expression }));
    }
}
