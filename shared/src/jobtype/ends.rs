//! How attempts of the types here end: one place says what a failed call means for the next attempt.

use serde_json::Value;

use crate::domain::{Output, Reason};
use crate::plan::Ended;
use crate::port::{AwsFailure, FailureKind, PortError, Undelivered};

/// How much of an answer is kept on the execution.
pub(super) const ANSWER_BYTES_KEPT: usize = 1_024;

pub(super) fn succeeded(output: Value) -> Ended {
    Ended::Succeeded {
        output: Some(output.into()),
    }
}

/// Another attempt may do better.
pub(super) fn failed(detail: String, output: Option<Value>) -> Ended {
    Ended::Failed {
        reason: Reason::AttemptFailed,
        detail,
        output: output.map(Output::from),
    }
}

/// Another attempt would fail as well.
pub(super) fn rejected(detail: String, output: Option<Value>) -> Ended {
    Ended::Rejected {
        reason: Reason::Rejected,
        detail,
        output: output.map(Output::from),
    }
}

impl From<AwsFailure> for Ended {
    fn from(failure: AwsFailure) -> Self {
        let detail = failure.to_string();
        match failure.kind {
            FailureKind::Throttled | FailureKind::Unavailable => failed(detail, None),
            FailureKind::Refused => rejected(detail, None),
        }
    }
}

impl From<Undelivered> for Ended {
    fn from(undelivered: Undelivered) -> Self {
        match undelivered {
            Undelivered::ForNow(why) => failed(why, None),
            Undelivered::ForGood(why) => rejected(why, None),
        }
    }
}

/// The tables are Punctual's own: what goes wrong with them is no fault of the job's.
impl From<PortError> for Ended {
    fn from(error: PortError) -> Self {
        failed(error.to_string(), None)
    }
}

/// The beginning of an answer: JSON if it is whole and short, text otherwise.
pub(super) fn kept(body: &[u8]) -> Value {
    if body.len() <= ANSWER_BYTES_KEPT
        && let Ok(json) = serde_json::from_slice(body)
    {
        return json;
    }
    let end = body.len().min(ANSWER_BYTES_KEPT);
    Value::String(String::from_utf8_lossy(&body[..end]).into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (kind, again) in [
            (FailureKind::Throttled, true),
            (FailureKind::Unavailable, true),
            (FailureKind::Refused, false),
        ] {
            let failure = AwsFailure {
                operation: "sns.Publish",
                kind,
                code: "Code".to_owned(),
                message: "words".to_owned(),
                retry_after: None,
            };
            let (is_failure, detail) = match failure.into() {
                Ended::Failed { detail, .. } => (true, detail),
                Ended::Rejected { detail, .. } => (false, detail),
                other => panic!("{other:?}"),
            };
            assert_eq!(is_failure, again, "{kind:?}");
            assert_eq!(detail, "sns.Publish: Code: words");
        }
    }

    #[test]
    fn an_answer_is_kept_as_json_only_if_it_is_whole() {
        assert_eq!(kept(br#"{"a": 1}"#), json!({ "a": 1 }));
        assert_eq!(kept(b"plain"), json!("plain"));
        let long = serde_json::to_vec(&json!({ "a": "x".repeat(5_000) })).unwrap();
        assert_eq!(kept(&long).as_str().unwrap().len(), ANSWER_BYTES_KEPT);
    }
}
