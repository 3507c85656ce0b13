//! What is seen of a run from outside: what clients asked and heard, which invocations there were and what befell them,
//! and when handlers started. The oracle judges by this, and by what the API says at the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use punctual::domain::ExecutionId;
use serde_json::Value;

use crate::fault::Fault;

/// What a client asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// The job, for the first time or again.
    Create,
    /// A merge patch.
    Edit(Value),
    /// That it pauses.
    Pause,
    /// That it goes on.
    Resume,
    /// That this fire time is left out.
    Skip(DateTime<Utc>),
    /// That this one is not left out any more.
    Unskip(DateTime<Utc>),
    /// A run at once.
    RunNow,
    /// That this execution ends.
    CancelExecution(ExecutionId),
    /// That the job ends.
    Delete,
}

/// A request of a client.
#[derive(Clone, Debug)]
pub struct Request {
    /// The job's number in the scenario.
    pub job: usize,
    /// What was asked.
    pub asked: Asked,
    /// When.
    pub sent_at: DateTime<Utc>,
    /// When it was answered, or the client gave up.
    pub done_at: DateTime<Utc>,
    /// The status and the body, or that no answer came: it may have taken effect or not.
    pub answer: Option<(u16, Value)>,
}

impl Request {
    /// Whether it was answered with yes.
    pub fn is_granted(&self) -> bool {
        matches!(self.answer, Some((200..300, _)))
    }

    /// Whether it may have taken effect although nobody said so.
    pub fn is_open(&self) -> bool {
        matches!(self.answer, None | Some((500.., _)))
    }
}

/// One life of a function: from its event to its answer, or its death.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Which function, and which process of it.
    pub process: String,
    /// When it began, in true time.
    pub began: DateTime<Utc>,
    /// What its messages ask for.
    pub executions: Vec<ExecutionId>,
    /// What befell it.
    pub faults: Vec<(DateTime<Utc>, Fault)>,
}

/// How a handler's run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// It did its work.
    Succeeded,
    /// It failed, and may be tried again.
    Failed,
    /// It failed for good.
    Rejected,
    /// It was dropped: stopped, or its process died.
    Dropped,
}

/// A handler's run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Of which execution.
    pub execution: ExecutionId,
    /// Which attempt.
    pub attempt: u32,
    /// By which invocation.
    pub invocation: usize,
    /// When it started, in true time.
    pub began: DateTime<Utc>,
    /// When and how it ended, if it has.
    pub end: Option<(DateTime<Utc>, RunEnd)>,
}

/// Everything that was seen.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Requests, in the order of their answers.
    pub requests: Vec<Request>,
    /// Invocations, in the order of their beginnings.
    pub invocations: Vec<Invocation>,
    /// Runs, in the order of their starts.
    pub runs: Vec<Run>,
    /// Faults that befell no invocation: ticks that did not come, and outages.
    pub absences: Vec<(DateTime<Utc>, Fault)>,
    /// How often each kind of fault happened.
    pub faults: BTreeMap<Fault, u64>,
    /// How many calls reached the services.
    pub calls: u64,
    /// Folds every event into one number: two runs are the same if theirs are.
    pub hash: u64,
    /// The events in words, if somebody wants to read them.
    pub lines: Option<Vec<String>>,
}

impl Log {
    /// Notes an event: a number for what is to be compared, words for who reads.
    pub fn event(&mut self, at: DateTime<Utc>, words: &dyn Fn() -> String) {
        let text = words();
        let mut hash = self.hash ^ at.timestamp_millis().unsigned_abs();
        for byte in text.bytes() {
            // FNV-1a
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
        self.hash = hash;
        if let Some(lines) = &mut self.lines {
            let mut line = at.to_rfc3339_opts(SecondsFormat::Millis, true);
            let _ = write!(line, " {text}");
            lines.push(line);
        }
    }

    /// Notes a fault, and whom it befell.
    pub fn fault(&mut self, at: DateTime<Utc>, fault: Fault, invocation: Option<usize>) {
        *self.faults.entry(fault).or_default() += 1;
        match invocation.and_then(|number| self.invocations.get_mut(number)) {
            Some(invocation) => invocation.faults.push((at, fault)),
            None => self.absences.push((at, fault)),
        }
        self.event(at, &|| format!("FAULT {} {invocation:?}", fault.name()));
    }
}
