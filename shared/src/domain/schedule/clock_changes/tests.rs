//! What is met where, by example.

use serde_json::{Value, json};

use super::super::ScheduleRequest;
use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn met(schedule: Value, from: &str, until: &str) -> Vec<ClockChange> {
    let request: ScheduleRequest = serde_json::from_value(schedule).unwrap();
    let schedule = Schedule::from_request(&request, at("2026-01-01T00:00:00Z"), 0).unwrap();
    clock_changes(&schedule, at(from), at(until))
}

fn of_cron(expression: &str, timezone: &str) -> Vec<(String, Effect, String)> {
    let schedule = json!({ "kind": "cron", "expression": expression, "timezone": timezone });
    let met = met(schedule, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let short = |change: ClockChange| {
        let at = change.at.format("%m-%dT%H:%MZ").to_string();
        (at, change.effect, change.words)
    };
    met.into_iter().map(short).collect()
}

#[test]
fn a_fixed_time_is_moved_to_the_jump_and_fires_once_in_the_fold() {
    assert_eq!(
        of_cron("30 2 * * *", "Europe/Berlin"),
        [
            ("03-29T01:00Z".into(), Effect::FiresAtTheJump { times: 1 }, "On 29 March 2026 the clock goes from 02:00 to 03:00: one time does not exist and fires at the jump.".into()),
            ("10-25T01:00Z".into(), Effect::FiresOnce { times: 1 }, "On 25 October 2026 the clock goes from 03:00 to 02:00: one time comes twice and fires only the first time.".into()),
        ]
    );
    assert_eq!(
        of_cron("0,20,40 1-3 8 3 *", "America/New_York"),
        [("03-08T07:00Z".into(), Effect::FiresAtTheJump { times: 3 }, "On 8 March 2026 the clock goes from 02:00 to 03:00: 3 times do not exist and fire once together, at the jump.".into())]
    );
}

#[test]
fn the_change_at_which_a_schedule_ends_is_met_and_later_ones_are_not() {
    let schedule = json!({
        "kind": "rrule", "rule": "FREQ=DAILY;COUNT=2", "starts_at_local": "2026-03-28T02:30:00",
        "timezone": "Europe/Berlin",
    });
    let met = met(schedule, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let at: Vec<_> = met.iter().map(|change| change.at).collect();
    assert_eq!(
        at,
        ["2026-03-29T01:00:00Z".parse::<DateTime<Utc>>().unwrap()]
    );
}

#[test]
fn a_schedule_that_follows_real_time_loses_or_repeats_times() {
    assert_eq!(
        of_cron("*/30 2 * * *", "Europe/Berlin"),
        [
            ("03-29T01:00Z".into(), Effect::DoesNotFire { times: 2 }, "On 29 March 2026 the clock goes from 02:00 to 03:00: 2 times do not exist and do not fire.".into()),
            ("10-25T01:00Z".into(), Effect::FiresTwice { times: 2 }, "On 25 October 2026 the clock goes from 03:00 to 02:00: 2 times come twice and fire both times.".into()),
        ]
    );
}

#[test]
fn what_keeps_its_pace_or_its_distance_meets_nothing() {
    for expression in [
        "*/10 * * * *",
        "0 * * * *",
        "0 9 * * *",
        "30 2 * * MON",
        "30 2 30 * *",
    ] {
        assert_eq!(of_cron(expression, "Europe/Berlin"), [], "{expression}");
    }
    for timezone in ["UTC", "Asia/Kolkata", "America/Phoenix"] {
        assert_eq!(of_cron("30 2 * * *", timezone), [], "{timezone}");
    }
    let (from, until) = ("2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
    let every = json!({ "kind": "every", "seconds": 600 });
    assert_eq!(met(every, from, until), []);
    let once =
        json!({ "kind": "once", "local": "2026-03-29T02:30:00", "timezone": "Europe/Berlin" });
    assert_eq!(met(once, from, until), []);
}

#[test]
fn half_an_hour_is_enough() {
    // Lord Howe goes back from 02:00 to 01:30 in April, and ahead from 02:00 to 02:30 in October.
    let of_lord_howe = |expression| {
        let all = of_cron(expression, "Australia/Lord_Howe");
        all.into_iter()
            .map(|(at, effect, _)| (at, effect))
            .collect::<Vec<_>>()
    };
    let (april, october) = ("04-04T15:00Z".to_owned(), "10-03T15:30Z".to_owned());
    assert_eq!(
        of_lord_howe("45 1 * * *"),
        [(april.clone(), Effect::FiresOnce { times: 1 })]
    );
    assert_eq!(
        of_lord_howe("15 2 * * *"),
        [(october.clone(), Effect::FiresAtTheJump { times: 1 })]
    );
    // Every hour at :00 is not every sixty minutes here.
    assert_eq!(
        of_lord_howe("0 * * * *"),
        [(october, Effect::DoesNotFire { times: 1 })]
    );
    assert_eq!(
        of_lord_howe("45 * * * *"),
        [(april, Effect::FiresTwice { times: 1 })]
    );
}

#[test]
fn a_rule_is_told_as_a_fixed_time_with_instant_and_offsets() {
    let rule = json!({ "kind": "rrule", "rule": "FREQ=DAILY", "starts_at_local": "2026-01-01T02:30:00", "timezone": "Europe/Berlin" });
    let at_jump = "2026-03-29T01:00:00Z";
    let found = met(rule.clone(), at_jump, "2026-03-29T01:00:01Z");
    let [change] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(change.at, at(at_jump));
    assert_eq!(
        (
            change.before.local_minus_utc(),
            change.after.local_minus_utc()
        ),
        (3_600, 7_200)
    );
    assert_eq!(change.local.0.to_string(), "2026-03-29 02:00:00");
    assert_eq!(change.local.1.to_string(), "2026-03-29 03:00:00");
    assert_eq!(
        met(rule, "2026-01-01T00:00:00Z", at_jump),
        [],
        "the end is not included"
    );
}

#[test]
fn a_day_that_is_left_out_is_named() {
    let noon = json!({ "kind": "cron", "expression": "0 12 * * *", "timezone": "Pacific/Apia" });
    let found = met(noon, "2011-12-01T00:00:00Z", "2012-01-31T00:00:00Z");
    let words: Vec<_> = found.iter().map(|change| change.words.as_str()).collect();
    assert_eq!(
        words,
        [
            "On 31 December 2011 the clock goes from 00:00 on 30 December to 00:00: one time does not exist and fires at the jump."
        ]
    );
}

#[test]
fn the_ends_of_time_are_no_place_to_panic() {
    let cron = json!({ "kind": "cron", "expression": "30 2 * * *", "timezone": "Europe/Berlin" });
    let request: ScheduleRequest = serde_json::from_value(cron).unwrap();
    let schedule = Schedule::from_request(&request, at("2026-01-01T00:00:00Z"), 0).unwrap();
    let all = clock_changes(
        &schedule,
        DateTime::<Utc>::MIN_UTC,
        DateTime::<Utc>::MAX_UTC,
    );
    assert_eq!(all.len(), MAX_CHANGES);
    assert_eq!(
        clock_changes(
            &schedule,
            DateTime::<Utc>::MAX_UTC,
            DateTime::<Utc>::MIN_UTC
        ),
        []
    );
}
