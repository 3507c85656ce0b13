//! Items in the order of their keys: those of a table, or those of an index. Items of an index that have the same keys
//! there lie in the order of their keys in the table.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::key::{Key, KeySchema, KeyValue};
use super::value::Item;

/// Where in its partition an item lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) sort: KeyValue,
    /// The key in the table, of an index's item.
    pub(super) row: Option<Key>,
}

/// The items of one partition key.
pub(super) type Partition = BTreeMap<Position, Arc<Item>>;

/// Items by partition and position. No partition is empty.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) schema: KeySchema,
    pub(super) partitions: BTreeMap<KeyValue, Partition>,
}

impl Rows {
    pub(super) fn new(schema: KeySchema) -> Self {
        Self {
            schema,
            partitions: BTreeMap::new(),
        }
    }

    /// The item of a table under `key`.
    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Item>> {
        let position = Position {
            sort: key.range.clone(),
            row: None,
        };
        self.partitions.get(&key.hash)?.get(&position)
    }

    pub(super) fn insert(&mut self, hash: KeyValue, position: Position, item: Arc<Item>) {
        self.partitions
            .entry(hash)
            .or_default()
            .insert(position, item);
    }

    pub(super) fn remove(&mut self, hash: &KeyValue, position: &Position) {
        if let Some(partition) = self.partitions.get_mut(hash) {
            partition.remove(position);
            if partition.is_empty() {
                self.partitions.remove(hash);
            }
        }
    }

    /// Every item, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&KeyValue, &Position, &Arc<Item>)> {
        self.partitions.iter().flat_map(|(hash, partition)| {
            partition
                .iter()
                .map(move |(position, item)| (hash, position, item))
        })
    }
}
