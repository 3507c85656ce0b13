//! The dead-letter handler: notes executions that ended badly, keeps messages that nothing can read, and tells owners.
//! Telling has a queue of its own, so a webhook that does not answer holds up nothing else.

mod courier;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use chrono::{DateTime, Utc};
use punctual::domain::{DispatchMessage, Lane, MalformedMessage, NotificationMessage, Queue};
use punctual::edge::{Handled, Verdict, each_record, error_chain};
use punctual::metrics::{Function, Readings, of_burial, of_failure, of_telling, of_unreadable};
use punctual::port::{Clock, Courier, Events, PortResult, Queues};
use punctual::usecase::{Buried, Told, World, bury, record_unreadable, tell};

pub use courier::HouseCourier;

/// What an invocation works with.
pub struct DeadLetterHandler<W, V, H> {
    /// The ports.
    pub world: W,
    /// The bus that hears of dead letters.
    pub events: V,
    /// Delivers notifications.
    pub courier: H,
    /// First part of the queues' names.
    pub namespace: String,
}

/// Handles the messages of a batch, all at once. A batch is of one queue; the queue says what its messages are.
pub async fn handle<W: World, V: Events, H: Courier>(
    handler: &DeadLetterHandler<W, V, H>,
    event: SqsEvent,
) -> Handled {
    each_record(Function::Dlq, event, |record| take_note(handler, record)).await
}

async fn take_note<W: World, V: Events, H: Courier>(
    handler: &DeadLetterHandler<W, V, H>,
    record: SqsMessage,
) -> (Verdict, Readings) {
    let arn = record.event_source_arn.as_deref().unwrap_or_default();
    let body = record.body.as_deref().unwrap_or_default();
    let noted = match Queue::of_address(&handler.namespace, arn) {
        Some(Queue::DeadLetters(lane)) => match DispatchMessage::decode(body) {
            Ok(message) => dead_letter(handler, lane, &record, &message).await,
            Err(error) => unreadable(handler, arn, &record, &error).await,
        },
        Some(Queue::Notifications) => match NotificationMessage::decode(body) {
            Ok(message) => notification(handler, &message).await,
            Err(error) if error.is_of_a_later_version() => {
                tracing::warn!(error = error_chain(&error), "a request for a later handler");
                Ok((Verdict::Again, Readings::none()))
            }
            Err(error) => unreadable(handler, arn, &record, &error).await,
        },
        Some(Queue::Work(_)) | None => {
            tracing::error!(arn, "a message of a queue that is not for this handler");
            return (Verdict::Again, of_failure(Function::Dlq));
        }
    };
    noted.unwrap_or_else(|error| {
        tracing::error!(
            error = error_chain(&error),
            "a dead letter could not be handled"
        );
        (Verdict::Again, of_failure(Function::Dlq))
    })
}

async fn dead_letter<W: World, V: Events, H: Courier>(
    handler: &DeadLetterHandler<W, V, H>,
    lane: Lane,
    record: &SqsMessage,
    message: &DispatchMessage,
) -> PortResult<(Verdict, Readings)> {
    let buried = bury(&handler.world, &handler.events, lane, message).await?;
    let readings = of_burial(&buried);
    let verdict = match buried {
        Buried::Noted {
            execution,
            notified,
        } => {
            tracing::warn!(
                execution_id = %execution.id,
                trace_id = execution.trace().trace_id(),
                state = ?execution.state,
                reason = execution.reason.map(tracing::field::debug),
                attempt = execution.attempt,
                detail = execution.errors.last().map(|error| error.detail.as_str()),
                notified,
                "dead letter"
            );
            Verdict::Done
        }
        Buried::NothingToDo => Verdict::Done,
        Buried::ComeBackAt(until) => come_back_at(handler, lane, record, until).await?,
    };
    Ok((verdict, readings))
}

async fn come_back_at<W: World, V, H>(
    handler: &DeadLetterHandler<W, V, H>,
    lane: Lane,
    record: &SqsMessage,
    until: DateTime<Utc>,
) -> PortResult<Verdict> {
    let delay = until - handler.world.clock().now();
    let receipt = record.receipt_handle.as_deref().unwrap_or_default();
    let queue = Queue::DeadLetters(lane);
    handler
        .world
        .queues()
        .postpone(queue, receipt, delay)
        .await?;
    Ok(Verdict::Again)
}

async fn notification<W: World, V, H: Courier>(
    handler: &DeadLetterHandler<W, V, H>,
    message: &NotificationMessage,
) -> PortResult<(Verdict, Readings)> {
    let execution = message.execution;
    let event = message.event.map(tracing::field::debug);
    let told = tell(&handler.world, &handler.courier, message).await?;
    let readings = of_telling(&told);
    let verdict = match told {
        Told::Refused(why) => {
            let channel = message.channel;
            tracing::warn!(execution_id = %execution, event, channel, why, "a notification was not accepted");
            Verdict::Again
        }
        Told::Busy => Verdict::Again,
        told => {
            tracing::info!(execution_id = %execution, event, channel = message.channel, ?told, "notification");
            Verdict::Done
        }
    };
    Ok((verdict, readings))
}

async fn unreadable<W: World, V, H>(
    handler: &DeadLetterHandler<W, V, H>,
    queue: &str,
    record: &SqsMessage,
    error: &MalformedMessage,
) -> PortResult<(Verdict, Readings)> {
    let message_id = record.message_id.as_deref().unwrap_or_default();
    let body = record.body.as_deref().unwrap_or_default();
    record_unreadable(&handler.world, message_id, queue, body, error).await?;
    tracing::error!(
        message_id,
        queue,
        error = error_chain(error),
        "unreadable message kept"
    );
    Ok((Verdict::Done, of_unreadable()))
}
