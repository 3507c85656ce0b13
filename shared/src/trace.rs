//! The protocol's events, each as one log line of the target [`PROTOCOL`]: what was planned, what a store or a queue has
//! acknowledged, what was read and what was started. Invariant: an acknowledgement is recorded after it came and before
//! anything is done on the strength of it, so the order of one process's lines is the order of its deeds; a crash loses at
//! most what was acknowledged in that moment. No line holds a payload.
//!
//! Off unless the target is asked for at level debug. `docs/chaos.md` says how, and what is checked of them.

use std::fmt::Display;

use chrono::{DateTime, SecondsFormat, Utc};
use tracing::Level;

use crate::domain::{
    ClaimToken, DispatchMessage, Execution, ExecutionId, Job, JobId, Minute, Stamp,
};
use crate::port::{Expected, Hint, HintKind, OutgoingMessage, PortResult, Put};

/// The target of the lines.
pub const PROTOCOL: &str = "punctual::protocol";

macro_rules! record {
    ($event:literal, $($field:tt)*) => {
        tracing::debug!(target: PROTOCOL, event = $event, $($field)*)
    };
}

/// Whether anybody listens: what is costly to put into words is not, unless somebody does.
fn is_on() -> bool {
    tracing::enabled!(target: PROTOCOL, Level::DEBUG)
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn hex(stamp: Stamp) -> String {
    format!("{:016x}", stamp.0)
}

fn token(claim: ClaimToken) -> String {
    format!("{:016x}", claim.0)
}

/// Whose messages these are, between spaces.
fn executions_of(sending: &[OutgoingMessage]) -> String {
    let executions: Vec<_> = sending
        .iter()
        .map(|one| one.message.execution_id().to_string())
        .collect();
    executions.join(" ")
}

/// The scanner begins to read a bucket.
pub(crate) fn scan_begun(minute: Minute) {
    record!("scan_begun", %minute);
}

/// A hint was read, and its job is followed: where its chain goes on, and what is to be sent.
pub(crate) fn hint_followed(due: &Hint, next: Option<DateTime<Utc>>, sending: &[OutgoingMessage]) {
    if is_on() {
        record!(
            "hint_followed",
            minute = %Minute::of(due.at),
            job = %due.job,
            at = instant(due.at),
            kind = kind(due),
            next = next.map(instant),
            sending = executions_of(sending),
        );
    }
}

/// A hint was read whose job, by a strong read, is gone, paused or deleted.
pub(crate) fn hint_dropped(due: &Hint) {
    record!(
        "hint_dropped",
        minute = %Minute::of(due.at),
        job = %due.job,
        at = instant(due.at),
        kind = kind(due),
    );
}

fn kind(hint: &Hint) -> &'static str {
    match hint.kind {
        HintKind::Fire => "fire",
        HintKind::Retry { .. } => "retry",
    }
}

/// Hints were put: the table has acknowledged each.
pub(crate) fn hints_put<'a>(hints: impl IntoIterator<Item = &'a Hint>) {
    if is_on() {
        for hint in hints {
            let attempt = match hint.kind {
                HintKind::Fire => None,
                HintKind::Retry { attempt, .. } => Some(attempt),
            };
            record!(
                "hint_put",
                minute = %Minute::of(hint.at),
                job = %hint.job,
                at = instant(hint.at),
                kind = kind(hint),
                execution = execution_of(hint).map(tracing::field::display),
                attempt,
            );
        }
    }
}

fn execution_of(hint: &Hint) -> Option<ExecutionId> {
    match hint.kind {
        HintKind::Fire => None,
        HintKind::Retry { occasion, .. } => Some(ExecutionId {
            job: hint.job,
            occasion,
        }),
    }
}

/// A message was sent: the queue has acknowledged it.
pub(crate) fn sent(message: &DispatchMessage) {
    record!("sent", execution = %message.execution_id(), attempt = message.attempt);
}

/// A message was deferred instead: the backlog has acknowledged it.
pub(crate) fn deferred(message: &DispatchMessage) {
    record!("deferred", execution = %message.execution_id(), attempt = message.attempt);
}

/// A bucket was checkpointed.
pub(crate) fn checkpointed(minute: Minute) {
    record!("checkpointed", %minute);
}

/// A job's chain is about to be started, before its row is written at `version`.
pub(crate) fn launching(job: &Job, hints: &[Hint], sending: &[OutgoingMessage]) {
    if is_on() {
        record!(
            "launching",
            job = %job.id,
            version = job.version,
            request = job.change.request_id,
            next = hints.first().map(|hint| instant(hint.at)),
            sending = executions_of(sending),
        );
    }
}

/// How a write of a job's row went.
pub(crate) fn job_put(job: &Job, put: &PortResult<Put<Box<Job>>>) {
    record!(
        "job_put",
        outcome = match put {
            Ok(Put::Written) => "written",
            Ok(Put::Refused(_)) => "refused",
            Err(_) => "unanswered",
        },
        job = %job.id,
        version = job.version,
        request = job.change.request_id,
        state = job.state.name(),
    );
}

/// A delete of a job is about to be answered: whatever of it runs is flagged.
pub(crate) fn cancel_returned(job: JobId) {
    record!("cancel_returned", %job);
}

/// How a write of an execution's record went.
pub(crate) fn record_put(
    execution: &Execution,
    expected: Expected,
    put: &PortResult<Put<Box<Execution>>>,
) {
    if is_on() {
        let (outcome, found) = match put {
            Ok(Put::Written) => ("written", None),
            Ok(Put::Refused(found)) => ("refused", found.as_ref().map(|found| found.stamp)),
            Err(_) => ("unanswered", None),
        };
        record!(
            "record_put",
            outcome,
            execution = %execution.id,
            stamp = hex(execution.stamp),
            expected = match expected {
                Expected::Absent => "absent".to_owned(),
                Expected::Stamp(stamp) => hex(stamp),
            },
            found = found.map(hex),
            state = ?execution.state,
            reason = execution.reason.map(tracing::field::debug),
            attempt = execution.attempt,
            claim = execution.claim.map(token),
            lease_until = execution.lease_until.map(instant),
            offered = execution.offer.is_some(),
            cancel_requested = execution.cancel_requested,
        );
    }
}

/// A record that was still at `stamp` was removed, if it was: the undoing of a first claim.
pub(crate) fn record_removed(id: ExecutionId, stamp: Stamp, removed: &PortResult<()>) {
    record!(
        "record_removed",
        outcome = if removed.is_ok() { "written" } else { "unanswered" },
        execution = %id,
        stamp = hex(stamp),
    );
}

/// The job was read strongly, under the claim that `claimed` carries.
pub(crate) fn job_read(claimed: &Execution, job: Option<&Job>) {
    record!(
        "job_read",
        execution = %claimed.id,
        claim = claimed.claim.map(token),
        version = job.map_or(0, |job| job.version),
        state = job.map_or("none", |job| job.state.name()),
    );
}

/// The handler is about to start.
pub(crate) fn started(claimed: &Execution) {
    record!(
        "started",
        execution = %claimed.id,
        attempt = claimed.attempt,
        claim = claimed.claim.map(token),
        lease_until = claimed.lease_until.map(instant),
    );
}

/// A claim's end is on record.
pub(crate) fn finished(claim: ClaimToken, ended: &Execution) {
    record!(
        "finished",
        execution = %ended.id,
        attempt = ended.attempt,
        claim = token(claim),
        stamp = hex(ended.stamp),
        state = ?ended.state,
    );
}

/// A worker has seen that its claim is lost, or may be: nothing more of it is started or recorded.
pub(crate) fn fenced_off(claim: ClaimToken, id: ExecutionId) {
    record!("fenced_off", execution = %id, claim = token(claim));
}

/// What becomes of a delivered message, by its worker: `deleted`, or to be handed over again. `what` is what the delivery
/// has led to, and `found` the record as the worker left or found it.
pub fn settled(
    message: &DispatchMessage,
    verdict: &'static str,
    what: impl Display,
    found: Option<&Execution>,
) {
    record!(
        "settled",
        verdict,
        %what,
        execution = %message.execution_id(),
        attempt = message.attempt,
        state = found.map(|found| tracing::field::debug(found.state)),
        found_attempt = found.map(|found| found.attempt),
    );
}
