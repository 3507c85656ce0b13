//! The words that may not stand bare as an attribute's name: "Reserved words in DynamoDB" in its developer guide.

use std::collections::HashSet;
use std::sync::LazyLock;

static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("reserved.txt")
        .split_ascii_whitespace()
        .collect()
});

/// Whether `word` is reserved, in whatever case.
pub(super) fn is_reserved(word: &str) -> bool {
    WORDS.contains(word.to_ascii_uppercase().as_str())
}
