//! Which version of a calendar governs what.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{at, every, job_with, now, seconds};
use crate::domain::calendar::{Calendar, CalendarRequest};
use crate::domain::{CalendarVersion, CalendarVersions, Exclusions};
use crate::plan::{MAX_CHANGES, PUT_LIMIT, horizon, next_version, plan_fires};

fn calendar(said: &Value) -> Calendar {
    let said: CalendarRequest = serde_json::from_value(said.clone()).unwrap();
    Calendar::compile(&said, now()).unwrap()
}

fn days(dates: &[&str]) -> Calendar {
    calendar(&json!({ "dates": dates }))
}

fn versions(all: &[(u64, &str, Calendar)]) -> CalendarVersions {
    let version = |(number, from, calendar): &(u64, &str, Calendar)| CalendarVersion {
        number: *number,
        effective_from: at(from),
        created_at: at(from),
        calendar: calendar.clone(),
    };
    CalendarVersions(all.iter().map(version).collect())
}

fn exclusions(versions: CalendarVersions) -> Exclusions {
    Exclusions::of(vec![versions.into()])
}

/// What a calendar of these days excludes.
pub(super) fn excluding(dates: &[&str]) -> Exclusions {
    exclusions(versions(&[(1, "2026-11-01T00:00:00Z", days(dates))]))
}

#[test]
fn each_version_governs_from_its_start_to_that_of_the_next() {
    let versions = versions(&[
        (
            2,
            "2026-11-22T12:00:00Z",
            days(&["2026-11-22", "2026-11-23"]),
        ),
        (
            1,
            "2026-11-21T00:00:00Z",
            days(&["2026-11-20", "2026-11-22"]),
        ),
    ]);
    let until = |instant: &str| versions.excluded_until(at(instant));
    let noon = Some(at("2026-11-22T12:00:00Z"));
    let first_governs_what_was_before_it = Some(at("2026-11-21T00:00:00Z"));
    assert_eq!(
        until("2026-11-20T09:00:00Z"),
        first_governs_what_was_before_it
    );
    assert_eq!(until("2026-11-21T09:00:00Z"), None);
    assert_eq!(until("2026-11-22T09:00:00Z"), noon, "the next may differ");
    assert_eq!(
        until("2026-11-22T12:00:00Z"),
        Some(at("2026-11-24T00:00:00Z"))
    );
    assert_eq!(until("2026-11-24T00:00:00Z"), None);
    assert_eq!(CalendarVersions::default().excluded_until(now()), None);
}

#[test]
fn a_change_starts_behind_everything_that_may_have_been_planned() {
    let first = next_version(&CalendarVersions::default(), days(&[]), now()).unwrap();
    assert_eq!(first.number, 1);
    let before = CalendarVersions(vec![first]);
    for second in 0..120 {
        let said = now() + seconds(second);
        let next = next_version(&before, days(&[]), said).unwrap();
        // Written within the put limit; read just before that; planned and sent within another one.
        let last_plan = said + PUT_LIMIT;
        assert!(next.effective_from >= horizon(last_plan) + seconds(40));
    }
}

#[test]
fn starts_never_go_back_however_clocks_differ() {
    let first = next_version(&CalendarVersions::default(), days(&[]), now()).unwrap();
    let mut known = CalendarVersions(vec![first]);
    for skew in [0, -90, 30] {
        let next = next_version(&known, days(&[]), now() + seconds(skew)).unwrap();
        assert!(next.effective_from >= known.0[0].effective_from);
        assert_eq!(next.number, known.0[0].number + 1);
        known.0.insert(0, next);
    }
}

#[test]
fn who_changes_a_calendar_all_the_time_is_stopped() {
    let mut known = CalendarVersions::default();
    for _ in 0..MAX_CHANGES {
        let next = next_version(&known, days(&[]), now()).unwrap();
        known.0.insert(0, next);
    }
    assert_eq!(next_version(&known, days(&[]), now()), None);
    let later = now() + TimeDelta::days(31);
    assert!(next_version(&known, days(&[]), later).is_some());
}

#[test]
fn the_plan_leaves_out_what_is_excluded_and_its_chain_goes_on() {
    let job = job_with(&every(120), &json!({}), at("2026-11-20T00:00:00Z"));
    let quiet = json!({ "ranges": [
        { "from": "2026-11-21T12:02:00", "until": "2026-11-21T12:04:00" },
    ] });
    let exclusions = exclusions(versions(&[(1, "2026-11-01T00:00:00Z", calendar(&quiet))]));
    let plan = plan_fires(job.owed(&exclusions), now(), now());
    let sent: Vec<_> = plan.direct.iter().map(|fire| fire.fire_time).collect();
    assert_eq!(sent, [at("2026-11-21T12:04:00Z")]);
    assert_eq!(plan.hint, Some(at("2026-11-21T12:06:00Z")));
}

#[test]
fn runs_are_counted_without_what_is_excluded() {
    let two = json!({ "max_runs": 2 });
    let job = job_with(&every(86_400), &two, now());
    let quiet = exclusions(versions(&[(
        1,
        "2026-11-01T00:00:00Z",
        days(&["2026-11-22", "2026-11-24"]),
    )]));
    let counted = job.clone().counted(&quiet).unwrap();
    assert_eq!(counted.timetable.end(), Some(at("2026-11-25T00:00:00Z")));
    let all = calendar(&json!({ "ranges": [{ "from": "2026-01-01", "until": "2200-12-31" }] }));
    let all = exclusions(versions(&[(1, "2026-11-01T00:00:00Z", all)]));
    assert_eq!(job.counted(&all).unwrap_err().field, "exclude_calendars");
}

#[test]
fn a_year_of_quiet_seconds_is_passed_over_at_once() {
    let job = job_with(&every(10), &json!({}), now());
    let year = json!({ "ranges": [{ "from": "2026-01-01", "until": "2026-12-31" }] });
    let quiet = exclusions(versions(&[(1, "2026-01-01T00:00:00Z", calendar(&year))]));
    let next = job.owed(&quiet).next(now());
    assert_eq!(next, Some(at("2027-01-01T00:00:00Z")));
}

proptest! {
    /// The jump over an exclusion never lands behind its end: also on wall clocks that are changed meanwhile.
    #[test]
    fn no_jump_passes_over_what_is_not_excluded(
        minute in 0_i64..525_600, zone in prop::sample::select(vec![
            "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca",
        ]),
        from in 0..24_u32, hours in 1..24_u32,
    ) {
        let until = (from + hours) % 24;
        prop_assume!(until != from);
        let said = json!({
            "timezone": zone,
            "weekly": [{
                "days": ["SUN", "WED"],
                "from": format!("{from:02}:00"), "until": format!("{until:02}:00"),
            }],
        });
        let calendar = calendar(&said);
        let instant: DateTime<Utc> = at("2026-01-01T00:00:07Z") + TimeDelta::minutes(minute);
        let end = calendar.excluded_until(instant);
        prop_assert_eq!(end.is_some(), calendar.excludes(instant));
        if let Some(end) = end {
            prop_assert!(end > instant);
            let mut within = instant;
            while within < end {
                prop_assert!(calendar.excludes(within), "{within} before {end}");
                within += TimeDelta::minutes(1);
            }
        }
    }
}
