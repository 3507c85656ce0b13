//! Projections: the part of an item that was asked for.

use std::collections::BTreeMap;

use super::super::value::{Item, Value};
use super::invalid;
use super::path::{Path, Step};
use crate::refusal::Refusal;

/// What is wanted of an item.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dynamo) struct Projection(Vec<Path>);

impl Projection {
    pub(super) fn new(paths: Vec<Path>) -> Result<Self, Refusal> {
        for (index, path) in paths.iter().enumerate() {
            if let Some(other) = paths[..index].iter().find(|other| path.overlaps(other)) {
                return Err(invalid(
                    "ProjectionExpression",
                    format_args!(
                        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: {other}, path two: {path}"
                    ),
                ));
            }
        }
        Ok(Self(paths))
    }

    /// Of paths none of which lies within another.
    pub(in crate::dynamo) fn of_paths(paths: Vec<Path>) -> Self {
        Self(paths)
    }

    /// The part of `item` that is wanted. Elements of lists close up.
    pub(in crate::dynamo) fn of(&self, item: &Item) -> Item {
        let mut wanted: BTreeMap<&str, Vec<&[Step]>> = BTreeMap::new();
        for path in &self.0 {
            wanted.entry(&path.root).or_default().push(&path.steps);
        }
        let parts = wanted.into_iter().filter_map(|(root, ways)| {
            let part = part(item.get(root)?, &ways)?;
            Some((root.to_owned(), part))
        });
        parts.collect()
    }
}

fn part(value: &Value, ways: &[&[Step]]) -> Option<Value> {
    if ways.iter().any(|way| way.is_empty()) {
        return Some(value.clone());
    }
    let mut wanted: BTreeMap<&Step, Vec<&[Step]>> = BTreeMap::new();
    for way in ways {
        let (first, rest) = way.split_first()?;
        wanted.entry(first).or_default().push(rest);
    }
    match value {
        Value::M(map) => {
            let parts = wanted.into_iter().filter_map(|(step, ways)| {
                let Step::Name(name) = step else { return None };
                Some((name.clone(), part(map.get(name)?, &ways)?))
            });
            let parts: Item = parts.collect();
            (!parts.is_empty()).then_some(Value::M(parts))
        }
        Value::L(list) => {
            let parts = wanted.into_iter().filter_map(|(step, ways)| {
                let Step::Index(index) = step else {
                    return None;
                };
                part(list.get(*index)?, &ways)
            });
            let parts: Vec<_> = parts.collect();
            (!parts.is_empty()).then_some(Value::L(parts))
        }
        _ => None,
    }
}
