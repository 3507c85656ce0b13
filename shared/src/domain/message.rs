//! What travels on the queues. A message asks; the records decide. Unknown versions are refused, never guessed at; a field
//! that is not known here is passed over. What may change, and how: `shared/docs/versions.md`.

use std::collections::BTreeSet;

use chrono::serde::{ts_milliseconds_option, ts_seconds};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    ChannelKey, ExecutionId, HoldId, JobId, NotifyOn, Occasion, Reason, TimeoutSeconds,
    TraceContext, UserId,
};

/// A message that no version of this software could have sent, or that only a later one can read.
#[derive(Debug, thiserror::Error)]
pub enum MalformedMessage {
    /// Not JSON of a known shape.
    #[error("the body is not a message of a known shape")]
    Shape(#[source] serde_json::Error),
    /// A shape of another version.
    #[error("message version {0} is not known here")]
    Version(u64),
}

const VERSION: u64 = 1;

impl MalformedMessage {
    /// Whether a later version of this software has sent it. While a deployment is under way, others can read it already:
    /// it is left for them.
    pub fn is_of_a_later_version(&self) -> bool {
        matches!(self, Self::Version(version) if *version > VERSION)
    }
}

#[derive(Deserialize)]
struct Envelope {
    v: u64,
}

fn decode<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, MalformedMessage> {
    let envelope: Envelope = serde_json::from_str(body).map_err(MalformedMessage::Shape)?;
    if envelope.v != VERSION {
        return Err(MalformedMessage::Version(envelope.v));
    }
    serde_json::from_str(body).map_err(MalformedMessage::Shape)
}

/// Asks a worker to carry out one attempt of one execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DispatchMessage {
    v: u64,
    /// The job.
    pub job: JobId,
    /// What the execution is for.
    #[serde(rename = "key")]
    pub occasion: Occasion,
    /// The attempt asked for, from 1.
    pub attempt: u32,
    /// The job's timeout as the sender knew it: sizes the lease, which is taken before the job is read.
    pub timeout_seconds: TimeoutSeconds,
    /// How many missed occurrences the fire time stands for, itself included, after a misfire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_for: Option<u32>,
    /// How often the execution has waited for its turn behind another one of its job.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub waits: u32,
    /// What kept it waiting last, where that was not the job's own overlap. Its end will say so, if it is too late then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_by: Option<Reason>,
    /// Whether it has been deferred: its lateness is not the job's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deferred: bool,
    /// The holds that let it go, none of which holds it again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub released_by: BTreeSet<HoldId>,
    /// When the last of them did. It has waited for slots and for its host from then on.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub released_at: Option<DateTime<Utc>>,
    /// Of an execution that was asked for by a request in a trace: where in it.
    #[serde(
        default,
        deserialize_with = "TraceContext::lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub asked_in: Option<TraceContext>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl DispatchMessage {
    /// Asks for attempt number `attempt` of the execution `id`.
    pub fn new(id: ExecutionId, attempt: u32, timeout_seconds: TimeoutSeconds) -> Self {
        Self {
            v: VERSION,
            job: id.job,
            occasion: id.occasion,
            attempt,
            timeout_seconds,
            stands_for: None,
            waits: 0,
            kept_by: None,
            deferred: false,
            released_by: BTreeSet::new(),
            released_at: None,
            asked_in: None,
        }
    }

    /// The execution asked for.
    pub fn execution_id(&self) -> ExecutionId {
        ExecutionId {
            job: self.job,
            occasion: self.occasion,
        }
    }

    /// As a queue carries it.
    pub fn encode(&self) -> String {
        encode(self)
    }

    /// Reads a body.
    ///
    /// # Errors
    /// [`MalformedMessage`] if the body is of no known shape or version.
    pub fn decode(body: &str) -> Result<Self, MalformedMessage> {
        decode(body)
    }
}

/// Which digest: what died in one minute, of one owner's, told by one channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DigestKey {
    /// The owner.
    pub user: UserId,
    /// The channel, whichever jobs name it.
    pub channel: ChannelKey,
    /// The minute in which it was to be told, in epoch seconds.
    #[serde(with = "ts_seconds")]
    pub minute: DateTime<Utc>,
}

/// Asks for a user to be told, by one channel. What is told, and where, is read when it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationMessage {
    v: u64,
    /// The execution that it is about; of a digest, the first that joined.
    pub execution: ExecutionId,
    /// What became of it. Absent in messages from before there were channels: how it ended, by every channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<NotifyOn>,
    /// The attempt after which. Tells a death from the one after a redrive.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u32,
    /// The channel's place among the job's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<u8>,
    /// Not this execution alone is to be told, but all that are in this digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<DigestKey>,
}

impl NotificationMessage {
    /// Asks for `event` to be told of `execution` by the channel at place `channel`.
    pub fn new(execution: ExecutionId, attempt: u32, event: NotifyOn, channel: u8) -> Self {
        Self {
            v: VERSION,
            execution,
            event: Some(event),
            attempt,
            channel: Some(channel),
            digest: None,
        }
    }

    /// The same channel asked for a digest instead.
    #[must_use]
    pub fn of_digest(&self, digest: DigestKey) -> Self {
        Self {
            digest: Some(digest),
            ..self.clone()
        }
    }

    /// As a queue carries it.
    pub fn encode(&self) -> String {
        encode(self)
    }

    /// Reads a body.
    ///
    /// # Errors
    /// [`MalformedMessage`] if the body is of no known shape or version.
    pub fn decode(body: &str) -> Result<Self, MalformedMessage> {
        decode(body)
    }
}

#[expect(
    clippy::expect_used,
    reason = "these structs hold numbers and strings only: encoding them cannot fail"
)]
fn encode(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("a message of numbers and strings")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"{"v":1,"job":"0b0d8a54-7b1e-4c62-9f0e-5d3f5f6f2b11","key":"20261121T120000Z","attempt":1,"timeout_seconds":30}"#;

    #[test]
    fn a_channel_that_is_told_of_many_is_asked_for_the_digest_of_its_minute() {
        let execution = DispatchMessage::decode(SAMPLE).unwrap().execution_id();
        let alone = NotificationMessage::new(execution, 1, NotifyOn::Dead, 0);
        let digest = DigestKey {
            user: UserId::new("ann").unwrap(),
            channel: serde_json::from_str("\"0000000000000007\"").unwrap(),
            minute: DateTime::UNIX_EPOCH,
        };
        let of_many = alone.of_digest(digest.clone());
        assert_eq!(of_many.digest, Some(digest));
        assert_eq!(of_many.execution, execution);
    }

    #[test]
    fn a_message_survives_its_text_form() {
        let message = DispatchMessage::decode(SAMPLE).unwrap();
        assert_eq!(message.encode(), SAMPLE);
    }

    #[test]
    fn a_message_of_an_unknown_version_is_refused_by_its_number() {
        let refusal = DispatchMessage::decode(r#"{"v":99,"whatever":true}"#).unwrap_err();
        assert!(matches!(refusal, MalformedMessage::Version(99)));
        assert!(refusal.is_of_a_later_version());
        let refusal = DispatchMessage::decode(r#"{"v":0}"#).unwrap_err();
        assert!(!refusal.is_of_a_later_version());
    }

    #[test]
    fn bodies_of_no_known_shape_are_refused() {
        for body in [
            "",
            "garbage",
            "[]",
            "{}",
            r#"{"v":"1"}"#,
            r#"{"v":1}"#,
            "null",
        ] {
            assert!(
                matches!(
                    DispatchMessage::decode(body),
                    Err(MalformedMessage::Shape(_))
                ),
                "{body}"
            );
        }
    }

    #[test]
    fn a_message_that_has_waited_says_how_often() {
        let mut message = DispatchMessage::decode(SAMPLE).unwrap();
        message.waits = 3;
        assert_eq!(DispatchMessage::decode(&message.encode()).unwrap(), message);
    }

    #[test]
    fn what_is_to_be_told_survives_its_text_form() {
        let execution = DispatchMessage::decode(SAMPLE).unwrap().execution_id();
        let message = NotificationMessage::new(execution, 2, NotifyOn::Dead, 1);
        let read = NotificationMessage::decode(&message.encode());
        assert_eq!(read.unwrap(), message);
    }
}
