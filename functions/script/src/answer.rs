//! Lambda lets a function answer 6 MB, as JSON. A log may be longer once it is encoded: a line end takes two bytes there,
//! other control characters six. What does not fit is cut off, and the report says so; otherwise there would be none.

use punctual::domain::ScriptReport;

/// How much of an answer may be standard output, in bytes of JSON.
const STDOUT_ENCODED: usize = 5_000_000;

/// How much of it may be standard error.
const STDERR_ENCODED: usize = 1_000_000;

/// Cuts the log of `report` to what an answer can hold.
pub(crate) fn fit(report: &mut ScriptReport) {
    let stdout = cut(&mut report.stdout, STDOUT_ENCODED);
    let stderr = cut(&mut report.stderr, STDERR_ENCODED);
    report.cut |= stdout || stderr;
}

/// Cuts `text` to so many bytes of JSON. Says whether there was more.
fn cut(text: &mut String, bytes: usize) -> bool {
    let mut left = bytes;
    for (index, character) in text.char_indices() {
        let Some(rest) = left.checked_sub(encoded_len(character)) else {
            text.truncate(index);
            return true;
        };
        left = rest;
    }
    false
}

fn encoded_len(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        other => other.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{STDERR_KEPT, STDOUT_KEPT};

    /// The most bytes of a function's answer.
    const LAMBDA: usize = 6_291_556;

    #[test]
    fn the_longest_log_fits_an_answer_whatever_is_in_it() {
        for character in ["x", "\n", "\u{1}", "\"", "ä", "\u{7f}", "\u{1f980}"] {
            let mut report = ScriptReport::not_started(String::new(), true);
            report.stdout = character.repeat(STDOUT_KEPT / character.len());
            report.stderr = character.repeat(STDERR_KEPT / character.len());
            let whole = report.clone();
            fit(&mut report);
            let encoded = serde_json::to_vec(&report).unwrap();
            assert!(encoded.len() < LAMBDA, "{character:?}: {}", encoded.len());
            assert_eq!(
                report.cut,
                report.stdout != whole.stdout || report.stderr != whole.stderr
            );
            assert!(whole.stdout.starts_with(&report.stdout));
        }
    }

    #[test]
    fn what_fits_is_left_as_it_is() {
        let mut report = ScriptReport::not_started(String::new(), true);
        report.stdout = "x".repeat(STDOUT_KEPT);
        report.stderr = "lines\n".repeat(1_000);
        let whole = report.clone();
        fit(&mut report);
        assert_eq!(report, whole);
    }
}
