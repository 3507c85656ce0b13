//! The tables on DynamoDB, one file a table. Every write that matters is conditional, and every refusal brings the row
//! that refused it.

mod access;
mod audit;
mod bookmarks;
mod calendars;
mod control;
mod cursor;
mod dead_letters;
mod deferred;
mod due;
mod edges;
mod error;
mod executions;
mod gauges;
mod history;
mod holds;
mod host_breakers;
mod item;
mod job_lists;
mod jobs;
mod locks;
mod notices;
mod pull;
mod quotas;
mod reconciliations;
mod redrives;
mod slots;

use std::num::NonZeroU16;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;

pub(super) use self::error::{is_throttle, unavailable};
use super::Meter;

/// The five tables of a namespace.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    jobs: String,
    due: String,
    executions: String,
    control: String,
    history: String,
    shards: NonZeroU16,
    region: Option<String>,
    meter: Arc<Meter>,
}

impl DynamoStore {
    /// The tables `<namespace>-jobs`, `-due`, `-executions`, `-control` and `-history`, with hints in `shards` shards a minute.
    pub fn new(client: Client, namespace: &str, shards: NonZeroU16, meter: Arc<Meter>) -> Self {
        Self {
            client,
            jobs: format!("{namespace}-jobs"),
            due: format!("{namespace}-due"),
            executions: format!("{namespace}-executions"),
            control: format!("{namespace}-control"),
            history: format!("{namespace}-history"),
            shards,
            region: None,
            meter,
        }
    }

    /// The same tables, for a process in this region.
    #[must_use]
    pub fn in_region(self, region: Option<String>) -> Self {
        Self { region, ..self }
    }
}

/// How often what a batch left over is asked for again, each time after twice the wait.
const BATCH_TRIES: u32 = 6;

/// Waits before try number `attempt` of a batch; not before the first.
async fn back_off(attempt: u32) {
    if attempt > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(25 << attempt)).await;
    }
}
