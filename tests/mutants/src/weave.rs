//! Weaves changes into a text, each behind its switch. Only insertions are made: the code between them stays as it is, and
//! may have others woven in.

use std::ops::Range;

/// Text put in at a byte of the original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// Where.
    pub at: usize,
    /// Of several at one place, the smaller comes first: what opens later closes earlier.
    pub rank: i64,
    /// What.
    pub text: String,
    /// The change that this text makes, if it makes one: the compiler's errors in it are that change's.
    pub mutant: Option<usize>,
}

/// A text with changes woven in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Woven {
    /// The text.
    pub text: String,
    /// Which bytes of it are which change's.
    pub changes: Vec<(Range<usize>, usize)>,
}

impl Woven {
    /// `original` with `insertions`.
    pub fn of(original: &str, mut insertions: Vec<Insertion>) -> Self {
        insertions.sort_by_key(|insertion| (insertion.at, insertion.rank));
        let mut woven = Self::default();
        let mut done = 0;
        for insertion in insertions {
            woven.text.push_str(&original[done..insertion.at]);
            done = insertion.at;
            let begin = woven.text.len();
            woven.text.push_str(&insertion.text);
            if let Some(mutant) = insertion.mutant {
                woven.changes.push((begin..woven.text.len(), mutant));
            }
        }
        woven.text.push_str(&original[done..]);
        woven
    }

    /// The change that the byte `at` belongs to.
    pub fn change_at(&self, at: usize) -> Option<usize> {
        let found = self.changes.iter().find(|(range, _)| range.contains(&at));
        found.map(|(_, mutant)| *mutant)
    }
}

/// The insertions around one piece of code: what comes before it and after it nests with what is put around others.
#[derive(Debug)]
pub struct Around {
    range: Range<usize>,
    /// Of several around the same piece, the outer has the smaller depth.
    depth: i64,
    insertions: Vec<Insertion>,
    parts: i64,
}

impl Around {
    /// Nothing yet, around `range`; inside what is around the same piece with a smaller `depth` (0 to 9).
    pub fn new(range: Range<usize>, depth: i64) -> Self {
        Self {
            range,
            depth,
            insertions: Vec::new(),
            parts: 0,
        }
    }

    /// Of two that begin at one byte, the longer one is outside and opens first; what closes there has closed before.
    fn length(&self) -> i64 {
        i64::try_from(self.range.len()).unwrap_or(i64::MAX)
    }

    /// Puts `text` before the piece, behind what was put there by this before.
    #[must_use]
    pub fn before(mut self, text: impl Into<String>, mutant: Option<usize>) -> Self {
        let rank = OPENING - self.length() * SCALE + self.depth * 1_000 + self.parts;
        self.parts += 1;
        self.insertions.push(Insertion {
            at: self.range.start,
            rank,
            text: text.into(),
            mutant,
        });
        self
    }

    /// Puts `text` behind the piece, and ends.
    pub fn after(mut self, text: impl Into<String>) -> Vec<Insertion> {
        let rank = self.length() * SCALE - self.depth * 1_000 - OPENING;
        self.insertions.push(Insertion {
            at: self.range.end,
            rank,
            text: text.into(),
            mutant: None,
        });
        self.insertions
    }
}

/// Apart of each other's depths and parts.
const SCALE: i64 = 10_000;

/// Whatever closes at a byte comes before whatever opens there.
const OPENING: i64 = i64::MAX / 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_around_others_opens_first_and_closes_last() {
        let outer = Around::new(0..5, 0).before("(", None).after(")");
        let inner = Around::new(0..1, 0).before("[", None).after("]");
        let last = Around::new(4..5, 0).before("{", Some(7)).after("}");
        let woven = Woven::of("a + b", [last, inner, outer].concat());
        assert_eq!(woven.text, "([a] + {b})");
        assert_eq!(woven.change_at(7), Some(7));
        assert_eq!(woven.change_at(8), None);
    }

    #[test]
    fn neighbours_do_not_cross() {
        let first = Around::new(0..1, 0).before("(", None).after(")");
        let second = Around::new(1..2, 0).before("[", None).after("]");
        assert_eq!(Woven::of("ab", [second, first].concat()).text, "(a)[b]");
    }

    #[test]
    fn around_the_same_piece_the_smaller_depth_is_outside() {
        let inner = Around::new(0..1, 1).before("[", None).before("<", None);
        let outer = Around::new(0..1, 0).before("(", None);
        let woven = Woven::of("a", [inner.after(">]"), outer.after(")")].concat());
        assert_eq!(woven.text, "([<a>])");
    }
}
