//! Where something stands in a trace, as W3C Trace Context writes it in the header `traceparent`. Invariant: an execution
//! has one trace wherever it is seen, and an attempt one span in it: both follow from ids, so that no redelivery, retry or
//! other process makes another.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::ExecutionId;

/// A span of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    span: u64,
    sampled: bool,
}

impl TraceContext {
    /// The name of the header, and of what stands in for it where there are none.
    pub const HEADER: &'static str = "traceparent";

    /// Reads a `traceparent` of this version of the format, or of a later one. `None`: it is none, and the
    /// specification says to go on as if it had not been sent.
    pub fn parse(text: &str) -> Option<Self> {
        let lower_hex = |part: &str, length: usize| {
            let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            part.len() == length && part.bytes().all(is_hex)
        };
        let mut parts = text.split('-');
        let [version, trace, span, flags] = [(); 4].map(|()| parts.next().unwrap_or_default());
        let well_formed = lower_hex(version, 2)
            && version != "ff"
            && lower_hex(trace, 32)
            && lower_hex(span, 16)
            && lower_hex(flags, 2)
            && (version != "00" || parts.next().is_none());
        if !well_formed {
            return None;
        }
        let parsed = Self {
            trace: u128::from_str_radix(trace, 16).ok()?,
            span: u64::from_str_radix(span, 16).ok()?,
            sampled: u8::from_str_radix(flags, 16).ok()? & 1 == 1,
        };
        (parsed.trace != 0 && parsed.span != 0).then_some(parsed)
    }

    /// The span of attempt number `attempt` of an execution: in the trace of the request that asked for it, if that had
    /// one, or in one of the execution's own.
    pub fn of_attempt(id: ExecutionId, asked: Option<Self>, attempt: u32) -> Self {
        let digest = |what: &str| Sha256::digest(format!("{what} {id}"));
        let (trace, _) = halves(&digest("trace"));
        let (_, span) = halves(&digest(&format!("span {attempt}")));
        Self {
            trace: asked.map_or(trace, |asked| asked.trace),
            span,
            sampled: asked.is_none_or(|asked| asked.sampled),
        }
    }

    /// The trace, in hexadecimal digits.
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// The span, in hexadecimal digits.
    pub fn span_id(&self) -> String {
        format!("{:016x}", self.span)
    }

    /// Reads a stored one. What a later version may have written there is no reason not to run: it is read as none.
    pub(super) fn lenient<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Self>, D::Error> {
        let value = Option::<Value>::deserialize(from)?;
        Ok(value.as_ref().and_then(Value::as_str).and_then(Self::parse))
    }
}

/// 16 bytes of a digest, and eight others, neither of which may be 0.
fn halves(digest: &[u8]) -> (u128, u64) {
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0, |sum: u128, byte| sum << 8 | u128::from(*byte))
    };
    let (trace, span) = (number(&digest[..16]), number(&digest[16..24]));
    (trace.max(1), u64::try_from(span).unwrap_or(u64::MAX).max(1))
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.sampled);
        write!(f, "00-{:032x}-{:016x}-{flags:02x}", self.trace, self.span)
    }
}

impl Serialize for TraceContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{DispatchMessage, JobId, TimeoutSeconds};

    const TEXT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn id(number: u128) -> ExecutionId {
        ExecutionId::scheduled(
            JobId::from_random(number),
            "2026-11-28T12:00:00Z".parse().unwrap(),
        )
    }

    #[test]
    fn a_header_survives_being_read() {
        for text in [
            TEXT,
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
        ] {
            assert_eq!(TraceContext::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let text = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-what-will-be";
        assert_eq!(TraceContext::parse(text).unwrap().to_string(), TEXT);
    }

    #[test]
    fn what_is_no_header_is_as_if_it_had_not_been_sent() {
        for text in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "+0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceContext::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_execution_has_one_trace_and_each_attempt_a_span_of_its_own() {
        let own = |attempt| TraceContext::of_attempt(id(7), None, attempt);
        assert_eq!(own(1), own(1));
        assert_eq!(own(1).trace_id(), own(2).trace_id());
        assert_ne!(own(1).span_id(), own(2).span_id());
        let other = TraceContext::of_attempt(id(8), None, 1);
        assert_ne!(own(1).trace_id(), other.trace_id());
        assert!(own(1).sampled);
    }

    #[test]
    fn a_request_s_trace_is_continued_with_its_flag_and_a_new_span() {
        let asked = TraceContext::parse(&TEXT.replace("-01", "-00"));
        let attempt = TraceContext::of_attempt(id(7), asked, 1);
        assert_eq!(attempt.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(
            attempt.span_id(),
            TraceContext::of_attempt(id(7), None, 1).span_id()
        );
        assert!(!attempt.sampled);
    }

    #[test]
    fn a_message_carries_it_and_one_without_or_with_what_nobody_can_read_is_read_all_the_same() {
        let mut message = DispatchMessage::new(id(7), 1, TimeoutSeconds::default());
        assert!(!message.encode().contains("asked_in"));
        message.asked_in = TraceContext::parse(TEXT);
        let text = message.encode();
        assert!(text.contains(&format!(r#""asked_in":"{TEXT}""#)), "{text}");
        assert_eq!(DispatchMessage::decode(&text).unwrap(), message);
        message.asked_in = None;
        for odd in ["null", "7", r#""99-x""#, "{}"] {
            let odd = text.replace(&format!(r#""{TEXT}""#), odd);
            assert_eq!(DispatchMessage::decode(&odd).unwrap(), message, "{odd}");
        }
    }

    #[test]
    fn no_two_of_a_thousand_executions_share_a_trace_or_a_span() {
        let of = |number| TraceContext::of_attempt(id(number), None, 1);
        let contexts: Vec<_> = (0..1_000).map(of).collect();
        let distinct = |part: fn(&TraceContext) -> String| {
            let parts: std::collections::BTreeSet<_> = contexts.iter().map(part).collect();
            parts.len()
        };
        assert_eq!(distinct(TraceContext::trace_id), 1_000);
        assert_eq!(distinct(TraceContext::span_id), 1_000);
    }

    proptest! {
        #[test]
        fn whatever_is_written_can_be_read(number: u128, attempt: u32, asked in ".{0,60}") {
            let context = TraceContext::of_attempt(id(number), TraceContext::parse(&asked), attempt);
            prop_assert_eq!(TraceContext::parse(&context.to_string()), Some(context));
        }
    }
}
