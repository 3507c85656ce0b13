//! The jobs that the load makes: simple timetables, every policy.

use chrono::{DateTime, DurationRound, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::evidence::Schedule;
use crate::random::Random;
use crate::target::Targets;

/// A schedule by chance: periods, instants near and far, full minutes.
pub fn schedule(random: &mut Random, now: DateTime<Utc>) -> Schedule {
    let second = now.duration_trunc(TimeDelta::seconds(1)).unwrap_or(now);
    let ahead = |seconds: u64| second + TimeDelta::seconds(seconds.try_into().unwrap_or(1));
    match random.between(0, 10) {
        0..5 => Schedule::Every {
            seconds: i64::try_from(random.between(10, 25)).unwrap_or(10),
            anchor_at: ahead(random.between(1, 20)),
        },
        // Far enough, half of the time, that it is a hint first.
        5..8 => Schedule::Once {
            at: ahead(random.between(2, 600)),
        },
        _ => Schedule::Cron {
            expression: "* * * * *".to_owned(),
        },
    }
}

/// A schedule as a request says it.
pub fn said(schedule: &Schedule) -> Value {
    let text = |at: &DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    match schedule {
        Schedule::Every { seconds, anchor_at } => {
            json!({ "kind": "every", "seconds": seconds, "anchor_at": text(anchor_at) })
        }
        Schedule::Once { at } => json!({ "kind": "once", "at": text(at) }),
        Schedule::Cron { expression } => json!({ "kind": "cron", "expression": expression }),
    }
}

/// The request for a job; of some, if `long`, attempts take long enough to go by the long lane.
pub fn request(
    random: &mut Random,
    targets: &Targets,
    name: &str,
    schedule: &Schedule,
    long: bool,
) -> Value {
    let (url, timeout) = match random.between(0, 20) {
        0..10 => (targets.steady(random.between(1, 60)), 5),
        10..14 => (targets.failing(random.between(1, 60)), 5),
        // Longer than it may take.
        14 => (targets.steady(4_000), 2),
        // They live by their heartbeats.
        15..17 if long => (targets.steady(random.between(8_000, 30_000)), 100),
        _ => (targets.steady(random.between(500, 3_000)), 5),
    };
    let misfire = random.pick(&["fire_all", "fire_latest", "skip"]).copied();
    let overlap = random.pick(&["allow", "skip"]).copied();
    json!({
        "name": name,
        "job_type": "http",
        "payload": { "url": url, "method": "POST" },
        "schedule": said(schedule),
        "priority": random.between(1, 11),
        "timeout_seconds": timeout,
        "overlap": overlap,
        "misfire": { "policy": misfire },
        "retry": { "max_retries": 3, "backoff_seconds": 1, "max_backoff_seconds": 8 },
    })
}
