//! Backlogs of deferred work, each a partition of the `due` table. Its sort key is the order in which it is read, so a
//! reader that wants one entry of each user skips the rest of a user's with one query.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, Select, WriteRequest};
use chrono::{DateTime, TimeDelta, Utc};

use super::super::{PARTITION_KEY, SORT_KEY};
use super::DynamoStore;
use super::access::BATCH;
use super::error::corrupt;
use super::item::{Item, expire, key, number, text, text_of};
use crate::domain::{DispatchMessage, Occasion, Priority, UserId};
use crate::port::{Backlog, Deferral, Deferred, PortResult, Section, Waiting};
use crate::trace;

const WRITE: &str = "dynamodb.BatchWriteItem deferred";
const GET: &str = "dynamodb.GetItem deferred";
const READ: &str = "dynamodb.Query deferred";
const COUNT: &str = "dynamodb.Query deferred (count)";

/// The most items that one query is asked for.
const PAGE: usize = 1_000;

/// How long an entry is kept after it was put. The longest catch-up window is seven days, and no hold lasts longer: after
/// it, the entry only waits to be recorded as skipped, and what is purged unrecorded, reconciliation finds.
const RETENTION: TimeDelta = TimeDelta::days(14);

/// The attributes of an entry.
const USER: &str = "user";
const MESSAGE: &str = "message";
const SINCE: &str = "since";
const FIRES_UNTIL: &str = "fires_until";

fn partition(backlog: &Backlog) -> String {
    match backlog {
        Backlog::Capacity(band) => format!("deferred#{}", band.name()),
        Backlog::Hold(id) => format!("held#{id}"),
    }
}

/// Parts are parted by spaces, and what belongs to a user ends before the next character: no user's name has a space,
/// so no name runs into another's.
fn of_user(priority: Priority, user: &UserId) -> String {
    format!("{:02} {user}", u8::from(priority))
}

fn sort_key(entry: &Deferral) -> String {
    let Deferral {
        user,
        priority,
        message,
        ..
    } = entry;
    format!(
        "{} {} {} {}",
        of_user(*priority, user),
        message.occasion,
        message.job,
        message.attempt
    )
}

/// The first sort key of a section, and the last; both may be there themselves.
fn bounds(section: &Section) -> (String, String) {
    // After a space, and before every visible character.
    const AFTER_SPACE: char = '!';
    const LAST: &str = "~";
    match section {
        Section::Whole => ("0".to_owned(), LAST.to_owned()),
        Section::After(entry) => (format!("{} ", sort_key(entry)), LAST.to_owned()),
        Section::AfterUser(priority, user) => {
            let after = format!("{}{AFTER_SPACE}", of_user(*priority, user));
            (after, LAST.to_owned())
        }
    }
}

fn parse(item: &Item) -> Option<Deferral> {
    let (priority, _) = text_of(item, SORT_KEY).split_once(' ')?;
    let message = DispatchMessage::decode(text_of(item, MESSAGE)).ok()?;
    Some(Deferral {
        priority: priority.parse::<u8>().ok()?.try_into().ok()?,
        user: UserId::new(text_of(item, USER)).ok()?,
        since: instant_of(item, SINCE).unwrap_or(message.occasion.fire_time()),
        fires_until: instant_of(item, FIRES_UNTIL),
        message,
    })
}

fn instant_of(item: &Item, name: &str) -> Option<DateTime<Utc>> {
    let millis = item.get(name)?.as_n().ok()?.parse().ok()?;
    DateTime::from_timestamp_millis(millis)
}

/// The fire time in a sort key.
fn fire_time_of(sort_key: &str) -> Option<DateTime<Utc>> {
    let occasion: Occasion = sort_key.split(' ').nth(2)?.parse().ok()?;
    Some(occasion.fire_time())
}

fn key_of(backlog: &Backlog, entry: &Deferral) -> Item {
    key(text(partition(backlog)), text(sort_key(entry)))
}

fn put(backlog: &Backlog, entry: &Deferral) -> PortResult<WriteRequest> {
    let mut item = key_of(backlog, entry);
    item.insert(USER.to_owned(), text(&entry.user));
    item.insert(MESSAGE.to_owned(), text(entry.message.encode()));
    item.insert(SINCE.to_owned(), number(entry.since.timestamp_millis()));
    if let Some(until) = entry.fires_until {
        item.insert(FIRES_UNTIL.to_owned(), number(until.timestamp_millis()));
    }
    // By when it was put: what is redriven may have been due weeks ago.
    expire(&mut item, entry.since + RETENTION);
    let put = PutRequest::builder().set_item(Some(item)).build();
    let put = put.map_err(|error| corrupt(WRITE, error))?;
    Ok(WriteRequest::builder().put_request(put).build())
}

fn delete(backlog: &Backlog, entry: &Deferral) -> PortResult<WriteRequest> {
    let delete = DeleteRequest::builder()
        .set_key(Some(key_of(backlog, entry)))
        .build();
    let delete = delete.map_err(|error| corrupt(WRITE, error))?;
    Ok(WriteRequest::builder().delete_request(delete).build())
}

impl DynamoStore {
    /// Writes each entry's request once: a batch that names one key twice is refused whole.
    async fn write_deferred(
        &self,
        entries: &[Deferral],
        request: impl Fn(&Deferral) -> PortResult<WriteRequest>,
    ) -> PortResult<()> {
        let mut seen = HashSet::new();
        let distinct = entries.iter().filter(|entry| seen.insert(sort_key(entry)));
        let requests: Vec<_> = distinct.map(request).collect::<PortResult<_>>()?;
        for batch in requests.chunks(BATCH) {
            self.write_batch(WRITE, &self.due, batch.to_vec()).await?;
        }
        Ok(())
    }
}

impl Deferred for DynamoStore {
    async fn defer(&self, backlog: &Backlog, entries: &[Deferral]) -> PortResult<()> {
        self.write_deferred(entries, |entry| put(backlog, entry))
            .await?;
        for entry in entries {
            trace::deferred(&entry.message);
        }
        Ok(())
    }

    async fn deferred(
        &self,
        backlog: &Backlog,
        section: &Section,
        limit: usize,
    ) -> PortResult<Vec<Deferral>> {
        let partition = partition(backlog);
        let (first, last) = bounds(section);
        let mut found = Vec::new();
        let mut start = None;
        while found.len() < limit {
            let page = (limit - found.len()).min(PAGE);
            let query = self
                .client
                .query()
                .table_name(&self.due)
                .consistent_read(true)
                .key_condition_expression("#key = :backlog AND #sort BETWEEN :first AND :last")
                .expression_attribute_names("#key", PARTITION_KEY)
                .expression_attribute_names("#sort", SORT_KEY)
                .expression_attribute_values(":backlog", text(&partition))
                .expression_attribute_values(":first", text(&first))
                .expression_attribute_values(":last", text(&last))
                .limit(i32::try_from(page).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start);
            let answer = self.query(READ, query).await?;
            for item in answer.items() {
                if let Some(entry) = parse(item) {
                    found.push(entry);
                } else {
                    // It must not keep those behind it from being read.
                    let sort_key = text_of(item, SORT_KEY);
                    tracing::error!(partition, sort_key, "an entry that nothing here can read");
                }
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn is_deferred(&self, backlog: &Backlog, entry: &Deferral) -> PortResult<bool> {
        let key = key_of(backlog, entry);
        Ok(self.get(GET, &self.due, key).await?.is_some())
    }

    async fn count_deferred(&self, backlog: &Backlog, at_most: u64) -> PortResult<Waiting> {
        let partition = partition(backlog);
        let mut waiting = Waiting::default();
        let mut start = None;
        while waiting.count < at_most {
            let page = i32::try_from(at_most - waiting.count).unwrap_or(i32::MAX);
            let query = self
                .client
                .query()
                .table_name(&self.due)
                // Of the keys alone, which say when each was due.
                .select(Select::SpecificAttributes)
                .projection_expression("#sort")
                .expression_attribute_names("#sort", SORT_KEY)
                .key_condition_expression("#key = :backlog")
                .expression_attribute_names("#key", PARTITION_KEY)
                .expression_attribute_values(":backlog", text(&partition))
                .limit(page)
                .set_exclusive_start_key(start);
            let answer = self.query(COUNT, query).await?;
            waiting.count += u64::try_from(answer.count()).unwrap_or_default();
            let due = answer.items().iter();
            let due = due.filter_map(|item| fire_time_of(text_of(item, SORT_KEY)));
            waiting.oldest = waiting.oldest.into_iter().chain(due).min();
            start = answer.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(waiting)
    }

    async fn remove_deferred(&self, backlog: &Backlog, entries: &[Deferral]) -> PortResult<()> {
        self.write_deferred(entries, |entry| delete(backlog, entry))
            .await
    }
}
