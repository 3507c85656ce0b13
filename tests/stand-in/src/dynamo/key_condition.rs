//! Key conditions: one partition, and a range of sort keys in it.

use std::ops::Bound;
use std::sync::Arc;

use super::expression::{Comparator, Condition, Operand, Path};
use super::key::{KeySchema, KeyValue};
use super::rows::{Partition, Position};
use super::value::{Item, Value};
use crate::refusal::Refusal;

/// Which items a query reads.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KeyCondition {
    pub(super) hash: KeyValue,
    sort: SortRange,
}

/// A range of sort keys.
#[derive(Clone, Debug, PartialEq)]
enum SortRange {
    All,
    Equal(KeyValue),
    Less(KeyValue),
    LessOrEqual(KeyValue),
    Greater(KeyValue),
    GreaterOrEqual(KeyValue),
    Between(KeyValue, KeyValue),
    BeginsWith(KeyValue),
}

fn unsupported() -> Refusal {
    Refusal::validation("Query key condition not supported")
}

impl KeyCondition {
    /// Reads `condition` as one about the keys of `schema`.
    pub(super) fn of(condition: &Condition, schema: &KeySchema) -> Result<Self, Refusal> {
        let (first, second) = match condition {
            Condition::And(first, second) => (&**first, Some(&**second)),
            only => (only, None),
        };
        let is_hash = |condition: &Condition| hash_of(condition, &schema.hash.name).is_some();
        let (hash, sort) = match second {
            Some(second) if !is_hash(first) => (second, Some(first)),
            second => (first, second),
        };
        let hash = hash_of(hash, &schema.hash.name).ok_or_else(|| {
            Refusal::validation(format!(
                "Query condition missed key schema element: {}",
                schema.hash.name
            ))
        })?;
        let sort = match (sort, &schema.range) {
            (None, _) => SortRange::All,
            (Some(_), None) => return Err(unsupported()),
            (Some(sort), Some(range)) => SortRange::of(sort, &range.name)?,
        };
        let condition = Self {
            hash: key_value(hash)?,
            sort,
        };
        condition.check(schema)?;
        Ok(condition)
    }

    fn check(&self, schema: &KeySchema) -> Result<(), Refusal> {
        let mut values = vec![(&schema.hash, &self.hash)];
        if let Some(range) = &schema.range {
            values.extend(self.sort.values().into_iter().map(|value| (range, value)));
        }
        for (attribute, value) in values {
            let name = value.value().map_or("", |value| value.type_name());
            if name != attribute.type_name() {
                return Err(Refusal::validation(
                    "One or more parameter values were invalid: Condition parameter type does not match schema type",
                ));
            }
        }
        Ok(())
    }

    /// The items of `partition` that are asked for, behind `start`, in the order of the query.
    pub(super) fn rows<'a>(
        &'a self,
        partition: &'a Partition,
        start: Option<&Position>,
        forward: bool,
    ) -> impl Iterator<Item = (&'a Position, &'a Arc<Item>)> {
        let mut bounds = self.sort.bounds();
        match start {
            Some(start) if forward => bounds.0 = later(bounds.0, start.clone()),
            Some(start) => bounds.1 = Some(start.clone()),
            None => {}
        }
        let from = bounds.0;
        let until = bounds.1.map_or(Bound::Unbounded, Bound::Excluded);
        // A range that ends before it begins has nothing, and is none that a map takes.
        let is_empty = match (&from, &until) {
            (Bound::Included(from), Bound::Excluded(until)) => from > until,
            (Bound::Excluded(from), Bound::Excluded(until)) => from >= until,
            _ => false,
        };
        let rows = (!is_empty).then(|| partition.range((from, until)));
        let mut rows = rows.into_iter().flatten();
        let next = move || {
            if forward {
                rows.next()
            } else {
                rows.next_back()
            }
        };
        // The map's range may be a little wider than what is asked for, on both sides.
        let sort = &self.sort;
        std::iter::from_fn(next)
            .skip_while(move |(position, _)| {
                if forward {
                    sort.is_below(&position.sort)
                } else {
                    sort.is_above(&position.sort)
                }
            })
            .take_while(move |(position, _)| sort.has(&position.sort))
    }
}

/// The later of where a range begins and what is behind `start`.
fn later(from: Bound<Position>, start: Position) -> Bound<Position> {
    match from {
        Bound::Included(from) if from > start => Bound::Included(from),
        Bound::Excluded(from) if from > start => Bound::Excluded(from),
        _ => Bound::Excluded(start),
    }
}

fn is_attribute(operand: &Operand, name: &str) -> bool {
    matches!(operand, Operand::Path(Path { root, steps }) if root == name && steps.is_empty())
}

fn hash_of<'a>(condition: &'a Condition, name: &str) -> Option<&'a Value> {
    match condition {
        Condition::Compare(attribute, Comparator::Equal, Operand::Value(value))
        | Condition::Compare(Operand::Value(value), Comparator::Equal, attribute)
            if is_attribute(attribute, name) =>
        {
            Some(value)
        }
        _ => None,
    }
}

fn key_value(value: &Value) -> Result<KeyValue, Refusal> {
    KeyValue::of(value).ok_or_else(unsupported)
}

impl SortRange {
    fn of(condition: &Condition, name: &str) -> Result<Self, Refusal> {
        let missed =
            || Refusal::validation(format!("Query condition missed key schema element: {name}"));
        match condition {
            Condition::Compare(attribute, comparator, Operand::Value(value)) => {
                if !is_attribute(attribute, name) {
                    return Err(missed());
                }
                let value = key_value(value)?;
                Ok(match comparator {
                    Comparator::Equal => Self::Equal(value),
                    Comparator::Less => Self::Less(value),
                    Comparator::LessOrEqual => Self::LessOrEqual(value),
                    Comparator::Greater => Self::Greater(value),
                    Comparator::GreaterOrEqual => Self::GreaterOrEqual(value),
                    Comparator::NotEqual => return Err(unsupported()),
                })
            }
            Condition::Between(attribute, Operand::Value(low), Operand::Value(high)) => {
                if !is_attribute(attribute, name) {
                    return Err(missed());
                }
                Ok(Self::Between(key_value(low)?, key_value(high)?))
            }
            Condition::BeginsWith(attribute, Operand::Value(prefix)) => {
                if !is_attribute(attribute, name) {
                    return Err(missed());
                }
                Ok(Self::BeginsWith(key_value(prefix)?))
            }
            _ => Err(unsupported()),
        }
    }

    fn values(&self) -> Vec<&KeyValue> {
        match self {
            Self::All => vec![],
            Self::Between(low, high) => vec![low, high],
            Self::Equal(value)
            | Self::Less(value)
            | Self::LessOrEqual(value)
            | Self::Greater(value)
            | Self::GreaterOrEqual(value)
            | Self::BeginsWith(value) => vec![value],
        }
    }

    fn has(&self, sort: &KeyValue) -> bool {
        match self {
            Self::All => true,
            Self::Equal(value) => sort == value,
            Self::Less(value) => sort < value,
            Self::LessOrEqual(value) => sort <= value,
            Self::Greater(value) => sort > value,
            Self::GreaterOrEqual(value) => sort >= value,
            Self::Between(low, high) => low <= sort && sort <= high,
            Self::BeginsWith(prefix) => match (sort, prefix) {
                (KeyValue::S(text), KeyValue::S(prefix)) => text.starts_with(prefix.as_str()),
                (KeyValue::B(bytes), KeyValue::B(prefix)) => bytes.starts_with(prefix),
                _ => false,
            },
        }
    }

    /// Whether `sort` lies below the whole range, of those at or above where it begins.
    fn is_below(&self, sort: &KeyValue) -> bool {
        matches!(self, Self::Greater(value) if sort <= value)
    }

    /// Whether `sort` lies above the whole range.
    fn is_above(&self, sort: &KeyValue) -> bool {
        match self {
            Self::All | Self::Greater(_) | Self::GreaterOrEqual(_) => false,
            Self::Less(value) => sort >= value,
            Self::Equal(value) | Self::LessOrEqual(value) | Self::Between(_, value) => sort > value,
            Self::BeginsWith(prefix) => sort > prefix && !self.has(sort),
        }
    }

    /// Where the range begins, and a position at or above its end, if there is one close by.
    fn bounds(&self) -> (Bound<Position>, Option<Position>) {
        let before = |sort: &KeyValue| Position {
            sort: sort.clone(),
            row: None,
        };
        let from = match self {
            Self::All | Self::Less(_) | Self::LessOrEqual(_) => Bound::Unbounded,
            Self::Equal(value)
            | Self::Greater(value)
            | Self::GreaterOrEqual(value)
            | Self::Between(value, _)
            | Self::BeginsWith(value) => Bound::Included(before(value)),
        };
        let until = match self {
            Self::Less(value) => Some(before(value)),
            Self::Equal(value) | Self::LessOrEqual(value) | Self::Between(_, value) => above(value),
            Self::BeginsWith(prefix) => above_prefix(prefix),
            Self::All | Self::Greater(_) | Self::GreaterOrEqual(_) => None,
        };
        (from, until)
    }
}

/// A position above every one with this sort key, if there is one close by.
fn above(sort: &KeyValue) -> Option<Position> {
    let sort = match sort {
        KeyValue::S(text) => KeyValue::S(format!("{text}\0")),
        KeyValue::B(bytes) => KeyValue::B([bytes, &[0][..]].concat()),
        KeyValue::N(_) | KeyValue::Absent => return None,
    };
    Some(Position { sort, row: None })
}

/// A position above every one whose sort key begins with `prefix`, if there is one close by.
fn above_prefix(prefix: &KeyValue) -> Option<Position> {
    let KeyValue::S(prefix) = prefix else {
        return None;
    };
    let last = prefix.chars().last()?;
    let next = char::from_u32(u32::from(last) + 1)?;
    let mut above = prefix.strip_suffix(last)?.to_owned();
    above.push(next);
    Some(Position {
        sort: KeyValue::S(above),
        row: None,
    })
}
