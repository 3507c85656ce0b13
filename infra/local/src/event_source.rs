//! Feeds a function from a queue as Lambda's event source mapping does: in batches, so many at a time; what the
//! function does not report as failed is deleted, the rest comes back by its visibility.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use punctual::aws::Meter;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long an empty poll waits. Also how long a stop may take: a poll is never dropped, or what it brings would stay
/// hidden.
const WAIT_SECONDS: i32 = 2;
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// A queue that feeds a function.
#[derive(Clone)]
pub(crate) struct EventSource {
    pub(crate) sqs: Client,
    pub(crate) meter: Arc<Meter>,
    pub(crate) url: String,
    /// As the function sees it.
    pub(crate) arn: String,
    /// Batches under way at once.
    pub(crate) concurrency: usize,
    /// The most messages in one.
    pub(crate) batch: u32,
}

impl EventSource {
    /// Polls until told to stop, then waits for the batches under way.
    pub(crate) async fn feed<F, R>(self, function: F, stop: CancellationToken)
    where
        F: Fn(SqsEvent) -> R + Clone + Send + 'static,
        R: Future<Output = SqsBatchResponse> + Send + 'static,
    {
        let slots = Arc::new(Semaphore::new(self.concurrency));
        let batches = TaskTracker::new();
        while !stop.is_cancelled() {
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
                break;
            };
            let messages = self.receive().await;
            if messages.is_empty() {
                continue;
            }
            let source = self.clone();
            let function = function.clone();
            batches.spawn(async move {
                source.invoke(function, messages).await;
                drop(slot);
            });
        }
        batches.close();
        batches.wait().await;
    }

    async fn receive(&self) -> Vec<Message> {
        let patient = TimeoutConfig::builder()
            .operation_attempt_timeout(Duration::from_secs(10))
            .build();
        let received = self
            .sqs
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(self.batch.try_into().unwrap_or(1))
            .wait_time_seconds(WAIT_SECONDS)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .customize()
            .config_override(aws_sdk_sqs::Config::builder().timeout_config(patient))
            .send()
            .await;
        match received {
            Ok(answer) => {
                let messages = answer.messages.unwrap_or_default();
                self.meter.request(if messages.is_empty() {
                    "sqs.ReceiveMessage (empty)"
                } else {
                    "sqs.ReceiveMessage"
                });
                messages
            }
            Err(error) => {
                tracing::warn!(queue = self.url, %error, "polling failed");
                tokio::time::sleep(AFTER_FAILURE).await;
                Vec::new()
            }
        }
    }

    async fn invoke<F, R>(&self, function: F, messages: Vec<Message>)
    where
        F: Fn(SqsEvent) -> R,
        R: Future<Output = SqsBatchResponse>,
    {
        let mut event = SqsEvent::default();
        event.records = messages
            .iter()
            .map(|message| self.record(message))
            .collect();
        let response = function(event).await;
        let failed: HashSet<_> = response
            .batch_item_failures
            .iter()
            .map(|failure| failure.item_identifier.as_str())
            .collect();
        let done = messages
            .iter()
            .filter(|message| !message.message_id().is_some_and(|id| failed.contains(id)));
        self.delete(done).await;
    }

    fn record(&self, message: &Message) -> SqsMessage {
        let mut record = SqsMessage::default();
        record.message_id.clone_from(&message.message_id);
        record.receipt_handle.clone_from(&message.receipt_handle);
        record.body.clone_from(&message.body);
        record.event_source_arn = Some(self.arn.clone());
        record.event_source = Some("aws:sqs".to_owned());
        let attributes = message.attributes().into_iter().flatten();
        record.attributes = attributes
            .map(|(name, value)| (name.as_str().to_owned(), value.clone()))
            .collect();
        record
    }

    async fn delete<'a>(&self, done: impl Iterator<Item = &'a Message>) {
        let entries: Vec<_> = done
            .enumerate()
            .filter_map(|(index, message)| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .set_receipt_handle(message.receipt_handle.clone())
                    .build()
                    .ok()
            })
            .collect();
        if entries.is_empty() {
            return;
        }
        self.meter.request("sqs.DeleteMessageBatch");
        let deleted = self
            .sqs
            .delete_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send()
            .await;
        if let Err(error) = deleted {
            // They come back, and their records say that they are done.
            tracing::warn!(queue = self.url, %error, "deleting failed");
        }
    }
}
