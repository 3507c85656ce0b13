//! Versions and audit entries. Every put expects to find nothing and no other call writes, so nothing here ever changes:
//! the functions have no permission for more.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use chrono::{DateTime, Utc};

use super::super::{PARTITION_KEY, SORT_KEY};
use super::DynamoStore;
use super::access::Condition;
use super::item::{Item, decode, encode, expire, job_partition, key, text};
use crate::domain::{AuditEntry, HISTORY_RETENTION, Job, JobId};
use crate::port::{AuditFilter, History, Page, PortResult};

pub(super) const PUT: &str = "dynamodb.PutItem history";
pub(super) const READ: &str = "dynamodb.Query history";

/// A query reads at most 1 MB; this many of them bound a whole history.
const WHOLE_HISTORY_QUERIES: usize = 8;

/// Sorts as the number does: twenty digits hold every version.
fn version_sort(version: u64) -> String {
    format!("V#{version:020}")
}

impl DynamoStore {
    pub(super) async fn append(&self, item: Item) -> PortResult<()> {
        // Refused: it is there already.
        self.put_if(PUT, &self.history, item, Condition::Absent)
            .await
            .map(drop)
    }

    /// A strongly consistent query, newest first.
    pub(super) fn history_query(&self) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.history)
            .consistent_read(true)
            .scan_index_forward(false)
    }

    /// The job's versions below `version`, newest first.
    fn versions_below(&self, id: JobId, version: u64) -> QueryFluentBuilder {
        self.history_query()
            .key_condition_expression("#key = :job AND #sort BETWEEN :first AND :last")
            .expression_attribute_names("#key", PARTITION_KEY)
            .expression_attribute_names("#sort", SORT_KEY)
            .expression_attribute_values(":job", job_partition(id))
            .expression_attribute_values(":first", text(version_sort(0)))
            .expression_attribute_values(":last", text(version_sort(version.saturating_sub(1))))
    }

    /// Reads one part of a query: its items, and where it goes on.
    pub(super) async fn part(
        &self,
        query: QueryFluentBuilder,
    ) -> PortResult<(Vec<Item>, Option<Item>)> {
        let answer = self.query(READ, query).await?;
        let next = answer.last_evaluated_key;
        Ok((answer.items.unwrap_or_default(), next))
    }
}

impl History for DynamoStore {
    async fn archive_job(&self, job: &Job, replaced_at: DateTime<Utc>) -> PortResult<()> {
        let mut item = encode(PUT, job)?;
        item.extend(key(job_partition(job.id), text(version_sort(job.version))));
        expire(&mut item, replaced_at + HISTORY_RETENTION);
        self.append(item).await
    }

    async fn job_versions(&self, id: JobId) -> PortResult<Vec<Job>> {
        let mut versions = Vec::new();
        let mut start = None;
        for _ in 0..WHOLE_HISTORY_QUERIES {
            let query = self.versions_below(id, u64::MAX);
            let (items, next) = self.part(query.set_exclusive_start_key(start)).await?;
            for item in items {
                versions.push(decode(READ, item)?);
            }
            start = next;
            if start.is_none() {
                break;
            }
        }
        versions.reverse();
        Ok(versions)
    }

    async fn job_versions_below(
        &self,
        id: JobId,
        version: u64,
        limit: usize,
    ) -> PortResult<Vec<Job>> {
        let query = self.versions_below(id, version);
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let (items, _) = self.part(query.limit(limit)).await?;
        items.into_iter().map(|item| decode(READ, item)).collect()
    }

    async fn record_audit(&self, entry: &AuditEntry) -> PortResult<()> {
        self.append_audit(entry).await
    }

    async fn list_audit(
        &self,
        filter: &AuditFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<AuditEntry>>> {
        self.walk_audit(filter, cursor, limit).await
    }
}
