//! Document paths: where in an item something is.

use std::fmt;

use super::super::value::{Item, Value};

/// A step down into a map or a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::dynamo) enum Step {
    /// The value under a name.
    Name(String),
    /// An element of a list.
    Index(usize),
}

/// An attribute's name, and the steps from there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::dynamo) struct Path {
    /// The attribute.
    pub(in crate::dynamo) root: String,
    /// The way into it.
    pub(in crate::dynamo) steps: Vec<Step>,
}

impl Path {
    /// What is there.
    pub(in crate::dynamo) fn get<'a>(&self, item: &'a Item) -> Option<&'a Value> {
        let root = item.get(&self.root)?;
        self.steps
            .iter()
            .try_fold(root, |value, step| match (value, step) {
                (Value::M(map), Step::Name(name)) => map.get(name),
                (Value::L(list), Step::Index(index)) => list.get(*index),
                _ => None,
            })
    }

    /// Whether one lies within the other.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.root == other.root
            && (self.steps.starts_with(&other.steps) || other.steps.starts_with(&self.steps))
    }

    /// Puts a value there; `false` if there is nothing to put it into. An index behind a list's end appends.
    pub(super) fn set(&self, item: &mut Item, value: Value) -> bool {
        let Some((last, way)) = self.steps.split_last() else {
            item.insert(self.root.clone(), value);
            return true;
        };
        match (descend(item, &self.root, way), last) {
            (Some(Value::M(map)), Step::Name(name)) => {
                map.insert(name.clone(), value);
                true
            }
            (Some(Value::L(list)), Step::Index(index)) => {
                match list.get_mut(*index) {
                    Some(element) => *element = value,
                    None => list.push(value),
                }
                true
            }
            _ => false,
        }
    }

    /// Takes away what is there; `false` if there is nothing to take it from.
    pub(super) fn remove(&self, item: &mut Item) -> bool {
        let Some((last, way)) = self.steps.split_last() else {
            item.remove(&self.root);
            return true;
        };
        match (descend(item, &self.root, way), last) {
            (Some(Value::M(map)), Step::Name(name)) => {
                map.remove(name);
                true
            }
            (Some(Value::L(list)), Step::Index(index)) => {
                if *index < list.len() {
                    list.remove(*index);
                }
                true
            }
            _ => false,
        }
    }
}

fn descend<'a>(item: &'a mut Item, root: &str, way: &[Step]) -> Option<&'a mut Value> {
    let root = item.get_mut(root)?;
    way.iter()
        .try_fold(root, |value, step| match (value, step) {
            (Value::M(map), Step::Name(name)) => map.get_mut(name),
            (Value::L(list), Step::Index(index)) => list.get_mut(*index),
            _ => None,
        })
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "[{}", self.root)?;
        for step in &self.steps {
            match step {
                Step::Name(name) => write!(formatter, ", {name}")?,
                Step::Index(index) => write!(formatter, ", [{index}]")?,
            }
        }
        formatter.write_str("]")
    }
}
