//! Isolates the records of a batch: each is decoded, run and answered for by itself. One that fails, or panics, is
//! handed over again alone.

use std::panic::AssertUnwindSafe;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::FutureExt;
use futures_util::future::join_all;

/// What is to become of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is deleted from its queue.
    Done,
    /// It is handed over again.
    Again,
}

/// Runs `handle` on every record at once, and reports those that are to be handed over again.
pub async fn each_record<F>(event: SqsEvent, handle: impl Fn(SqsMessage) -> F) -> SqsBatchResponse
where
    F: Future<Output = Verdict>,
{
    let verdicts = event.records.into_iter().map(|record| {
        let message_id = record.message_id.clone().unwrap_or_default();
        let handled = AssertUnwindSafe(handle(record)).catch_unwind();
        async move {
            let verdict = handled.await.unwrap_or_else(|_| {
                tracing::error!(message_id, "a record's handler panicked");
                Verdict::Again
            });
            (verdict == Verdict::Again).then_some(message_id)
        }
    });
    let failures = join_all(verdicts).await.into_iter().flatten();
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures
        .map(|message_id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message_id;
            failure
        })
        .collect();
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str) -> SqsMessage {
        let mut record = SqsMessage::default();
        record.message_id = Some(id.to_owned());
        record
    }

    #[tokio::test]
    async fn a_panicking_record_does_not_take_its_batch_with_it() {
        let mut event = SqsEvent::default();
        event.records = vec![record("good"), record("panics"), record("again")];
        let response = each_record(event, |record| async move {
            match record.message_id.as_deref() {
                Some("panics") => panic!("on purpose"),
                Some("again") => Verdict::Again,
                _ => Verdict::Done,
            }
        })
        .await;
        let failed: Vec<_> = response
            .batch_item_failures
            .iter()
            .map(|failure| failure.item_identifier.as_str())
            .collect();
        assert_eq!(failed, ["panics", "again"]);
    }
}
