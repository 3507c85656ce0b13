//! JSON for reading: as deep as it is, safe to print.

use serde_json::Value;

use super::printable;

/// The document over several lines, each moved to the right.
pub fn indented(document: &Value, by: usize) -> String {
    let blanks = " ".repeat(by);
    let text = printable(&format!("{document:#}"));
    let lines = text.lines().map(|line| format!("{blanks}{line}\n"));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_moved() {
        let document = serde_json::json!({ "a": [1] });
        assert_eq!(
            indented(&document, 2),
            "  {\n    \"a\": [\n      1\n    ]\n  }\n"
        );
    }
}
