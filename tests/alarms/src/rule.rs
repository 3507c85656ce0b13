//! The rule of a composite alarm: `ALARM("name")`, `OK(..)`, `INSUFFICIENT_DATA(..)`, joined by `AND`, `OR`, `NOT` and
//! parentheses. Invariant: every alarm that a rule names must be known, or the rule has no value.

use std::collections::BTreeSet;

use crate::evaluation::State;
use crate::{Unsupported, unsupported};

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Whether the alarm of this name is in this state.
    Is(State, String),
    /// Both.
    And(Box<Self>, Box<Self>),
    /// Either.
    Or(Box<Self>, Box<Self>),
    /// Not.
    Not(Box<Self>),
}

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// If it is not one.
    pub fn parse(text: &str) -> Result<Self, Unsupported> {
        let mut words = words(text)?.into_iter().peekable();
        let rule = either(&mut words)?;
        match words.next() {
            None => Ok(rule),
            Some(word) => unsupported(format!("{word} behind the rule's end")),
        }
    }

    /// Whether it holds, by the states of the alarms that it names.
    ///
    /// # Errors
    /// If there is no alarm of a name.
    pub fn holds(&self, state: &impl Fn(&str) -> Option<State>) -> Result<bool, Unsupported> {
        Ok(match self {
            Self::Is(expected, alarm) => match state(alarm) {
                Some(state) => state == *expected,
                None => return unsupported(format!("no alarm is called {alarm}")),
            },
            Self::And(one, other) => one.holds(state)? & other.holds(state)?,
            Self::Or(one, other) => one.holds(state)? | other.holds(state)?,
            Self::Not(rule) => !rule.holds(state)?,
        })
    }

    /// The alarms that it names.
    pub fn alarms(&self) -> BTreeSet<&str> {
        match self {
            Self::Is(_, alarm) => BTreeSet::from([alarm.as_str()]),
            Self::And(one, other) | Self::Or(one, other) => &one.alarms() | &other.alarms(),
            Self::Not(rule) => rule.alarms(),
        }
    }
}

type Words = std::iter::Peekable<std::vec::IntoIter<String>>;

fn either(words: &mut Words) -> Result<Rule, Unsupported> {
    let mut rule = both(words)?;
    while words.next_if_eq("OR").is_some() {
        rule = Rule::Or(Box::new(rule), Box::new(both(words)?));
    }
    Ok(rule)
}

fn both(words: &mut Words) -> Result<Rule, Unsupported> {
    let mut rule = one(words)?;
    while words.next_if_eq("AND").is_some() {
        rule = Rule::And(Box::new(rule), Box::new(one(words)?));
    }
    Ok(rule)
}

fn one(words: &mut Words) -> Result<Rule, Unsupported> {
    let Some(word) = words.next() else {
        return unsupported("the rule ends too early");
    };
    let state = match word.as_str() {
        "NOT" => return Ok(Rule::Not(Box::new(one(words)?))),
        "(" => {
            let rule = either(words)?;
            expect(words, ")")?;
            return Ok(rule);
        }
        "ALARM" => State::Alarm,
        "OK" => State::Ok,
        "INSUFFICIENT_DATA" => State::InsufficientData,
        other => return unsupported(format!("{other} in a rule")),
    };
    expect(words, "(")?;
    let name = words.next().unwrap_or_default();
    expect(words, ")")?;
    Ok(Rule::Is(state, name.trim_matches('"').to_owned()))
}

fn expect(words: &mut Words, word: &str) -> Result<(), Unsupported> {
    match words.next() {
        Some(found) if found == word => Ok(()),
        found => unsupported(format!("{found:?} instead of {word} in a rule")),
    }
}

fn words(text: &str) -> Result<Vec<String>, Unsupported> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' => 1,
            '"' => match rest[1..].find('"') {
                Some(end) => end + 2,
                None => return unsupported("a name without an end"),
            },
            _ => rest
                .find(|c: char| c.is_whitespace() || "()\"".contains(c))
                .unwrap_or(rest.len()),
        };
        words.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    Ok(words)
}
