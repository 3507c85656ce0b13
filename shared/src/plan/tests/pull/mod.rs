//! Offers and their holders: by example here, under every interleaving in [`interleavings`].

mod examples;
mod interleavings;

use serde_json::{Value, json};

use super::{
    NEW_STAMP, NEW_TOKEN, OLD_STAMP, OLD_TOKEN, delivery, hourly, now, owed, record, running,
    seconds,
};
use crate::domain::pull::PullTerms;
use crate::domain::{DispatchMessage, Execution, ExecutionId, Job, WorkerId};
use crate::plan::{Take, offer, take};
use crate::port::Expected;

/// An hourly job whose attempts may take ten minutes, silent for one at most.
fn pulled(more: &Value) -> Job {
    let mut request = json!({
        "job_type": "pull", "payload": { "work": "resize-images", "input": { "width": 80 } },
        "timeout_seconds": 600,
    });
    let fields = request.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    hourly(&request)
}

fn terms(job: &Job) -> PullTerms {
    job.pull_terms().unwrap()
}

/// The record of attempt number `attempt`, offered at `now`.
fn offered(id: ExecutionId, attempt: u32, job: &Job) -> Execution {
    offered_for(&delivery(id, attempt, 0).message, job)
}

/// The record of what `message` asked for, offered at `now`.
fn offered_for(message: &DispatchMessage, job: &Job) -> Execution {
    let claimed = running(message.execution_id(), message.attempt, 40);
    offer(&claimed, message, owed(job), &terms(job), now(), OLD_STAMP)
}

fn worker() -> WorkerId {
    WorkerId::from_random(1)
}

/// The record after `offered` was taken at `now`, under the new token.
fn taken(offered: &Execution) -> Execution {
    let attempt = offered.attempt;
    match take(
        Some(offered),
        attempt,
        worker(),
        now(),
        NEW_TOKEN,
        NEW_STAMP,
    ) {
        Take::Write {
            execution,
            expected,
        } => {
            assert_eq!(expected, Expected::Stamp(offered.stamp));
            *execution
        }
        other => panic!("not taken: {other:?}"),
    }
}
