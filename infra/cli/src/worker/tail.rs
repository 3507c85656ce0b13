//! The end of an output. However much a command writes, only so much is kept of it.

use std::collections::VecDeque;

/// How much is kept, in bytes: far below the longest report.
const KEPT: usize = 16 * 1_024;

/// The last bytes that were written.
#[derive(Debug, Default)]
pub struct Tail {
    bytes: VecDeque<u8>,
    written: u64,
}

impl Tail {
    /// Takes more.
    pub fn write(&mut self, bytes: &[u8]) {
        self.written += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let newest = &bytes[bytes.len().saturating_sub(KEPT)..];
        let over = (self.bytes.len() + newest.len()).saturating_sub(KEPT);
        self.bytes.drain(..over.min(self.bytes.len()));
        self.bytes.extend(newest);
    }

    /// How much was written in all.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// What is kept. What is no text, or a letter cut in half, becomes a replacement.
    pub fn text(&self) -> String {
        let (first, second) = self.bytes.as_slices();
        String::from_utf8_lossy(&[first, second].concat()).into_owned()
    }
}

/// The last characters of a text, in one line each, for a line of at most `most`.
pub fn last(text: &str, most: usize) -> &str {
    let text = text.trim();
    let over = text.chars().count().saturating_sub(most);
    let begin = text
        .char_indices()
        .nth(over)
        .map_or(text.len(), |(place, _)| place);
    &text[begin..]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_last_bytes_are_kept_however_they_came(parts in prop::collection::vec(prop::collection::vec(b'a'..=b'z', 0..9_000), 0..8)) {
            let mut tail = Tail::default();
            for part in &parts {
                tail.write(part);
            }
            let whole = parts.concat();
            let expected = &whole[whole.len().saturating_sub(KEPT)..];
            let kept = tail.text();
            prop_assert_eq!(kept.as_bytes(), expected);
            prop_assert_eq!(tail.written(), whole.len() as u64);
        }

        #[test]
        fn a_line_is_cut_between_letters(text in ".{0,50}", most in 0_usize..20) {
            let cut = last(&text, most);
            prop_assert!(cut.chars().count() <= most);
            prop_assert!(text.trim().ends_with(cut));
        }
    }
}
