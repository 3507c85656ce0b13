//! The index of dead letters: each lies under its owner and under everybody's, sorted by when it ended.

use chrono::{DateTime, SecondsFormat, Utc};

use super::super::{PARTITION_KEY, SORT_KEY};
use super::item::{Item, decode, encode, expire, key, text, text_of};
use super::{DynamoStore, cursor};
use crate::domain::{DeadLetter, LetterFilter, UserId};
use crate::port::{DeadLetters, LetterOrder, Page, PortResult};

const PUT: &str = "dynamodb.PutItem control letter";
const LIST: &str = "dynamodb.Query control letters";

/// The partition of everybody's letters.
const EVERYBODYS: &str = "DEADS";

/// How many letters one part of a list looks at to find those that a filter admits.
const LOOKED_AT: usize = 1_000;

fn partition(user: Option<&UserId>) -> String {
    user.map_or_else(|| EVERYBODYS.to_owned(), |user| format!("DEAD#{user}"))
}

fn sortable(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn sort_key(letter: &DeadLetter) -> String {
    format!("{}#{}", sortable(letter.finished_at), letter.execution)
}

impl DynamoStore {
    async fn index_under(&self, user: Option<&UserId>, letter: &DeadLetter) -> PortResult<()> {
        let mut item = encode(PUT, letter)?;
        item.remove("keep_until");
        item.extend(key(text(partition(user)), text(sort_key(letter))));
        expire(&mut item, letter.keep_until);
        self.put_control(item).await
    }
}

fn from_item(mut item: Item) -> PortResult<DeadLetter> {
    // Nobody asks a letter that was found when it expires.
    item.entry("keep_until".to_owned())
        .or_insert_with(|| super::item::number(0));
    decode(LIST, item)
}

impl DeadLetters for DynamoStore {
    async fn index_dead_letter(&self, letter: &DeadLetter) -> PortResult<()> {
        self.index_under(Some(&letter.user), letter).await?;
        self.index_under(None, letter).await
    }

    async fn list_dead_letters(
        &self,
        filter: &LetterFilter,
        order: LetterOrder,
        from: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<DeadLetter>>> {
        let partition = partition(filter.user.as_ref());
        // A letter's time is followed by `#`, so that the range ends before those of `until`. `~` sorts behind all times.
        let first = filter.from.map_or_else(|| "0".to_owned(), sortable);
        let last = filter.until.map_or_else(|| "~".to_owned(), sortable);
        let mut start = match from.map(cursor::decode::<String>) {
            None => None,
            Some(Some(sort)) if first <= sort && sort <= last => Some(sort),
            Some(_) => return Ok(None),
        };
        let (mut items, mut looked_at) = (Vec::new(), 0);
        loop {
            if first > last {
                return Ok(Some(Page { items, next: None }));
            }
            let query = self
                .client
                .query()
                .table_name(&self.control)
                .consistent_read(true)
                .key_condition_expression("#key = :letters AND #sort BETWEEN :first AND :last")
                .expression_attribute_names("#key", PARTITION_KEY)
                .expression_attribute_names("#sort", SORT_KEY)
                .expression_attribute_values(":letters", text(&partition))
                .expression_attribute_values(":first", text(&first))
                .expression_attribute_values(":last", text(&last))
                .scan_index_forward(order == LetterOrder::OldestFirst)
                .limit(i32::try_from(limit.max(100)).unwrap_or(i32::MAX))
                .set_exclusive_start_key(
                    start.as_ref().map(|sort| key(text(&partition), text(sort))),
                );
            let answer = self.query(LIST, query).await?;
            let is_last = answer.last_evaluated_key.is_none();
            let mut found = answer.items.unwrap_or_default().into_iter().peekable();
            while let Some(item) = found.next() {
                let sort = text_of(&item, SORT_KEY).to_owned();
                let letter = from_item(item)?;
                looked_at += 1;
                if filter.admits(&letter) {
                    items.push(letter);
                }
                let is_full = items.len() == limit || looked_at >= LOOKED_AT;
                let has_more = found.peek().is_some() || !is_last;
                if is_full || !has_more {
                    let next = has_more.then(|| cursor::encode(&sort)).flatten();
                    return Ok(Some(Page { items, next }));
                }
                start = Some(sort);
            }
            if is_last {
                return Ok(Some(Page { items, next: None }));
            }
        }
    }
}
