//! Copies one region's tables to another's as global tables do: item by item, later, and in no order among tables. What
//! was not copied when its source was lost is kept, and can arrive when that comes back: the last writer wins, as there.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::error::Error;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::{StreamExt, TryStreamExt, stream};
use punctual::aws::{Clients, PARTITION_KEY, SORT_KEY, TABLES};

/// An item.
pub type Item = HashMap<String, AttributeValue>;

/// Why something could not be copied.
pub type CopyError = Box<dyn Error + Send + Sync>;

/// The table, and the item's key in it.
type Place = (&'static str, String, String);

/// How many items are written at once.
const CONCURRENCY: usize = 16;

/// A change that was seen at the source, and is to be made at the other end.
struct Change {
    seen: Instant,
    place: Place,
    item: Option<Item>,
}

/// What came of changes that arrived late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Late {
    /// Changes that were made.
    pub made: usize,
    /// Changes that lost to a later one at the other end.
    pub lost: usize,
}

/// Copies in one direction.
pub struct Copier {
    from: Client,
    to: Client,
    namespace: String,
    lag: Duration,
    seen: BTreeMap<Place, Item>,
    copied: BTreeMap<Place, Item>,
    pending: VecDeque<Change>,
}

impl Copier {
    /// A copier whose every change arrives `lag` after it was seen, at the earliest.
    ///
    /// # Errors
    /// If the other end's tables cannot be read.
    pub async fn new(
        from: Client,
        to: Client,
        namespace: &str,
        lag: Duration,
    ) -> Result<Self, CopyError> {
        let there = read_all(&to, namespace).await?;
        Ok(Self {
            from,
            to,
            namespace: namespace.to_owned(),
            lag,
            seen: there.clone(),
            copied: there,
            pending: VecDeque::new(),
        })
    }

    /// Looks at the source, and makes those changes at the other end that are old enough.
    ///
    /// # Errors
    /// If either end does not answer. The changes that were seen stay pending.
    pub async fn step(&mut self) -> Result<(), CopyError> {
        let now = Instant::now();
        self.look(now).await?;
        let old = self
            .pending
            .iter()
            .take_while(|change| now.duration_since(change.seen) >= self.lag)
            .count();
        let due: Vec<_> = self.pending.drain(..old).collect();
        for change in &due {
            keep(&mut self.copied, &change.place, change.item.as_ref());
        }
        let (to, namespace) = (&self.to, &self.namespace);
        // One place may have changed twice: the later change is made alone.
        let last: BTreeMap<_, _> = due.into_iter().map(|one| (one.place, one.item)).collect();
        let mut writes = Vec::with_capacity(last.len());
        for (place, item) in last {
            writes.push(write(to, namespace, place, item));
        }
        let mut writes = stream::iter(writes).buffer_unordered(CONCURRENCY);
        while writes.try_next().await?.is_some() {}
        Ok(())
    }

    async fn look(&mut self, now: Instant) -> Result<(), CopyError> {
        let present = read_all(&self.from, &self.namespace).await?;
        let gone = self
            .seen
            .keys()
            .filter(|place| !present.contains_key(*place));
        let gone = gone.map(|place| (place.clone(), None));
        let put = present
            .iter()
            .filter(|(place, item)| self.seen.get(*place) != Some(*item))
            .map(|(place, item)| (place.clone(), Some(item.clone())));
        let changes: Vec<_> = put.chain(gone).collect();
        self.pending
            .extend(changes.into_iter().map(|(place, item)| Change {
                seen: now,
                place,
                item,
            }));
        self.seen = present;
        Ok(())
    }

    /// Whether everything that was seen has arrived.
    pub fn has_caught_up(&self) -> bool {
        self.pending.is_empty()
    }

    /// How many changes have not arrived.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// The source is back, and was looked at once more: has what had not arrived arrive now. A change whose item has
    /// changed at the other end since is the older one, and loses.
    ///
    /// # Errors
    /// If either end does not answer.
    pub async fn arrive_late(mut self) -> Result<Late, CopyError> {
        self.look(Instant::now()).await?;
        let there = read_all(&self.to, &self.namespace).await?;
        let mut last = BTreeMap::new();
        for change in self.pending {
            last.insert(change.place, change.item);
        }
        let mut late = Late::default();
        for (place, item) in last {
            if there.get(&place) == self.copied.get(&place) {
                write(&self.to, &self.namespace, place, item).await?;
                late.made += 1;
            } else {
                late.lost += 1;
            }
        }
        Ok(late)
    }
}

fn keep(items: &mut BTreeMap<Place, Item>, place: &Place, item: Option<&Item>) {
    match item {
        Some(item) => items.insert(place.clone(), item.clone()),
        None => items.remove(place),
    };
}

async fn read_all(client: &Client, namespace: &str) -> Result<BTreeMap<Place, Item>, CopyError> {
    let mut found = BTreeMap::new();
    for table in &TABLES {
        let pages = client
            .scan()
            .table_name(format!("{namespace}-{}", table.suffix))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let items: Vec<Item> = pages.try_collect().await?;
        found.extend(items.into_iter().map(|item| {
            let part = |name: &str| match item.get(name) {
                Some(AttributeValue::S(text)) => text.clone(),
                _ => String::new(),
            };
            ((table.suffix, part(PARTITION_KEY), part(SORT_KEY)), item)
        }));
    }
    Ok(found)
}

async fn write(
    client: &Client,
    namespace: &str,
    place: Place,
    item: Option<Item>,
) -> Result<(), CopyError> {
    let (table, partition, sort) = place;
    let table = format!("{namespace}-{table}");
    if let Some(item) = item {
        let put = client.put_item().table_name(table).set_item(Some(item));
        put.send().await?;
    } else {
        let delete = client
            .delete_item()
            .table_name(table)
            .key(PARTITION_KEY, AttributeValue::S(partition))
            .key(SORT_KEY, AttributeValue::S(sort));
        delete.send().await?;
    }
    Ok(())
}

/// Copies those items of a namespace's tables to another's that `keep` wants, by table and partition key.
///
/// # Panics
/// If the stand-in does not answer.
pub async fn copy_tables(
    clients: &Clients,
    from: &str,
    to: &str,
    keep: impl Fn(&str, &str) -> bool,
) {
    let items = read_all(&clients.dynamodb, from).await;
    for (place, item) in items.expect("the tables") {
        if keep(place.0, &place.1) {
            let written = write(&clients.dynamodb, to, place, Some(item)).await;
            written.expect("the copy");
        }
    }
}
