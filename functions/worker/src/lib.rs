//! The worker: decodes each message by itself, carries it out, and says which are to be handed over again. A message
//! that nothing can read goes to the dead letters at once: handing it over again would not make it readable. One of a later
//! version stays in its queue: there are, or will be soon, workers of that version.

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use chrono::{DateTime, Utc};
use punctual::domain::{DispatchMessage, Execution, Lane, Queue, TraceContext};
use punctual::edge::{Handled, Verdict, each_record, error_chain};
use punctual::jobtype::Registry;
use punctual::metrics::{Function, Readings, of_delivery, of_failure, of_unreadable};
use punctual::plan::{Delivery, Pulse};
use punctual::port::{Clock, Entropy, Queues};
use punctual::trace;
use punctual::usecase::{Disposition, Gate, Performed, Via, WorkLog, World, perform};

/// What an invocation works with.
pub struct Worker<W> {
    /// The ports.
    pub world: W,
    /// The job types that can be run here.
    pub registry: Registry,
    /// What executions pass before they run.
    pub gate: Gate,
    /// How it shows in long attempts that it lives.
    pub pulse: Pulse,
    /// First part of the queues' names.
    pub namespace: String,
    /// What it has done, for the scanner to know what there is capacity for.
    pub work: WorkLog,
}

/// Carries out the messages of a batch, all at once.
pub async fn handle<W: World>(worker: &Worker<W>, event: SqsEvent) -> Handled {
    let began = worker.world.clock().now();
    let messages = event.records.len();
    let lane = event
        .records
        .first()
        .and_then(|record| lane(worker, record));
    let handled = each_record(Function::Worker, event, |record| carry_out(worker, record)).await;
    if let Some(Lane::Band(band)) = lane {
        worker.work.note(&worker.world, band, messages, began).await;
    }
    handled
}

/// The lane that a message came by.
fn lane<W>(worker: &Worker<W>, record: &SqsMessage) -> Option<Lane> {
    let arn = record.event_source_arn.as_deref()?;
    match Queue::of_address(&worker.namespace, arn)? {
        Queue::Work(lane) => Some(lane),
        Queue::DeadLetters(_) | Queue::Notifications => None,
    }
}

async fn carry_out<W: World>(worker: &Worker<W>, record: SqsMessage) -> (Verdict, Readings) {
    let Some(lane) = lane(worker, &record) else {
        let arn = record.event_source_arn.as_deref();
        tracing::error!(arn, "a message of a queue that the worker does not read");
        return (Verdict::Again, of_failure(Function::Worker));
    };
    let body = record.body.as_deref().unwrap_or_default();
    let message = match DispatchMessage::decode(body) {
        Ok(message) => message,
        Err(error) if error.is_of_a_later_version() => {
            tracing::warn!(error = error_chain(&error), "a message for a later worker");
            return (Verdict::Again, Readings::none());
        }
        Err(error) => {
            tracing::error!(error = error_chain(&error), "an unreadable message");
            return match worker.world.queues().send_unreadable(lane, body).await {
                Ok(()) => (Verdict::Done, of_unreadable()),
                Err(error) => failed(&error),
            };
        }
    };
    let delivery = Delivery {
        message,
        sent_at: sent_at(&record).unwrap_or_else(|| worker.world.clock().now()),
        receive_count: number(&record, "ApproximateReceiveCount").unwrap_or(1),
        pulse: (lane == Lane::Long).then_some(worker.pulse),
    };
    let via = Via {
        lane,
        receipt: record.receipt_handle.as_deref().unwrap_or_default(),
    };
    match perform(
        &worker.world,
        &worker.registry,
        &worker.gate,
        &via,
        &delivery,
    )
    .await
    {
        Ok(performed) => {
            log(&performed, &delivery);
            let verdict = settle(worker, &via, performed.disposition).await;
            let what = format_args!("{:?}", performed.what);
            let found = performed.execution.as_deref();
            trace::settled(&delivery.message, word(verdict), what, found);
            (verdict, of_delivery(lane, &performed))
        }
        Err(error) => {
            let (verdict, readings) = failed(&error);
            let now = worker.world.clock().now();
            let jitter = worker.world.entropy().next_unit();
            let soon = delivery.after_failure(now, jitter);
            if let Some(soon) = soon.filter(|_| error.may_pass()) {
                settle(worker, &via, Disposition::ComeBackAt(soon)).await;
            }
            trace::settled(&delivery.message, word(verdict), "Failed", None);
            (verdict, readings)
        }
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Done => "deleted",
        Verdict::Again => "returned",
    }
}

fn failed(error: &punctual::port::PortError) -> (Verdict, Readings) {
    tracing::error!(
        error = error_chain(error),
        "a message could not be carried out"
    );
    (Verdict::Again, of_failure(Function::Worker))
}

async fn settle<W: World>(worker: &Worker<W>, via: &Via<'_>, disposition: Disposition) -> Verdict {
    let Disposition::ComeBackAt(until) = disposition else {
        return Verdict::Done;
    };
    let delay = until - worker.world.clock().now();
    let queue = Queue::Work(via.lane);
    let postponed = worker.world.queues().postpone(queue, via.receipt, delay);
    if let Err(error) = postponed.await {
        // It comes back when its visibility ends: later than asked for, or sooner, but it comes back.
        tracing::warn!(
            error = error_chain(&error),
            "a message could not be postponed"
        );
    }
    Verdict::Again
}

fn log(performed: &Performed, delivery: &Delivery) {
    let execution = performed.execution.as_deref();
    let message = &delivery.message;
    let asked =
        || TraceContext::of_attempt(message.execution_id(), message.asked_in, message.attempt);
    let trace = execution.map_or_else(asked, Execution::trace);
    tracing::info!(
        execution_id = %delivery.message.execution_id(),
        trace_id = trace.trace_id(),
        span_id = trace.span_id(),
        what = ?performed.what,
        state = execution.map(|execution| tracing::field::debug(execution.state)),
        reason = execution.and_then(|execution| execution.reason).map(tracing::field::debug),
        attempt = execution.map(|execution| execution.attempt),
        lateness_ms = execution
            .and_then(Execution::lateness)
            .map(|lateness| lateness.num_milliseconds()),
        duration_ms = execution.and_then(|execution| execution.duration_ms),
        scheduler_lag_ms = execution
            .and_then(|execution| Some(execution.dispatched_at? - execution.could_start_at()))
            .map(|lag| lag.num_milliseconds()),
        receive_count = delivery.receive_count,
        "finished"
    );
}

fn sent_at(record: &SqsMessage) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(number(record, "SentTimestamp")?)
}

fn number<T: std::str::FromStr>(record: &SqsMessage, attribute: &str) -> Option<T> {
    record.attributes.get(attribute)?.parse().ok()
}
