//! The lines of a trace, as `punctual::trace` writes them.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;

/// One process's lines, in the order of its deeds.
#[derive(Clone, Debug)]
pub struct Process {
    /// The file's name: the process's name and number.
    pub name: String,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One event.
#[derive(Clone, Debug, Deserialize)]
pub struct Line {
    /// When it was written.
    pub timestamp: DateTime<Utc>,
    /// What it says.
    #[serde(flatten)]
    pub event: Event,
}

/// How a write went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Acknowledged.
    Written,
    /// Refused: the condition did not hold.
    Refused,
    /// No answer: it was written, or it was not.
    Unanswered,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the fields are named as punctual::trace names them"
)]
pub enum Event {
    /// The scanner begins to read a bucket.
    ScanBegun { minute: String },
    /// A hint's job is followed.
    HintFollowed {
        minute: String,
        job: String,
        at: DateTime<Utc>,
        kind: String,
        next: Option<DateTime<Utc>>,
        #[serde(default)]
        sending: String,
    },
    /// A hint's job is gone, paused or deleted.
    HintDropped {
        minute: String,
        job: String,
        at: DateTime<Utc>,
        kind: String,
    },
    /// A hint is acknowledged.
    HintPut {
        minute: String,
        job: String,
        at: DateTime<Utc>,
        kind: String,
        execution: Option<String>,
    },
    /// A message is acknowledged.
    Sent { execution: String, attempt: u32 },
    /// A deferral is acknowledged.
    Deferred { execution: String, attempt: u32 },
    /// A checkpoint is acknowledged.
    Checkpointed { minute: String },
    /// A chain is about to be started.
    Launching {
        job: String,
        version: u64,
        request: String,
        next: Option<DateTime<Utc>>,
        #[serde(default)]
        sending: String,
    },
    /// A write of a job's row.
    JobPut {
        outcome: Outcome,
        job: String,
        version: u64,
        request: String,
        state: String,
    },
    /// A delete is about to be answered.
    CancelReturned { job: String },
    /// A write of a record.
    RecordPut(Put),
    /// A removal of a record.
    RecordRemoved {
        outcome: Outcome,
        execution: String,
        stamp: String,
    },
    /// The job was read under a claim.
    JobRead {
        execution: String,
        claim: Option<String>,
        version: u64,
        state: String,
    },
    /// A handler starts.
    Started {
        execution: String,
        attempt: u32,
        claim: Option<String>,
        lease_until: Option<DateTime<Utc>>,
    },
    /// An end is on record.
    Finished {
        execution: String,
        attempt: u32,
        claim: String,
        stamp: String,
        state: String,
    },
    /// A claim is lost.
    FencedOff { execution: String, claim: String },
    /// What becomes of a message.
    Settled {
        verdict: String,
        what: String,
        execution: String,
        attempt: u32,
        state: Option<String>,
        found_attempt: Option<u32>,
    },
}

/// A write of a record.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Put {
    /// How it went.
    pub outcome: Outcome,
    /// Whose record.
    pub execution: String,
    /// The write's own.
    pub stamp: String,
    /// What it was to replace: a stamp, or `absent`.
    pub expected: String,
    /// The state that it writes.
    pub state: String,
    /// The attempt.
    pub attempt: u32,
    /// The claim.
    pub claim: Option<String>,
    /// Until when the claim holds.
    pub lease_until: Option<DateTime<Utc>>,
    /// Whether it is in the hands of workers outside.
    pub offered: bool,
    /// Whether it was told to stop.
    pub cancel_requested: bool,
}

impl Put {
    /// Whether it may be in the table.
    pub fn may_be_written(&self) -> bool {
        self.outcome != Outcome::Refused
    }

    /// Whether nothing further happens by itself.
    pub fn is_terminal(&self) -> bool {
        is_terminal(&self.state)
    }

    /// Whether it says that its worker was told to stop.
    pub fn is_flagged(&self) -> bool {
        self.cancel_requested || self.state == "Canceled"
    }
}

/// Whether an execution in `state` has ended.
pub fn is_terminal(state: &str) -> bool {
    ["Succeeded", "Failed", "Dead", "Skipped", "Canceled"].contains(&state)
}

/// The job of an execution.
pub fn job_of(execution: &str) -> &str {
    execution.split_once('_').map_or(execution, |(job, _)| job)
}

/// When an execution was due, by its id. Runs that were asked for by hand are due when they were asked for.
pub fn fire_time(execution: &str) -> Option<DateTime<Utc>> {
    let (_, occasion) = execution.split_once('_')?;
    let seconds = occasion.get(..15)?;
    let naive = NaiveDateTime::parse_from_str(seconds, "%Y%m%dT%H%M%S").ok()?;
    Some(naive.and_utc())
}

/// Why a trace cannot be read.
#[derive(Debug)]
pub enum TraceError {
    /// A file, or a folder, cannot be read.
    Io(PathBuf, std::io::Error),
    /// A line is not of a known shape.
    Line(PathBuf, usize, serde_json::Error),
}

impl std::fmt::Display for TraceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Line(path, number, error) => write!(f, "{}:{number}: {error}", path.display()),
        }
    }
}

impl std::error::Error for TraceError {}

/// Reads files, and all `.jsonl` files of folders.
///
/// # Errors
/// If one cannot be read, or has a line of no known shape. A last line that its process did not live to end is let go.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Process>, TraceError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let listed = fs::read_dir(path).map_err(|error| TraceError::Io(path.clone(), error))?;
            let mut found: Vec<_> = listed.flatten().map(|entry| entry.path()).collect();
            found.retain(|file| file.extension().is_some_and(|end| end == "jsonl"));
            found.sort();
            files.extend(found);
        } else {
            files.push(path.clone());
        }
    }
    files.iter().map(|file| read_file(file)).collect()
}

fn read_file(path: &Path) -> Result<Process, TraceError> {
    let text = fs::read_to_string(path).map_err(|error| TraceError::Io(path.into(), error))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    parse(&name, &text).map_err(|(number, error)| TraceError::Line(path.into(), number, error))
}

/// The lines of a process's text.
///
/// # Errors
/// The number of the first line of no known shape, and what is wrong with it.
pub fn parse(name: &str, text: &str) -> Result<Process, (usize, serde_json::Error)> {
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match serde_json::from_str(line) {
            Ok(line) => lines.push(line),
            Err(_) if index + 1 == text.lines().count() && !text.ends_with('\n') => {}
            Err(error) => return Err((index + 1, error)),
        }
    }
    Ok(Process {
        name: name.to_owned(),
        lines,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"timestamp":"2026-11-28T12:00:00.5Z","level":"DEBUG","event":"scan_begun","minute":"2026-11-28T12:00","target":"punctual::protocol"}"#;

    #[test]
    fn a_line_that_its_process_did_not_live_to_end_is_let_go_and_no_other() {
        let cut = &WHOLE[..40];
        let read = |text: &str| parse("scanner-1", text).map(|process| process.lines.len());
        assert_eq!(read(&format!("{WHOLE}\n{cut}")).unwrap(), 1);
        assert_eq!(read(&format!("{cut}\n{WHOLE}\n")).unwrap_err().0, 1);
        assert!(read(&format!("{WHOLE}\n{cut}\n")).is_err());
    }

    #[test]
    fn an_executions_id_says_its_job_and_when_it_was_due() {
        let scheduled = "0b7e9d3c_20261128T120030Z";
        let by_hand = "0b7e9d3c_20261128T120030123Z_de44e5cb";
        let due = "2026-11-28T12:00:30Z".parse().ok();
        assert_eq!((job_of(scheduled), fire_time(scheduled)), ("0b7e9d3c", due));
        assert_eq!((job_of(by_hand), fire_time(by_hand)), ("0b7e9d3c", due));
    }
}
