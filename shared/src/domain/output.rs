//! What a handler hands over of its result: what the record keeps of it is short, the whole of it may be large. The
//! record is written at every end, so it stays within one write unit; the rest lies elsewhere.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{ExecutionId, UserId};

/// How much of an output the record keeps, in bytes.
pub const OUTPUT_BYTES_KEPT: usize = 600;
/// How much of an output is kept at all, in bytes.
pub const MAX_RESULT_BYTES: usize = 5 * 1_024 * 1_024;

const JSON: &str = "application/json";

/// The output of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// What is to be said of it at a glance. With a body, an object that the body's beginning is added to.
    pub summary: Value,
    /// What it is about, if that is text or bytes of a type of their own.
    pub body: Option<Body>,
}

/// What a target answered, or a program wrote.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// At most [`MAX_RESULT_BYTES`] of it.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub content_type: String,
    /// Whether there was more of it.
    pub cut: bool,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Body({} bytes of {})",
            self.bytes.len(),
            self.content_type
        )
    }
}

/// The whole of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole<'a> {
    /// At most [`MAX_RESULT_BYTES`].
    pub bytes: Cow<'a, [u8]>,
    /// Its media type.
    pub content_type: &'a str,
    /// Whether there was more of it.
    pub cut: bool,
}

impl From<Value> for Output {
    fn from(summary: Value) -> Self {
        let body = None;
        Self { summary, body }
    }
}

impl Output {
    /// What the record keeps of it.
    pub fn excerpt(&self) -> Value {
        match &self.body {
            None => {
                let text = self.summary.to_string();
                if text.len() <= OUTPUT_BYTES_KEPT && is_plain(&self.summary, DEEPEST_KEPT) {
                    self.summary.clone()
                } else {
                    Value::String(beginning(text.as_bytes()))
                }
            }
            Some(body) => {
                let beginning = Value::String(beginning(&body.bytes));
                match self.summary.clone() {
                    Value::Object(mut summary) => {
                        summary.insert("body".to_owned(), beginning);
                        Value::Object(summary)
                    }
                    _ => beginning,
                }
            }
        }
    }

    /// The whole, if the record keeps less than that.
    pub fn whole(&self) -> Option<Whole<'_>> {
        let (bytes, content_type, cut) = match &self.body {
            None => (
                Cow::from(self.summary.to_string().into_bytes()),
                JSON,
                false,
            ),
            Some(body) => (Cow::from(&body.bytes), body.content_type.as_str(), body.cut),
        };
        let cut = cut || bytes.len() > MAX_RESULT_BYTES;
        let bytes = match bytes {
            Cow::Owned(mut bytes) => {
                bytes.truncate(MAX_RESULT_BYTES);
                Cow::Owned(bytes)
            }
            Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[..bytes.len().min(MAX_RESULT_BYTES)]),
        };
        (bytes.len() > OUTPUT_BYTES_KEPT || cut).then_some(Whole {
            bytes,
            content_type,
            cut,
        })
    }
}

/// How deep a value that the record keeps as a value may be nested: no table holds any depth.
const DEEPEST_KEPT: u32 = 16;

/// Whether any table can hold a value as it is. What a target's or a worker's JSON may say besides is kept as its text,
/// or the record of its end could never be written.
fn is_plain(value: &Value, depth: u32) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => true,
        Value::Number(number) => number.as_f64().is_some_and(|number| {
            let size = number.abs();
            size == 0.0 || (1e-130..1e125).contains(&size)
        }),
        Value::Array(items) => depth > 0 && items.iter().all(|item| is_plain(item, depth - 1)),
        Value::Object(fields) => {
            let mut fields = fields.iter();
            depth > 0 && fields.all(|(key, value)| !key.is_empty() && is_plain(value, depth - 1))
        }
    }
}

/// The beginning as text. A character that is cut in two is left out.
fn beginning(bytes: &[u8]) -> String {
    let kept = &bytes[..bytes.len().min(OUTPUT_BYTES_KEPT)];
    let whole = match std::str::from_utf8(kept) {
        Err(error) if error.error_len().is_none() && kept.len() < bytes.len() => {
            error.valid_up_to()
        }
        _ => kept.len(),
    };
    String::from_utf8_lossy(&kept[..whole]).into_owned()
}

/// Where a result lies: the attempt's own place, under its owner's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResultKey(String);

impl ResultKey {
    /// The place of an attempt's result.
    pub fn new(owner: &UserId, execution: ExecutionId, attempt: u32) -> Self {
        // Keys show in links: an owner's name, often an address, does not.
        let digest = Sha256::digest(owner.as_str());
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        let owner = u128::from_be_bytes(half);
        Self(format!("{owner:032x}/{execution}/{attempt}"))
    }

    /// The key as text: letters, digits, hyphens, underscores and slashes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A result that is kept whole beside the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredResult {
    /// Its length.
    pub bytes: u64,
    /// Its media type.
    pub content_type: String,
    /// Where it lies.
    pub key: ResultKey,
    /// Whether there was more of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_result_lies_under_its_owners_digest_and_not_under_the_name() {
        let owner = UserId::new("ann@example.com").unwrap();
        let job = crate::domain::JobId::from_random(7);
        let execution = ExecutionId::scheduled(job, chrono::DateTime::UNIX_EPOCH);
        let key = ResultKey::new(&owner, execution, 2);
        // printf ann@example.com | sha256sum | cut -c-32
        let digest = "71d4f55f72fa128dfb468a1a3901507c";
        assert_eq!(key.as_str(), format!("{digest}/{execution}/2"));
    }

    #[test]
    fn what_is_kept_is_as_much_as_is_promised() {
        assert_eq!((OUTPUT_BYTES_KEPT, MAX_RESULT_BYTES), (600, 5_242_880));
    }

    fn answered(bytes: &[u8], cut: bool) -> Output {
        Output {
            summary: json!({ "status": 200 }),
            body: Some(Body {
                bytes: bytes.to_vec(),
                content_type: "text/plain".to_owned(),
                cut,
            }),
        }
    }

    #[test]
    fn what_fits_the_record_is_kept_there_and_nowhere_else() {
        let small = Output::from(json!({ "rows": 3 }));
        assert_eq!(
            (small.excerpt(), small.whole()),
            (json!({ "rows": 3 }), None)
        );
        let body = answered(&[b'x'; OUTPUT_BYTES_KEPT], false);
        let text = "x".repeat(OUTPUT_BYTES_KEPT);
        assert_eq!(body.excerpt(), json!({ "status": 200, "body": text }));
        assert_eq!(body.whole(), None);
    }

    #[test]
    fn a_value_that_no_table_could_hold_is_kept_as_its_text() {
        let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
        for value in [
            json!({ "x": 1e300 }),
            json!([-1e-200]),
            json!({ "": 1 }),
            deep,
        ] {
            let output = Output::from(value);
            let text = output.summary.to_string();
            assert_eq!(output.excerpt(), json!(text));
        }
        let plain = json!({ "a": [0.0, -1.5, u64::MAX, i64::MIN, 1e100, { "b": null }] });
        assert_eq!(Output::from(plain.clone()).excerpt(), plain);
    }

    #[test]
    fn of_what_does_not_the_record_keeps_the_beginning() {
        let large = Output::from(json!("x".repeat(OUTPUT_BYTES_KEPT)));
        let text = large.summary.to_string();
        assert_eq!(large.excerpt(), json!(text[..OUTPUT_BYTES_KEPT]));
        let whole = large.whole().unwrap();
        assert_eq!((&*whole.bytes, whole.content_type), (text.as_bytes(), JSON));

        let body = answered(&[b'x'; OUTPUT_BYTES_KEPT + 1], false);
        let whole = body.whole().unwrap();
        assert_eq!(whole.bytes.len(), OUTPUT_BYTES_KEPT + 1);
        assert_eq!((whole.content_type, whole.cut), ("text/plain", false));
    }

    #[test]
    fn nothing_beyond_the_bound_is_kept_and_that_is_said() {
        let large = Output::from(json!("x".repeat(MAX_RESULT_BYTES)));
        let whole = large.whole().unwrap();
        assert_eq!((whole.bytes.len(), whole.cut), (MAX_RESULT_BYTES, true));
        assert!(answered(b"short, and yet cut", true).whole().unwrap().cut);
    }

    #[test]
    fn a_character_is_never_cut_in_two() {
        let mut text = "x".repeat(OUTPUT_BYTES_KEPT - 1);
        text.push_str("äö");
        let excerpt = answered(text.as_bytes(), false).excerpt();
        assert_eq!(excerpt["body"], text[..OUTPUT_BYTES_KEPT - 1]);
        assert_eq!(answered(b"\xffx", false).excerpt()["body"], "\u{fffd}x");
    }

    #[test]
    fn what_is_as_large_as_may_be_is_kept_whole() {
        let body = answered(&vec![b'x'; MAX_RESULT_BYTES], false);
        let whole = body.whole().unwrap();
        assert_eq!((whole.bytes.len(), whole.cut), (MAX_RESULT_BYTES, false));
    }

    #[test]
    fn values_nested_sixteen_deep_are_kept_as_values_and_deeper_ones_as_text() {
        let lists = |depth| (0..depth).fold(json!(1), |inner, _| json!([inner]));
        let objects = |depth| (0..depth).fold(json!(1), |inner, _| json!({ "x": inner }));
        for value in [lists(16), objects(16)] {
            assert_eq!(Output::from(value.clone()).excerpt(), value);
        }
        for value in [lists(17), objects(17), objects(40)] {
            let text = json!(value.to_string());
            assert_eq!(Output::from(value).excerpt(), text);
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay_where_they_were() {
        // Nothing was cut: the answer itself ends within a character.
        assert_eq!(answered(b"x\xc3", false).excerpt()["body"], "x\u{fffd}");
        let mut bytes = vec![0xff];
        bytes.resize(OUTPUT_BYTES_KEPT + 1, b'x');
        let excerpt = answered(&bytes, false).excerpt();
        let text = format!("\u{fffd}{}", "x".repeat(OUTPUT_BYTES_KEPT - 1));
        assert_eq!(excerpt["body"], text);
    }
}
