//! Edges, beside the rows of the jobs that are waited for: one query reads both.

use chrono::{DateTime, TimeZone, Utc};

use super::super::{PARTITION_KEY, SORT_KEY};
use super::DynamoStore;
use super::error::corrupt;
use super::item::{Item, decode, job_partition, key, number, text, text_of};
use super::jobs::ROW;
use crate::domain::{Job, JobId};
use crate::port::{Edge, Edges, PortResult};

const PUT: &str = "dynamodb.PutItem jobs";
const REMOVE: &str = "dynamodb.DeleteItem jobs";
const READ: &str = "dynamodb.Query jobs";

/// What the sort keys of edges begin with.
const EDGE: &str = "E#";

const WRITTEN_AT: &str = "written_at";

fn edge_key(edge: &Edge) -> Item {
    let sort = text(format_args!("{EDGE}{}", edge.down));
    key(job_partition(edge.up), sort)
}

fn millis(at: DateTime<Utc>) -> aws_sdk_dynamodb::types::AttributeValue {
    number(at.timestamp_millis())
}

fn from_item(up: JobId, item: &Item) -> PortResult<Edge> {
    let down = text_of(item, SORT_KEY).trim_start_matches(EDGE);
    let written_at = item
        .get(WRITTEN_AT)
        .and_then(|value| value.as_n().ok())
        .and_then(|millis| millis.parse().ok())
        .and_then(|millis| Utc.timestamp_millis_opt(millis).single())
        .ok_or_else(|| corrupt(READ, "an edge without its time"))?;
    Ok(Edge {
        up,
        down: down.parse().map_err(|error| corrupt(READ, error))?,
        written_at,
    })
}

impl Edges for DynamoStore {
    async fn put_edge(&self, edge: &Edge) -> PortResult<()> {
        let mut item = edge_key(edge);
        item.insert(WRITTEN_AT.to_owned(), millis(edge.written_at));
        self.put(PUT, &self.jobs, item).await
    }

    async fn remove_edge(&self, edge: &Edge) -> PortResult<()> {
        let written_at = Some(millis(edge.written_at));
        self.delete_if(REMOVE, &self.jobs, edge_key(edge), WRITTEN_AT, written_at)
            .await
    }

    async fn job_and_edges(&self, id: JobId) -> PortResult<(Option<Job>, Vec<Edge>)> {
        let mut job = None;
        let mut edges = Vec::new();
        let mut start = None;
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.jobs)
                .consistent_read(true)
                .key_condition_expression("#key = :job")
                .expression_attribute_names("#key", PARTITION_KEY)
                .expression_attribute_values(":job", job_partition(id))
                .set_exclusive_start_key(start);
            let answer = self.query(READ, query).await?;
            for item in answer.items.unwrap_or_default() {
                match text_of(&item, SORT_KEY) {
                    ROW => job = Some(decode(READ, item)?),
                    sort if sort.starts_with(EDGE) => edges.push(from_item(id, &item)?),
                    _ => {}
                }
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok((job, edges));
            }
        }
    }
}
