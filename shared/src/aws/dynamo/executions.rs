//! Execution records. One conditional put changes one; its refusal brings the record that refused it.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use chrono::{DateTime, Utc};

use super::super::{PARTITION_KEY, SORT_KEY};
use super::error::{corrupt, unavailable};
use super::item::{
    Item, WRITE_UNIT_BYTES, bytes, decode, encode, expire, job_partition, key, number, text,
    text_of,
};
use super::{DynamoStore, cursor};
use crate::domain::{Execution, ExecutionId, JobId, Occasion, Stamp};
use crate::port::{Executions, Expected, Page, PortResult, Put};
use crate::trace;

const GET: &str = "dynamodb.GetItem executions";
const PUT: &str = "dynamodb.PutItem executions";
const REMOVE: &str = "dynamodb.DeleteItem executions";
const LIST: &str = "dynamodb.Query executions";

/// What an execution has used.
const USED: &str = "used";
/// When its attempts were under way.
const TIMINGS: &str = "timings";
/// What is on a record for nothing, or not at all; of two that there is no room for, the first stays.
const EXTRAS: [&str; 2] = [USED, TIMINGS];

/// What the sort keys of one second's records begin with.
const SECOND: &str = "%Y%m%dT%H%M%S";

fn record_key(id: ExecutionId) -> Item {
    key(job_partition(id.job), text(id.occasion))
}

/// The record as an item. What its keys say is not said twice: a plain success stays within one write unit.
fn to_item(execution: &Execution) -> PortResult<Item> {
    let mut item = encode(PUT, execution)?;
    item.remove("id");
    item.remove("keep_until");
    item.extend(record_key(execution.id));
    expire(&mut item, execution.keep_until);
    leave_out_what_costs(&mut item);
    Ok(item)
}

/// Leaves out the [`EXTRAS`] that would be what takes one more write unit.
fn leave_out_what_costs(item: &mut Item) {
    let extras = EXTRAS.map(|name| item.remove_entry(name));
    let units = bytes(item).div_ceil(WRITE_UNIT_BYTES);
    for (name, value) in extras.into_iter().flatten() {
        item.insert(name.clone(), value);
        if bytes(item).div_ceil(WRITE_UNIT_BYTES) > units {
            item.remove(&name);
        }
    }
}

fn from_item(operation: &'static str, mut item: Item) -> PortResult<Execution> {
    let job: JobId = text_of(&item, PARTITION_KEY)
        .trim_start_matches("J#")
        .parse()
        .map_err(|error| corrupt(operation, error))?;
    let occasion: Occasion = text_of(&item, SORT_KEY)
        .parse()
        .map_err(|error| corrupt(operation, error))?;
    let keep_until = occasion.fire_time() + Execution::RETENTION;
    item.insert("id".to_owned(), text(ExecutionId { job, occasion }));
    item.insert(
        "keep_until".to_owned(),
        number(keep_until.timestamp_millis()),
    );
    decode(operation, item)
}

impl DynamoStore {
    /// Writes a record whole, if `expected` holds.
    async fn put_record(
        &self,
        execution: &Execution,
        expected: Expected,
    ) -> PortResult<Put<Box<Execution>>> {
        let item = to_item(execution)?;
        let expected = match expected {
            Expected::Absent => None,
            Expected::Stamp(stamp) => Some(stamp),
        };
        let put = self.put_stamped(PUT, &self.executions, item, execution.stamp, expected);
        put.await?
            .try_map(|found| from_item(PUT, found).map(Box::new))
    }

    /// The job's records, latest first, at most `limit` of them.
    fn latest_query(&self, job: JobId, limit: usize) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.executions)
            .key_condition_expression("#key = :job")
            .expression_attribute_names("#key", PARTITION_KEY)
            .expression_attribute_values(":job", job_partition(job))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
    }
}

impl Executions for DynamoStore {
    async fn put_execution(
        &self,
        execution: &Execution,
        expected: Expected,
    ) -> PortResult<Put<Box<Execution>>> {
        let put = self.put_record(execution, expected).await;
        trace::record_put(execution, expected, &put);
        put
    }

    async fn remove_execution(&self, id: ExecutionId, stamp: Stamp) -> PortResult<()> {
        let key = record_key(id);
        let unchanged = Some(number(stamp.0));
        let removed = self
            .delete_if(REMOVE, &self.executions, key, "stamp", unchanged)
            .await;
        trace::record_removed(id, stamp, &removed);
        removed
    }

    async fn execution(&self, id: ExecutionId) -> PortResult<Option<Execution>> {
        let item = self.get(GET, &self.executions, record_key(id)).await?;
        item.map(|item| from_item(GET, item)).transpose()
    }

    async fn cancel_requested(&self, id: ExecutionId) -> PortResult<bool> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.executions)
            .set_key(Some(record_key(id)))
            .projection_expression("cancel_requested")
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| unavailable(GET, error))?;
        self.meter.capacity(GET, answer.consumed_capacity());
        let flag = answer.item().and_then(|item| item.get("cancel_requested"));
        Ok(flag.is_some_and(|flag| flag.as_bool() == Ok(&true)))
    }

    async fn live_executions(&self, job: JobId) -> PortResult<Vec<Execution>> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.executions)
                .consistent_read(true)
                .key_condition_expression("#key = :job")
                .filter_expression("#state IN (:waiting, :held, :running, :offered, :retry_wait)")
                .expression_attribute_names("#key", PARTITION_KEY)
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":job", job_partition(job))
                .expression_attribute_values(":waiting", text("waiting"))
                .expression_attribute_values(":held", text("held"))
                .expression_attribute_values(":running", text("running"))
                .expression_attribute_values(":offered", text("offered"))
                .expression_attribute_values(":retry_wait", text("retry_wait"))
                .set_exclusive_start_key(start);
            let answer = self.query(LIST, query).await?;
            for item in answer.items.unwrap_or_default() {
                found.push(from_item(LIST, item)?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    async fn latest_executions(&self, job: JobId, count: usize) -> PortResult<Vec<Execution>> {
        // One page: a megabyte holds more records than anybody asks for here.
        let query = self.latest_query(job, count).consistent_read(true);
        let answer = self.query(LIST, query).await?;
        let items = answer.items.unwrap_or_default().into_iter();
        items.map(|item| from_item(LIST, item)).collect()
    }

    async fn executions_between(
        &self,
        job: JobId,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        after: Option<Occasion>,
        limit: usize,
    ) -> PortResult<Vec<Execution>> {
        // A key is its second and more: the bare second sorts before all of its keys, and is none itself. What is behind
        // a key sorts from the key and the lowest character on.
        let first = match after {
            Some(after) => format!("{after}!"),
            None => from.format(SECOND).to_string(),
        };
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let left = limit.saturating_sub(found.len());
            let query = self
                .client
                .query()
                .table_name(&self.executions)
                .consistent_read(true)
                .key_condition_expression("#key = :job AND #sort BETWEEN :first AND :last")
                .expression_attribute_names("#key", PARTITION_KEY)
                .expression_attribute_names("#sort", SORT_KEY)
                .expression_attribute_values(":job", job_partition(job))
                .expression_attribute_values(":first", text(&first))
                .expression_attribute_values(":last", text(until.format(SECOND)))
                .limit(i32::try_from(left).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start);
            let answer = self.query(LIST, query).await?;
            for item in answer.items.unwrap_or_default() {
                found.push(from_item(LIST, item)?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() || found.len() >= limit {
                return Ok(found);
            }
        }
    }

    async fn list_executions(
        &self,
        job: JobId,
        from: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<Execution>>> {
        let start = match from.map(cursor::decode::<Occasion>) {
            None => None,
            Some(Some(occasion)) => Some(record_key(ExecutionId { job, occasion })),
            Some(None) => return Ok(None),
        };
        let query = self.latest_query(job, limit).set_exclusive_start_key(start);
        let answer = self.query(LIST, query).await?;
        let next = match answer.last_evaluated_key() {
            None => None,
            Some(last) => {
                let occasion: Occasion = text_of(last, SORT_KEY)
                    .parse()
                    .map_err(|error| corrupt(LIST, error))?;
                cursor::encode(&occasion)
            }
        };
        let items = answer.items.unwrap_or_default().into_iter();
        Ok(Some(Page {
            items: items
                .map(|item| from_item(LIST, item))
                .collect::<PortResult<_>>()?,
            next,
        }))
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};
    use serde_json::json;

    use super::*;
    use crate::domain::{AttemptTimes, ExecutionState, Used, UserId};

    const PLAIN: Used = Used {
        write_units: 2,
        read_half_units: 2,
        requests: 1,
        worker_ms: 12_401,
    };

    fn times(at: DateTime<Utc>) -> AttemptTimes {
        AttemptTimes {
            attempt: 1,
            dispatched_at: at - TimeDelta::minutes(3),
            claimed_at: at,
            started_at: at,
            ended_at: at + TimeDelta::milliseconds(12_345),
        }
    }

    /// How many bytes of an item [`PLAIN`] takes.
    const SAID_BY_USED: usize = 25;

    #[test]
    fn a_plain_success_is_written_for_one_unit() {
        let noon = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        let id = ExecutionId::scheduled(JobId::from_random(u128::MAX), noon);
        let execution = Execution {
            user: UserId::new(&"u".repeat(36)).ok(),
            attempt: 1,
            job_version: Some(12),
            dispatched_at: Some(noon - TimeDelta::minutes(3)),
            started_at: Some(noon),
            finished_at: Some(noon),
            duration_ms: Some(12_345),
            used: Some(PLAIN),
            timings: vec![times(noon)],
            output: Some(json!({ "status": 200, "body": "x".repeat(256) })),
            ..Execution::new(id, ExecutionState::Succeeded, Stamp(u64::MAX))
        };
        let item = to_item(&execution).unwrap();
        assert!(bytes(&item) <= WRITE_UNIT_BYTES, "{} bytes", bytes(&item));
        assert_eq!(from_item(PUT, item).unwrap(), execution);
    }

    #[test]
    fn what_was_used_is_kept_only_where_it_takes_no_further_unit() {
        let noon = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        let id = ExecutionId::scheduled(JobId::from_random(u128::MAX), noon);
        let mut kept = [0, 0];
        for length in 0..2_200 {
            let execution = Execution {
                used: Some(PLAIN),
                output: Some(json!("x".repeat(length))),
                ..Execution::new(id, ExecutionState::Succeeded, Stamp(u64::MAX))
            };
            let bare = Execution {
                used: None,
                ..execution.clone()
            };
            let (item, bare) = (to_item(&execution).unwrap(), to_item(&bare).unwrap());
            let units = |item: &Item| bytes(item).div_ceil(WRITE_UNIT_BYTES);
            assert_eq!(units(&item), units(&bare), "{length}");
            kept[usize::from(item.contains_key(USED))] += 1;
        }
        // Left out just before each boundary, and nowhere else.
        assert_eq!(kept, [2 * SAID_BY_USED, 2_200 - 2 * SAID_BY_USED]);
    }
    /// The times give way before what was used does, and neither takes a unit.
    #[test]
    fn when_attempts_ran_is_kept_only_where_it_takes_no_further_unit() {
        let noon = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        let id = ExecutionId::scheduled(JobId::from_random(u128::MAX), noon);
        let mut kept = [[0, 0], [0, 0]];
        for length in 0..2_200 {
            let bare = Execution {
                output: Some(json!("x".repeat(length))),
                ..Execution::new(id, ExecutionState::Succeeded, Stamp(u64::MAX))
            };
            let full = Execution {
                used: Some(PLAIN),
                timings: vec![times(noon); Execution::MAX_ERRORS],
                ..bare.clone()
            };
            let (item, bare) = (to_item(&full).unwrap(), to_item(&bare).unwrap());
            let units = |item: &Item| bytes(item).div_ceil(WRITE_UNIT_BYTES);
            assert_eq!(units(&item), units(&bare), "{length}");
            let has = |name| usize::from(item.contains_key(name));
            kept[has(USED)][has(TIMINGS)] += 1;
        }
        let [[neither, times_alone], [used_alone, both]] = kept;
        assert_eq!((neither, times_alone), (2 * SAID_BY_USED, 0));
        assert!(used_alone > 0 && both > used_alone, "{kept:?}");
    }
}
