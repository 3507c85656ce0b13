//! Reads what a service says when it does not do as asked: its code comes in a header, in JSON or in XML, and decides
//! whether another try may help.

use std::time::Duration;

use serde_json::Value;

use crate::port::{AwsFailure, FailureKind, SignedAnswer, xml_text};

/// Codes by which services ask for less load, whatever the status.
const THROTTLES: [&str; 14] = [
    "EC2ThrottledException",
    "ExecutionLimitExceeded",
    "KMSThrottlingException",
    "OverLimit",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// Codes that pass by themselves, although their status blames the caller.
const PASSING: [&str; 6] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InternalFailure",
    "RequestExpired",
    "RequestTimeout",
    "ServiceUnavailable",
];

/// The longest of a service's words that are kept.
const MESSAGE_CHARS: usize = 300;

/// The longest wait that a service may ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(24);

/// What an answer of 300 or above says.
pub(super) fn read(operation: &'static str, answer: &SignedAnswer) -> AwsFailure {
    let (code, message) = words(answer);
    let code = code.unwrap_or_else(|| format!("HTTP {}", answer.status));
    AwsFailure {
        operation,
        kind: kind(answer.status, &code),
        code,
        message: message
            .unwrap_or_else(|| "no reason was given".to_owned())
            .chars()
            .map(|each| if each.is_control() { ' ' } else { each })
            .take(MESSAGE_CHARS)
            .collect(),
        retry_after: answer
            .header("retry-after")
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(|seconds| Duration::from_secs(seconds).min(MAX_RETRY_AFTER)),
    }
}

/// What a call that had no answer says.
pub(super) fn unanswered(operation: &'static str, why: String) -> AwsFailure {
    AwsFailure {
        operation,
        kind: FailureKind::Unavailable,
        code: "NoAnswer".to_owned(),
        message: why,
        retry_after: None,
    }
}

fn kind(status: u16, code: &str) -> FailureKind {
    if status == 429 || THROTTLES.contains(&code) {
        FailureKind::Throttled
    } else if status >= 500 || status == 408 || PASSING.contains(&code) {
        FailureKind::Unavailable
    } else {
        FailureKind::Refused
    }
}

fn words(answer: &SignedAnswer) -> (Option<String>, Option<String>) {
    let body = String::from_utf8_lossy(&answer.body);
    if body.trim_start().starts_with('<') {
        return (xml_text(&body, "Code"), xml_text(&body, "Message"));
    }
    let json = answer.json();
    let text = |names: &[&str]| {
        let found = names.iter().find_map(|name| json[name].as_str());
        found.map(ToOwned::to_owned)
    };
    let code = answer
        .header("x-amzn-errortype")
        .map(ToOwned::to_owned)
        .or_else(|| text(&["__type", "code", "Code"]))
        .as_deref()
        .map(bare);
    let message = text(&["message", "Message", "errorMessage"]);
    let plain = json == Value::Null && !body.trim().is_empty();
    (code, message.or_else(|| plain.then(|| body.into_owned())))
}

/// The code without the namespace before it and the address behind it.
fn bare(code: &str) -> String {
    let code = code.split(':').next().unwrap_or_default();
    code.rsplit('#').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> SignedAnswer {
        SignedAnswer {
            status,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.as_bytes().to_vec(),
            cut: false,
        }
    }

    #[test]
    fn the_code_is_found_in_every_protocol() {
        let xml = "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code>\
                   <Message>Topic does not exist</Message></Error></ErrorResponse>";
        let json = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}"#;
        let rest = [(
            "x-amzn-errortype",
            "ResourceNotFoundException:http://internal/",
        )];
        for (answer, code, message) in [
            (answer(404, &[], xml), "NotFound", "Topic does not exist"),
            (answer(400, &[], json), "QueueDoesNotExist", "gone"),
            (
                answer(404, &rest, r#"{"Message":"no such function"}"#),
                "ResourceNotFoundException",
                "no such function",
            ),
            (answer(403, &[], "go\naway"), "HTTP 403", "go away"),
            (answer(400, &[], ""), "HTTP 400", "no reason was given"),
        ] {
            let failure = read("x", &answer);
            assert_eq!(
                (failure.code.as_str(), failure.message.as_str()),
                (code, message)
            );
            assert_eq!(failure.kind, FailureKind::Refused);
        }
    }

    #[test]
    fn load_and_trouble_are_told_from_refusals() {
        for (status, code, expected) in [
            (400, "ThrottlingException", FailureKind::Throttled),
            (400, "Throttling", FailureKind::Throttled),
            (429, "Anything", FailureKind::Throttled),
            (503, "SlowDown", FailureKind::Throttled),
            (500, "InternalError", FailureKind::Unavailable),
            (502, "Anything", FailureKind::Unavailable),
            (403, "ExpiredToken", FailureKind::Unavailable),
            (403, "AccessDenied", FailureKind::Refused),
            (400, "ValidationException", FailureKind::Refused),
            (301, "PermanentRedirect", FailureKind::Refused),
        ] {
            assert_eq!(kind(status, code), expected, "{status} {code}");
        }
    }

    #[test]
    fn a_wait_that_is_asked_for_is_kept_within_a_day() {
        for (text, expected) in [("7", Some(7)), ("999999999", Some(86_400)), ("soon", None)] {
            let failure = read("x", &answer(429, &[("retry-after", text)], ""));
            assert_eq!(
                failure.retry_after,
                expected.map(Duration::from_secs),
                "{text}"
            );
        }
    }
}
