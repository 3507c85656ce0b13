//! SendMessage and SendMessageBatch.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use md5::{Digest, Md5};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::attributes::MAX_BYTES;
use super::queue::Message;
use super::{Sqs, batch};
use crate::refusal::Refusal;

/// The longest delay, in seconds.
const MAX_DELAY_SECONDS: i64 = 900;

/// What a message is sent with, alone or in a batch.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct SendMessage {
    /// Of a message alone.
    #[serde(default)]
    queue_url: Option<String>,
    /// Of an entry of a batch.
    #[serde(default)]
    id: Option<String>,
    message_body: String,
    #[serde(default)]
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: Option<Json>,
    #[serde(default)]
    message_system_attributes: Option<Json>,
    #[serde(default)]
    message_group_id: Option<String>,
    #[serde(default)]
    message_deduplication_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct SendMessageBatch {
    queue_url: String,
    entries: Vec<SendMessage>,
}

fn md5_of(text: &str) -> String {
    use std::fmt::Write;
    Md5::digest(text)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

impl SendMessage {
    /// Bytes of the body and the attributes.
    fn bytes(&self) -> usize {
        let attributes = self.message_attributes.as_ref().and_then(Json::as_object);
        let attributes = attributes.into_iter().flatten().map(|(name, attribute)| {
            let fields = attribute.as_object().into_iter().flat_map(Map::values);
            name.len() + fields.filter_map(Json::as_str).map(str::len).sum::<usize>()
        });
        self.message_body.len() + attributes.sum::<usize>()
    }

    /// Refuses what the queue would.
    fn check(&self, max_bytes: usize) -> Result<(), Refusal> {
        let invalid = |message: String| Err(Refusal::new("InvalidParameterValue", message));
        if self.message_body.is_empty() {
            return Err(Refusal::new(
                "MissingParameter",
                "The request must contain the parameter MessageBody.",
            ));
        }
        if self.bytes() > max_bytes {
            return invalid(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {max_bytes} bytes."
            ));
        }
        let allowed =
            |char: char| matches!(char, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
        if !self.message_body.chars().all(allowed) {
            return Err(Refusal::new(
                "InvalidMessageContents",
                "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
            ));
        }
        if let Some(delay) = self.delay_seconds
            && !(0..=MAX_DELAY_SECONDS).contains(&delay)
        {
            return invalid(format!(
                "Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
            ));
        }
        if self.message_deduplication_id.is_some() {
            return invalid(
                "The request includes parameter MessageDeduplicationId which is not valid for this queue type."
                    .to_owned(),
            );
        }
        Ok(())
    }
}

impl Sqs {
    pub(super) fn send_message(
        &mut self,
        now: DateTime<Utc>,
        request: SendMessage,
    ) -> Result<Json, Refusal> {
        let url = request.queue_url.clone().unwrap_or_default();
        let sent = self.send(now, &url, request)?;
        self.changed();
        Ok(sent)
    }

    pub(super) fn send_message_batch(
        &mut self,
        now: DateTime<Utc>,
        request: SendMessageBatch,
    ) -> Result<Json, Refusal> {
        self.queue(&request.queue_url)?;
        let ids = request.entries.iter().map(|entry| entry.id.as_deref());
        batch::check(ids)?;
        if request
            .entries
            .iter()
            .map(SendMessage::bytes)
            .sum::<usize>()
            > MAX_BYTES
        {
            return Err(Refusal::new(
                "BatchRequestTooLong",
                format!("Batch requests cannot be longer than {MAX_BYTES} bytes."),
            ));
        }
        let mut outcome = batch::Outcome::default();
        for mut entry in request.entries {
            let id = entry.id.take().unwrap_or_default();
            outcome.add(id, self.send(now, &request.queue_url, entry));
        }
        self.changed();
        Ok(outcome.answer())
    }

    fn send(
        &mut self,
        now: DateTime<Utc>,
        url: &str,
        request: SendMessage,
    ) -> Result<Json, Refusal> {
        let number = self.next_number;
        let queue = self.queue_mut(url)?;
        request.check(queue.settings.max_bytes)?;
        let delay = request
            .delay_seconds
            .map_or(queue.settings.delay, TimeDelta::seconds);
        let mut given = BTreeMap::new();
        given.extend(
            request
                .message_group_id
                .map(|group| ("MessageGroupId", group)),
        );
        let trace = request.message_system_attributes.as_ref();
        let trace = trace.and_then(|given| given["AWSTraceHeader"]["StringValue"].as_str());
        given.extend(trace.map(|trace| ("AWSTraceHeader", trace.to_owned())));
        let digest = md5_of(&request.message_body);
        // An id looks as those of SQS do, and counts.
        let id = format!("00000000-0000-4000-8000-{number:012x}");
        let message = Message {
            id: id.clone(),
            body: request.message_body,
            attributes: request.message_attributes,
            given,
            sent_at: now,
            visible_at: now + delay,
            received: 0,
            first_received_at: None,
            last_received_at: None,
            given_up_by: None,
        };
        queue.insert(number, message);
        self.next_number += 1;
        Ok(json!({ "MessageId": id, "MD5OfMessageBody": digest }))
    }
}

/// What a message is, as ReceiveMessage tells it.
pub(super) fn told(
    message: &Message,
    receipt_handle: String,
    system_attributes: &BTreeSet<String>,
    with_attributes: bool,
) -> Json {
    let millis = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp_millis().to_string());
    let computed = [
        ("SenderId", Some("000000000000".to_owned())),
        ("SentTimestamp", millis(Some(message.sent_at))),
        (
            "ApproximateReceiveCount",
            Some(message.received.to_string()),
        ),
        (
            "ApproximateFirstReceiveTimestamp",
            millis(message.first_received_at),
        ),
        ("DeadLetterQueueSourceArn", message.given_up_by.clone()),
    ];
    let computed = computed
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    let given = message
        .given
        .iter()
        .map(|(name, value)| (*name, value.clone()));
    let wanted = |name: &str| system_attributes.contains("All") || system_attributes.contains(name);
    let attributes = computed.chain(given).filter(|(name, _)| wanted(name));
    let attributes: BTreeMap<_, _> = attributes.collect();
    let mut told = json!({
        "MessageId": message.id,
        "ReceiptHandle": receipt_handle,
        "MD5OfBody": md5_of(&message.body),
        "Body": message.body,
    });
    if !attributes.is_empty() {
        told["Attributes"] = json!(attributes);
    }
    if let Some(attributes) = message.attributes.as_ref().filter(|_| with_attributes) {
        told["MessageAttributes"] = attributes.clone();
    }
    told
}
