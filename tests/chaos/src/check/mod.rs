//! Judges a run. Pure: the same evidence gives the same findings. What the client could not know, both ways are allowed;
//! what the protocol allows after a fault, is allowed where that fault was, and nowhere else.

mod instants;
mod requests;
mod starts;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::evidence::{Call, Evidence, Execution, JobRecord, Operation, Struck};
use crate::strike::Fault;

/// What must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A create was acknowledged, and there is no such job.
    LostJob,
    /// A change was acknowledged, and no version of the job shows it.
    LostChange,
    /// A run was acknowledged, and has no record.
    LostRun,
    /// A cancel was acknowledged, and the record says neither that it was canceled nor that it was told to stop.
    LostCancel,
    /// A planned instant has no record, and nothing stands for it.
    LostInstant,
    /// What was due has not come to an end.
    Unfinished,
    /// A request was refused, and has been carried out.
    RefusedButDone,
    /// One create made two jobs.
    DuplicateJob,
    /// One instant has two records.
    DuplicateRecord,
    /// A record gives a reason that nobody gave cause for.
    WrongReason,
    /// An attempt was started twice, or a later one without the end or the loss of the one before.
    DoubleStart,
    /// A record says that it succeeded, and its target has answered no such start.
    PhantomSuccess,
    /// A start without a record.
    UnrecordedStart,
    /// A start at an instant that the version it was run by does not have.
    UnplannedStart,
    /// A start before its instant.
    TooEarly,
    /// A start after the delete was acknowledged, and its record does not say that it was told to stop.
    UnflaggedAfterDelete,
    /// A start later after a delete than any claim from before it can last.
    StartedAfterDelete,
    /// The same after a pause.
    StartedAfterPause,
    /// The same after a skip.
    StartedAfterSkip,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 19] = [
        Self::LostJob,
        Self::LostChange,
        Self::LostRun,
        Self::LostCancel,
        Self::LostInstant,
        Self::Unfinished,
        Self::RefusedButDone,
        Self::DuplicateJob,
        Self::DuplicateRecord,
        Self::WrongReason,
        Self::DoubleStart,
        Self::PhantomSuccess,
        Self::UnrecordedStart,
        Self::UnplannedStart,
        Self::TooEarly,
        Self::UnflaggedAfterDelete,
        Self::StartedAfterDelete,
        Self::StartedAfterPause,
        Self::StartedAfterSkip,
    ];

    /// Its name in a report.
    pub fn name(self) -> &'static str {
        match self {
            Self::LostJob => "lost: an acknowledged job",
            Self::LostChange => "lost: an acknowledged change",
            Self::LostRun => "lost: an acknowledged run",
            Self::LostCancel => "lost: an acknowledged cancel",
            Self::LostInstant => "lost: a planned instant",
            Self::Unfinished => "lost: never came to an end",
            Self::RefusedButDone => "refused, and done all the same",
            Self::DuplicateJob => "duplicated: a job",
            Self::DuplicateRecord => "duplicated: a record",
            Self::WrongReason => "a reason without a cause",
            Self::DoubleStart => "double-started without cause",
            Self::PhantomSuccess => "succeeded without a start",
            Self::UnrecordedStart => "started without a record",
            Self::UnplannedStart => "started unplanned",
            Self::TooEarly => "started too early",
            Self::UnflaggedAfterDelete => "unflagged after a delete",
            Self::StartedAfterDelete => "started after a delete",
            Self::StartedAfterPause => "started after a pause",
            Self::StartedAfterSkip => "started after a skip",
        }
    }
}

/// A rule that was broken, and how.
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

/// All that is wrong with a run.
pub fn check(evidence: &Evidence) -> Vec<Finding> {
    let case = Case::of(evidence);
    let mut findings = requests::check(&case);
    findings.extend(instants::check(&case));
    findings.extend(starts::check(&case));
    findings.sort_by_key(|finding| finding.rule);
    findings
}

/// The evidence, by what is asked for.
struct Case<'a> {
    evidence: &'a Evidence,
    /// The jobs, by the client's number.
    numbers: BTreeMap<u64, Vec<&'a JobRecord>>,
    jobs: BTreeMap<&'a str, &'a JobRecord>,
    executions: BTreeMap<&'a str, &'a Execution>,
    calls: BTreeMap<&'a str, Vec<&'a Call>>,
    operations: BTreeMap<&'a str, Vec<&'a Operation>>,
}

/// What a claim outlasts its attempt by.
const LEASE_MARGIN: TimeDelta = TimeDelta::seconds(10);

/// How soon after it goes on a worker that was frozen makes the call that it was about to make.
const AWAKENING: TimeDelta = TimeDelta::seconds(3);

impl<'a> Case<'a> {
    fn of(evidence: &'a Evidence) -> Self {
        let mut case = Self {
            evidence,
            numbers: BTreeMap::new(),
            jobs: BTreeMap::new(),
            executions: BTreeMap::new(),
            calls: BTreeMap::new(),
            operations: BTreeMap::new(),
        };
        for job in &evidence.jobs {
            let number = job
                .name
                .split('.')
                .next()
                .and_then(|text| text.parse().ok());
            case.numbers
                .entry(number.unwrap_or_default())
                .or_default()
                .push(job);
            case.jobs.insert(&job.id, job);
            let executions = job.executions.iter();
            case.executions
                .extend(executions.map(|one| (one.id.as_str(), one)));
        }
        for call in &evidence.calls {
            case.calls.entry(&call.execution).or_default().push(call);
        }
        for operation in &evidence.operations {
            if let Some(job) = &operation.job {
                case.operations.entry(job).or_default().push(operation);
            }
        }
        case
    }

    fn operations_on(&self, job: &str) -> impl Iterator<Item = &'a Operation> + '_ {
        self.operations.get(job).into_iter().flatten().copied()
    }

    /// Whether a start at `at` is what a worker did that was frozen before: it may have looked at everything it had to look
    /// at before it was frozen, after `since`.
    fn follows_a_freeze(&self, since: DateTime<Utc>, at: DateTime<Utc>) -> bool {
        let strikes = self.evidence.strikes.iter();
        let mut freezes = strikes.filter(|struck| {
            struck.strike.fault == Fault::Freeze && struck.strike.victim.starts_with("worker")
        });
        freezes.any(|freeze| {
            let end = end_of(freeze);
            freeze.at <= since && end <= at && at - end <= AWAKENING
        })
    }

    /// Whether anything befell the system between `from` and `to`.
    fn was_struck(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
        let mut strikes = self.evidence.strikes.iter();
        strikes.any(|struck| struck.at <= to && end_of(struck) >= from)
    }
}

fn end_of(struck: &Struck) -> DateTime<Utc> {
    let lasts = i64::try_from(struck.strike.lasts_ms).unwrap_or(i64::MAX);
    struck.at + TimeDelta::milliseconds(lasts)
}

/// The longest that a claim of one of the job's attempts can last.
fn longest_claim(job: &JobRecord) -> TimeDelta {
    let timeouts = job
        .versions
        .iter()
        .map(|version| version.definition.timeout_seconds);
    TimeDelta::seconds(timeouts.max().unwrap_or_default()) + LEASE_MARGIN
}
