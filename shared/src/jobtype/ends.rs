//! How attempts of the types here end: one place says what a failed call means for the next attempt.

use serde_json::{Map, Value};

use crate::domain::{Body, OUTPUT_BYTES_KEPT, Output, Reason};
use crate::plan::Ended;
use crate::port::{AwsFailure, FailureKind, PortError, Undelivered};

pub(super) fn succeeded(output: impl Into<Output>) -> Ended {
    Ended::Succeeded {
        output: Some(output.into()),
    }
}

/// Another attempt may do better.
pub(super) fn failed(detail: String, output: Option<Output>) -> Ended {
    Ended::Failed {
        reason: Reason::AttemptFailed,
        detail,
        output,
    }
}

/// Another attempt would fail as well.
pub(super) fn rejected(detail: String, output: Option<Output>) -> Ended {
    Ended::Rejected {
        reason: Reason::Rejected,
        detail,
        output,
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

/// An answer, and what is to be said of it at a glance. Where the record has room for it, it stands there under `name`, as
/// the JSON or the text that it is; otherwise its beginning does, as `body`, and the whole lies beside the record.
pub(super) fn told(summary: Map<String, Value>, name: &str, answer: Body) -> Output {
    if !answer.cut && answer.bytes.len() <= OUTPUT_BYTES_KEPT {
        let text = || String::from_utf8_lossy(&answer.bytes).into_owned();
        let said = serde_json::from_slice(&answer.bytes).unwrap_or_else(|_| Value::from(text()));
        let mut whole = summary.clone();
        whole.insert(name.to_owned(), said);
        let whole = Value::Object(whole);
        if whole.to_string().len() <= OUTPUT_BYTES_KEPT {
            return whole.into();
        }
    }
    Output {
        summary: Value::Object(summary),
        body: Some(answer),
    }
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

    fn answer(bytes: &[u8], cut: bool) -> Body {
        Body {
            bytes: bytes.to_vec(),
            content_type: "application/json".to_owned(),
            cut,
        }
    }

    #[test]
    fn a_short_answer_is_told_as_what_it_is() {
        for (bytes, said) in [
            (&br#"{"a": 1}"#[..], json!({ "a": 1 })),
            (b"plain", json!("plain")),
            (b"", json!("")),
            (b"null", json!(null)),
        ] {
            let output = told(Map::new(), "result", answer(bytes, false));
            assert_eq!(output, json!({ "result": said }).into());
            assert_eq!(output.whole(), None);
        }
    }

    #[test]
    fn nothing_is_lost_of_an_answer_that_the_record_has_no_room_for() {
        let said = |length: usize| format!("{:?}", "x".repeat(length)).into_bytes();
        let glance = Map::from_iter([("rows".to_owned(), json!(7))]);
        let long = said(3_000);
        let output = told(glance.clone(), "result", answer(&long, false));
        let whole = output.whole().unwrap();
        assert_eq!((&*whole.bytes, whole.cut), (&*long, false));
        let excerpt = output.excerpt();
        assert_eq!(excerpt["rows"], 7);
        assert_eq!(
            excerpt["body"].as_str().unwrap().as_bytes(),
            &long[..OUTPUT_BYTES_KEPT]
        );
        // It alone would have had room, but not beside the rest.
        let tight = said(OUTPUT_BYTES_KEPT - 2);
        let output = told(glance.clone(), "result", answer(&tight, false));
        assert_eq!(
            output.excerpt()["body"].as_str().unwrap().as_bytes(),
            &tight[..]
        );
        // Of one that went on, what was read is short, and is not passed off as all of it.
        let output = told(glance, "result", answer(b"[1", true));
        assert!(output.whole().unwrap().cut);
    }
}
