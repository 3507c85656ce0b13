//! Job rows. The row is written by changes only, never by runs.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};
use chrono::SecondsFormat;

use super::super::{BY_USER, PARTITION_KEY, SORT_KEY};
use super::access::Condition;
use super::error::{corrupt, unavailable};
use super::item::{Item, decode, encode, expire, job_partition, key, number, text, text_of};
use super::{BATCH_TRIES, DynamoStore, back_off, cursor};
use crate::domain::{Job, JobId, JobText, UserId};
use crate::edge::error_chain;
use crate::port::{FoundJobs, History, JobFilter, Jobs, Page, PortError, PortResult, Put};
use crate::trace;

const GET: &str = "dynamodb.GetItem jobs";
const BATCH_GET: &str = "dynamodb.BatchGetItem jobs";
const PUT: &str = "dynamodb.PutItem jobs";
const REMOVE: &str = "dynamodb.DeleteItem jobs";
const SCAN: &str = "dynamodb.Scan jobs";

/// The sort key of a job's own row within its partition.
pub(super) const ROW: &str = "D";

/// The most keys that DynamoDB reads in one batch.
const BATCH: usize = 100;

pub(super) fn row_key(id: JobId) -> Item {
    key(job_partition(id), text(ROW))
}

pub(super) fn user_partition(user: &UserId) -> String {
    format!("U#{user}")
}

/// Sorts a user's jobs by state, then type, then age.
fn user_sort(job: &Job) -> String {
    let created = job.created_at.to_rfc3339_opts(SecondsFormat::Millis, true);
    format!("{}#{}#{created}#{}", job.state.name(), job.job_type, job.id)
}

fn to_item(job: &Job) -> PortResult<Item> {
    let mut item = encode(PUT, job)?;
    item.extend(row_key(job.id));
    item.insert(
        BY_USER.partition_key.into(),
        text(user_partition(&job.user)),
    );
    item.insert(BY_USER.sort_key.into(), text(user_sort(job)));
    if let Some(canceled_at) = job.canceled_at {
        expire(&mut item, canceled_at + Job::CANCELED_RETENTION);
    }
    Ok(item)
}

/// How rows are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// All of them, strongly consistent.
    Whole,
    /// Eventually consistent; and a payload is let go before it is parsed, which can make ten times its bytes of it.
    WithoutPayload,
}

impl DynamoStore {
    pub(super) async fn batch_get(&self, ids: &[JobId], rows: Rows) -> PortResult<Vec<Job>> {
        let keys: BTreeSet<_> = ids.iter().copied().collect();
        let mut left: Vec<Item> = keys.into_iter().map(row_key).collect();
        let mut found = Vec::with_capacity(left.len());
        for attempt in 0..BATCH_TRIES {
            back_off(attempt).await;
            for keys in std::mem::take(&mut left).chunks(BATCH) {
                let wanted = KeysAndAttributes::builder()
                    .set_keys(Some(keys.to_vec()))
                    .consistent_read(rows == Rows::Whole)
                    .build()
                    .map_err(|error| corrupt(BATCH_GET, error))?;
                let mut answer = self
                    .client
                    .batch_get_item()
                    .request_items(&self.jobs, wanted)
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
                    .await
                    .map_err(|error| unavailable(BATCH_GET, error))?;
                self.meter.capacities(BATCH_GET, answer.consumed_capacity());
                let read = answer
                    .responses
                    .as_mut()
                    .and_then(|tables| tables.remove(&self.jobs));
                for mut row in read.unwrap_or_default() {
                    if rows == Rows::WithoutPayload {
                        row.insert("payload".to_owned(), text("null"));
                    }
                    found.extend(readable(BATCH_GET, row));
                }
                let unread = answer
                    .unprocessed_keys
                    .and_then(|mut tables| tables.remove(&self.jobs));
                left.extend(unread.map(|unread| unread.keys).unwrap_or_default());
            }
            if left.is_empty() {
                return Ok(found);
            }
        }
        Err(PortError::Throttled {
            operation: BATCH_GET,
            source: format!("{} keys were left unread", left.len()).into(),
        })
    }

    /// Writes a row whole, as the version after the one that is there.
    async fn put_row(&self, job: &Job) -> PortResult<Put<Box<Job>>> {
        let condition = match job.version.saturating_sub(1) {
            0 => Condition::Absent,
            before => Condition::Equals("version", number(before)),
        };
        match self
            .put_if(PUT, &self.jobs, to_item(job)?, condition)
            .await?
        {
            Put::Written => Ok(Put::Written),
            Put::Refused(found) => {
                let current = found.map(|item| decode::<Job>(PUT, item)).transpose()?;
                // As it reads once stored.
                let ours: Job = decode(PUT, to_item(job)?)?;
                if self.has_arrived(&ours, current.as_ref()).await? {
                    return Ok(Put::Written);
                }
                Ok(Put::Refused(current.map(Box::new)))
            }
        }
    }

    /// Whether an earlier try to write `ours` arrived, and its answer did not: it is there, or somebody has replaced it
    /// since, who archived it first. Taken for a lost race, the same change would be made twice.
    async fn has_arrived(&self, ours: &Job, current: Option<&Job>) -> PortResult<bool> {
        match current {
            Some(current) if current.version > ours.version => {
                let below = ours.version + 1;
                let replaced = self.job_versions_below(ours.id, below, 1).await?;
                Ok(replaced.first() == Some(ours))
            }
            current => Ok(current == Some(ours)),
        }
    }
}

/// A row among others. One that cannot be read must not keep the others from being listed, dispatched or proven.
fn readable(operation: &'static str, row: Item) -> Option<Job> {
    let decoded = decode(operation, row);
    decoded
        .inspect_err(|error| {
            tracing::error!(
                error = error_chain(error),
                "a job that nothing here can read"
            );
        })
        .ok()
}

impl Jobs for DynamoStore {
    async fn job(&self, id: JobId) -> PortResult<Option<Job>> {
        let item = self.get(GET, &self.jobs, row_key(id)).await?;
        item.map(|item| decode(GET, item)).transpose()
    }

    async fn jobs_eventually(&self, ids: &[JobId]) -> PortResult<HashMap<JobId, Job>> {
        let jobs = self.batch_get(ids, Rows::WithoutPayload).await?;
        Ok(jobs.into_iter().map(|job| (job.id, job)).collect())
    }

    async fn jobs(&self, ids: &[JobId]) -> PortResult<HashMap<JobId, Job>> {
        let jobs = self.batch_get(ids, Rows::Whole).await?;
        Ok(jobs.into_iter().map(|job| (job.id, job)).collect())
    }

    async fn put_job(&self, job: &Job) -> PortResult<Put<Box<Job>>> {
        let put = self.put_row(job).await;
        trace::job_put(job, &put);
        put
    }

    async fn remove_job(&self, job: &Job) -> PortResult<()> {
        let version = Some(number(job.version));
        self.delete_if(REMOVE, &self.jobs, row_key(job.id), "version", version)
            .await
    }

    async fn scan_jobs(&self, from: Option<&str>, limit: usize) -> PortResult<Option<Page<Job>>> {
        let start = match from.map(cursor::decode::<(String, String)>) {
            None => None,
            Some(Some((partition, sort))) => Some(key(text(partition), text(sort))),
            Some(None) => return Ok(None),
        };
        let answer = self
            .client
            .scan()
            .table_name(&self.jobs)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| unavailable(SCAN, error))?;
        self.meter.capacity(SCAN, answer.consumed_capacity());
        let next = answer.last_evaluated_key.as_ref().and_then(|last| {
            cursor::encode(&(text_of(last, PARTITION_KEY), text_of(last, SORT_KEY)))
        });
        let items = answer.items.unwrap_or_default().into_iter();
        let rows = items.filter(|item| text_of(item, SORT_KEY) == ROW);
        Ok(Some(Page {
            items: rows.filter_map(|row| readable(SCAN, row)).collect(),
            next,
        }))
    }

    async fn list_jobs(
        &self,
        user: &UserId,
        filter: &JobFilter,
        from: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<Job>>> {
        self.listed_jobs(user, filter, from, limit).await
    }

    async fn find_jobs(
        &self,
        user: &UserId,
        filter: &JobFilter,
        text: &JobText,
        from: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<FoundJobs>> {
        self.found_jobs(user, filter, text, from, limit).await
    }
}
