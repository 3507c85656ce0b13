//! What the use cases rely on the store for, asked of the real store over the network.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod agendas;
mod audit;
mod calendars;
mod chores;
mod deferred;
mod edges;
mod executions;
mod gauges;
mod hints;
mod history;
mod holds;
mod host_breakers;
mod jobs;
mod letters;
mod locks;
mod progress;
mod pull;
mod quotas;
mod results;
mod secrets;
mod slots;
mod versions;

use chrono::{DateTime, Utc};
use punctual::domain::{Job, JobId, JobRequest, UserId};
use serde_json::json;

fn noon() -> DateTime<Utc> {
    // Far ahead: of what has expired, a stand-in may be rid at any moment.
    "2076-11-21T12:00:00Z".parse().unwrap()
}

fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

/// A job of alice's, as version 1.
fn job(number: u128) -> Job {
    let request: JobRequest = serde_json::from_value(json!({
        "name": format!("job {number}"),
        "job_type": "echo",
        "payload": { "precise": 0.1_f64 + 0.2_f64, "big": 9_007_199_254_740_993_u64, "none": null },
        "schedule": { "kind": "cron", "expression": "0 9 * * MON-FRI", "timezone": "Europe/Berlin" },
        "notify": { "webhook_url": "https://example.com/" },
    }))
    .unwrap();
    request
        .into_job(JobId::from_random(number), user("alice"), noon())
        .unwrap()
}
