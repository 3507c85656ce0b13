//! What people see. Whatever the API or a target said is text of others: it cannot move the cursor, or colour anything.

mod heat;
mod json;
mod table;
mod times;

use std::io::{self, IsTerminal};

pub use self::heat::{HeatMap, bars};
pub use self::json::indented;
pub use self::table::{Cell, Facts, Table};
pub use self::times::{instants, optional_instants};

/// How much fits, and whether colours are seen.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// The columns; `None` where the output is no terminal, and nothing is cut.
    pub width: Option<usize>,
    /// Whether colours are wanted.
    pub colours: bool,
}

impl Terminal {
    /// The one at the standard output. `NO_COLOR` is heeded (no-color.org).
    pub fn standard() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let size = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        Self {
            width: is_terminal.then(|| size.unwrap_or(80)),
            colours: is_terminal && !set("NO_COLOR") && !dumb,
        }
    }

    /// Colours `text`, where colours are seen.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        match tone.code().filter(|_| self.colours && !text.is_empty()) {
            Some(code) => format!("\x1b[{code}m{text}\x1b[0m"),
            None => text.to_owned(),
        }
    }
}

/// What a colour means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing.
    #[default]
    Plain,
    /// It went well.
    Good,
    /// It is not over, or was left out.
    Open,
    /// It went wrong.
    Bad,
    /// It matters less.
    Faint,
    /// It is a heading.
    Heading,
}

impl Tone {
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Good => Some("32"),
            Self::Open => Some("33"),
            Self::Bad => Some("31"),
            Self::Faint => Some("2"),
            Self::Heading => Some("1"),
        }
    }

    /// Of a state, an outcome or a status, by its name in the API.
    pub fn of(name: &str) -> Self {
        match name {
            "succeeded" | "ran" | "active" => Self::Good,
            "failed" | "dead" | "missing" | "upstream_failed" | "open" => Self::Bad,
            "canceled" | "completed" | "not_planned" | "discarded" => Self::Faint,
            _ => Self::Open,
        }
    }
}

/// Text of others in one line, with whatever a terminal would obey replaced by what stands for it.
pub fn printable(text: &str) -> String {
    let shown = |letter: char| match letter {
        '\n' => '\n',
        '\t' => ' ',
        letter if letter.is_control() => char::REPLACEMENT_CHARACTER,
        // These turn the reading direction around.
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        letter => letter,
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_cannot_command_the_terminal() {
        let shown = printable("a\x1b[2Jb\u{9b}c\u{202e}d\te\nf");
        assert_eq!(shown, "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d e\nf");
    }

    #[test]
    fn colours_are_used_only_where_they_are_seen() {
        let seen = Terminal {
            width: Some(80),
            colours: true,
        };
        assert_eq!(seen.paint(Tone::Bad, "x"), "\x1b[31mx\x1b[0m");
        assert_eq!(seen.paint(Tone::Plain, "x"), "x");
        let piped = Terminal {
            width: None,
            colours: false,
        };
        assert_eq!(piped.paint(Tone::Bad, "x"), "x");
    }
}
