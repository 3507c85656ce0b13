//! The expression language: read into trees by a parser, never matched by patterns. What does not parse, names what is
//! not given, or is given and not named, is refused and never just false.

mod condition;
mod lexer;
mod parser;
mod path;
mod projection;
mod reserved;
mod update;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use self::condition::{Comparator, Condition, Operand};
use self::parser::Parser;
pub(super) use self::path::Path;
pub(super) use self::projection::Projection;
pub(super) use self::update::Update;
use super::value::Value;
use crate::refusal::Refusal;

/// What a request's expressions may refer to, and what they have referred to.
pub(super) struct Bindings<'a> {
    names: &'a BTreeMap<String, String>,
    values: &'a BTreeMap<String, Value>,
    used: BTreeSet<String>,
}

impl<'a> Bindings<'a> {
    pub(super) fn new(
        names: &'a BTreeMap<String, String>,
        values: &'a BTreeMap<String, Value>,
    ) -> Self {
        Self {
            names,
            values,
            used: BTreeSet::new(),
        }
    }

    /// Reads a condition, a filter or a key condition; `kind` is what errors call it.
    pub(super) fn condition(
        &mut self,
        kind: &'static str,
        text: Option<&str>,
    ) -> Result<Option<Condition>, Refusal> {
        text.map(|text| {
            let mut parser = Parser::new(kind, text, self)?;
            let condition = parser.condition()?;
            parser.end()?;
            condition.check(kind)?;
            Ok(condition)
        })
        .transpose()
    }

    pub(super) fn update(&mut self, text: Option<&str>) -> Result<Option<Update>, Refusal> {
        text.map(|text| {
            let mut parser = Parser::new("UpdateExpression", text, self)?;
            let update = parser.update()?;
            parser.end()?;
            update.check()?;
            Ok(update)
        })
        .transpose()
    }

    pub(super) fn projection(&mut self, text: Option<&str>) -> Result<Option<Projection>, Refusal> {
        text.map(|text| {
            let mut parser = Parser::new("ProjectionExpression", text, self)?;
            let paths = parser.paths()?;
            parser.end()?;
            Projection::new(paths)
        })
        .transpose()
    }

    /// Every name and value that is given must have been used.
    pub(super) fn end(self) -> Result<(), Refusal> {
        let unused = |keys: Vec<&String>| {
            let unused: Vec<_> = keys
                .into_iter()
                .filter(|key| !self.used.contains(*key))
                .collect();
            let listed: Vec<&str> = unused.iter().map(|key| key.as_str()).collect();
            (!listed.is_empty()).then(|| listed.join(", "))
        };
        let refuse = |parameter: &str, keys: String| {
            Err(Refusal::validation(format!(
                "Value provided in {parameter} unused in expressions: keys: {{{keys}}}"
            )))
        };
        if let Some(keys) = unused(self.names.keys().collect()) {
            return refuse("ExpressionAttributeNames", keys);
        }
        if let Some(keys) = unused(self.values.keys().collect()) {
            return refuse("ExpressionAttributeValues", keys);
        }
        Ok(())
    }

    fn name(&mut self, reference: &str) -> Option<String> {
        let name = self.names.get(reference)?;
        self.used.insert(reference.to_owned());
        Some(name.clone())
    }

    fn value(&mut self, reference: &str) -> Option<Value> {
        let value = self.values.get(reference)?;
        self.used.insert(reference.to_owned());
        Some(value.clone())
    }
}

/// `Invalid <kind>: <what>`.
fn invalid(kind: &str, what: impl std::fmt::Display) -> Refusal {
    Refusal::validation(format!("Invalid {kind}: {what}"))
}
