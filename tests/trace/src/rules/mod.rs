//! The rules. Each is the protocol's, or the model's, put so that it can be told from what was written down.

mod messages;
mod records;
mod scanning;
mod starts;
#[cfg(test)]
mod tests;

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::line::Process;

/// What must not be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A bucket was checkpointed before each message that its scan had planned was acknowledged, or deferred.
    CheckpointBeforeSend,
    /// A bucket was checkpointed before each hint at which a chain goes on was acknowledged.
    CheckpointBeforeHint,
    /// A hint that was acknowledged before its bucket was read was neither followed nor dropped by the scan that
    /// checkpointed it.
    HintPassedOver,
    /// A job's row was written before its hint and its messages were acknowledged, or without having launched any.
    RowBeforeHint,
    /// Two writes replaced the same state of a record.
    TwoWinners,
    /// A claim was replaced before its lease had run out, and not by its holder.
    TakenOverEarly,
    /// An end was recorded over another's claim.
    FinishedAfterTakeOver,
    /// A handler started without a claim.
    StartedUnclaimed,
    /// A handler started without the job having been read behind the claim.
    StartedUnread,
    /// A handler started when its lease had run out.
    StartedPastLease,
    /// What was read behind a claim was older than a row that was acknowledged before the claim.
    StaleRead,
    /// A handler started after a delete had returned, and its record was never flagged.
    UnflaggedStart,
    /// One attempt started twice.
    StartedTwice,
    /// A message was deleted before what followed from its execution was done.
    DeletedTooSoon,
    /// A message was sent, and nothing says what became of its execution.
    Unaccounted,
    /// Of a run in which nothing was killed or cut off: a record's write replaced one that nobody wrote.
    MissingLink,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 16] = [
        Self::CheckpointBeforeSend,
        Self::CheckpointBeforeHint,
        Self::HintPassedOver,
        Self::RowBeforeHint,
        Self::TwoWinners,
        Self::TakenOverEarly,
        Self::FinishedAfterTakeOver,
        Self::StartedUnclaimed,
        Self::StartedUnread,
        Self::StartedPastLease,
        Self::StaleRead,
        Self::UnflaggedStart,
        Self::StartedTwice,
        Self::DeletedTooSoon,
        Self::Unaccounted,
        Self::MissingLink,
    ];

    /// Its name in a report.
    pub fn name(self) -> &'static str {
        match self {
            Self::CheckpointBeforeSend => "checkpoint before a message was acknowledged",
            Self::CheckpointBeforeHint => {
                "checkpoint before the chain's next hint was acknowledged"
            }
            Self::HintPassedOver => "a hint passed over by the scan that checkpointed its bucket",
            Self::RowBeforeHint => "a job's row before its hint and messages",
            Self::TwoWinners => "two winners of one state of a record",
            Self::TakenOverEarly => "a claim taken over before its lease had run out",
            Self::FinishedAfterTakeOver => "an end recorded over another's claim",
            Self::StartedUnclaimed => "a start without a claim",
            Self::StartedUnread => "a start without a read of the job behind the claim",
            Self::StartedPastLease => "a start past its lease",
            Self::StaleRead => "a read older than what was acknowledged before the claim",
            Self::UnflaggedStart => "a start after a delete had returned, unflagged",
            Self::StartedTwice => "one attempt started twice",
            Self::DeletedTooSoon => "a message deleted before what followed was done",
            Self::Unaccounted => "a message sent, and its execution never accounted for",
            Self::MissingLink => "a write over one that nobody wrote",
        }
    }
}

/// A rule that was broken, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What shows it.
    pub detail: String,
}

impl Finding {
    fn new(rule: Rule, detail: impl fmt::Display) -> Self {
        Self {
            rule,
            detail: detail.to_string(),
        }
    }
}

/// What is known of a run besides its trace.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// What was due up to here is to be accounted for.
    pub until: DateTime<Utc>,
    /// Nothing was killed or cut off: the trace has no gaps.
    pub is_complete: bool,
}

impl Terms {
    /// What is due this long before a trace's end is to be accounted for. A message may have overtaken the commit of the
    /// change that sent it, so no verdict on it is final for a minute, and then it is looked at once more within another.
    pub const SETTLE: TimeDelta = TimeDelta::seconds(150);

    /// The terms of a trace that is all that is known of a run.
    pub fn of(trace: &[Process], is_complete: bool) -> Self {
        let last = trace.iter().filter_map(|process| process.lines.last());
        let end = last.map(|line| line.timestamp).max();
        Self {
            until: end.unwrap_or_default() - Self::SETTLE,
            is_complete,
        }
    }
}

/// All that is wrong with a trace.
pub fn check(trace: &[Process], terms: Terms) -> Vec<Finding> {
    let mut findings = scanning::check(trace);
    findings.extend(records::check(trace, terms));
    findings.extend(starts::check(trace));
    findings.extend(messages::check(trace, terms));
    findings.sort_by_key(|finding| finding.rule);
    findings
}
