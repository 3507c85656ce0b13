//! Metric math, as far as alarms here use it: arithmetic, comparisons, `AND`, `OR`, `IF` and `FILL` with a number. The rules
//! for missing values, which differ from one operation to the next, are those of AWS's page "Using metric math".
//!
//! Invariant: the result has one value, or none, for each data point.

use std::collections::BTreeMap;

use crate::{Unsupported, unsupported};

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A number.
    Number(f64),
    /// The series of this id.
    Series(String),
    /// Two, joined.
    Joined(Operator, Box<Self>, Box<Self>),
    /// The second where the first is not 0, else the third.
    If(Box<Self>, Box<Self>, Box<Self>),
    /// The series, with this where it has no value.
    Fill(Box<Self>, f64),
}

/// What joins two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are called what they are")]
pub enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    LessOrEqual,
    MoreOrEqual,
    Less,
    More,
    Plus,
    Minus,
    Times,
    Over,
}

/// Operators by how tightly they bind, the loosest first. Longer ones come before those that they begin with.
const OPERATORS: [&[(&str, Operator)]; 5] = [
    &[("OR", Operator::Or), ("||", Operator::Or)],
    &[("AND", Operator::And), ("&&", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("!=", Operator::Unequal),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::MoreOrEqual),
        ("<", Operator::Less),
        (">", Operator::More),
    ],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
    &[("*", Operator::Times), ("/", Operator::Over)],
];

/// What an expression comes to: one number, or one for each data point.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The same throughout.
    Scalar(f64),
    /// For each data point, the oldest first.
    Series(Vec<Option<f64>>),
}

impl Value {
    fn at(&self, index: usize) -> Option<f64> {
        match self {
            Self::Scalar(value) => Some(*value),
            Self::Series(points) => points.get(index).copied().flatten(),
        }
    }
}

/// The series that an expression may name.
pub type Named = BTreeMap<String, Value>;

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// If it uses what is not evaluated here.
    pub fn parse(text: &str) -> Result<Self, Unsupported> {
        let mut reader = Reader { rest: text };
        let expression = reader.joined(0)?;
        if reader.rest.trim().is_empty() {
            Ok(expression)
        } else {
            unsupported(format!("{:?} behind {text:?}", reader.rest))
        }
    }

    /// Its value, over `points` data points.
    ///
    /// # Errors
    /// If a series is not there.
    pub fn evaluate(&self, named: &Named, points: usize) -> Result<Value, Unsupported> {
        Ok(match self {
            Self::Number(value) => Value::Scalar(*value),
            Self::Series(id) => match named.get(id) {
                Some(series) => series.clone(),
                None => return unsupported(format!("no series is called {id}")),
            },
            Self::Joined(operator, one, other) => {
                let one = one.evaluate(named, points)?;
                let other = other.evaluate(named, points)?;
                join(*operator, &one, &other, points)
            }
            Self::If(condition, yes, no) => {
                let condition = condition.evaluate(named, points)?;
                let yes = yes.evaluate(named, points)?;
                let no = no.evaluate(named, points)?;
                let chosen = (0..points).map(|index| match condition.at(index) {
                    None => None,
                    Some(0.0) => no.at(index),
                    Some(_) => Some(yes.at(index).unwrap_or_default()),
                });
                Value::Series(chosen.collect())
            }
            Self::Fill(series, filler) => match series.evaluate(named, points)? {
                // AWS does not say whether a series without any value is filled. That it is not is the worse case for an
                // alarm about silence, which therefore must not rest on it.
                Value::Series(series) if series.iter().any(Option::is_some) => {
                    Value::Series(series.iter().map(|at| at.or(Some(*filler))).collect())
                }
                as_it_is => as_it_is,
            },
        })
    }

    /// The ids of the series that it names.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Number(_) => Vec::new(),
            Self::Series(id) => vec![id],
            Self::Joined(_, one, other) => [one.names(), other.names()].concat(),
            Self::If(one, two, three) => [one.names(), two.names(), three.names()].concat(),
            Self::Fill(series, _) => series.names(),
        }
    }
}

fn join(operator: Operator, one: &Value, other: &Value, points: usize) -> Value {
    if let (Value::Scalar(one), Value::Scalar(other)) = (one, other) {
        return apply(operator, *one, *other)
            .map_or(Value::Series(vec![None; points]), Value::Scalar);
    }
    // Between two series, one that lacks a value counts as 0 there; between a series and a number there is none.
    let both = matches!((one, other), (Value::Series(_), Value::Series(_)));
    let joined = (0..points).map(|index| match (one.at(index), other.at(index)) {
        (Some(one), Some(other)) => apply(operator, one, other),
        (Some(one), None) if both => apply(operator, one, 0.0),
        (None, Some(other)) if both => apply(operator, 0.0, other),
        _ => None,
    });
    Value::Series(joined.collect())
}

/// Division by 0 drops the data point.
#[expect(clippy::float_cmp, reason = "as CloudWatch's == and != do")]
fn apply(operator: Operator, one: f64, other: f64) -> Option<f64> {
    let truth = |holds: bool| Some(f64::from(u8::from(holds)));
    match operator {
        Operator::Or => truth(one != 0.0 || other != 0.0),
        Operator::And => truth(one != 0.0 && other != 0.0),
        Operator::Equal => truth(one == other),
        Operator::Unequal => truth(one != other),
        Operator::LessOrEqual => truth(one <= other),
        Operator::MoreOrEqual => truth(one >= other),
        Operator::Less => truth(one < other),
        Operator::More => truth(one > other),
        Operator::Plus => Some(one + other),
        Operator::Minus => Some(one - other),
        Operator::Times => Some(one * other),
        Operator::Over => (other != 0.0).then(|| one / other),
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// Operands joined by operators that bind as `tightly`, or more.
    fn joined(&mut self, tightly: usize) -> Result<Expression, Unsupported> {
        let Some(operators) = OPERATORS.get(tightly) else {
            return self.operand();
        };
        let mut expression = self.joined(tightly + 1)?;
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.takes(sign)) {
            let other = self.joined(tightly + 1)?;
            expression = Expression::Joined(*operator, Box::new(expression), Box::new(other));
        }
        Ok(expression)
    }

    fn operand(&mut self) -> Result<Expression, Unsupported> {
        if self.takes("(") {
            let expression = self.joined(0)?;
            return self.then(")").map(|()| expression);
        }
        let word = self.word();
        match word.as_str() {
            "" => unsupported(format!("an operand is missing at {:?}", self.rest)),
            "IF" => {
                self.then("(")?;
                let condition = self.joined(0)?;
                self.then(",")?;
                let yes = self.joined(0)?;
                self.then(",")?;
                let no = self.joined(0)?;
                self.then(")")?;
                Ok(Expression::If(
                    Box::new(condition),
                    Box::new(yes),
                    Box::new(no),
                ))
            }
            "FILL" => {
                self.then("(")?;
                let series = self.joined(0)?;
                self.then(",")?;
                let filler = self.word();
                self.then(")")?;
                match filler.parse() {
                    Ok(filler) => Ok(Expression::Fill(Box::new(series), filler)),
                    Err(_) => unsupported(format!("FILL with {filler}")),
                }
            }
            word if word.starts_with(|c: char| c.is_ascii_digit()) => match word.parse() {
                Ok(number) => Ok(Expression::Number(number)),
                Err(_) => unsupported(format!("{word} is no number")),
            },
            word if word.starts_with(|c: char| c.is_ascii_lowercase()) => {
                Ok(Expression::Series(word.to_owned()))
            }
            word => unsupported(format!("the function {word}")),
        }
    }

    /// Takes `sign`, if that is what comes next. One of letters must end there.
    fn takes(&mut self, sign: &str) -> bool {
        let Some(rest) = self.rest.trim_start().strip_prefix(sign) else {
            return false;
        };
        let letters = sign.ends_with(|c: char| c.is_ascii_alphabetic());
        if letters && rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = rest;
        true
    }

    fn then(&mut self, sign: &str) -> Result<(), Unsupported> {
        if self.takes(sign) {
            return Ok(());
        }
        unsupported(format!("{sign:?} was expected at {:?}", self.rest))
    }

    fn word(&mut self) -> String {
        self.rest = self.rest.trim_start();
        let belongs = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        let word: String = self.rest.chars().take_while(belongs).collect();
        self.rest = &self.rest[word.len()..];
        word
    }
}
