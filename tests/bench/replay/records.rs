//! Reads the execution records that a run has left.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use punctual::aws::Clients;
use punctual::domain::{JobId, Occasion};
use punctual_local::HostError;

/// A record, as far as it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose.
    pub job: JobId,
    /// When it was due.
    pub due: DateTime<Utc>,
    /// When its first attempt started, in milliseconds since 1970.
    pub started_ms: Option<i64>,
    /// When it ended; none if it has not.
    pub finished_ms: Option<i64>,
    /// How long its last attempt ran, if that is on record.
    pub ran_ms: Option<i64>,
    /// Whether it ended well.
    pub succeeded: bool,
    /// How many attempts it took.
    pub attempts: i64,
}

/// Every record of the jobs in `fire_times`.
pub async fn read(
    clients: &Clients,
    namespace: &str,
    fire_times: &HashMap<JobId, DateTime<Utc>>,
) -> Result<Vec<Record>, HostError> {
    let mut pages = clients
        .dynamodb
        .scan()
        .table_name(format!("{namespace}-executions"))
        .into_paginator()
        .items()
        .send();
    let mut records = Vec::new();
    while let Some(item) = pages.next().await {
        records.extend(record(&item?).filter(|record| fire_times.contains_key(&record.job)));
    }
    Ok(records)
}

fn record(item: &HashMap<String, AttributeValue>) -> Option<Record> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let number = |name: &str| -> Option<i64> { item.get(name)?.as_n().ok()?.parse().ok() };
    let occasion: Occasion = text("sk")?.parse().ok()?;
    let state = text("state")?;
    let is_open = ["running", "retry_wait", "waiting", "held", "offered"].contains(&state.as_str());
    Some(Record {
        job: text("pk")?.strip_prefix("J#")?.parse().ok()?,
        due: occasion.fire_time(),
        started_ms: number("started_at"),
        finished_ms: number("finished_at").filter(|_| !is_open),
        ran_ms: number("duration_ms"),
        succeeded: state == "succeeded",
        attempts: number("attempt").unwrap_or(1),
    })
}
