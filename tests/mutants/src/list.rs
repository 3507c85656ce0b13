//! The changes, as cargo-mutants lists them: it decides what is worth changing, and what each change is called.

use serde::Deserialize;

/// A change.
#[derive(Clone, Debug, Deserialize)]
pub struct Mutant {
    /// The file, from the root of the workspace.
    pub file: String,
    /// What is changed, in words.
    pub name: String,
    /// What kind of change it is.
    pub genre: Genre,
    /// The new text.
    pub replacement: String,
    /// What is replaced.
    pub span: Span,
}

/// What kind of change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Genre {
    /// A function returns a value at once.
    FnValue,
    /// An operator between two expressions is another one.
    BinaryOperator,
    /// An operator before an expression is left out.
    UnaryOperator,
    /// A match arm is left out.
    MatchArm,
    /// The guard of a match arm is always, or never, true.
    MatchArmGuard,
    /// A field of a struct expression is left out, and taken from its base.
    StructField,
}

/// A stretch of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Span {
    /// Where it begins.
    pub start: Place,
    /// Where it ends, exclusive.
    pub end: Place,
}

/// A place in a file, line and column counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// Byte offsets of the places of a text.
#[derive(Debug)]
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Those of `text`.
    pub fn of(text: &'a str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(ends).collect();
        Self { text, starts }
    }

    /// The byte at which `place` is.
    pub fn byte(&self, place: Place) -> usize {
        let start = self.starts[place.line - 1];
        let line = &self.text[start..];
        let within = line.char_indices().nth(place.column - 1);
        start + within.map_or(line.len(), |(at, _)| at)
    }

    /// The stretch of bytes that `span` is.
    pub fn bytes(&self, span: Span) -> (usize, usize) {
        (self.byte(span.start), self.byte(span.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_bytes_are_bytes() {
        let lines = Lines::of("a\nä < b\n");
        assert_eq!(lines.byte(Place { line: 2, column: 1 }), 2);
        assert_eq!(lines.byte(Place { line: 2, column: 3 }), 5);
    }
}
