//! The jobs of a run: schedules, policies, and what their handlers do.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::chance::{Chance, Seed};
use crate::rule::{Field, Rule};

/// How a handler's run ends, by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkEnd {
    /// It does its work.
    Succeed,
    /// It fails up to and including this attempt.
    FailUntil(u32),
    /// It fails for good.
    Reject,
    /// It never ends.
    Hang,
}

/// What a handler does, said in the job's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// How long it takes, in milliseconds.
    pub ms: u64,
    /// How it ends.
    pub end: WorkEnd,
}

impl Work {
    fn drawn(chance: &Chance, timeout: u32) -> Self {
        let longest = u64::from(timeout) * 900;
        let ms = chance
            .pick(&[20, 150, 600, 2_500, 9_000, 25_000, longest])
            .min(longest);
        let end = chance.weigh(&[
            (70, WorkEnd::Succeed),
            (6, WorkEnd::FailUntil(1)),
            (5, WorkEnd::FailUntil(2)),
            (6, WorkEnd::FailUntil(99)),
            (5, WorkEnd::Reject),
            (4, WorkEnd::Hang),
        ]);
        Self { ms, end }
    }

    /// The payload.
    pub fn to_json(self) -> Value {
        let end = match self.end {
            WorkEnd::Succeed => json!("succeed"),
            WorkEnd::FailUntil(attempt) => json!(attempt),
            WorkEnd::Reject => json!("reject"),
            WorkEnd::Hang => json!("hang"),
        };
        json!({ "ms": self.ms, "end": end })
    }

    /// What a payload says.
    pub fn of_json(payload: &Value) -> Self {
        let end = match payload["end"].as_str() {
            Some("reject") => WorkEnd::Reject,
            Some("hang") => WorkEnd::Hang,
            Some(_) => WorkEnd::Succeed,
            None => WorkEnd::FailUntil(
                payload["end"]
                    .as_u64()
                    .and_then(|end| u32::try_from(end).ok())
                    .unwrap_or(0),
            ),
        };
        Self {
            ms: payload["ms"].as_u64().unwrap_or(0),
            end,
        }
    }
}

/// A job that a user will ask for.
#[derive(Clone, Debug)]
pub struct JobPlan {
    /// Its number in the scenario.
    pub number: usize,
    /// Whose it is.
    pub user: String,
    /// When it is asked for.
    pub asked_at: DateTime<Utc>,
    /// When it fires.
    pub rule: Rule,
    /// How long an attempt may take, in seconds.
    pub timeout: u32,
    /// The request's body.
    pub body: Value,
}

/// The name of the job type that the simulation runs.
pub const JOB_TYPE: &str = "simulated";

impl JobPlan {
    /// Job `number` of the run of `seed`, whose users act from `begin` to `until`.
    pub fn of(seed: Seed, number: usize, begin: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        let chance = seed.stream("job", number as u64);
        let span = (until - begin).num_milliseconds().unsigned_abs();
        // Most of them early: what runs for longer meets more.
        let longest = if chance.happens(0.7) {
            span / 10
        } else {
            span * 3 / 4
        };
        let asked_at = begin
            + TimeDelta::milliseconds(i64::try_from(chance.between(500, longest)).unwrap_or(500));
        let rule = rule(&chance, asked_at, until);
        let timeout = chance.weigh(&[(30, 5), (40, 30), (20, 60), (5, 90), (8, 150), (4, 240)]);
        let overlap = chance.weigh(&[(4, "skip"), (2, "queue"), (3, "allow")]);
        let misfire = chance.weigh(&[(5, "fire_latest"), (3, "fire_all"), (3, "skip")]);
        // Shorter than some outages, longer than others.
        let window = chance.pick(&[300, 1_200, 3_600, 86_400]);
        let backoff = chance.pick(&[1, 5, 20, 60, 300, 600]);
        let body = json!({
            "name": format!("job {number}"),
            "job_type": JOB_TYPE,
            "payload": Work::drawn(&chance, timeout).to_json(),
            "schedule": rule.to_json(),
            "priority": chance.between(1, 10),
            "timeout_seconds": timeout,
            "overlap": overlap,
            "misfire": { "policy": misfire, "catch_up_window_seconds": window },
            "retry": {
                "max_retries": chance.between(0, 3),
                "backoff_seconds": backoff,
                "max_backoff_seconds": backoff.max(600),
            },
        });
        Self {
            number,
            user: format!("user-{}", number % 4),
            asked_at,
            rule,
            timeout,
            body,
        }
    }
}

/// A schedule, asked for at about `now`, in a run whose users act up to `until`.
pub fn rule(chance: &Chance, now: DateTime<Utc>, until: DateTime<Utc>) -> Rule {
    let list = |values: &[u32]| Field::List(values.to_vec());
    let zone = chance.pick(&[
        chrono_tz::UTC,
        chrono_tz::Europe::Berlin,
        chrono_tz::America::New_York,
    ]);
    let cron = |minute, hour| Rule::Cron { minute, hour, zone };
    match chance.weigh(&[(8, 0), (5, 1), (3, 2), (4, 3), (3, 4), (2, 5), (3, 6)]) {
        0 => Rule::Every {
            seconds: chance.pick(&[30, 60, 90, 120, 240, 300, 301, 600, 900, 1_800]),
            anchor: whole_second(now)
                - TimeDelta::seconds(i64::try_from(chance.between(0, 10_000)).unwrap_or(0)),
        },
        1 => cron(Field::Step(chance.pick(&[1, 2, 5, 10, 15, 20])), Field::Any),
        // At the hour, where herds are.
        2 => cron(list(&[0]), Field::Any),
        // Fixed times of the night in which clocks change.
        3 => cron(
            list(&[chance.pick(&[0, 15, 30, 59])]),
            list(&[1, 2, 3, 4, 21, 22, 23]),
        ),
        4 => cron(
            list(&[0, 20, 40]),
            list(&[0, 1, 2, 3, 4, 5, 20, 21, 22, 23]),
        ),
        5 => cron(Field::Step(30), Field::Step(2)),
        _ => {
            let left = (until - now).num_seconds().max(120).unsigned_abs();
            let ahead = if chance.happens(0.5) {
                chance.between(1, 300)
            } else {
                chance.between(1, left)
            };
            Rule::Once(
                whole_second(now) + TimeDelta::seconds(i64::try_from(ahead + 2).unwrap_or(60)),
            )
        }
    }
}

/// The second in which `at` lies.
pub fn whole_second(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at)
}

impl Work {
    /// Another work for a job whose attempts may take `timeout` seconds.
    pub fn another(chance: &Chance, timeout: u32) -> Self {
        Self::drawn(chance, timeout)
    }
}
