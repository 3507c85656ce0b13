//! The oracle. It knows the pure schedule, what clients asked and were told, and when handlers started; it is shown what
//! the API says at the end. At the end every planned occurrence has exactly one allowed outcome, and no handler started
//! without a cause.

mod history;
mod outcomes;
mod starts;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{ExecutionId, JobId, Reconciliation};
use serde_json::Value;

use self::history::History;
use crate::fault::Fault;
use crate::log::{Asked, Invocation, Log, Request, Run};
use crate::rule::written;
use crate::scenario::{JobPlan, Scenario};
use crate::shown::Shown;

/// A rule that a run must keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// What was planned has a record, or another one that stands for it.
    Lost,
    /// Nothing has a record that nobody planned or asked for.
    Unplanned,
    /// What is recorded is what the handler did, by its last start.
    Untrue,
    /// What was skipped was skipped for a reason that there was.
    Unexplained,
    /// Everything has ended.
    Stuck,
    /// No attempt starts twice, nor beside another one, unless a worker was lost and its lease has ended.
    Doubled,
    /// A retry waits for its time, and there are no more than the policy allows.
    Retry,
    /// Nothing starts that its job did not owe when it was claimed.
    Unowed,
    /// What starts, or goes on, after a cancel was answered is told so.
    Canceled,
    /// Executions of a job that excludes them do not run side by side.
    Overlap,
    /// Once all is quiet, everything starts in time.
    Late,
    /// What was granted is in the history, and nothing else.
    History,
    /// What ended badly is a dead letter.
    DeadLetter,
    /// At the end, a reconciliation finds nothing to mend.
    Reconciled,
    /// The API answers once nothing goes wrong any more.
    Answers,
}

impl Law {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Unplanned => "unplanned",
            Self::Untrue => "untrue record",
            Self::Unexplained => "unexplained",
            Self::Stuck => "stuck",
            Self::Doubled => "doubled start",
            Self::Retry => "retry",
            Self::Unowed => "unowed start",
            Self::Canceled => "after a cancel",
            Self::Overlap => "overlap",
            Self::Late => "late in calm",
            Self::History => "history",
            Self::DeadLetter => "dead letter",
            Self::Reconciled => "reconciler",
            Self::Answers => "no answer",
        }
    }
}

/// A broken rule.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which.
    pub law: Law,
    /// Of which job, by its number.
    pub job: Option<usize>,
    /// The occurrence at fault.
    pub at: Option<DateTime<Utc>>,
    /// What was found.
    pub what: String,
}

impl Violation {
    pub(crate) fn of(law: Law, at: Option<DateTime<Utc>>, what: String) -> Self {
        Self {
            law,
            job: None,
            at,
            what,
        }
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.law.name())?;
        if let Some(job) = self.job {
            write!(f, ", job {job}")?;
        }
        if let Some(at) = self.at {
            write!(f, ", {}", written(at))?;
        }
        write!(f, ": {}", self.what)
    }
}

/// What the oracle has found.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// The rules that were broken.
    pub violations: Vec<Violation>,
    /// How many occurrences were planned, by their outcome.
    pub outcomes: BTreeMap<String, u64>,
}

/// All that is known of one job.
struct Case<'a> {
    scenario: &'a Scenario,
    log: &'a Log,
    plan: &'a JobPlan,
    id: JobId,
    shown: &'a Shown,
    requests: Vec<&'a Request>,
    runs: Vec<&'a Run>,
    history: History,
}

/// Judges a run. `shown` says what is shown of each job; `reconciled`, what a reconciliation of all of it found.
pub fn judge(
    scenario: &Scenario,
    log: &Log,
    shown: &BTreeMap<usize, (JobId, Shown)>,
    reconciled: Option<&Reconciliation>,
) -> Verdict {
    let mut verdict = Verdict::default();
    let mut may_wait = false;
    for (number, (id, shown)) in shown {
        let requests: Vec<_> = log
            .requests
            .iter()
            .filter(|request| request.job == *number)
            .collect();
        let mut found = Vec::new();
        match History::read(shown, &requests, &scenario.jobs[*number].rule) {
            Err(violation) => found.push(violation),
            Ok(history) => {
                let case = Case {
                    scenario,
                    log,
                    plan: &scenario.jobs[*number],
                    id: *id,
                    shown,
                    runs: log
                        .runs
                        .iter()
                        .filter(|run| run.execution.job == *id)
                        .collect(),
                    requests,
                    history,
                };
                found.extend(case.history_fits());
                case.outcomes(&mut found, &mut verdict.outcomes);
                case.starts(&mut found);
                may_wait |= case.excludes() && case.changes_turns();
            }
        }
        for mut violation in found {
            violation.job = Some(*number);
            verdict.violations.push(violation);
        }
    }
    // What it finds missing has a record by now, which is judged with its job.
    let found = reconciled.map(|report| {
        // Between two turns nobody holds the lock that it looks at.
        let stalled = if may_wait { 0 } else { report.stalled };
        stalled + report.chains_repaired + report.chains_unchecked + report.unproven
    });
    if found != Some(0) {
        let what = format!("a reconciliation of all of it found {reconciled:?}");
        verdict
            .violations
            .push(Violation::of(Law::Reconciled, None, what));
    }
    verdict
}

impl Case<'_> {
    /// Whether every version was asked for, and every change that was granted is there.
    fn history_fits(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut fail = |what: String| found.push(Violation::of(Law::History, None, what));
        for request in self.requests.iter().filter(|request| request.is_granted()) {
            let Some((_, body)) = &request.answer else {
                continue;
            };
            if request.asked == Asked::Delete {
                if self.shown.job["status"] != "canceled" {
                    fail(format!(
                        "it was deleted, and is {}",
                        self.shown.job["status"]
                    ));
                }
                continue;
            }
            let Some(version) = body["version"].as_u64() else {
                continue;
            };
            let kept = self
                .shown
                .versions
                .iter()
                .find(|row| row["version"].as_u64() == Some(version));
            let same = kept.is_some_and(|row| {
                row["status"] == body["status"] && row["definition"]["payload"] == body["payload"]
            });
            // The label of a completed job has a number of its own.
            if !same && body["status"] != "completed" {
                fail(format!(
                    "version {version} was granted as {body}, and is kept as {kept:?}"
                ));
            }
        }
        for (action, asked) in ACTIONS {
            let made = self
                .shown
                .versions
                .iter()
                .filter(|row| row["action"] == action)
                .count();
            let could = self.requests.iter().filter(|request| {
                (request.is_granted() || request.is_open()) && asked(&request.asked)
            });
            let could = could.count();
            if made > could {
                fail(format!(
                    "{made} versions by {action}, asked for {could} times"
                ));
            }
        }
        found
    }

    /// Whether something befell those who carry `execution`, due at `at`, or the scanner and the API around then, up to `until`.
    fn is_excused(&self, execution: ExecutionId, at: DateTime<Utc>, until: DateTime<Utc>) -> bool {
        let from = at - TimeDelta::minutes(8);
        let within = |when: DateTime<Utc>| from <= when && when <= until + TimeDelta::minutes(1);
        let outage = |outage: &crate::fault::Outage| outage.from <= until && from <= outage.until;
        if self.scenario.faults.outages.iter().any(outage) {
            return true;
        }
        if self.log.absences.iter().any(|(when, _)| within(*when)) {
            return true;
        }
        self.log.invocations.iter().any(|invocation| {
            let concerns = invocation.executions.contains(&execution)
                || !invocation.process.starts_with("worker")
                    && !invocation.process.starts_with("dlq");
            concerns && invocation.faults.iter().any(|(when, _)| within(*when))
        })
    }

    /// Whether its executions exclude each other.
    fn excludes(&self) -> bool {
        self.plan.body["overlap"] != "allow"
    }

    /// Whether its executions may wait for each other. One that does is sent anew again and again.
    fn queues(&self) -> bool {
        let body = &self.plan.body;
        self.excludes() && (body["overlap"] == "queue" || body["misfire"]["policy"] == "fire_all")
    }

    /// Whether the invocation of `run` met a fault.
    fn is_disturbed(&self, run: &Run) -> bool {
        self.log
            .invocations
            .get(run.invocation)
            .is_some_and(|invocation| !invocation.faults.is_empty())
    }

    /// Whether it stood still.
    fn stood_still(&self, run: &Run) -> bool {
        let invocation = self.log.invocations.get(run.invocation);
        invocation.is_some_and(stood_still)
    }
}

/// Whether the process stood still in it.
fn stood_still(invocation: &Invocation) -> bool {
    let mut faults = invocation.faults.iter();
    faults.any(|(_, fault)| *fault == Fault::Zombie)
}

type IsAsked = fn(&Asked) -> bool;

const ACTIONS: [(&str, IsAsked); 7] = [
    ("create", |asked| *asked == Asked::Create),
    ("edit", |asked| matches!(asked, Asked::Edit(_))),
    ("pause", |asked| *asked == Asked::Pause),
    ("resume", |asked| *asked == Asked::Resume),
    ("skip", |asked| matches!(asked, Asked::Skip(_))),
    ("unskip", |asked| matches!(asked, Asked::Unskip(_))),
    ("delete", |asked| *asked == Asked::Delete),
];

/// An instant as the API shows it.
fn instant(shown: &Value) -> Option<DateTime<Utc>> {
    shown.as_str()?.parse().ok()
}
