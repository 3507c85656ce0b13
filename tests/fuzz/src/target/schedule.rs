//! Schedules of every kind, as JSON: what is accepted survives its stored form, fires in strict order and says so in
//! words; what is refused names a field under `schedule`.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::schedule::{ScheduleRequest, clock_changes, diff, words};
use punctual::domain::{Invalid, JobId, Root, Schedule, read};
use serde_json::Value;

use super::json::parsed;

pub(super) const WORDS: &[&str] = &[
    "kind",
    "once",
    "cron",
    "every",
    "rrule",
    "after",
    "at",
    "local",
    "timezone",
    "expression",
    "resolved",
    "seconds",
    "anchor_at",
    "rule",
    "starts_at_local",
    "UTC",
    "Europe/Berlin",
    "Pacific/Apia",
    "America/Santiago",
    "Australia/Lord_Howe",
    "0 9 * * MON-FRI",
    "*/5 * * * *",
    "H H * * *",
    "@hourly",
    "2026-11-21T12:00:00Z",
    "2026-11-21T12:00:00.5+01:00",
    "2027-03-28T02:30:00",
    "1970-01-01T00:00:00Z",
    "2200-12-31T23:59:59Z",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=DAILY;INTERVAL=2;COUNT=5",
    "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20271231T170000Z",
    "FREQ",
    "YEARLY",
    "HOURLY",
    "COUNT",
    "UNTIL",
    "INTERVAL",
    "BYDAY",
    "BYMONTH",
    "BYSETPOS",
    "BYWEEKNO",
    "BYYEARDAY",
    "BYHOUR",
    "WKST",
    "BYMONTHDAY",
    ";",
    "=",
    ",",
];

const FIRES: usize = 12;

/// A schedule.
pub(super) fn run(bytes: &[u8]) {
    let Some(value) = parsed(bytes) else {
        return;
    };
    let now = DateTime::from_timestamp(1_795_000_000, 250_000_000).unwrap_or_default();
    let request: ScheduleRequest = match read(Root::Field("schedule"), &value) {
        Ok(request) => request,
        Err(invalid) => return refused_by_field(&invalid, "schedule"),
    };
    let seed = JobId::from_random(7).seed();
    let schedule = match Schedule::from_request(&request, now, seed) {
        Ok(schedule) => schedule,
        Err(invalid) => return refused_by_field(&invalid, "schedule"),
    };
    stored_the_same(&schedule, now);
    fires_in_order(&schedule, now);
    assert!(!words(&schedule).is_empty());
    let until = now + TimeDelta::days(200);
    for change in clock_changes(&schedule, now, until) {
        assert!(now <= change.at && change.at < until);
    }
    let compared = diff(
        schedule.between(now, until).take(FIRES),
        schedule.between(now, until).take(FIRES),
        FIRES,
    );
    assert!(compared.is_empty(), "it differs from itself");
}

/// Stored and read again it is the same, and fires at the same times.
pub(super) fn stored_the_same(schedule: &Schedule, now: DateTime<Utc>) {
    let stored = serde_json::to_value(schedule).unwrap_or(Value::Null);
    let read: Result<Schedule, _> = serde_json::from_value(stored.clone());
    match read {
        Ok(read) => {
            assert_eq!(&read, schedule, "{stored} is read as another schedule");
            assert_eq!(
                read.next(now),
                schedule.next(now),
                "{stored} fires at another time"
            );
        }
        Err(error) => panic!("{stored} was accepted, stored, and cannot be read: {error}"),
    }
}

/// Fire times are whole seconds, in strict order, and each is one by its own account.
pub(super) fn fires_in_order(schedule: &Schedule, now: DateTime<Utc>) {
    let mut before: Option<DateTime<Utc>> = None;
    for fire in schedule
        .between(now, now + TimeDelta::days(366 * 30))
        .take(FIRES)
    {
        assert!(fire >= now, "{fire} lies before {now}");
        assert!(
            before.is_none_or(|before| before < fire),
            "{fire} does not come after {before:?}"
        );
        assert_eq!(
            fire.timestamp_subsec_nanos(),
            0,
            "{fire} is no whole second"
        );
        assert!(schedule.contains(fire), "{fire} is a fire time and is none");
        if let Some(before) = before {
            let between = before + TimeDelta::seconds(1) + (fire - before) / 2;
            let found = schedule.next(between.min(fire));
            assert_eq!(found, Some(fire), "another one between {before} and {fire}");
        }
        before = Some(fire);
    }
}

/// A refusal names `field` or a part of it, and gives a reason.
pub(super) fn refused_by_field(invalid: &Invalid, field: &str) {
    let Invalid {
        field: named,
        reason,
    } = invalid;
    let is_part = named
        .strip_prefix(field)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    assert!(is_part, "{named:?} is no part of {field}: {reason}");
    assert!(
        !reason.trim().is_empty(),
        "{named} is refused without a reason"
    );
}
