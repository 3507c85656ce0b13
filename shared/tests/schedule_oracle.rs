//! Schedules against two oracles that share nothing with their engine: fire times computed by Python's cronsim, and a
//! walk through real time, minute by minute, with a matcher of a few lines.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what helps a test may fail it"
)]

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use punctual::domain::Schedule;
use serde::Deserialize;
use serde_json::json;

fn cron(expression: &str, timezone: &str) -> Schedule {
    let request = json!({ "kind": "cron", "expression": expression, "timezone": timezone });
    serde_json::from_value(request).expect(expression)
}

#[derive(Deserialize)]
struct Case {
    expression: String,
    timezone: String,
    after: DateTime<Utc>,
    fires: Vec<DateTime<Utc>>,
}

#[test]
fn cronsim_sees_the_same_fire_times() {
    let text = include_str!("schedule_oracle/cases.jsonl");
    let mut wrong = Vec::new();
    let mut cases = 0;
    for line in text.lines() {
        let case: Case = serde_json::from_str(line).expect(line);
        let schedule = cron(&case.expression, &case.timezone);
        let after = case.after + TimeDelta::seconds(1);
        let found: Vec<_> = schedule
            .between(after, after + TimeDelta::days(10_000))
            .take(case.fires.len())
            .collect();
        if found != case.fires {
            wrong.push(format!("{line}\n  ours: {found:?}"));
        }
        cases += 1;
    }
    assert!(cases >= 600, "only {cases} cases");
    assert!(
        wrong.is_empty(),
        "{} of {cases}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// A field as a set, written here a second time: `*`, lists, ranges and steps of numbers.
fn set(field: &str, min: u32, max: u32) -> BTreeSet<u32> {
    let mut values = BTreeSet::new();
    for item in field.split(',') {
        let (range, step) = item.split_once('/').unwrap_or((item, "1"));
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (from.parse().unwrap(), to.parse().unwrap()),
            None if range == "*" => (min, max),
            None => (range.parse().unwrap(), range.parse().unwrap()),
        };
        values.extend((from..=to).step_by(step.parse().unwrap()));
    }
    values
}

struct Matcher {
    minute: BTreeSet<u32>,
    hour: BTreeSet<u32>,
    day: BTreeSet<u32>,
    weekday: BTreeSet<u32>,
    either_day: bool,
    real_time: bool,
}

impl Matcher {
    fn new(expression: &str) -> Self {
        let fields: Vec<_> = expression.split(' ').collect();
        let restricted = |field: &str| !field.starts_with('*');
        Self {
            minute: set(fields[0], 0, 59),
            hour: set(fields[1], 0, 23),
            day: set(fields[2], 1, 31),
            weekday: set(fields[4], 0, 6),
            either_day: restricted(fields[2]) && restricted(fields[4]),
            real_time: !restricted(fields[0]) || !restricted(fields[1]),
        }
    }

    fn matches(&self, wall: NaiveDateTime) -> bool {
        let day = self.day.contains(&wall.day());
        let weekday = self
            .weekday
            .contains(&wall.weekday().num_days_from_sunday());
        let of_day = if self.either_day {
            day || weekday
        } else {
            day && weekday
        };
        of_day && self.minute.contains(&wall.minute()) && self.hour.contains(&wall.hour())
    }

    /// Walks through real time and keeps a book of the wall times that have been shown.
    fn walk(&self, zone: Tz, from: DateTime<Utc>, minutes: i64) -> Vec<DateTime<Utc>> {
        let wall_at = |instant: DateTime<Utc>| {
            let offset = zone.offset_from_utc_datetime(&instant.naive_utc()).fix();
            instant.naive_utc() + TimeDelta::seconds(offset.local_minus_utc().into())
        };
        // Begin two days early, so that the book is complete where the answer begins.
        let begin = from - TimeDelta::days(2);
        let mut furthest = wall_at(begin - TimeDelta::minutes(1));
        let mut fires = Vec::new();
        for minute in 0..(2 * 24 * 60 + minutes) {
            let instant = begin + TimeDelta::minutes(minute);
            let wall = wall_at(instant);
            let fires_now = if self.real_time {
                self.matches(wall)
            } else {
                // Every wall minute up to this one that was never shown before, skipped ones included.
                let mut time = furthest + TimeDelta::minutes(1);
                let mut any = false;
                while time <= wall {
                    any |= self.matches(time);
                    time += TimeDelta::minutes(1);
                }
                any
            };
            furthest = furthest.max(wall);
            if fires_now && instant >= from {
                fires.push(instant);
            }
        }
        fires
    }
}

#[test]
fn a_walk_through_real_time_sees_the_same_fire_times() {
    let zones = [
        (
            "Europe/Berlin",
            ["2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"],
        ),
        (
            "America/New_York",
            ["2007-03-10T12:00:00Z", "2007-11-03T12:00:00Z"],
        ),
        (
            "America/Sao_Paulo",
            ["2018-11-03T12:00:00Z", "2018-02-17T12:00:00Z"],
        ),
        (
            "America/St_Johns",
            ["2011-03-12T12:00:00Z", "2010-11-06T12:00:00Z"],
        ),
        (
            "America/Santiago",
            ["2022-09-10T12:00:00Z", "2022-04-02T12:00:00Z"],
        ),
        (
            "Africa/Cairo",
            ["2014-05-15T00:00:00Z", "2023-10-26T00:00:00Z"],
        ),
        (
            "Africa/Casablanca",
            ["2020-04-18T12:00:00Z", "2020-05-30T12:00:00Z"],
        ),
        (
            "Asia/Beirut",
            ["2024-03-30T00:00:00Z", "2024-10-26T00:00:00Z"],
        ),
        (
            "Asia/Tehran",
            ["2021-03-21T00:00:00Z", "2021-09-21T00:00:00Z"],
        ),
        (
            "Asia/Gaza",
            ["2015-03-27T00:00:00Z", "2015-10-23T00:00:00Z"],
        ),
        (
            "Australia/Lord_Howe",
            ["2025-10-04T00:00:00Z", "2025-04-05T00:00:00Z"],
        ),
        (
            "Antarctica/Troll",
            ["2019-03-30T12:00:00Z", "2019-10-26T12:00:00Z"],
        ),
        (
            "Antarctica/Casey",
            ["2009-10-17T00:00:00Z", "2010-03-04T00:00:00Z"],
        ),
        (
            "Pacific/Apia",
            ["2011-12-29T00:00:00Z", "2012-03-31T00:00:00Z"],
        ),
    ];
    let minutes = ["0", "30", "*/20", "*", "15,45", "59"];
    let hours = ["2", "*", "0-3", "*/2", "0", "23", "1,2", "3"];
    let days = [("*", "*"), ("*/2", "*"), ("1,15,30", "0,6"), ("*", "1-5")];
    let mut compared = 0;
    for (zone, starts) in zones {
        for start in starts {
            let from: DateTime<Utc> = start.parse().unwrap();
            for minute in minutes {
                for hour in hours {
                    let (day, weekday) = days[compared % days.len()];
                    let expression = format!("{minute} {hour} {day} * {weekday}");
                    let expected =
                        Matcher::new(&expression).walk(zone.parse().unwrap(), from, 2_880);
                    let schedule = cron(&expression, zone);
                    let found: Vec<_> = schedule.between(from, from + TimeDelta::days(2)).collect();
                    assert_eq!(found, expected, "{expression} in {zone} from {start}");
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 14 * 2 * 48);
}
