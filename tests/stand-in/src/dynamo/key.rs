//! Keys: the values under which items lie, in the order in which queries find them.

use std::collections::BTreeMap;

use super::number::Number;
use super::value::{Item, Value};
use crate::refusal::Refusal;

/// The longest partition key, in bytes, and the longest sort key.
const HASH_BYTES: usize = 2_048;
const RANGE_BYTES: usize = 1_024;

/// The type of a key attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum KeyType {
    S,
    N,
    B,
}

/// The value of a key attribute; `Absent` for the sort key of what has none. Values of one attribute are of one type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum KeyValue {
    Absent,
    S(String),
    N(Number),
    B(Vec<u8>),
}

impl KeyValue {
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::S(text) => Some(Self::S(text.clone())),
            Value::N(number) => Some(Self::N(*number)),
            Value::B(bytes) => Some(Self::B(bytes.clone())),
            _ => None,
        }
    }

    /// Back to an attribute's value, unless there is none.
    pub(super) fn value(&self) -> Option<Value> {
        match self {
            Self::Absent => None,
            Self::S(text) => Some(Value::S(text.clone())),
            Self::N(number) => Some(Value::N(*number)),
            Self::B(bytes) => Some(Value::B(bytes.clone())),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Absent => 0,
            Self::S(text) => text.len(),
            Self::N(_) => 1,
            Self::B(bytes) => bytes.len(),
        }
    }
}

/// A key attribute's name and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyAttribute {
    pub(super) name: String,
    pub(super) key_type: KeyType,
}

impl KeyAttribute {
    fn is_of_type(&self, value: &Value) -> bool {
        matches!(
            (self.key_type, value),
            (KeyType::S, Value::S(_)) | (KeyType::N, Value::N(_)) | (KeyType::B, Value::B(_))
        )
    }

    pub(super) fn type_name(&self) -> &'static str {
        match self.key_type {
            KeyType::S => "S",
            KeyType::N => "N",
            KeyType::B => "B",
        }
    }
}

/// The key of an item in a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) hash: KeyValue,
    pub(super) range: KeyValue,
}

/// The key attributes of a table or an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeySchema {
    pub(super) hash: KeyAttribute,
    pub(super) range: Option<KeyAttribute>,
}

impl KeySchema {
    pub(super) fn attributes(&self) -> impl Iterator<Item = &KeyAttribute> {
        std::iter::once(&self.hash).chain(&self.range)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.attributes().any(|attribute| attribute.name == name)
    }

    /// The key under which `item` is put into a table.
    pub(super) fn key_of_item(&self, item: &Item) -> Result<Key, Refusal> {
        let value = |attribute: &KeyAttribute| {
            let invalid = |what: String| {
                Refusal::validation(format!("One or more parameter values were invalid: {what}"))
            };
            let name = &attribute.name;
            let value = item
                .get(name)
                .ok_or_else(|| invalid(format!("Missing the key {name} in the item")))?;
            if !attribute.is_of_type(value) {
                return Err(invalid(format!(
                    "Type mismatch for key {name} expected: {} actual: {}",
                    attribute.type_name(),
                    value.type_name()
                )));
            }
            Ok(KeyValue::of(value).unwrap_or(KeyValue::Absent))
        };
        let key = Key {
            hash: value(&self.hash)?,
            range: self.range.as_ref().map_or(Ok(KeyValue::Absent), value)?,
        };
        self.check(key)
    }

    /// The key that a request names: the key attributes, and nothing else.
    pub(super) fn key_of_request(&self, named: &Item) -> Result<Key, Refusal> {
        let fits = named.len() == self.attributes().count()
            && self.attributes().all(|attribute| {
                named
                    .get(&attribute.name)
                    .is_some_and(|value| attribute.is_of_type(value))
            });
        if !fits {
            return Err(Refusal::validation(
                "The provided key element does not match the schema",
            ));
        }
        self.key_of_item(named)
    }

    fn check(&self, key: Key) -> Result<Key, Refusal> {
        let parts = [
            (Some(&self.hash), &key.hash),
            (self.range.as_ref(), &key.range),
        ];
        for (attribute, value) in parts {
            if let (Some(attribute), 0) = (attribute, value.bytes()) {
                return Err(Refusal::validation(format!(
                    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: {}",
                    attribute.name
                )));
            }
        }
        if key.hash.bytes() > HASH_BYTES || key.range.bytes() > RANGE_BYTES {
            return Err(Refusal::validation(
                "One or more parameter values were invalid: Size of hashkey or rangekey has exceeded the maximum size limit",
            ));
        }
        Ok(key)
    }

    /// The key of an item in an index, which only has those that have all of its attributes.
    pub(super) fn key_in_index(&self, item: &Item) -> Option<Key> {
        let value = |attribute: &KeyAttribute| {
            let value = item.get(&attribute.name)?;
            attribute
                .is_of_type(value)
                .then(|| KeyValue::of(value))
                .flatten()
        };
        Some(Key {
            hash: value(&self.hash)?,
            range: match &self.range {
                Some(range) => value(range)?,
                None => KeyValue::Absent,
            },
        })
    }

    /// An item's index keys may be missing, but not be of another type.
    pub(super) fn check_index_keys(&self, index: &str, item: &Item) -> Result<(), Refusal> {
        for attribute in self.attributes() {
            let Some(value) = item.get(&attribute.name) else {
                continue;
            };
            if !attribute.is_of_type(value) {
                return Err(Refusal::validation(format!(
                    "One or more parameter values were invalid: Type mismatch for Index Key {} Expected: {} Actual: {} IndexName: {index}",
                    attribute.name,
                    attribute.type_name(),
                    value.type_name()
                )));
            }
            if KeyValue::of(value).is_some_and(|value| value.bytes() == 0) {
                return Err(Refusal::validation(format!(
                    "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: {index}, IndexKey: {}",
                    attribute.name
                )));
            }
        }
        Ok(())
    }

    /// The key's attributes.
    pub(super) fn item_of(&self, key: &Key) -> Item {
        let hash = key
            .hash
            .value()
            .map(|value| (self.hash.name.clone(), value));
        let range = self.range.as_ref().and_then(|range| {
            let value = key.range.value()?;
            Some((range.name.clone(), value))
        });
        BTreeMap::from_iter(hash.into_iter().chain(range))
    }
}
