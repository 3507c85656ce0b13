//! Update expressions: what they make of an item. Every operand is read from the item as it was.

use super::super::value::{Item, Value};
use super::invalid;
use super::path::Path;
use crate::refusal::Refusal;

const KIND: &str = "UpdateExpression";

/// What a path is set to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    Path(Path),
    Value(Value),
    IfNotExists(Path, Box<Term>),
    ListAppend(Box<Term>, Box<Term>),
    Plus(Box<Term>, Box<Term>),
    Minus(Box<Term>, Box<Term>),
}

/// An update: its clauses, in any order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::dynamo) struct Update {
    pub(super) set: Vec<(Path, Term)>,
    pub(super) remove: Vec<Path>,
    pub(super) add: Vec<(Path, Value)>,
    pub(super) delete: Vec<(Path, Value)>,
}

fn wrong_type(operator: &str, value: &Value) -> Refusal {
    invalid(
        KIND,
        format_args!(
            "Incorrect operand type for operator or function; operator: {operator}, operand type: {}",
            value.type_name()
        ),
    )
}

fn no_way() -> Refusal {
    Refusal::validation("The document path provided in the update expression is invalid for update")
}

impl Term {
    fn of(&self, item: &Item) -> Result<Value, Refusal> {
        match self {
            Self::Path(path) => path.get(item).cloned().ok_or_else(|| {
                Refusal::validation(
                    "The provided expression refers to an attribute that does not exist in the item",
                )
            }),
            Self::Value(value) => Ok(value.clone()),
            Self::IfNotExists(path, otherwise) => match path.get(item) {
                Some(value) => Ok(value.clone()),
                None => otherwise.of(item),
            },
            Self::ListAppend(first, second) => match (first.of(item)?, second.of(item)?) {
                (Value::L(mut list), Value::L(more)) => {
                    list.extend(more);
                    Ok(Value::L(list))
                }
                (Value::L(_), other) | (other, _) => Err(wrong_type("list_append", &other)),
            },
            Self::Plus(left, right) => match (left.of(item)?, right.of(item)?) {
                (Value::N(left), Value::N(right)) => sum(left.plus(right)),
                (Value::N(_), other) | (other, _) => Err(wrong_type("+", &other)),
            },
            Self::Minus(left, right) => match (left.of(item)?, right.of(item)?) {
                (Value::N(left), Value::N(right)) => sum(left.minus(right)),
                (Value::N(_), other) | (other, _) => Err(wrong_type("-", &other)),
            },
        }
    }
}

fn sum(
    result: Result<super::super::number::Number, super::super::number::NumberError>,
) -> Result<Value, Refusal> {
    result
        .map(Value::N)
        .map_err(|error| Refusal::validation(error.to_string()))
}

/// What ADD makes of a value.
fn added(present: Option<&Value>, more: &Value) -> Result<Value, Refusal> {
    match (present, more) {
        (None, more) => Ok(more.clone()),
        (Some(Value::N(present)), Value::N(more)) => sum(present.plus(*more)),
        (Some(Value::Ss(present)), Value::Ss(more)) => Ok(Value::Ss(present | more)),
        (Some(Value::Ns(present)), Value::Ns(more)) => Ok(Value::Ns(present | more)),
        (Some(Value::Bs(present)), Value::Bs(more)) => Ok(Value::Bs(present | more)),
        _ => Err(Refusal::validation(
            "An operand in the update expression has an incorrect data type",
        )),
    }
}

/// What DELETE leaves of a set; `None` if nothing.
fn without(present: &Value, less: &Value) -> Result<Option<Value>, Refusal> {
    match (present, less) {
        (Value::Ss(present), Value::Ss(less)) => {
            let left = present - less;
            Ok((!left.is_empty()).then_some(Value::Ss(left)))
        }
        (Value::Ns(present), Value::Ns(less)) => {
            let left = present - less;
            Ok((!left.is_empty()).then_some(Value::Ns(left)))
        }
        (Value::Bs(present), Value::Bs(less)) => {
            let left = present - less;
            Ok((!left.is_empty()).then_some(Value::Bs(left)))
        }
        _ => Err(Refusal::validation(
            "An operand in the update expression has an incorrect data type",
        )),
    }
}

impl Update {
    /// Every path that it changes.
    pub(in crate::dynamo) fn paths(&self) -> impl Iterator<Item = &Path> {
        let set = self.set.iter().map(|(path, _)| path);
        let add = self.add.iter().map(|(path, _)| path);
        let delete = self.delete.iter().map(|(path, _)| path);
        set.chain(&self.remove).chain(add).chain(delete)
    }

    /// Refuses paths within each other, and values that ADD and DELETE do not take.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let paths: Vec<_> = self.paths().collect();
        for (index, path) in paths.iter().enumerate() {
            if let Some(other) = paths[..index].iter().find(|other| path.overlaps(other)) {
                return Err(invalid(
                    KIND,
                    format_args!(
                        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: {other}, path two: {path}"
                    ),
                ));
            }
        }
        let is_set = |value: &Value| matches!(value, Value::Ss(_) | Value::Ns(_) | Value::Bs(_));
        for (_, value) in &self.add {
            if !is_set(value) && !matches!(value, Value::N(_)) {
                return Err(wrong_type("ADD", value));
            }
        }
        for (_, value) in &self.delete {
            if !is_set(value) {
                return Err(wrong_type("DELETE", value));
            }
        }
        Ok(())
    }

    /// What becomes of `item`.
    pub(in crate::dynamo) fn apply(&self, item: &Item) -> Result<Item, Refusal> {
        let mut changed = item.clone();
        for (path, term) in &self.set {
            if !path.set(&mut changed, term.of(item)?) {
                return Err(no_way());
            }
        }
        for (path, more) in &self.add {
            let value = added(path.get(item), more)?;
            if !path.set(&mut changed, value) {
                return Err(no_way());
            }
        }
        for (path, less) in &self.delete {
            if let Some(present) = path.get(item) {
                match without(present, less)? {
                    Some(left) => path.set(&mut changed, left),
                    None => path.remove(&mut changed),
                };
            }
        }
        // From the back, so that what lies behind in the same list keeps its index meanwhile.
        let mut remove: Vec<_> = self.remove.iter().collect();
        remove.sort();
        for path in remove.into_iter().rev() {
            if !path.remove(&mut changed) {
                return Err(no_way());
            }
        }
        Ok(changed)
    }
}
