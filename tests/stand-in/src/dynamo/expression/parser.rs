//! Reads expressions by recursive descent, in DynamoDB's precedence: comparisons, then NOT, AND, OR.

use super::condition::{Comparator, Condition, Operand};
use super::lexer::{Token, tokens};
use super::path::{Path, Step};
use super::reserved::is_reserved;
use super::update::{Term, Update};
use super::{Bindings, invalid};
use crate::dynamo::value::Value;
use crate::refusal::Refusal;

/// How deep parentheses may nest: far more than DynamoDB's limits on an expression leave room for.
const DEPTH: usize = 100;

pub(super) struct Parser<'a, 'b> {
    kind: &'static str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    bindings: &'a mut Bindings<'b>,
}

impl<'a, 'b> Parser<'a, 'b> {
    pub(super) fn new(
        kind: &'static str,
        text: &str,
        bindings: &'a mut Bindings<'b>,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            kind,
            tokens: tokens(kind, text)?,
            at: 0,
            depth: 0,
            bindings,
        })
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn syntax_error(&self) -> Refusal {
        let token = self.peek().map_or_else(|| "<EOF>".to_owned(), Token::text);
        let near: Vec<_> = self
            .tokens
            .iter()
            .skip(self.at.saturating_sub(1))
            .take(3)
            .map(Token::text)
            .collect();
        let near = near.join(" ");
        invalid(
            self.kind,
            format_args!("Syntax error; token: \"{token}\", near: \"{near}\""),
        )
    }

    fn takes(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Symbol(found)) if *found == symbol);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), Refusal> {
        if self.takes(symbol) {
            Ok(())
        } else {
            Err(self.syntax_error())
        }
    }

    fn takes_keyword(&mut self, keyword: &str) -> bool {
        let found =
            matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    /// A function's name, if it is followed by what makes it one.
    fn function(&self) -> Option<String> {
        match (self.peek(), self.tokens.get(self.at + 1)) {
            (Some(Token::Word(word)), Some(Token::Symbol("("))) => Some(word.clone()),
            _ => None,
        }
    }

    fn unknown_function(&self, name: &str) -> Refusal {
        invalid(
            self.kind,
            format_args!("Invalid function name; function: {name}"),
        )
    }

    pub(super) fn end(&self) -> Result<(), Refusal> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.syntax_error()),
        }
    }

    fn deeper(&mut self) -> Result<(), Refusal> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(invalid(
                self.kind,
                "The expression has too many nested operations",
            ));
        }
        Ok(())
    }

    fn name(&mut self) -> Result<String, Refusal> {
        let name = match self.peek().cloned() {
            Some(Token::Name(reference)) => self.bindings.name(&reference).ok_or_else(|| {
                invalid(
                    self.kind,
                    format_args!(
                        "An expression attribute name used in the document path is not defined; attribute name: {reference}"
                    ),
                )
            })?,
            Some(Token::Word(word)) if is_reserved(&word) => {
                return Err(invalid(
                    self.kind,
                    format_args!("Attribute name is a reserved keyword; reserved keyword: {word}"),
                ));
            }
            Some(Token::Word(word)) => word,
            _ => return Err(self.syntax_error()),
        };
        self.at += 1;
        Ok(name)
    }

    fn value(&mut self) -> Result<Value, Refusal> {
        let Some(Token::Value(reference)) = self.peek().cloned() else {
            return Err(self.syntax_error());
        };
        self.at += 1;
        self.bindings.value(&reference).ok_or_else(|| {
            invalid(
                self.kind,
                format_args!(
                    "An expression attribute value used in expression is not defined; attribute value: {reference}"
                ),
            )
        })
    }

    fn path(&mut self) -> Result<Path, Refusal> {
        let root = self.name()?;
        let mut steps = Vec::new();
        loop {
            if self.takes(".") {
                steps.push(Step::Name(self.name()?));
            } else if self.takes("[") {
                let Some(Token::Index(index)) = self.peek() else {
                    return Err(self.syntax_error());
                };
                steps.push(Step::Index(*index));
                self.at += 1;
                self.expect("]")?;
            } else {
                return Ok(Path { root, steps });
            }
        }
    }

    /// Paths, parted by commas.
    pub(super) fn paths(&mut self) -> Result<Vec<Path>, Refusal> {
        let mut paths = vec![self.path()?];
        while self.takes(",") {
            paths.push(self.path()?);
        }
        Ok(paths)
    }

    // Conditions.

    pub(super) fn condition(&mut self) -> Result<Condition, Refusal> {
        let mut left = self.conjunction()?;
        while self.takes_keyword("OR") {
            left = Condition::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Condition, Refusal> {
        let mut left = self.negation()?;
        while self.takes_keyword("AND") {
            left = Condition::And(Box::new(left), Box::new(self.negation()?));
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Condition, Refusal> {
        self.deeper()?;
        let condition = if self.takes_keyword("NOT") {
            Condition::Not(Box::new(self.negation()?))
        } else if self.takes("(") {
            let condition = self.condition()?;
            self.expect(")")?;
            condition
        } else {
            self.predicate()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn predicate(&mut self) -> Result<Condition, Refusal> {
        if let Some(function) = self.function()
            && function != "size"
        {
            self.at += 2;
            let predicate = match function.as_str() {
                "attribute_exists" => Condition::Exists(self.path()?),
                "attribute_not_exists" => Condition::NotExists(self.path()?),
                "attribute_type" => Condition::TypeIs(self.path()?, self.second_operand()?),
                "begins_with" => Condition::BeginsWith(self.operand()?, self.second_operand()?),
                "contains" => Condition::Contains(self.operand()?, self.second_operand()?),
                _ => return Err(self.unknown_function(&function)),
            };
            self.expect(")")?;
            return Ok(predicate);
        }
        let left = self.operand()?;
        if self.takes_keyword("BETWEEN") {
            let low = self.operand()?;
            if !self.takes_keyword("AND") {
                return Err(self.syntax_error());
            }
            return Ok(Condition::Between(left, low, self.operand()?));
        }
        if self.takes_keyword("IN") {
            self.expect("(")?;
            let mut candidates = vec![self.operand()?];
            while self.takes(",") {
                candidates.push(self.operand()?);
            }
            self.expect(")")?;
            if candidates.len() > 100 {
                return Err(invalid(
                    self.kind,
                    "The IN operator is provided with too many operands",
                ));
            }
            return Ok(Condition::In(left, candidates));
        }
        let comparator = match self.peek() {
            Some(Token::Symbol("=")) => Comparator::Equal,
            Some(Token::Symbol("<>")) => Comparator::NotEqual,
            Some(Token::Symbol("<")) => Comparator::Less,
            Some(Token::Symbol("<=")) => Comparator::LessOrEqual,
            Some(Token::Symbol(">")) => Comparator::Greater,
            Some(Token::Symbol(">=")) => Comparator::GreaterOrEqual,
            _ => return Err(self.syntax_error()),
        };
        self.at += 1;
        Ok(Condition::Compare(left, comparator, self.operand()?))
    }

    fn second_operand(&mut self) -> Result<Operand, Refusal> {
        self.expect(",")?;
        self.operand()
    }

    fn operand(&mut self) -> Result<Operand, Refusal> {
        match self.function() {
            Some(function) if function == "size" => {
                self.at += 2;
                let path = self.path()?;
                self.expect(")")?;
                Ok(Operand::Size(path))
            }
            Some(function) => Err(self.unknown_function(&function)),
            None if matches!(self.peek(), Some(Token::Value(_))) => {
                self.value().map(Operand::Value)
            }
            None => self.path().map(Operand::Path),
        }
    }

    // Updates.

    pub(super) fn update(&mut self) -> Result<Update, Refusal> {
        let mut update = Update::default();
        let mut seen = Vec::new();
        while let Some(Token::Word(clause)) = self.peek() {
            let clause = clause.to_ascii_uppercase();
            if seen.contains(&clause) {
                return Err(invalid(
                    self.kind,
                    format_args!(
                        "The \"{clause}\" section can only be used once in an update expression;"
                    ),
                ));
            }
            let at = self.at;
            self.at += 1;
            match clause.as_str() {
                "SET" => update.set = self.actions(Self::assignment)?,
                "REMOVE" => update.remove = self.paths()?,
                "ADD" => update.add = self.actions(Self::path_and_value)?,
                "DELETE" => update.delete = self.actions(Self::path_and_value)?,
                _ => {
                    self.at = at;
                    return Err(self.syntax_error());
                }
            }
            seen.push(clause);
        }
        Ok(update)
    }

    fn actions<T>(
        &mut self,
        action: impl Fn(&mut Self) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        let mut actions = vec![action(self)?];
        while self.takes(",") {
            actions.push(action(self)?);
        }
        Ok(actions)
    }

    fn path_and_value(&mut self) -> Result<(Path, Value), Refusal> {
        Ok((self.path()?, self.value()?))
    }

    fn assignment(&mut self) -> Result<(Path, Term), Refusal> {
        let path = self.path()?;
        self.expect("=")?;
        let left = self.term()?;
        let term = if self.takes("+") {
            Term::Plus(Box::new(left), Box::new(self.term()?))
        } else if self.takes("-") {
            Term::Minus(Box::new(left), Box::new(self.term()?))
        } else {
            left
        };
        Ok((path, term))
    }

    fn term(&mut self) -> Result<Term, Refusal> {
        if self.takes("(") {
            self.deeper()?;
            let term = self.term()?;
            self.expect(")")?;
            self.depth -= 1;
            return Ok(term);
        }
        if let Some(function) = self.function() {
            self.deeper()?;
            self.at += 2;
            let term = match function.as_str() {
                "if_not_exists" => {
                    let path = self.path()?;
                    self.expect(",")?;
                    Term::IfNotExists(path, Box::new(self.term()?))
                }
                "list_append" => {
                    let first = Box::new(self.term()?);
                    self.expect(",")?;
                    Term::ListAppend(first, Box::new(self.term()?))
                }
                _ => return Err(self.unknown_function(&function)),
            };
            self.expect(")")?;
            self.depth -= 1;
            return Ok(term);
        }
        match self.peek() {
            Some(Token::Value(_)) => self.value().map(Term::Value),
            _ => self.path().map(Term::Path),
        }
    }
}
