//! Isolates the records of a batch: each is decoded, run and answered for by itself. One that fails, or panics, is
//! handed over again alone, and is counted as an error.

use std::panic::AssertUnwindSafe;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::FutureExt;
use futures_util::future::join_all;

use crate::metrics::{Function, Readings, of_failure};

/// What is to become of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is deleted from its queue.
    Done,
    /// It is handed over again.
    Again,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub struct Handled {
    /// Which records are to be handed over again.
    pub response: SqsBatchResponse,
    /// What its records report.
    pub readings: Readings,
}

/// Runs `handle` of `function` on every record at once, and reports those that are to be handed over again.
pub async fn each_record<F>(
    function: Function,
    event: SqsEvent,
    handle: impl Fn(SqsMessage) -> F,
) -> Handled
where
    F: Future<Output = (Verdict, Readings)>,
{
    let verdicts = event.records.into_iter().map(|record| {
        let message_id = record.message_id.clone().unwrap_or_default();
        let handled = AssertUnwindSafe(handle(record)).catch_unwind();
        async move {
            let (verdict, readings) = handled.await.unwrap_or_else(|_| {
                tracing::error!(message_id, "a record's handler panicked");
                (Verdict::Again, of_failure(function))
            });
            (message_id, verdict, readings)
        }
    });
    let mut batch = Handled::default();
    for (message_id, verdict, readings) in join_all(verdicts).await {
        batch.readings.add(readings);
        if verdict == Verdict::Again {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message_id;
            batch.response.batch_item_failures.push(failure);
        }
    }
    batch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Label, Metric, of_unreadable};

    fn record(id: &str) -> SqsMessage {
        let mut record = SqsMessage::default();
        record.message_id = Some(id.to_owned());
        record
    }

    #[tokio::test]
    async fn a_panicking_record_does_not_take_its_batch_with_it() {
        let mut event = SqsEvent::default();
        event.records = vec![record("good"), record("panics"), record("again")];
        let batch = each_record(Function::Worker, event, |record| async move {
            match record.message_id.as_deref() {
                Some("panics") => panic!("on purpose"),
                Some("again") => (Verdict::Again, Readings::none()),
                _ => (Verdict::Done, of_unreadable()),
            }
        })
        .await;
        let failed: Vec<_> = batch
            .response
            .batch_item_failures
            .iter()
            .map(|failure| failure.item_identifier.as_str())
            .collect();
        assert_eq!(failed, ["panics", "again"]);
        let worker = Label::Function(Function::Worker);
        assert_eq!(batch.readings.of(Metric::HandlerErrors, worker), [1.0]);
        assert_eq!(batch.readings.of(Metric::Unreadable, Label::Whole), [1.0]);
    }
}
