//! A trace of a real run, and the protocol's rules that it must keep. `punctual::trace` writes the events, each process into
//! a file of its own; here they are read and judged. Invariant: nothing is concluded from the order of two processes' lines
//! but what their clocks, which are one machine's, allow; the order of a record's writes is told by its stamps.

pub mod line;
pub mod report;
pub mod rules;

pub use self::line::{Event, Line, Outcome, Process, TraceError, read};
pub use self::report::report;
pub use self::rules::{Finding, Rule, check};
