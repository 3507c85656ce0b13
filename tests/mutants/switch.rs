//! Which of the woven changes is in force: the one that the environment names, if any. Put beside the code by
//! `tests/mutants`, and never built otherwise.

use std::fs::OpenOptions;
use std::io::Write;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

const MOST: usize = 16_384;

static ACTIVE: LazyLock<usize> = LazyLock::new(|| {
    let named = std::env::var("PUNCTUAL_MUTANT");
    named.map_or(MOST, |number| number.parse().unwrap())
});

/// Where to write down what was reached.
static REACHED: LazyLock<Option<String>> =
    LazyLock::new(|| std::env::var("PUNCTUAL_MUTANTS_REACHED").ok());

static SEEN: [AtomicBool; MOST] = [const { AtomicBool::new(false) }; MOST];

/// Whether the change of this number is in force.
pub(crate) fn is(number: usize) -> bool {
    if let Some(path) = &*REACHED
        && !SEEN[number].swap(true, Relaxed)
    {
        let file = OpenOptions::new().append(true).create(true).open(path);
        writeln!(file.unwrap(), "{number}").unwrap();
    }
    *ACTIVE == number
}
