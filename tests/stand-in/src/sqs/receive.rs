//! ReceiveMessage, and what can be done with a message while it is in hand: delete it, or change when it comes back.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value as Json, json};

use super::attributes::arn;
use super::send::told;
use super::{Sqs, batch, name_in};
use crate::refusal::Refusal;

/// The longest a message can be hidden, in seconds.
const MAX_VISIBILITY_SECONDS: i64 = 43_200;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ReceiveMessage {
    queue_url: String,
    #[serde(default)]
    max_number_of_messages: Option<usize>,
    #[serde(default)]
    visibility_timeout: Option<i64>,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
    // Whoever calls waits; here is an answer at once.
    #[serde(default, rename = "WaitTimeSeconds")]
    _wait: Option<IgnoredAny>,
    #[serde(default, rename = "ReceiveRequestAttemptId")]
    _attempt: Option<IgnoredAny>,
}

/// A message in hand, alone or in a batch.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct InHand {
    #[serde(default)]
    queue_url: Option<String>,
    #[serde(default)]
    id: Option<String>,
    receipt_handle: String,
    #[serde(default)]
    visibility_timeout: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct BatchInHand {
    queue_url: String,
    entries: Vec<InHand>,
}

/// What a receipt handle says: which message, and the how manieth handing over.
struct Receipt {
    number: u64,
    received: u32,
}

impl Receipt {
    fn handle(&self, queue: &str) -> String {
        format!("{queue}#{}#{}", self.number, self.received)
    }

    fn read(handle: &str, queue: &str) -> Option<Self> {
        let (number, received) = handle
            .strip_prefix(queue)?
            .strip_prefix('#')?
            .split_once('#')?;
        Some(Self {
            number: number.parse().ok()?,
            received: received.parse().ok()?,
        })
    }
}

fn out_of_range(value: i64, name: &str) -> Refusal {
    Refusal::new(
        "InvalidParameterValue",
        format!("Value {value} for parameter {name} is invalid. Reason: Must be within range."),
    )
}

impl Sqs {
    pub(super) fn receive_message(
        &mut self,
        now: DateTime<Utc>,
        request: ReceiveMessage,
    ) -> Result<Json, Refusal> {
        let most = request.max_number_of_messages.unwrap_or(1);
        if !(1..=10).contains(&most) {
            return Err(out_of_range(
                i64::try_from(most).unwrap_or(0),
                "MaxNumberOfMessages",
            ));
        }
        if let Some(seconds) = request.visibility_timeout
            && !(0..=MAX_VISIBILITY_SECONDS).contains(&seconds)
        {
            return Err(out_of_range(seconds, "VisibilityTimeout"));
        }
        self.expire(&request.queue_url, now)?;
        self.give_up(&request.queue_url, now, most)?;
        let queue = self.queue_mut(&request.queue_url)?;
        let visibility = request.visibility_timeout.map(TimeDelta::seconds);
        let until = now + visibility.unwrap_or(queue.settings.visibility);
        let names = request
            .attribute_names
            .into_iter()
            .chain(request.message_system_attribute_names);
        let names: BTreeSet<String> = names.collect();
        let numbers: Vec<u64> = queue.visible(now).take(most).collect();
        let mut messages = Vec::new();
        for number in numbers {
            queue.hand_over(number, now, until);
            if let Some(message) = queue.get(number) {
                let receipt = Receipt {
                    number,
                    received: message.received,
                };
                let handle = receipt.handle(&queue.name);
                let with_attributes = !request.message_attribute_names.is_empty();
                messages.push(told(message, handle, &names, with_attributes));
            }
        }
        if messages.is_empty() {
            return Ok(json!({}));
        }
        self.changed();
        Ok(json!({ "Messages": messages }))
    }

    /// Moves those of the next `most` messages to the dead-letter queue that have been handed over too often.
    fn give_up(&mut self, url: &str, now: DateTime<Utc>, most: usize) -> Result<(), Refusal> {
        let queue = self.queue_mut(url)?;
        let Some(redrive) = queue.settings.redrive.clone() else {
            return Ok(());
        };
        let source = arn(&queue.name);
        let mut given_up = Vec::new();
        let mut kept = 0;
        for number in queue.visible(now) {
            let received = queue.get(number).map_or(0, |message| message.received);
            if received >= redrive.max_receive_count {
                given_up.push(number);
            } else {
                kept += 1;
            }
            if kept == most {
                break;
            }
        }
        if given_up.is_empty() || !self.queues.contains_key(&redrive.to) {
            return Ok(());
        }
        let queue = self.queue_mut(url)?;
        let moved: Vec<_> = given_up
            .into_iter()
            .filter_map(|number| Some((number, queue.remove(number)?)))
            .collect();
        let dead_letters = self.queue_mut(&redrive.to)?;
        for (number, mut message) in moved {
            message.visible_at = now;
            message.given_up_by = Some(source.clone());
            dead_letters.insert(number, message);
        }
        self.changed();
        Ok(())
    }

    pub(super) fn delete_message(&mut self, request: &InHand) -> Result<Json, Refusal> {
        let url = request.queue_url.clone().unwrap_or_default();
        self.delete(&url, request)
    }

    pub(super) fn delete_message_batch(&mut self, request: BatchInHand) -> Result<Json, Refusal> {
        self.each(request, |sqs, url, entry| sqs.delete(url, entry))
    }

    pub(super) fn change_message_visibility(
        &mut self,
        now: DateTime<Utc>,
        request: &InHand,
    ) -> Result<Json, Refusal> {
        let url = request.queue_url.clone().unwrap_or_default();
        self.change_visibility(now, &url, request)
    }

    pub(super) fn change_message_visibility_batch(
        &mut self,
        now: DateTime<Utc>,
        request: BatchInHand,
    ) -> Result<Json, Refusal> {
        self.each(request, |sqs, url, entry| {
            sqs.change_visibility(now, url, entry)
        })
    }

    fn each(
        &mut self,
        request: BatchInHand,
        act: impl Fn(&mut Self, &str, &InHand) -> Result<Json, Refusal>,
    ) -> Result<Json, Refusal> {
        self.queue(&request.queue_url)?;
        batch::check(request.entries.iter().map(|entry| entry.id.as_deref()))?;
        let mut outcome = batch::Outcome::default();
        for entry in request.entries {
            let result = act(self, &request.queue_url, &entry);
            outcome.add(entry.id.unwrap_or_default(), result);
        }
        Ok(outcome.answer())
    }

    fn receipt(&self, url: &str, handle: &str) -> Result<Receipt, Refusal> {
        self.queue(url)?;
        Receipt::read(handle, name_in(url)).ok_or_else(|| {
            Refusal::new(
                "ReceiptHandleIsInvalid",
                format!("The input receipt handle \"{handle}\" is not a valid receipt handle."),
            )
        })
    }

    fn delete(&mut self, url: &str, entry: &InHand) -> Result<Json, Refusal> {
        let receipt = self.receipt(url, &entry.receipt_handle)?;
        let queue = self.queue_mut(url)?;
        // What has been handed over again since stays, and nobody is told.
        let is_latest = queue
            .get(receipt.number)
            .is_some_and(|message| message.received == receipt.received);
        if is_latest {
            queue.remove(receipt.number);
            self.changed();
        }
        Ok(json!({}))
    }

    fn change_visibility(
        &mut self,
        now: DateTime<Utc>,
        url: &str,
        entry: &InHand,
    ) -> Result<Json, Refusal> {
        let seconds = entry.visibility_timeout.ok_or_else(|| {
            Refusal::new(
                "MissingParameter",
                "The request must contain the parameter VisibilityTimeout.",
            )
        })?;
        if !(0..=MAX_VISIBILITY_SECONDS).contains(&seconds) {
            return Err(out_of_range(seconds, "VisibilityTimeout"));
        }
        let receipt = self.receipt(url, &entry.receipt_handle)?;
        let queue = self.queue_mut(url)?;
        let found = queue.get(receipt.number);
        let in_hand = found
            .filter(|message| message.received == receipt.received && message.visible_at > now);
        let Some(message) = in_hand else {
            return Err(Refusal::new(
                "MessageNotInflight",
                "The specified message isn't in flight.",
            ));
        };
        let until = now + TimeDelta::seconds(seconds);
        let received_at = message.last_received_at.unwrap_or(now);
        if until > received_at + TimeDelta::seconds(MAX_VISIBILITY_SECONDS) {
            return Err(Refusal::new(
                "InvalidParameterValue",
                format!(
                    "Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]."
                ),
            ));
        }
        queue.hide(receipt.number, until);
        self.changed();
        Ok(json!({}))
    }
}
