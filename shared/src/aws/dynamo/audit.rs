//! The audit in the `history` table: a partition for each hour, in which entries sort by time. A list walks the hours
//! backwards, and so many at most in one go.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::super::{PARTITION_KEY, SORT_KEY};
use super::DynamoStore;
use super::cursor;
use super::history::{PUT, READ};
use super::item::{Item, decode, encode, expire, key, text, text_of};
use crate::domain::{AuditEntry, HISTORY_RETENTION};
use crate::port::{AuditFilter, Page, PortResult};

/// How many queries one part of a list costs at most: an empty hour costs one.
const QUERIES: usize = 48;

/// How many entries a query reads at most to find those that a filter admits.
const READ_FOR_FILTER: usize = 400;

const SECONDS_PER_HOUR: i64 = 3_600;

const PREFIX: &str = "AUDIT#";

/// Hours since 1970.
fn hour_of(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(SECONDS_PER_HOUR)
}

fn partition(hour: i64) -> String {
    let start =
        DateTime::from_timestamp(hour.saturating_mul(SECONDS_PER_HOUR), 0).unwrap_or_default();
    format!("{PREFIX}{}", start.format("%Y-%m-%dT%H"))
}

/// Sorts as time does; entries of one millisecond are kept apart behind it.
fn sortable(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn sort_key(entry: &AuditEntry) -> String {
    format!("{}#{:016x}", sortable(entry.at), entry.nonce)
}

/// Where a list goes on: in which hour, behind which entry.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    hour: i64,
    after: Option<String>,
}

impl Position {
    /// Where a list of `filter` begins.
    fn first(filter: &AuditFilter) -> Self {
        Self {
            hour: hour_of(filter.until),
            after: None,
        }
    }

    /// Whether a list of `filter` can have come here.
    fn is_of(&self, filter: &AuditFilter) -> bool {
        let in_hour = |sort: &String| {
            *sort < sortable(filter.until)
                && sort.starts_with(partition(self.hour).trim_start_matches(PREFIX))
        };
        self.hour <= hour_of(filter.until) && self.after.as_ref().is_none_or(in_hour)
    }

    /// Whether everything from here on lies before the filter's range, which may have moved on with the clock.
    fn is_past(&self, filter: &AuditFilter) -> bool {
        let from = sortable(filter.from);
        self.hour < hour_of(filter.from) || self.after.as_ref().is_some_and(|sort| *sort < from)
    }

    fn hour_before(&self) -> Self {
        Self {
            hour: self.hour - 1,
            after: None,
        }
    }
}

impl DynamoStore {
    pub(super) async fn append_audit(&self, entry: &AuditEntry) -> PortResult<()> {
        let mut item = encode(PUT, entry)?;
        item.extend(key(
            text(partition(hour_of(entry.at))),
            text(sort_key(entry)),
        ));
        expire(&mut item, entry.at + HISTORY_RETENTION);
        self.append(item).await
    }

    pub(super) async fn walk_audit(
        &self,
        filter: &AuditFilter,
        from: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<AuditEntry>>> {
        let mut position = match from {
            None => Position::first(filter),
            Some(from) => match cursor::decode::<Position>(from) {
                Some(position) if position.is_of(filter) => position,
                _ => return Ok(None),
            },
        };
        let mut items = Vec::new();
        for _ in 0..QUERIES {
            if position.is_past(filter) {
                return Ok(Some(Page { items, next: None }));
            }
            let (found, after) = self.audit_part(filter, &position, limit).await?;
            for item in found {
                let sort = text_of(&item, SORT_KEY).to_owned();
                let entry: AuditEntry = decode(READ, item)?;
                if filter.admits(&entry) {
                    items.push(entry);
                }
                if items.len() == limit {
                    let next = cursor::encode(&Position {
                        after: Some(sort),
                        ..position
                    });
                    return Ok(Some(Page { items, next }));
                }
            }
            position = match after {
                Some(after) => Position {
                    after: Some(text_of(&after, SORT_KEY).to_owned()),
                    ..position
                },
                None => position.hour_before(),
            };
        }
        let next = cursor::encode(&position);
        Ok(Some(Page { items, next }))
    }

    /// What the filter's range has in the hour of `position`, newest first, from there on.
    async fn audit_part(
        &self,
        filter: &AuditFilter,
        position: &Position,
        limit: usize,
    ) -> PortResult<(Vec<Item>, Option<Item>)> {
        let hour = partition(position.hour);
        let is_filtered = filter.user.is_some() || filter.subject.is_some();
        let limit = if is_filtered { READ_FOR_FILTER } else { limit };
        let start = position
            .after
            .as_ref()
            .map(|after| key(text(&hour), text(after)));
        let query = self
            .history_query()
            // An entry's time is followed by `#`, so that the range ends before those of `until`.
            .key_condition_expression("#key = :hour AND #sort BETWEEN :from AND :until")
            .expression_attribute_names("#key", PARTITION_KEY)
            .expression_attribute_names("#sort", SORT_KEY)
            .expression_attribute_values(":hour", text(&hour))
            .expression_attribute_values(":from", text(sortable(filter.from)))
            .expression_attribute_values(":until", text(sortable(filter.until)))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        self.part(query).await
    }
}
