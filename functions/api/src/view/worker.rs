//! Workers and what they hold, as they see it: the one place where a claim token is shown.

use punctual::domain::pull::{HeartbeatSeconds, PullWorker, WorkName, WorkerName};
use punctual::domain::{ClaimToken, ExecutionId, JobId, TraceContext, WorkerId};
use punctual::usecase::{Handed, Heard};
use serde::Serialize;
use serde_json::Value;
use serde_with::{As, DisplayFromStr};
use utoipa::ToSchema;

use super::{utc, utc_ms};

/// A worker that has registered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Worker)]
pub struct WorkerView {
    pub id: WorkerId,
    name: WorkerName,
    works: Vec<WorkName>,
    #[schema(format = DateTime)]
    registered_at: String,
    /// When it last asked for work, to the minute. A day later it is forgotten.
    #[schema(format = DateTime)]
    seen_at: String,
}

impl From<PullWorker> for WorkerView {
    fn from(worker: PullWorker) -> Self {
        Self {
            id: worker.id,
            name: worker.name,
            works: worker.works,
            registered_at: utc_ms(worker.registered_at),
            seen_at: utc_ms(worker.seen_at),
        }
    }
}

/// A user's workers.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkerList {
    pub items: Vec<WorkerView>,
}

/// An execution in the hands of a worker.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Handed)]
pub struct HandedView {
    execution: ExecutionId,
    job: JobId,
    work: WorkName,
    /// What the job's payload says: any JSON.
    #[schema(value_type = Value)]
    input: Value,
    /// The nominal instant it was due.
    #[schema(format = DateTime)]
    fire_time: String,
    /// From 1.
    #[schema(minimum = 1)]
    attempt: u32,
    /// Proves who holds it: goes with every heartbeat and with the report of its end.
    #[serde(with = "As::<DisplayFromStr>")]
    #[schema(value_type = String, pattern = "^[0-9a-f]{16}$")]
    claim_token: ClaimToken,
    /// Silent for so long, it is taken over. A third of it is a good pace.
    heartbeat_seconds: HeartbeatSeconds,
    /// Its span, as W3C Trace Context writes it: for the worker to go on from.
    #[schema(value_type = String, pattern = "^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$")]
    traceparent: TraceContext,
    /// When its time is over, however often it is heard of.
    #[schema(required, format = DateTime)]
    deadline: Option<String>,
}

impl From<Handed> for HandedView {
    fn from(handed: Handed) -> Self {
        let id = handed.execution.id;
        Self {
            execution: id,
            job: id.job,
            work: handed.held.work.clone(),
            input: handed.terms.input,
            fire_time: utc(id.occasion.fire_time()),
            attempt: handed.execution.attempt,
            claim_token: handed.claim,
            heartbeat_seconds: handed.held.heartbeat_seconds,
            traceparent: handed.execution.trace(),
            deadline: handed.held.deadline().map(utc_ms),
        }
    }
}

/// What a poll took.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandedList {
    pub executions: Vec<HandedView>,
}

/// What a holder is told when it is heard of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Heard)]
pub struct HeardView {
    /// Whether it is to stop, and to report so by `fail`.
    cancel_requested: bool,
    /// Until when it holds the execution if it is not heard of again.
    #[schema(format = DateTime)]
    lease_until: String,
    #[schema(format = DateTime)]
    deadline: String,
}

impl From<Heard> for HeardView {
    fn from(heard: Heard) -> Self {
        Self {
            cancel_requested: heard.cancel_requested,
            lease_until: utc_ms(heard.lease_until),
            deadline: utc_ms(heard.deadline),
        }
    }
}
