//! A table: its items, its indexes, and what they have cost. An index always holds exactly the items that have its keys.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::capacity::{Consumed, write_units};
use super::key::{Key, KeySchema, KeyValue};
use super::rows::{Partition, Position, Rows};
use super::value::{Item, Value, size_of};
use crate::refusal::Refusal;

/// The largest item, in bytes.
const ITEM_BYTES: usize = 400 * 1_024;

/// What of an item an index has, beside the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Projected {
    KeysOnly,
    Include(Vec<String>),
    All,
}

/// A global secondary index.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) name: String,
    pub(super) projected: Projected,
    pub(super) rows: Rows,
}

/// What a key's item was before it was changed.
#[derive(Clone, Debug)]
struct Change {
    at: DateTime<Utc>,
    key: Key,
    before: Option<Arc<Item>>,
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) rows: Rows,
    pub(super) indexes: Vec<Index>,
    /// The attribute, in epoch seconds, by which items expire.
    pub(super) ttl_attribute: Option<String>,
    /// Units of reads and writes so far.
    pub(super) read_units: f64,
    pub(super) write_units: f64,
    changes: VecDeque<Change>,
}

impl Index {
    fn key_of(&self, item: &Item) -> Option<Key> {
        self.rows.schema.key_in_index(item)
    }

    fn part_of(&self, item: &Arc<Item>, table: &KeySchema) -> Arc<Item> {
        let has = |name: &str| table.has(name) || self.rows.schema.has(name);
        let part = |included: &[String]| {
            let attributes = item
                .iter()
                .filter(|(name, _)| has(name) || included.contains(name));
            let attributes = attributes.map(|(name, value)| (name.clone(), value.clone()));
            Arc::new(attributes.collect::<Item>())
        };
        match &self.projected {
            Projected::KeysOnly => part(&[]),
            Projected::Include(included) => part(included),
            Projected::All => Arc::clone(item),
        }
    }
}

impl Table {
    pub(super) fn new(
        name: String,
        schema: KeySchema,
        indexes: Vec<Index>,
        created_at: DateTime<Utc>,
    ) -> Self {
        Self {
            name,
            created_at,
            rows: Rows::new(schema),
            indexes,
            ttl_attribute: None,
            read_units: 0.0,
            write_units: 0.0,
            changes: VecDeque::new(),
        }
    }

    pub(super) fn schema(&self) -> &KeySchema {
        &self.rows.schema
    }

    pub(super) fn index(&self, name: &str) -> Result<&Index, Refusal> {
        let found = self.indexes.iter().find(|index| index.name == name);
        found.ok_or_else(|| {
            Refusal::validation(format!(
                "The table does not have the specified index: {name}"
            ))
        })
    }

    /// Refuses an item that is too large, or has an index key of a wrong type.
    pub(super) fn check(&self, item: &Item) -> Result<(), Refusal> {
        if size_of(item) > ITEM_BYTES {
            return Err(Refusal::validation(
                "Item size has exceeded the maximum allowed size",
            ));
        }
        for index in &self.indexes {
            index.rows.schema.check_index_keys(&index.name, item)?;
        }
        Ok(())
    }

    /// Puts `after` under `key`, or takes away what is there. `remembered` is for how long reads may still see what was.
    pub(super) fn write(
        &mut self,
        now: DateTime<Utc>,
        key: &Key,
        after: Option<Item>,
        remembered: TimeDelta,
    ) -> Consumed {
        let before = self.rows.get(key).cloned();
        let after = after.map(Arc::new);
        let bytes = |item: Option<&Arc<Item>>| item.map_or(0, |item| size_of(item));
        let larger = bytes(before.as_ref()).max(bytes(after.as_ref()));
        let mut consumed = Consumed::of_table(write_units(larger));
        for index in &mut self.indexes {
            let schema = &self.rows.schema;
            let entry = |item: &Arc<Item>| Some((index.key_of(item)?, index.part_of(item, schema)));
            let (old, new) = (
                before.as_ref().and_then(entry),
                after.as_ref().and_then(entry),
            );
            if old == new {
                continue;
            }
            let position = |entry: &Key| Position {
                sort: entry.range.clone(),
                row: Some(key.clone()),
            };
            // An entry whose keys change is taken away and put elsewhere: two writes.
            let moves = matches!((&old, &new), (Some(old), Some(new)) if old.0 != new.0);
            let of = |entry: &Option<(Key, Arc<Item>)>| bytes(entry.as_ref().map(|(_, item)| item));
            let units = if moves {
                write_units(of(&old)) + write_units(of(&new))
            } else {
                write_units(of(&old).max(of(&new)))
            };
            consumed.add(&Consumed::of_index(&index.name, units));
            if let Some((old, _)) = old {
                index.rows.remove(&old.hash, &position(&old));
            }
            if let Some((new, item)) = new {
                let position = position(&new);
                index.rows.insert(new.hash, position, item);
            }
        }
        let position = Position {
            sort: key.range.clone(),
            row: None,
        };
        match after {
            Some(item) => self.rows.insert(key.hash.clone(), position, item),
            None => self.rows.remove(&key.hash, &position),
        }
        self.remember(now, key, before, remembered);
        self.write_units += consumed.total();
        consumed
    }

    /// Whether an item is over by its own account.
    fn is_expired(&self, item: &Item, now: DateTime<Utc>) -> bool {
        let Some(attribute) = &self.ttl_attribute else {
            return false;
        };
        let Some(Value::N(expires_at)) = item.get(attribute) else {
            return false;
        };
        let now_seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        *expires_at <= now_seconds.into()
    }

    /// The keys of items that have expired.
    pub(super) fn expired(&self, now: DateTime<Utc>) -> Vec<Key> {
        let rows = self
            .rows
            .iter()
            .filter(|(_, _, item)| self.is_expired(item, now));
        let keys = rows.map(|(hash, position, _)| Key {
            hash: hash.clone(),
            range: position.sort.clone(),
        });
        keys.collect()
    }

    fn remember(
        &mut self,
        now: DateTime<Utc>,
        key: &Key,
        before: Option<Arc<Item>>,
        remembered: TimeDelta,
    ) {
        while self
            .changes
            .front()
            .is_some_and(|change| change.at + remembered < now)
        {
            self.changes.pop_front();
        }
        if remembered > TimeDelta::zero() {
            self.changes.push_back(Change {
                at: now,
                key: key.clone(),
                before,
            });
        }
    }

    /// What has been changed after `then`: each key's item as it was then.
    fn since(&self, then: DateTime<Utc>) -> BTreeMap<&Key, Option<&Arc<Item>>> {
        // The earliest change after `then` is what counts, and is put last.
        let later = self
            .changes
            .iter()
            .rev()
            .take_while(|change| change.at > then);
        later
            .map(|change| (&change.key, change.before.as_ref()))
            .collect()
    }

    /// The item under `key`, as it was `then`.
    pub(super) fn get_as_of(&self, key: &Key, then: Option<DateTime<Utc>>) -> Option<&Arc<Item>> {
        let then = then.map(|then| self.since(then));
        match then.as_ref().and_then(|since| since.get(key)) {
            Some(before) => *before,
            None => self.rows.get(key),
        }
    }

    /// All of the table, or of an index, as it was `then`.
    pub(super) fn rows_as_of<'a>(
        &'a self,
        index: Option<&'a Index>,
        then: Option<DateTime<Utc>>,
    ) -> Cow<'a, Rows> {
        let present = index.map_or(&self.rows, |index| &index.rows);
        let since = then.map(|then| self.since(then)).unwrap_or_default();
        if since.is_empty() {
            return Cow::Borrowed(present);
        }
        let mut rows = present.clone();
        let changed = since.keys().flat_map(|key| {
            let now = self.rows.get(key);
            [now, since[key]]
                .into_iter()
                .flatten()
                .filter_map(|item| match index {
                    None => Some(key.hash.clone()),
                    Some(index) => index.key_of(item).map(|entry| entry.hash),
                })
        });
        for hash in changed {
            let partition = self.partition_as_of(index, &hash, then).into_owned();
            if partition.is_empty() {
                rows.partitions.remove(&hash);
            } else {
                rows.partitions.insert(hash, partition);
            }
        }
        Cow::Owned(rows)
    }

    /// A partition of the table, or of an index, as it was `then`.
    pub(super) fn partition_as_of<'a>(
        &'a self,
        index: Option<&'a Index>,
        hash: &KeyValue,
        then: Option<DateTime<Utc>>,
    ) -> Cow<'a, Partition> {
        static NOTHING: Partition = Partition::new();
        let rows = index.map_or(&self.rows, |index| &index.rows);
        let present = rows.partitions.get(hash).unwrap_or(&NOTHING);
        let since = then.map(|then| self.since(then)).unwrap_or_default();
        if since.is_empty() {
            return Cow::Borrowed(present);
        }
        let mut partition = present.clone();
        match index {
            None => {
                for (key, before) in since.into_iter().filter(|(key, _)| key.hash == *hash) {
                    let position = Position {
                        sort: key.range.clone(),
                        row: None,
                    };
                    match before {
                        Some(item) => partition.insert(position, Arc::clone(item)),
                        None => partition.remove(&position),
                    };
                }
            }
            Some(index) => {
                partition.retain(|position, _| {
                    position
                        .row
                        .as_ref()
                        .is_none_or(|row| !since.contains_key(row))
                });
                for (key, before) in since {
                    let entry = before.and_then(|item| Some((index.key_of(item)?, item)));
                    if let Some((entry, item)) = entry.filter(|(entry, _)| entry.hash == *hash) {
                        let position = Position {
                            sort: entry.range,
                            row: Some(key.clone()),
                        };
                        partition.insert(position, index.part_of(item, self.schema()));
                    }
                }
            }
        }
        Cow::Owned(partition)
    }
}
