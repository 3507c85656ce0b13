//! What must hold of anything that is read. A target takes any bytes at all, and panics where a promise is broken: what
//! was accepted means the same after it was written and read again, what was refused is refused by its field, and work
//! is bounded by what the documents say. Fuzzers call the targets for hours, the tests for seconds.

pub mod mutate;
mod oracle;
mod target;

use mutate::Form;

/// A target: what is called, and how to write inputs for it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    /// Panics where a promise is broken.
    pub run: fn(&[u8]),
    /// How its inputs are written.
    pub form: Form,
    /// Words that its readers know.
    pub words: &'static [&'static str],
}

/// No input is longer: what matters fits, and short ones are quickly read.
pub const MAX_BYTES: usize = 1_024;

/// Every target.
pub const TARGETS: &[Target] = target::ALL;

/// The target of that name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
