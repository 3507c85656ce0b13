//! Takes secrets out of what an attempt leaves behind: its target may send back what it was sent.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;

use crate::domain::{Body, Output, SecretText};
use crate::plan::Ended;

/// What stands where a secret stood.
const SCRUBBED: &str = "[secret]";
/// The least that a part of a secret must have to be taken out by itself. The whole is, however short.
const LEAST_PART: usize = 6;

/// The texts that must not be seen.
#[derive(Default)]
pub struct Scrubber {
    /// Longest first: none is left in part because another was found in it.
    texts: Vec<String>,
}

impl Scrubber {
    /// Takes out these secrets, as they are and as they commonly are written in JSON, URLs and Base64; also what follows
    /// a scheme's name, as in `Bearer <token>`.
    pub fn new<'a>(secrets: impl Iterator<Item = &'a SecretText>) -> Self {
        let mut texts = Vec::new();
        for secret in secrets {
            let text = secret.reveal();
            texts.extend(spellings(text));
            let credentials = text.split_once(' ').map(|(_, rest)| rest.trim());
            let key = text.strip_prefix("whsec_");
            for part in [credentials, key].into_iter().flatten() {
                if part.len() >= LEAST_PART {
                    texts.extend(spellings(part));
                }
            }
        }
        texts.retain(|text| !text.is_empty());
        texts.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        texts.dedup();
        Self { texts }
    }

    /// The end of an attempt without them.
    #[must_use]
    pub fn scrub(&self, ended: Ended) -> Ended {
        if self.texts.is_empty() {
            return ended;
        }
        match ended {
            Ended::Succeeded { output } => Ended::Succeeded {
                output: self.outputs(output),
            },
            Ended::Failed {
                reason,
                detail,
                output,
            } => Ended::Failed {
                reason,
                detail: self.text(&detail),
                output: self.outputs(output),
            },
            Ended::Postponed {
                reason,
                detail,
                output,
                pause,
            } => Ended::Postponed {
                reason,
                detail: self.text(&detail),
                output: self.outputs(output),
                pause,
            },
            Ended::Rejected {
                reason,
                detail,
                output,
            } => Ended::Rejected {
                reason,
                detail: self.text(&detail),
                output: self.outputs(output),
            },
            Ended::Canceled => Ended::Canceled,
        }
    }

    fn outputs(&self, output: Option<Output>) -> Option<Output> {
        output.map(|output| Output {
            summary: self.value(output.summary),
            body: output.body.map(|body| self.body(body)),
        })
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.uncut(self.text(&text))),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => {
                let fields = fields.into_iter();
                fields
                    .map(|(key, value)| (self.text(&key), self.value(value)))
                    .collect()
            }
            Value::Null | Value::Bool(_) => value,
            // A secret of digits alone may come back as a number.
            Value::Number(number) => {
                let text = number.to_string();
                if self.texts.contains(&text) {
                    Value::String(SCRUBBED.to_owned())
                } else {
                    Value::Number(number)
                }
            }
        }
    }

    /// A text that may have been cut to a length: what it has of a secret's beginning at its end goes, too.
    fn uncut(&self, mut text: String) -> String {
        let begun = self.texts.iter();
        let begun = begun.map(|secret| begun_at_the_end(text.as_bytes(), secret));
        let begun = begun.max().unwrap_or(0);
        if begun >= LEAST_PART {
            text.truncate(text.len() - begun);
            text.push_str(SCRUBBED);
        }
        text
    }

    fn text(&self, text: &str) -> String {
        let mut scrubbed = text.to_owned();
        for secret in &self.texts {
            if scrubbed.contains(secret) {
                scrubbed = scrubbed.replace(secret, SCRUBBED);
            }
        }
        scrubbed
    }

    fn body(&self, body: Body) -> Body {
        let mut bytes = body.bytes;
        for secret in &self.texts {
            bytes = without(bytes, secret.as_bytes());
        }
        if body.cut {
            // The cut may have gone through a secret: what is left of it goes, too.
            let begun = self
                .texts
                .iter()
                .map(|secret| begun_at_the_end(&bytes, secret));
            let longest = begun.max().unwrap_or(0);
            bytes.truncate(bytes.len() - longest);
        }
        Body { bytes, ..body }
    }
}

/// How a text may come back.
fn spellings(text: &str) -> [String; 4] {
    let json = Value::from(text).to_string();
    let url: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    [
        text.to_owned(),
        json[1..json.len() - 1].to_owned(),
        url,
        BASE64_STANDARD.encode(text),
    ]
}

fn without(bytes: Vec<u8>, secret: &[u8]) -> Vec<u8> {
    let places: Vec<_> = places(&bytes, secret).collect();
    if places.is_empty() {
        return bytes;
    }
    let mut scrubbed = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for at in places {
        scrubbed.extend_from_slice(&bytes[from..at]);
        scrubbed.extend_from_slice(SCRUBBED.as_bytes());
        from = at + secret.len();
    }
    scrubbed.extend_from_slice(&bytes[from..]);
    scrubbed
}

/// Where `secret` stands, from left to right; no two places overlap.
fn places<'a>(bytes: &'a [u8], secret: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    // Linear, whatever the two are: both may be chosen by somebody who wants it to take long.
    memchr::memmem::find_iter(bytes, secret)
}

/// How many bytes of the secret's beginning the end has.
fn begun_at_the_end(bytes: &[u8], secret: &str) -> usize {
    let secret = secret.as_bytes();
    let longest = secret.len().saturating_sub(1).min(bytes.len());
    (1..=longest)
        .rev()
        .find(|length| bytes.ends_with(&secret[..*length]))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::Reason;

    fn scrubber(texts: &[&str]) -> Scrubber {
        let secrets: Vec<_> = texts
            .iter()
            .map(|text| SecretText::new((*text).to_owned()))
            .collect();
        Scrubber::new(secrets.iter())
    }

    fn body(bytes: &[u8], cut: bool) -> Ended {
        let body = Body {
            bytes: bytes.to_vec(),
            content_type: "text/plain".to_owned(),
            cut,
        };
        Ended::Succeeded {
            output: Some(Output {
                summary: json!({}),
                body: Some(body),
            }),
        }
    }

    fn bytes_of(ended: &Ended) -> &[u8] {
        &ended.output().unwrap().body.as_ref().unwrap().bytes
    }

    #[test]
    fn a_secret_is_taken_out_of_the_detail_and_of_every_part_of_the_output() {
        let ended = Ended::Failed {
            reason: Reason::AttemptFailed,
            detail: "refused hunter2".to_owned(),
            output: Some(json!({ "hunter2": ["a hunter2 b", 1, { "x": "hunter2" }] }).into()),
        };
        let expected = Ended::Failed {
            reason: Reason::AttemptFailed,
            detail: "refused [secret]".to_owned(),
            output: Some(json!({ "[secret]": ["a [secret] b", 1, { "x": "[secret]" }] }).into()),
        };
        assert_eq!(scrubber(&["hunter2"]).scrub(ended), expected);
    }

    #[test]
    fn it_is_known_in_other_spellings_and_without_its_scheme() {
        let table = [
            ("Bearer abc123", "token=abc123"),
            ("a\"b\\c", r#"{"echo": "a\"b\\c"}"#),
            ("a b/c", "?q=a+b%2Fc"),
            ("user:pass", "dXNlcjpwYXNz"),
            ("whsec_MfKQ9r8GKYqr", "MfKQ9r8GKYqr"),
        ];
        for (secret, echoed) in table {
            let ended = scrubber(&[secret]).scrub(body(echoed.as_bytes(), false));
            let text = String::from_utf8_lossy(bytes_of(&ended)).into_owned();
            assert!(text.contains(SCRUBBED), "{secret}: {text}");
        }
    }

    #[test]
    fn of_two_secrets_the_longer_goes_first() {
        let ended = scrubber(&["abc", "abcdef"]).scrub(body(b"abcdef abc", false));
        assert_eq!(bytes_of(&ended), b"[secret] [secret]");
    }

    #[test]
    fn what_a_cut_left_of_a_secret_goes_too() {
        let scrubber = scrubber(&["hunter2"]);
        assert_eq!(bytes_of(&scrubber.scrub(body(b"x hunte", true))), b"x ");
        assert_eq!(
            bytes_of(&scrubber.scrub(body(b"x hunte", false))),
            b"x hunte"
        );
    }

    #[test]
    fn the_beginning_of_a_secret_at_the_end_of_a_text_goes_too() {
        let output = json!({ "headers": { "x-echo": "you sent Bearer abcdefgh" }, "note": "Bear" });
        let ended = scrubber(&["Bearer abcdefghijkl"]).scrub(Ended::Succeeded {
            output: Some(output.into()),
        });
        let expected = json!({ "headers": { "x-echo": "you sent [secret]" }, "note": "Bear" });
        assert_eq!(ended.output().unwrap().summary, expected);
    }

    #[test]
    fn without_secrets_nothing_changes() {
        let ended = body(b"as it was", true);
        assert_eq!(Scrubber::default().scrub(ended.clone()), ended);
    }

    proptest! {
        #[test]
        fn no_secret_is_left_in_a_body(secret in "[a-d]{3,6}", around in "[a-d ]{0,30}", cut: bool) {
            let text = format!("{around}{secret}{around}");
            let ended = scrubber(&[&secret]).scrub(body(text.as_bytes(), cut));
            let left = String::from_utf8_lossy(bytes_of(&ended)).into_owned();
            prop_assert!(!left.contains(&secret), "{}", left);
        }
    }
}
