//! The scanner's checkpoints, remembered requests, and messages that nothing could read.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::super::{PARTITION_KEY, SORT_KEY};
use super::DynamoStore;
use super::access::Condition;
use super::error::corrupt;
use super::item::{Item, decode, encode, expire, key, number, text, text_of};
use crate::domain::{Admissions, JobId, Minute, Occasion, Term, UserId};
use crate::port::{
    Batches, PortResult, Progress, Put, RunRequests, ScanProgress, Terms, Unreadable,
    UnreadableMessage,
};
use crate::trace;

const PUT: &str = "dynamodb.PutItem control";
const READ: &str = "dynamodb.Query control";
const READ_TERM: &str = "dynamodb.GetItem control";
const PUT_TERM: &str = "dynamodb.PutItem control term";

/// The partition of the scanner's progress in the first term; of each later one, with its number behind. The mark lies
/// under one sort key, and a checkpoint a minute under others. One query reads the mark, one the checkpoints from there on.
const SCAN: &str = "SCAN";
const LOW_WATER: &str = "LOW";
const CHECKPOINT_PREFIX: &str = "M#";
/// The attributes that hold the mark, and what goes with it.
const MINUTE: &str = "minute";
const ADMITTED: &str = "admitted";
/// The key, both parts of it, of the present term. It is not there before the second one.
const TERM: &str = "TERM";
const TERM_NUMBER: &str = "number";

/// Outlives the hints of its minute, or they would be scanned again.
const CHECKPOINT_RETENTION: TimeDelta = TimeDelta::days(8);
const RUN_REQUEST_RETENTION: TimeDelta = TimeDelta::days(1);
const BATCH_RETENTION: TimeDelta = TimeDelta::days(1);
const UNREADABLE_RETENTION: TimeDelta = TimeDelta::days(14);

fn scan_partition(term: &Term) -> AttributeValue {
    match term.number {
        0 => text(SCAN),
        number => text(format_args!("{SCAN}#{number}")),
    }
}

fn checkpoint(minute: Minute) -> String {
    format!("{CHECKPOINT_PREFIX}{minute}")
}

impl DynamoStore {
    /// Puts an item whatever is there.
    pub(super) async fn put_control(&self, item: Item) -> PortResult<()> {
        self.put(PUT, &self.control, item).await
    }

    fn low_water_item(term: &Term, minute: Minute) -> Item {
        let mut item = key(scan_partition(term), text(LOW_WATER));
        item.insert(MINUTE.to_owned(), text(minute));
        item
    }
}

impl ScanProgress for DynamoStore {
    async fn progress(&self) -> PortResult<Option<Progress>> {
        let term = self.term().await?;
        let mut low_water = None;
        let mut admitted = Admissions::default();
        let mut done = std::collections::BTreeSet::new();
        let mut start: Option<Item> = None;
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.control)
                .consistent_read(true)
                .key_condition_expression("#key = :scan AND #sort >= :low")
                .expression_attribute_names("#key", PARTITION_KEY)
                .expression_attribute_names("#sort", SORT_KEY)
                .expression_attribute_values(":scan", scan_partition(&term))
                .expression_attribute_values(":low", first_sort_key(low_water))
                .set_exclusive_start_key(start)
                // The mark alone comes first; the checkpoints behind it are read from the mark on.
                .set_limit(low_water.is_none().then_some(1));
            let answer = self.query(READ, query).await?;
            let Some(mark) = low_water else {
                let item = answer.items().first();
                // Of a later term, which begins without a mark, a checkpoint may come first.
                let item = item.filter(|item| !text_of(item, MINUTE).is_empty());
                let Some(mark) = mark_of(item, &term)? else {
                    return Ok(None);
                };
                low_water = Some(mark);
                // It only spares the queues; without it, nothing is known to have been let in.
                let found = item.map_or("", |item| text_of(item, ADMITTED));
                admitted = serde_json::from_str(found).unwrap_or_default();
                start = None;
                continue;
            };
            for item in answer.items() {
                let minute = text_of(item, SORT_KEY).trim_start_matches(CHECKPOINT_PREFIX);
                done.insert(minute.parse().map_err(|error| corrupt(READ, error))?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(Some(Progress {
                    term,
                    low_water: mark,
                    done,
                    admitted,
                }));
            }
        }
    }

    async fn begin_at(&self, minute: Minute) -> PortResult<()> {
        let first = Term::default();
        if self.term().await? != first {
            return Ok(());
        }
        let item = Self::low_water_item(&first, minute);
        self.put_if(PUT, &self.control, item, Condition::Absent)
            .await
            .map(drop)
    }

    async fn mark_done(&self, term: &Term, minute: Minute) -> PortResult<()> {
        let mut item = key(scan_partition(term), text(checkpoint(minute)));
        expire(&mut item, minute.start() + CHECKPOINT_RETENTION);
        self.put_control(item).await?;
        trace::checkpointed(minute);
        Ok(())
    }

    async fn raise_low_water(
        &self,
        term: &Term,
        minute: Minute,
        admitted: &Admissions,
    ) -> PortResult<()> {
        let mut item = Self::low_water_item(term, minute);
        let admitted = serde_json::to_string(admitted).map_err(|error| corrupt(PUT, error))?;
        item.insert(ADMITTED.to_owned(), text(admitted));
        let condition = Condition::AbsentOrBelow(MINUTE, text(minute));
        self.put_if(PUT, &self.control, item, condition)
            .await
            .map(drop)
    }
}

/// The low-water mark as stored; where the term began, before there is one.
fn mark_of(item: Option<&Item>, term: &Term) -> PortResult<Option<Minute>> {
    let Some(item) = item else {
        return Ok(term.from);
    };
    let mark = text_of(item, MINUTE).parse();
    Ok(Some(mark.map_err(|error| corrupt(READ, error))?))
}

impl Terms for DynamoStore {
    fn here(&self) -> Option<&str> {
        self.region.as_deref()
    }

    async fn term(&self) -> PortResult<Term> {
        let item = self
            .get(READ_TERM, &self.control, key(text(TERM), text(TERM)))
            .await?;
        item.map_or_else(|| Ok(Term::default()), |item| decode(READ_TERM, item))
    }

    async fn begin_term(&self, term: &Term) -> PortResult<bool> {
        let mut item = encode(PUT_TERM, term)?;
        item.extend(key(text(TERM), text(TERM)));
        let condition = match term.number {
            0 | 1 => Condition::Absent,
            later => Condition::Equals(TERM_NUMBER, number(later - 1)),
        };
        let put = self
            .put_if(PUT_TERM, &self.control, item, condition)
            .await?;
        Ok(matches!(put, Put::Written))
    }
}

fn first_sort_key(low_water: Option<Minute>) -> AttributeValue {
    text(low_water.map_or_else(|| LOW_WATER.to_owned(), checkpoint))
}

impl RunRequests for DynamoStore {
    async fn remember(
        &self,
        job: JobId,
        request: &str,
        occasion: Occasion,
    ) -> PortResult<Occasion> {
        let mut item = key(text(format_args!("RUN#{job}")), text(request));
        item.insert("occasion".to_owned(), text(occasion));
        expire(&mut item, occasion.fire_time() + RUN_REQUEST_RETENTION);
        match self
            .put_if(PUT, &self.control, item, Condition::Absent)
            .await?
        {
            Put::Written => Ok(occasion),
            Put::Refused(found) => text_of(&found.unwrap_or_default(), "occasion")
                .parse()
                .map_err(|error| corrupt(PUT, error)),
        }
    }
}

impl Batches for DynamoStore {
    async fn remember_batch(
        &self,
        user: &UserId,
        batch: &str,
        digest: &str,
        now: DateTime<Utc>,
    ) -> PortResult<String> {
        let mut item = key(text(format_args!("BATCH#{user}")), text(batch));
        item.insert("digest".to_owned(), text(digest));
        expire(&mut item, now + BATCH_RETENTION);
        match self
            .put_if(PUT, &self.control, item, Condition::Absent)
            .await?
        {
            Put::Written => Ok(digest.to_owned()),
            Put::Refused(found) => Ok(text_of(&found.unwrap_or_default(), "digest").to_owned()),
        }
    }
}

fn sortable(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Unreadable for DynamoStore {
    async fn record_unreadable(&self, message: &UnreadableMessage) -> PortResult<()> {
        let sort = format!("{}#{}", sortable(message.received_at), message.message_id);
        let mut item = key(text("UNREADABLE"), text(sort));
        item.insert("queue".to_owned(), text(&message.queue));
        item.insert("body".to_owned(), text(&message.body));
        item.insert("reason".to_owned(), text(&message.reason));
        expire(&mut item, message.received_at + UNREADABLE_RETENTION);
        self.put_control(item).await
    }
}
