//! Messages of the queues: what is read is written so that it reads the same, and a message of no known shape is refused.

use punctual::domain::{DispatchMessage, NotificationMessage};

pub(super) const WORDS: &[&str] = &[
    "v",
    "job",
    "key",
    "attempt",
    "timeout_seconds",
    "stands_for",
    "waits",
    "kept_by",
    "deferred",
    "released_by",
    "released_at",
    "execution",
    "event",
    "channel",
    "digest",
    "user",
    "minute",
    "alice",
    "dead",
    "failed",
    "succeeded",
    "0b0d8a54-7b1e-4c62-9f0e-5d3f5f6f2b11",
    "20261121T120000Z",
    "host",
    "type",
    "overlap",
    "concurrency",
    "0b0d8a54-7b1e-4c62-9f0e-5d3f5f6f2b11_20261121T120000Z",
];

/// A message's body.
pub(super) fn run(bytes: &[u8]) {
    let Ok(body) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(message) = DispatchMessage::decode(body) {
        let again = DispatchMessage::decode(&message.encode());
        assert_eq!(again.ok().as_ref(), Some(&message), "{}", message.encode());
        assert_eq!(message.execution_id().job, message.job);
        let text = message.execution_id().to_string();
        assert_eq!(text.parse().ok(), Some(message.execution_id()), "{text}");
    }
    if let Ok(message) = NotificationMessage::decode(body) {
        let again = NotificationMessage::decode(&message.encode());
        assert_eq!(again.ok().as_ref(), Some(&message), "{}", message.encode());
    }
}
