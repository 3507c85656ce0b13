//! The queues on SQS. A batch is acknowledged entry by entry; what was refused is sent again a few times, and then the
//! call is an error: nobody checkpoints past a message that no queue has taken.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::Meter;
use super::dynamo::unavailable;
use crate::domain::{Band, DispatchMessage, Lane, NotificationMessage, Queue};
use crate::edge::Config;
use crate::port::{Clock, Depth, OutgoingMessage, PortError, PortResult, Queues, SendAt};
use crate::trace;

const SEND_BATCH: &str = "sqs.SendMessageBatch";
const SEND: &str = "sqs.SendMessage";
const POSTPONE: &str = "sqs.ChangeMessageVisibility";
const DEPTH: &str = "sqs.GetQueueAttributes";

/// The most entries that SQS takes in one batch.
const BATCH: usize = 10;

/// How many batches are under way at once.
const CONCURRENCY: usize = 16;

/// How often refused entries are sent again.
const TRIES: u32 = 4;

/// Messages are sent this much early, in milliseconds. Delays are whole seconds: a whole second is what makes no message
/// late by rounding. A worker sleeps the rest, half a second on average.
const EARLY_MS: i64 = 1_000;

/// The longest delay SQS takes, in seconds.
const MAX_DELAY_SECONDS: i64 = 900;

/// The queues of a namespace.
#[derive(Clone, Debug)]
pub struct SqsQueues<C> {
    client: Client,
    url_prefix: String,
    clock: C,
    meter: Arc<Meter>,
}

impl<C: Clock> SqsQueues<C> {
    /// The queues that `config` names.
    pub fn new(client: Client, config: &Config, clock: C, meter: Arc<Meter>) -> Self {
        Self {
            client,
            url_prefix: format!("{}/{}-", config.queue_base_url, config.namespace),
            clock,
            meter,
        }
    }

    /// A queue's URL.
    pub fn url(&self, queue: Queue) -> String {
        format!("{}{}", self.url_prefix, queue.suffix())
    }

    async fn send_batch(&self, lane: Lane, messages: Vec<OutgoingMessage>) -> PortResult<()> {
        let mut left: Vec<usize> = (0..messages.len()).collect();
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
            }
            let now = self.clock.now();
            let entries = left
                .iter()
                .map(|&index| entry(index, &messages[index], now))
                .collect::<PortResult<Vec<_>>>()?;
            self.meter.request(SEND_BATCH);
            let answer = self
                .client
                .send_message_batch()
                .queue_url(self.url(Queue::Work(lane)))
                .set_entries(Some(entries))
                .send()
                .await
                .map_err(|error| unavailable(SEND_BATCH, error))?;
            // Only what was acknowledged counts as sent; what the answer does not mention is sent again.
            let sent = |index: &usize| {
                let id = index.to_string();
                answer.successful().iter().any(|entry| entry.id() == id)
            };
            for &index in left.iter().filter(|index| sent(index)) {
                trace::sent(&messages[index].message);
            }
            left.retain(|index| !sent(index));
            if left.is_empty() {
                return Ok(());
            }
            for failure in answer.failed() {
                tracing::warn!(
                    queue = lane.name(),
                    code = failure.code(),
                    sender_fault = failure.sender_fault(),
                    "a message of a batch was refused"
                );
            }
        }
        Err(PortError::Unavailable {
            operation: SEND_BATCH,
            source: format!("{} messages were refused {TRIES} times", left.len()).into(),
        })
    }

    /// Sends one message, of the `group` among which the queue is fair.
    async fn send_one(
        &self,
        queue: Queue,
        body: &str,
        group: Option<String>,
        send_at: SendAt,
    ) -> PortResult<()> {
        let delay = delay_seconds(send_at, self.clock.now());
        self.meter.request(SEND);
        self.client
            .send_message()
            .queue_url(self.url(queue))
            .message_body(body)
            .set_delay_seconds((delay > 0).then_some(delay))
            .set_message_group_id(group)
            .send()
            .await
            .map(drop)
            .map_err(|error| unavailable(SEND, error))
    }
}

fn entry(
    index: usize,
    outgoing: &OutgoingMessage,
    now: DateTime<Utc>,
) -> PortResult<SendMessageBatchRequestEntry> {
    SendMessageBatchRequestEntry::builder()
        .id(index.to_string())
        .message_body(outgoing.message.encode())
        .delay_seconds(delay_seconds(outgoing.send_at, now))
        // On a standard queue this orders nothing: it tells whose turn it is.
        .set_message_group_id(outgoing.user.as_ref().map(ToString::to_string))
        .build()
        .map_err(|error| PortError::Corrupt {
            operation: SEND_BATCH,
            source: error.into(),
        })
}

/// The whole seconds after which a message sent at `now` arrives no later than it should, if the queue is exact.
fn delay_seconds(send_at: SendAt, now: DateTime<Utc>) -> i32 {
    let seconds = match send_at {
        SendAt::Now => 0,
        SendAt::Before(instant) => {
            let early = (instant - now).num_milliseconds() - EARLY_MS;
            early.div_euclid(1_000) + i64::from(early.rem_euclid(1_000) > 0)
        }
    };
    i32::try_from(seconds.clamp(0, MAX_DELAY_SECONDS)).unwrap_or(0)
}

impl<C: Clock> Queues for SqsQueues<C> {
    async fn send(&self, messages: &[OutgoingMessage]) -> PortResult<()> {
        let mut batches = Vec::new();
        for lane in Lane::ALL {
            let of_lane: Vec<_> = messages.iter().filter(|sent| sent.lane == lane).collect();
            for batch in of_lane.chunks(BATCH) {
                let batch = batch.iter().copied().cloned().collect();
                batches.push(self.send_batch(lane, batch));
            }
        }
        stream::iter(batches)
            .buffered(CONCURRENCY)
            .try_collect()
            .await
    }

    async fn depth(&self, band: Band) -> PortResult<Depth> {
        use QueueAttributeName::{
            ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed,
            ApproximateNumberOfMessagesNotVisible,
        };
        self.meter.request(DEPTH);
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(self.url(Queue::Work(band.into())))
            .attribute_names(ApproximateNumberOfMessages)
            .attribute_names(ApproximateNumberOfMessagesNotVisible)
            .attribute_names(ApproximateNumberOfMessagesDelayed)
            .send()
            .await
            .map_err(|error| unavailable(DEPTH, error))?;
        let count = |name| {
            let counts = answer.attributes()?;
            counts.get(&name)?.parse().ok()
        };
        let count = |name| count(name).unwrap_or_default();
        Ok(Depth {
            ready: count(ApproximateNumberOfMessages),
            in_flight: count(ApproximateNumberOfMessagesNotVisible),
            delayed: count(ApproximateNumberOfMessagesDelayed),
        })
    }

    async fn send_dead_letter(&self, lane: Lane, message: &DispatchMessage) -> PortResult<()> {
        let group = Some(message.job.to_string());
        let queue = Queue::DeadLetters(lane);
        self.send_one(queue, &message.encode(), group, SendAt::Now)
            .await
    }

    async fn send_unreadable(&self, lane: Lane, body: &str) -> PortResult<()> {
        self.send_one(Queue::DeadLetters(lane), body, None, SendAt::Now)
            .await
    }

    async fn send_notification(
        &self,
        message: &NotificationMessage,
        send_at: SendAt,
    ) -> PortResult<()> {
        let group = Some(message.execution.job.to_string());
        self.send_one(Queue::Notifications, &message.encode(), group, send_at)
            .await
    }

    async fn postpone(
        &self,
        queue: Queue,
        receipt_handle: &str,
        delay: TimeDelta,
    ) -> PortResult<()> {
        let milliseconds = delay.num_milliseconds().clamp(0, 43_200_000);
        let seconds = (milliseconds + 999) / 1_000;
        self.meter.request(POSTPONE);
        self.client
            .change_message_visibility()
            .queue_url(self.url(queue))
            .receipt_handle(receipt_handle)
            .visibility_timeout(i32::try_from(seconds).unwrap_or(0))
            .send()
            .await
            .map(drop)
            .map_err(|error| unavailable(POSTPONE, error))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_delay_is_never_late_by_rounding_and_never_more_than_a_second_early() {
        let noon = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        for ahead_ms in 0..10_000 {
            let now = noon - TimeDelta::milliseconds(ahead_ms);
            let delay_ms = i64::from(delay_seconds(SendAt::Before(noon), now)) * 1_000;
            let late_ms = delay_ms - ahead_ms;
            assert!(late_ms >= -1_000, "{ahead_ms} ms ahead: {late_ms} ms");
            assert!(
                late_ms <= 1_000 - EARLY_MS,
                "{ahead_ms} ms ahead: {late_ms} ms"
            );
        }
    }

    #[test]
    fn a_delay_stays_within_what_the_queue_takes() {
        let noon = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        let day = TimeDelta::days(1);
        assert_eq!(delay_seconds(SendAt::Before(noon - day), noon), 0);
        assert_eq!(delay_seconds(SendAt::Before(noon + day), noon), 900);
        assert_eq!(delay_seconds(SendAt::Now, noon), 0);
    }
}
