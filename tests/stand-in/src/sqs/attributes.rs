//! What can be said of a queue, and asked.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::queue::{Queue, Redrive, Settings};
use crate::refusal::Refusal;

/// The largest message, in bytes, unless a queue allows less.
pub(super) const MAX_BYTES: usize = 1_024 * 1_024;

/// Attributes that are taken and change nothing here.
const IDLE: [&str; 8] = [
    "Policy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
    "RedriveAllowPolicy",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedrivePolicy {
    dead_letter_target_arn: String,
    max_receive_count: MaxReceiveCount,
}

/// SQS takes both.
#[derive(Deserialize)]
#[serde(untagged)]
enum MaxReceiveCount {
    Number(u32),
    Text(String),
}

fn invalid(name: &str) -> Refusal {
    Refusal::new(
        "InvalidAttributeValue",
        format!("Invalid value for the parameter {name}."),
    )
}

fn number(name: &str, value: &str, most: u32) -> Result<u32, Refusal> {
    let number = value.parse().ok().filter(|number| *number <= most);
    number.ok_or_else(|| invalid(name))
}

fn seconds(name: &str, value: &str, most: u32) -> Result<TimeDelta, Refusal> {
    number(name, value, most).map(|seconds| TimeDelta::seconds(seconds.into()))
}

fn redrive(value: &str) -> Result<Option<Redrive>, Refusal> {
    if value.is_empty() {
        return Ok(None);
    }
    let policy: RedrivePolicy =
        serde_json::from_str(value).map_err(|_| invalid("RedrivePolicy"))?;
    let max_receive_count = match policy.max_receive_count {
        MaxReceiveCount::Number(count) => count,
        MaxReceiveCount::Text(text) => number("RedrivePolicy", &text, 1_000)?,
    };
    let to = policy
        .dead_letter_target_arn
        .rsplit(':')
        .next()
        .unwrap_or_default();
    Ok(Some(Redrive {
        to: to.to_owned(),
        max_receive_count,
    }))
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            visibility: TimeDelta::seconds(30),
            retention: TimeDelta::days(4),
            delay: TimeDelta::zero(),
            wait_seconds: 0,
            max_bytes: MAX_BYTES,
            redrive: None,
            said: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Takes what is said of a queue.
    pub(super) fn say(&mut self, attributes: BTreeMap<String, String>) -> Result<(), Refusal> {
        for (name, value) in attributes {
            match name.as_str() {
                "VisibilityTimeout" => self.visibility = seconds(&name, &value, 43_200)?,
                "MessageRetentionPeriod" => self.retention = seconds(&name, &value, 1_209_600)?,
                "DelaySeconds" => self.delay = seconds(&name, &value, 900)?,
                "ReceiveMessageWaitTimeSeconds" => self.wait_seconds = number(&name, &value, 20)?,
                "MaximumMessageSize" => {
                    let bytes = number(&name, &value, 1_048_576)?;
                    self.max_bytes = usize::try_from(bytes).unwrap_or(MAX_BYTES);
                }
                "RedrivePolicy" => self.redrive = redrive(&value)?,
                "FifoQueue" => {
                    return Err(Refusal::new(
                        "UnsupportedOperation",
                        "FIFO queues are not stood in for",
                    ));
                }
                idle if IDLE.contains(&idle) => {}
                _ => {
                    return Err(Refusal::new(
                        "InvalidAttributeName",
                        format!("Unknown Attribute {name}."),
                    ));
                }
            }
            self.said.insert(name, value);
        }
        Ok(())
    }
}

/// The ARN of a queue.
pub(super) fn arn(queue: &str) -> String {
    format!("arn:aws:sqs:us-east-1:000000000000:{queue}")
}

/// Every attribute of a queue that can be asked for.
pub(super) fn attributes(queue: &Queue, now: DateTime<Utc>) -> BTreeMap<String, String> {
    let settings = &queue.settings;
    let counts = queue.counts(now);
    let computed = [
        ("QueueArn", arn(&queue.name)),
        ("ApproximateNumberOfMessages", counts.visible.to_string()),
        (
            "ApproximateNumberOfMessagesNotVisible",
            counts.in_flight.to_string(),
        ),
        (
            "ApproximateNumberOfMessagesDelayed",
            counts.delayed.to_string(),
        ),
        ("CreatedTimestamp", queue.created_at.timestamp().to_string()),
        (
            "VisibilityTimeout",
            settings.visibility.num_seconds().to_string(),
        ),
        (
            "MessageRetentionPeriod",
            settings.retention.num_seconds().to_string(),
        ),
        ("DelaySeconds", settings.delay.num_seconds().to_string()),
        (
            "ReceiveMessageWaitTimeSeconds",
            settings.wait_seconds.to_string(),
        ),
        ("MaximumMessageSize", settings.max_bytes.to_string()),
    ];
    let computed = computed.map(|(name, value)| (name.to_owned(), value));
    let mut attributes = settings.said.clone();
    attributes.extend(computed);
    attributes
}
