//! Which parts of an answer the record keeps, where its payload says so. What is not there is null: the call has done its
//! work, whatever its answer looks like, and must not be made again for that.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, HeaderName};
use serde_json::{Map, Value, json};
use utoipa::openapi::{Array, ArrayBuilder, Object, ObjectBuilder, Schema, Type};

use crate::domain::{Body, Invalid, Output};

const MAX_PARTS: usize = 20;
const MAX_HEADERS: usize = 5;
/// Of a header, so much is kept: the record is small.
const HEADER_BYTES: usize = 100;
/// A larger body is not read as JSON: its values would take many times its room.
const MAX_JSON_BYTES: usize = 256 * 1_024;

/// Headers of answers that hold credentials.
const UNKEPT: [&str; 4] = [
    "set-cookie",
    "set-cookie2",
    "authorization",
    "proxy-authenticate",
];

/// What a payload says about what is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping<'a> {
    /// Parts of a JSON answer, each by a pointer.
    pub(super) parts: Option<&'a BTreeMap<String, String>>,
    /// Headers of the answer.
    pub(super) headers: &'a [String],
}

impl Mapping<'_> {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        if self
            .parts
            .is_some_and(|parts| !(1..=MAX_PARTS).contains(&parts.len()))
        {
            let reason = format!("must have 1 to {MAX_PARTS} parts");
            return Err(Invalid::new("payload.result", reason));
        }
        for (name, pointer) in self.parts.into_iter().flatten() {
            let refuse = |reason| Err(Invalid::new(format!("payload.result.{name}"), reason));
            if !is_name(name) {
                return refuse(
                    "must be called by 1 to 64 letters, digits, underscores and hyphens",
                );
            }
            if !is_pointer(pointer) {
                return refuse(
                    "must be a JSON pointer of at most 200 characters, such as /data/id",
                );
            }
        }
        if self.headers.len() > MAX_HEADERS {
            let reason = format!("must have at most {MAX_HEADERS} items");
            return Err(Invalid::new("payload.keep_headers", reason));
        }
        for (place, name) in self.headers.iter().enumerate() {
            let refuse = |reason| {
                Err(Invalid::new(
                    format!("payload.keep_headers[{place}]"),
                    reason,
                ))
            };
            if HeaderName::try_from(name).is_err() {
                return refuse("is not the name of a header");
            }
            if UNKEPT.contains(&name.to_ascii_lowercase().as_str()) {
                return refuse("may hold a credential, which is not kept");
            }
        }
        Ok(())
    }

    /// The output of an answer that was not what was hoped for: its body says why.
    pub(super) fn whole(&self, status: u16, headers: &HeaderMap, body: Option<Body>) -> Output {
        Output {
            summary: Value::Object(self.summary(status, headers)),
            body,
        }
    }

    /// The output of a good answer.
    pub(super) fn output(&self, status: u16, headers: &HeaderMap, body: Body) -> Output {
        let Some(parts) = self.parts else {
            return self.whole(status, headers, Some(body));
        };
        let mut summary = self.summary(status, headers);
        let answer = json_of(&body);
        let part = |pointer: &String| {
            let found = answer
                .as_ref()
                .ok()
                .and_then(|answer| answer.pointer(pointer));
            found.cloned().unwrap_or_default()
        };
        let parts = parts
            .iter()
            .map(|(name, pointer)| (name.clone(), part(pointer)));
        let parts: Map<_, _> = parts.collect();
        summary.insert("result".to_owned(), parts.into());
        let body = answer.err().map(|why| {
            summary.insert("unmapped".to_owned(), why.into());
            body
        });
        Output {
            summary: summary.into(),
            body,
        }
    }

    fn summary(&self, status: u16, headers: &HeaderMap) -> Map<String, Value> {
        let mut summary = Map::from_iter([("status".to_owned(), json!(status))]);
        let kept = self.headers.iter().filter_map(|name| {
            let value = headers.get(name)?;
            let bytes = value.as_bytes();
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(HEADER_BYTES)]);
            Some((name.to_ascii_lowercase(), Value::from(text)))
        });
        let kept: Map<_, _> = kept.collect();
        if !kept.is_empty() {
            summary.insert("headers".to_owned(), kept.into());
        }
        summary
    }
}

fn json_of(body: &Body) -> Result<Value, &'static str> {
    if body.cut || body.bytes.len() > MAX_JSON_BYTES {
        return Err("the body is larger than 256 KB");
    }
    serde_json::from_slice(&body.bytes).map_err(|_| "the body is not JSON")
}

fn is_name(name: &str) -> bool {
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(usual)
}

fn is_pointer(text: &str) -> bool {
    let escapes = text.split('~').skip(1);
    (text.is_empty() || text.starts_with('/'))
        && text.chars().count() <= 200
        && escapes.into_iter().all(|rest| rest.starts_with(['0', '1']))
}

const POINTER: &str = "^(/([^~/]|~[01])*)*$";

pub(super) fn parts_schema() -> Object {
    let pointer = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(200))
        .pattern(Some(POINTER));
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[A-Za-z0-9_-]{1,64}$"));
    ObjectBuilder::new()
        .description(Some(
            "Up to 20 parts of a JSON answer, each by a pointer (RFC 6901): they are the output instead of the body.",
        ))
        .additional_properties(Some(Schema::Object(pointer.build())))
        .property_names(Some(name.build()))
        .min_properties(Some(1))
        .max_properties(Some(MAX_PARTS))
        .examples([json!({ "order": "/data/id" })])
        .build()
}

pub(super) fn headers_schema() -> Array {
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"));
    ArrayBuilder::new()
        .items(name)
        .max_items(Some(MAX_HEADERS))
        .description(Some(
            "Headers of the answer that are kept: the first 100 bytes of each.",
        ))
        .examples([json!(["etag"])])
        .build()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn body(text: &str, cut: bool) -> Body {
        Body {
            bytes: text.as_bytes().to_vec(),
            content_type: "application/json".to_owned(),
            cut,
        }
    }

    fn parts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, pointer)| ((*name).to_owned(), (*pointer).to_owned()))
            .collect()
    }

    #[test]
    fn parts_stand_for_the_body_and_what_is_not_there_is_null() {
        let parts = parts(&[
            ("order", "/data/id"),
            ("first", "/items/0"),
            ("none", "/x/y"),
            ("slash", "/a~1b"),
        ]);
        let headers = ["ETag".to_owned(), "x-none".to_owned()];
        let mapping = Mapping {
            parts: Some(&parts),
            headers: &headers,
        };
        let answered =
            HeaderMap::from_iter([(reqwest::header::ETAG, HeaderValue::from_static("\"7\""))]);
        let text = r#"{"data": {"id": 7}, "items": [{"n": 1}], "a/b": true}"#;
        let output = mapping.output(201, &answered, body(text, false));
        let expected = json!({
            "status": 201,
            "headers": { "etag": "\"7\"" },
            "result": { "order": 7, "first": { "n": 1 }, "none": null, "slash": true },
        });
        assert_eq!((output.summary, output.body), (expected, None));
    }

    #[test]
    fn what_is_no_json_is_kept_as_it_is_and_that_is_said() {
        let parts = parts(&[("order", "/id")]);
        let mapping = Mapping {
            parts: Some(&parts),
            headers: &[],
        };
        let large = format!("\"{}\"", "x".repeat(MAX_JSON_BYTES));
        let deep = "[".repeat(100_000);
        for (body, why) in [
            (body("<html>", false), "the body is not JSON"),
            (body("", false), "the body is not JSON"),
            (body(&deep, false), "the body is not JSON"),
            (body("{}", true), "the body is larger than 256 KB"),
            (body(&large, false), "the body is larger than 256 KB"),
        ] {
            let output = mapping.output(200, &HeaderMap::new(), body.clone());
            let expected = json!({ "status": 200, "result": { "order": null }, "unmapped": why });
            assert_eq!((output.summary, output.body), (expected, Some(body)));
        }
    }

    #[test]
    fn of_a_header_the_record_has_room_for_the_beginning() {
        let headers = ["x-long".to_owned()];
        let mapping = Mapping {
            parts: None,
            headers: &headers,
        };
        let value = HeaderValue::from_bytes(&[0xff; 200]).unwrap();
        let answered = HeaderMap::from_iter([(HeaderName::from_static("x-long"), value)]);
        let output = mapping.whole(500, &answered, None);
        assert_eq!(
            output.summary["headers"]["x-long"],
            "\u{fffd}".repeat(HEADER_BYTES)
        );
    }

    #[test]
    fn what_cannot_be_kept_is_refused_by_its_name() {
        let long = format!("/{}", "x".repeat(200));
        let unnamed = "x".repeat(65);
        for (name, pointer) in [
            ("", "/a"),
            (&unnamed, "/a"),
            ("a b", "/a"),
            ("a.b", "/a"),
            ("ä", "/a"),
            ("a", "a"),
            ("a", "/~"),
            ("a", "/~2"),
            ("a", "#/a"),
            ("a", &long),
        ] {
            let parts = parts(&[(name, pointer)]);
            let refused = Mapping {
                parts: Some(&parts),
                headers: &[],
            }
            .check()
            .unwrap_err();
            assert_eq!(refused.field, format!("payload.result.{name}"), "{pointer}");
        }
        for name in ["Set-Cookie", "authorization", "", "a b", "ä"] {
            let headers = ["etag".to_owned(), name.to_owned()];
            let refused = Mapping {
                parts: None,
                headers: &headers,
            }
            .check()
            .unwrap_err();
            assert_eq!(refused.field, "payload.keep_headers[1]", "{name}");
        }
        for pointer in ["", "/", "/a/0/~0~1", "//"] {
            let parts = parts(&[("a", pointer)]);
            assert_eq!(
                Mapping {
                    parts: Some(&parts),
                    headers: &[]
                }
                .check(),
                Ok(()),
                "{pointer}"
            );
        }
    }
}
