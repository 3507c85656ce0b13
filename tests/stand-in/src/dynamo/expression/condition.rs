//! Conditions and filters: whether they hold of an item.

use std::cmp::Ordering;

use super::super::number::Number;
use super::super::value::{Item, Value};
use super::invalid;
use super::path::Path;
use crate::refusal::Refusal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dynamo) enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::dynamo) enum Operand {
    Path(Path),
    Value(Value),
    /// `size(path)`.
    Size(Path),
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::dynamo) enum Condition {
    Compare(Operand, Comparator, Operand),
    Between(Operand, Operand, Operand),
    In(Operand, Vec<Operand>),
    Exists(Path),
    NotExists(Path),
    TypeIs(Path, Operand),
    BeginsWith(Operand, Operand),
    Contains(Operand, Operand),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
}

impl Operand {
    fn of(&self, item: &Item) -> Option<Value> {
        match self {
            Self::Path(path) => path.get(item).cloned(),
            Self::Value(value) => Some(value.clone()),
            Self::Size(path) => {
                let size = match path.get(item)? {
                    Value::S(text) => text.chars().count(),
                    Value::B(bytes) => bytes.len(),
                    Value::M(map) => map.len(),
                    Value::L(list) => list.len(),
                    Value::Ss(set) => set.len(),
                    Value::Ns(set) => set.len(),
                    Value::Bs(set) => set.len(),
                    // These have no size.
                    Value::N(_) | Value::Bool(_) | Value::Null => return None,
                };
                Some(Value::N(Number::from(size as u64)))
            }
        }
    }
}

/// The order of two values; those of different types, or of a type without an order, have none.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::S(left), Value::S(right)) => Some(left.cmp(right)),
        (Value::N(left), Value::N(right)) => Some(left.cmp(right)),
        (Value::B(left), Value::B(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

impl Comparator {
    fn holds(self, left: Option<&Value>, right: Option<&Value>) -> bool {
        // What is not there equals nothing, and is like nothing else.
        let is_equal = matches!((left, right), (Some(left), Some(right)) if left == right);
        let order = || order(left?, right?);
        match self {
            Self::Equal => is_equal,
            Self::NotEqual => !is_equal,
            Self::Less => order().is_some_and(Ordering::is_lt),
            Self::LessOrEqual => order().is_some_and(Ordering::is_le),
            Self::Greater => order().is_some_and(Ordering::is_gt),
            Self::GreaterOrEqual => order().is_some_and(Ordering::is_ge),
        }
    }
}

fn begins_with(value: &Value, prefix: &Value) -> bool {
    match (value, prefix) {
        (Value::S(text), Value::S(prefix)) => text.starts_with(prefix.as_str()),
        (Value::B(bytes), Value::B(prefix)) => bytes.starts_with(prefix),
        _ => false,
    }
}

fn contains(value: &Value, part: &Value) -> bool {
    match (value, part) {
        (Value::S(text), Value::S(part)) => text.contains(part.as_str()),
        (Value::B(bytes), Value::B(part)) => {
            part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
        }
        (Value::L(list), part) => list.contains(part),
        (Value::Ss(set), Value::S(part)) => set.contains(part),
        (Value::Ns(set), Value::N(part)) => set.contains(part),
        (Value::Bs(set), Value::B(part)) => set.contains(part),
        _ => false,
    }
}

impl Condition {
    /// Whether it holds of `item`; of no item, of the empty one.
    pub(in crate::dynamo) fn holds(&self, item: &Item) -> bool {
        match self {
            Self::Compare(left, comparator, right) => {
                comparator.holds(left.of(item).as_ref(), right.of(item).as_ref())
            }
            Self::Between(operand, low, high) => {
                let operand = operand.of(item);
                Comparator::GreaterOrEqual.holds(operand.as_ref(), low.of(item).as_ref())
                    && Comparator::LessOrEqual.holds(operand.as_ref(), high.of(item).as_ref())
            }
            Self::In(operand, candidates) => {
                let operand = operand.of(item);
                let mut candidates = candidates.iter().map(|candidate| candidate.of(item));
                candidates.any(|one| Comparator::Equal.holds(operand.as_ref(), one.as_ref()))
            }
            Self::Exists(path) => path.get(item).is_some(),
            Self::NotExists(path) => path.get(item).is_none(),
            Self::TypeIs(path, name) => match (path.get(item), name.of(item)) {
                (Some(value), Some(Value::S(name))) => value.type_name() == name,
                _ => false,
            },
            Self::BeginsWith(operand, prefix) => match (operand.of(item), prefix.of(item)) {
                (Some(value), Some(prefix)) => begins_with(&value, &prefix),
                _ => false,
            },
            Self::Contains(operand, part) => match (operand.of(item), part.of(item)) {
                (Some(value), Some(part)) => contains(&value, &part),
                _ => false,
            },
            Self::And(left, right) => left.holds(item) && right.holds(item),
            Self::Or(left, right) => left.holds(item) || right.holds(item),
            Self::Not(condition) => !condition.holds(item),
        }
    }

    /// Refuses what can be seen to be wrong without an item: values of types that an operator or function does not take.
    pub(super) fn check(&self, kind: &'static str) -> Result<(), Refusal> {
        let takes = |what: &str, operand: &Operand, types: &[&str]| match operand {
            Operand::Value(value) if !types.contains(&value.type_name()) => Err(invalid(
                kind,
                format_args!(
                    "Incorrect operand type for operator or function; operator or function: {what}, operand type: {}",
                    value.type_name()
                ),
            )),
            _ => Ok(()),
        };
        const ORDERED: &[&str] = &["S", "N", "B"];
        match self {
            Self::Compare(left, comparator, right) => {
                let symbol = match comparator {
                    Comparator::Equal | Comparator::NotEqual => return Ok(()),
                    Comparator::Less => "<",
                    Comparator::LessOrEqual => "<=",
                    Comparator::Greater => ">",
                    Comparator::GreaterOrEqual => ">=",
                };
                takes(symbol, left, ORDERED)?;
                takes(symbol, right, ORDERED)
            }
            Self::Between(_, low, high) => {
                takes("BETWEEN", low, ORDERED)?;
                takes("BETWEEN", high, ORDERED)?;
                if let (Operand::Value(low), Operand::Value(high)) = (low, high) {
                    match order(low, high) {
                        None => {
                            return Err(invalid(
                                kind,
                                "The BETWEEN operator requires same data type for lower and upper bounds",
                            ));
                        }
                        Some(Ordering::Greater) => {
                            return Err(invalid(
                                kind,
                                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound",
                            ));
                        }
                        Some(_) => {}
                    }
                }
                Ok(())
            }
            Self::BeginsWith(operand, prefix) => {
                takes("begins_with", operand, &["S", "B"])?;
                takes("begins_with", prefix, &["S", "B"])
            }
            Self::TypeIs(_, name) => match name {
                Operand::Value(Value::S(name))
                    if ["S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"]
                        .contains(&name.as_str()) =>
                {
                    Ok(())
                }
                _ => Err(invalid(
                    kind,
                    "Invalid attribute type name found; function: attribute_type",
                )),
            },
            Self::And(left, right) | Self::Or(left, right) => {
                left.check(kind)?;
                right.check(kind)
            }
            Self::Not(condition) => condition.check(kind),
            Self::In(..) | Self::Exists(_) | Self::NotExists(_) | Self::Contains(..) => Ok(()),
        }
    }
}
