//! The book of assumptions: every number that the prediction rests on, with its unit and where it is from. A number that
//! nothing reads, or that names no source, is refused: the document's list of assumptions is the whole of them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// The book, as it is kept beside this package.
const BOOK: &str = include_str!("../assumptions.json");

/// Where a number is from.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// AWS says so.
    Published {
        /// The page.
        url: String,
        /// What it says, in short.
        says: String,
        /// When it was read.
        read_on: String,
    },
    /// Somebody else says so.
    ThirdParty {
        /// The page.
        url: String,
        /// What it says, in short.
        says: String,
        /// When it was read.
        read_on: String,
    },
    /// This repository says so: `text` is in `file`.
    Code {
        /// The file, from the repository's root.
        file: String,
        /// What must be in it for the number to be right.
        text: String,
    },
    /// A command here prints it.
    Measured {
        /// The command.
        command: String,
        /// What it printed.
        figure: String,
        /// When.
        on: String,
    },
    /// Nobody was found to say so: a guess, and why it is this one.
    Unverified {
        /// Why.
        why: String,
    },
}

impl Source {
    /// What is wanting in it, if anything.
    fn flaw(&self) -> Option<&'static str> {
        let is_day = |day: &str| {
            let digits = |part: Option<&str>, count| {
                part.is_some_and(|part| {
                    part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit())
                })
            };
            let mut parts = day.split('-');
            digits(parts.next(), 4) && digits(parts.next(), 2) && digits(parts.next(), 2)
        };
        match self {
            Self::Published { url, says, read_on } | Self::ThirdParty { url, says, read_on } => {
                if !url.starts_with("https://") {
                    Some("its page has no address")
                } else if says.trim().is_empty() {
                    Some("it is not said what its page says")
                } else {
                    (!is_day(read_on)).then_some("it is not said on what day its page was read")
                }
            }
            Self::Code { file, text } => {
                (file.is_empty() || text.trim().is_empty()).then_some("its place is not named")
            }
            Self::Measured {
                command,
                figure,
                on,
            } => (command.is_empty() || figure.trim().is_empty() || !is_day(on))
                .then_some("its command, figure or day is missing"),
            Self::Unverified { why } => why
                .trim()
                .is_empty()
                .then_some("it is not said why it is this"),
        }
    }
}

/// A number, or a distribution by its quantiles.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Number(f64),
    /// Pairs of a probability and the value that so much lies below.
    Quantiles(Vec<(f64, f64)>),
}

/// One assumption.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumption {
    /// Its name, by which it is read.
    pub id: String,
    /// What it amounts to.
    pub value: Value,
    /// Of what.
    pub unit: String,
    /// What it is.
    pub what: String,
    /// Where it is from.
    pub source: Source,
}

/// Why a book is refused.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// It is not of the form that it should have.
    #[error("the assumptions cannot be read")]
    Form(#[from] serde_json::Error),
    /// One is there twice.
    #[error("{0} is assumed twice")]
    Twice(String),
    /// One has no source, or half of one.
    #[error("{id} has no good source: {flaw}")]
    NoSource {
        /// Which.
        id: String,
        /// What is wanting.
        flaw: &'static str,
    },
    /// One is needed and not there, or is not of the kind that is needed.
    #[error("{0} is needed, and is not assumed as such")]
    Missing(&'static str),
    /// Some are there that nothing reads.
    #[error("nothing rests on these: {0:?}")]
    Idle(Vec<String>),
}

/// All assumptions, by name. It notes which are read.
#[derive(Debug)]
pub struct Book {
    all: Vec<Assumption>,
    place: BTreeMap<String, usize>,
    read: RefCell<BTreeSet<&'static str>>,
}

impl Book {
    /// The book of this repository.
    ///
    /// # Errors
    /// [`BookError`], as for any other.
    pub fn of_this_repository() -> Result<Self, BookError> {
        Self::parse(BOOK)
    }

    /// Reads a book.
    ///
    /// # Errors
    /// If its form is wrong, or an assumption in it is there twice or has no source.
    pub fn parse(text: &str) -> Result<Self, BookError> {
        let all: Vec<Assumption> = serde_json::from_str(text)?;
        let mut place = BTreeMap::new();
        for (index, assumption) in all.iter().enumerate() {
            let id = assumption.id.clone();
            if let Some(flaw) = assumption.source.flaw() {
                return Err(BookError::NoSource { id, flaw });
            }
            if place.insert(id.clone(), index).is_some() {
                return Err(BookError::Twice(id));
            }
        }
        let read = RefCell::default();
        Ok(Self { all, place, read })
    }

    /// All of them, in the book's order.
    pub fn all(&self) -> &[Assumption] {
        &self.all
    }

    fn value(&self, id: &'static str) -> Result<&Value, BookError> {
        self.read.borrow_mut().insert(id);
        let index = self.place.get(id).ok_or(BookError::Missing(id))?;
        Ok(&self.all[*index].value)
    }

    /// A number.
    ///
    /// # Errors
    /// If it is not assumed, or is a distribution.
    pub fn number(&self, id: &'static str) -> Result<f64, BookError> {
        match self.value(id)? {
            Value::Number(number) => Ok(*number),
            Value::Quantiles(_) => Err(BookError::Missing(id)),
        }
    }

    /// A distribution.
    ///
    /// # Errors
    /// If it is not assumed, or its quantiles do not rise from probability 0 to 1.
    pub fn quantiles(&self, id: &'static str) -> Result<Vec<(f64, f64)>, BookError> {
        let Value::Quantiles(points) = self.value(id)? else {
            return Err(BookError::Missing(id));
        };
        let rises = points
            .windows(2)
            .all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
        let ends = points.first().map(|point| point.0) == Some(0.0)
            && points.last().map(|point| point.0) == Some(1.0);
        if rises && ends {
            Ok(points.clone())
        } else {
            Err(BookError::Missing(id))
        }
    }

    /// Refuses what nothing has read.
    ///
    /// # Errors
    /// Their names.
    pub fn closed(&self) -> Result<(), BookError> {
        let read = self.read.borrow();
        let idle: Vec<_> = self
            .all
            .iter()
            .filter(|one| !read.contains(one.id.as_str()))
            .map(|one| one.id.clone())
            .collect();
        if idle.is_empty() {
            Ok(())
        } else {
            Err(BookError::Idle(idle))
        }
    }
}
