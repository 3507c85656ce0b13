//! Calendars, in the `control` table. Versions and what was said in them lie in a partition of their own for each
//! calendar; a user's names in one for the user; the jobs that refer to a calendar in a third.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use chrono::{DateTime, TimeZone, Utc};

use super::super::{PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE};
use super::DynamoStore;
use super::access::Condition;
use super::error::{corrupt, unavailable};
use super::item::{Item, decode, encode, key, number, text, text_of};
use crate::domain::calendar::{CalendarName, CalendarRequest};
use crate::domain::{CalendarVersion, CalendarVersions, JobId, UserId};
use crate::port::{CalendarMark, CalendarReference, Calendars, PortResult, Put};

const GET: &str = "dynamodb.GetItem control";
const PUT: &str = "dynamodb.PutItem control";
const UPDATE: &str = "dynamodb.UpdateItem control";
const REMOVE: &str = "dynamodb.DeleteItem control";
const READ: &str = "dynamodb.Query control";

/// Sort keys of the compiled versions, which many read, and of what was said, which few do.
const VERSIONS: &str = "V#";
const SAYINGS: &str = "S#";

/// The attributes of the other items.
const SAID: &str = "said";
const DELETING: &str = "deleting";
const WRITTEN_AT: &str = "written_at";

/// A page of versions is small: the newest governs nearly always.
const VERSIONS_AT_ONCE: i32 = 2;

// No name holds a `#`, so a user's id may.
fn partition(user: &UserId, name: &CalendarName) -> AttributeValue {
    text(format_args!("CAL#{user}#{name}"))
}

fn references(user: &UserId, name: &CalendarName) -> AttributeValue {
    text(format_args!("CALREF#{user}#{name}"))
}

fn names(user: &UserId) -> AttributeValue {
    text(format_args!("CALS#{user}"))
}

fn numbered(prefix: &str, number: u64) -> AttributeValue {
    text(format_args!("{prefix}{number:010}"))
}

fn mark_of(item: &Item) -> CalendarMark {
    if item.contains_key(DELETING) {
        CalendarMark::Deleting
    } else {
        CalendarMark::Present
    }
}

impl DynamoStore {
    async fn remove_control(&self, key: Item) -> PortResult<()> {
        self.delete_if(REMOVE, &self.control, key, PARTITION_KEY, None)
            .await
    }

    /// One page of a partition of the control table, and where the next begins.
    async fn control_page(
        &self,
        partition: AttributeValue,
        prefix: &str,
        newest_first: bool,
        limit: Option<i32>,
        start: Option<Item>,
    ) -> PortResult<(Vec<Item>, Option<Item>)> {
        let mut query = self
            .client
            .query()
            .table_name(&self.control)
            .consistent_read(true)
            .expression_attribute_names("#key", PARTITION_KEY)
            .expression_attribute_values(":key", partition)
            .scan_index_forward(!newest_first)
            .set_limit(limit)
            .set_exclusive_start_key(start);
        query = if prefix.is_empty() {
            query.key_condition_expression("#key = :key")
        } else {
            query
                .key_condition_expression("#key = :key AND begins_with(#sort, :prefix)")
                .expression_attribute_names("#sort", SORT_KEY)
                .expression_attribute_values(":prefix", text(prefix))
        };
        let answer = self.query(READ, query).await?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }
}

impl Calendars for DynamoStore {
    async fn calendar_versions(
        &self,
        user: &UserId,
        name: &CalendarName,
        since: DateTime<Utc>,
    ) -> PortResult<CalendarVersions> {
        let mut versions: Vec<CalendarVersion> = Vec::new();
        let mut start = None;
        loop {
            let limit = Some(VERSIONS_AT_ONCE);
            let page = self.control_page(partition(user, name), VERSIONS, true, limit, start);
            let (items, next) = page.await?;
            for item in items {
                let version: CalendarVersion = decode(READ, item)?;
                let governs = version.effective_from <= since;
                versions.push(version);
                if governs {
                    return Ok(CalendarVersions(versions));
                }
            }
            start = next;
            if start.is_none() {
                return Ok(CalendarVersions(versions));
            }
        }
    }

    async fn put_calendar_version(
        &self,
        user: &UserId,
        name: &CalendarName,
        version: &CalendarVersion,
        said: &CalendarRequest,
    ) -> PortResult<bool> {
        let mut saying = key(partition(user, name), numbered(SAYINGS, version.number));
        let words = serde_json::to_string(said).map_err(|error| corrupt(PUT, error))?;
        saying.insert(SAID.to_owned(), text(words));
        let mut item = encode(PUT, version)?;
        item.extend(key(
            partition(user, name),
            numbered(VERSIONS, version.number),
        ));
        // The version is what counts: its words follow once it has won, and are for showing only.
        let stored = self
            .put_if(PUT, &self.control, item, Condition::Absent)
            .await?;
        let is_ours = match stored {
            Put::Written => true,
            Put::Refused(found) => {
                let found = found.map(|item| decode::<CalendarVersion>(PUT, item));
                found.transpose()?.as_ref() == Some(version)
            }
        };
        if is_ours {
            self.put_control(saying).await?;
        }
        Ok(is_ours)
    }

    async fn expire_calendar_version(
        &self,
        user: &UserId,
        name: &CalendarName,
        version: u64,
        at: DateTime<Utc>,
    ) -> PortResult<()> {
        for prefix in [VERSIONS, SAYINGS] {
            let answer = self
                .client
                .update_item()
                .table_name(&self.control)
                .set_key(Some(key(partition(user, name), numbered(prefix, version))))
                .condition_expression("attribute_exists(#key)")
                .update_expression("SET #ttl = :at")
                .expression_attribute_names("#key", PARTITION_KEY)
                .expression_attribute_names("#ttl", TTL_ATTRIBUTE)
                .expression_attribute_values(":at", number(at.timestamp()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await;
            match answer {
                Ok(answer) => self.meter.capacity(UPDATE, answer.consumed_capacity()),
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
                {
                    self.meter.refused(UPDATE);
                }
                Err(error) => return Err(unavailable(UPDATE, error)),
            }
        }
        Ok(())
    }

    async fn calendar_request(
        &self,
        user: &UserId,
        name: &CalendarName,
        version: u64,
    ) -> PortResult<Option<CalendarRequest>> {
        let key = key(partition(user, name), numbered(SAYINGS, version));
        let found = self.get(GET, &self.control, key).await?;
        found
            .map(|item| {
                serde_json::from_str(text_of(&item, SAID)).map_err(|error| corrupt(GET, error))
            })
            .transpose()
    }

    async fn remove_calendar_versions(
        &self,
        user: &UserId,
        name: &CalendarName,
        numbers: &[u64],
    ) -> PortResult<()> {
        for version in numbers {
            for prefix in [VERSIONS, SAYINGS] {
                let key = key(partition(user, name), numbered(prefix, *version));
                self.remove_control(key).await?;
            }
        }
        Ok(())
    }

    async fn calendar_marks(&self, user: &UserId) -> PortResult<Vec<(CalendarName, CalendarMark)>> {
        let mut marks = Vec::new();
        let mut start = None;
        loop {
            let page = self.control_page(names(user), "", false, None, start);
            let (items, next) = page.await?;
            for item in items {
                let name = CalendarName::new(text_of(&item, SORT_KEY))
                    .map_err(|error| corrupt(READ, error))?;
                marks.push((name, mark_of(&item)));
            }
            start = next;
            if start.is_none() {
                return Ok(marks);
            }
        }
    }

    async fn calendar_mark(
        &self,
        user: &UserId,
        name: &CalendarName,
    ) -> PortResult<Option<CalendarMark>> {
        let key = key(names(user), text(name));
        let found = self.get(GET, &self.control, key).await?;
        Ok(found.as_ref().map(mark_of))
    }

    async fn mark_calendar(
        &self,
        user: &UserId,
        name: &CalendarName,
        mark: CalendarMark,
    ) -> PortResult<()> {
        let mut item = key(names(user), text(name));
        if mark == CalendarMark::Deleting {
            item.insert(DELETING.to_owned(), AttributeValue::Bool(true));
        }
        self.put_control(item).await
    }

    async fn unmark_deleted_calendar(&self, user: &UserId, name: &CalendarName) -> PortResult<()> {
        // Refused: it was said anew meanwhile.
        let key = key(names(user), text(name));
        self.delete_if(REMOVE, &self.control, key, DELETING, None)
            .await
    }

    async fn refer_to_calendar(
        &self,
        user: &UserId,
        name: &CalendarName,
        reference: CalendarReference,
    ) -> PortResult<()> {
        let mut item = key(references(user, name), text(reference.job));
        let written_at = reference.written_at.timestamp_millis();
        item.insert(WRITTEN_AT.to_owned(), number(written_at));
        self.put_control(item).await
    }

    async fn calendar_references(
        &self,
        user: &UserId,
        name: &CalendarName,
        limit: usize,
    ) -> PortResult<Vec<CalendarReference>> {
        let limit = Some(i32::try_from(limit).unwrap_or(i32::MAX));
        let page = self.control_page(references(user, name), "", false, limit, None);
        let (items, _) = page.await?;
        items.iter().map(reference).collect()
    }

    async fn forget_calendar_reference(
        &self,
        user: &UserId,
        name: &CalendarName,
        job: JobId,
    ) -> PortResult<()> {
        self.remove_control(key(references(user, name), text(job)))
            .await
    }
}

fn reference(item: &Item) -> PortResult<CalendarReference> {
    let written_at = item
        .get(WRITTEN_AT)
        .and_then(|value| value.as_n().ok())
        .and_then(|millis| millis.parse().ok())
        .and_then(|millis| Utc.timestamp_millis_opt(millis).single())
        .ok_or_else(|| corrupt(READ, "a reference without its time"))?;
    Ok(CalendarReference {
        job: text_of(item, SORT_KEY)
            .parse()
            .map_err(|error| corrupt(READ, error))?,
        written_at,
    })
}
