//! Attribute values and items: how they read and write as JSON, what they weigh, and how they compare.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::number::Number;

/// Marks what a value's reader says as the words of a `ValidationException`.
pub(crate) const VALIDATION_MARK: &str = "invalid value: ";

/// An item: its attributes by name.
pub type Item = BTreeMap<String, Value>;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Text.
    S(String),
    /// A number.
    N(Number),
    /// Bytes.
    B(Vec<u8>),
    /// True or false.
    Bool(bool),
    /// Nothing.
    Null,
    /// Values by name.
    M(Item),
    /// Values in order.
    L(Vec<Value>),
    /// Distinct texts.
    Ss(BTreeSet<String>),
    /// Distinct numbers.
    Ns(BTreeSet<Number>),
    /// Distinct bytes.
    Bs(BTreeSet<Vec<u8>>),
}

impl Value {
    /// The type's name, as `attribute_type` has it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Bool(_) => "BOOL",
            Self::Null => "NULL",
            Self::M(_) => "M",
            Self::L(_) => "L",
            Self::Ss(_) => "SS",
            Self::Ns(_) => "NS",
            Self::Bs(_) => "BS",
        }
    }

    /// Bytes that it takes, by DynamoDB's rules: a list or map has three of its own, and one for each of its elements.
    pub fn size(&self) -> usize {
        match self {
            Self::S(text) => text.len(),
            Self::N(number) => number.size(),
            Self::B(bytes) => bytes.len(),
            Self::Bool(_) | Self::Null => 1,
            Self::M(map) => {
                let entries = map
                    .iter()
                    .map(|(name, value)| 1 + name.len() + value.size());
                3 + entries.sum::<usize>()
            }
            Self::L(list) => 3 + list.iter().map(|value| 1 + value.size()).sum::<usize>(),
            Self::Ss(set) => set.iter().map(String::len).sum(),
            Self::Ns(set) => set.iter().map(|number| number.size()).sum(),
            Self::Bs(set) => set.iter().map(Vec::len).sum(),
        }
    }
}

/// Bytes that an item takes: its names and values.
pub fn size_of(item: &Item) -> usize {
    let attributes = item.iter().map(|(name, value)| name.len() + value.size());
    attributes.sum()
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        let name = self.type_name();
        match self {
            Self::S(text) => map.serialize_entry(name, text)?,
            Self::N(number) => map.serialize_entry(name, &number.to_string())?,
            Self::B(bytes) => map.serialize_entry(name, &BASE64_STANDARD.encode(bytes))?,
            Self::Bool(value) => map.serialize_entry(name, value)?,
            Self::Null => map.serialize_entry(name, &true)?,
            Self::M(values) => map.serialize_entry(name, values)?,
            Self::L(values) => map.serialize_entry(name, values)?,
            Self::Ss(values) => map.serialize_entry(name, values)?,
            Self::Ns(values) => {
                let texts: Vec<_> = values.iter().map(ToString::to_string).collect();
                map.serialize_entry(name, &texts)?;
            }
            Self::Bs(values) => {
                let texts: Vec<_> = values
                    .iter()
                    .map(|bytes| BASE64_STANDARD.encode(bytes))
                    .collect();
                map.serialize_entry(name, &texts)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ValueVisitor)
    }
}

struct ValueVisitor;

/// Says what is wrong in the words of a `ValidationException`.
fn invalid<E: de::Error>(message: impl fmt::Display) -> E {
    E::custom(format_args!("{VALIDATION_MARK}{message}"))
}

fn bytes<E: de::Error>(text: &str) -> Result<Vec<u8>, E> {
    BASE64_STANDARD.decode(text).map_err(E::custom)
}

/// A set from its elements: none may be there twice, and there must be one.
fn set<T: Ord, E: de::Error>(elements: Vec<T>) -> Result<BTreeSet<T>, E> {
    let count = elements.len();
    let set: BTreeSet<T> = elements.into_iter().collect();
    if set.is_empty() {
        return Err(invalid(
            "One or more parameter values were invalid: An set may not be empty",
        ));
    }
    if set.len() < count {
        return Err(invalid(
            "One or more parameter values were invalid: Input collection contains duplicates.",
        ));
    }
    Ok(set)
}

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an attribute value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let Some(name) = map.next_key::<&str>()? else {
            return Err(invalid(
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
            ));
        };
        let value = match name {
            "S" => Value::S(map.next_value()?),
            "N" => Value::N(map.next_value::<String>()?.parse().map_err(invalid)?),
            "B" => Value::B(bytes(&map.next_value::<String>()?)?),
            "BOOL" => Value::Bool(map.next_value()?),
            "NULL" => {
                map.next_value::<bool>()?;
                Value::Null
            }
            "M" => Value::M(map.next_value()?),
            "L" => Value::L(map.next_value()?),
            "SS" => Value::Ss(set(map.next_value()?)?),
            "NS" => {
                let texts: Vec<String> = map.next_value()?;
                let numbers = texts.iter().map(|text| text.parse().map_err(invalid));
                Value::Ns(set(numbers.collect::<Result<_, _>>()?)?)
            }
            "BS" => {
                let texts: Vec<String> = map.next_value()?;
                let decoded = texts.iter().map(|text| bytes(text));
                Value::Bs(set(decoded.collect::<Result<_, _>>()?)?)
            }
            other => return Err(de::Error::custom(format_args!("no type is called {other}"))),
        };
        if map.next_key::<&str>()?.is_some() {
            return Err(invalid(
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
            ));
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(json: &serde_json::Value) -> Value {
        serde_json::from_str(&json.to_string()).unwrap()
    }

    #[test]
    fn every_type_survives_its_json() {
        for json in [
            json!({ "S": "ü" }),
            json!({ "N": "-1.5" }),
            json!({ "B": "AAE=" }),
            json!({ "BOOL": false }),
            json!({ "NULL": true }),
            json!({ "M": { "a": { "L": [{ "S": "x" }, { "N": "1" }] } } }),
            json!({ "SS": ["a", "b"] }),
            json!({ "NS": ["1", "2"] }),
            json!({ "BS": ["AA=="] }),
        ] {
            assert_eq!(serde_json::to_value(value(&json)).unwrap(), json);
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for json in [
            r#"{}"#,
            r#"{"S":"a","N":"1"}"#,
            r#"{"N":"one"}"#,
            r#"{"SS":[]}"#,
            r#"{"SS":["a","a"]}"#,
            r#"{"X":"a"}"#,
        ] {
            assert!(serde_json::from_str::<Value>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn an_item_weighs_its_names_and_values() {
        let item: Item = serde_json::from_str(
            r#"{"pk":{"S":"abc"},"n":{"N":"123"},"m":{"M":{"a":{"BOOL":true}}},"l":{"L":[{"NULL":true}]}}"#,
        )
        .unwrap();
        assert_eq!(
            size_of(&item),
            (2 + 3) + (1 + 3) + (1 + 3 + 1 + 1 + 1) + (1 + 3 + 1 + 1)
        );
    }
}
