//! Entity tags: a job's tag is its version. `If-Match` lets a change replace only a version that its maker has seen;
//! `If-None-Match` spares an answer that its reader has. What a tag stands for is the job as stored: `next_fire_at`, which
//! moves with the clock, is not part of it.

use std::collections::BTreeSet;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use punctual::domain::{ExpectedVersion, Invalid};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, SchemaFormat, Type};

use crate::problem::Problem;

/// The versions that `If-Match` allows; any, if the request has none.
pub struct IfMatch(pub ExpectedVersion);

/// The versions that the caller has already, by `If-None-Match`.
pub struct IfNoneMatch(Option<Tags>);

impl IfNoneMatch {
    /// Whether the caller has `version` already.
    pub fn has(&self, version: u64) -> bool {
        match &self.0 {
            None => false,
            Some(Tags::Any) => true,
            // Read for a comparison that takes weak tags as well.
            Some(Tags::Listed { strong, weak }) => {
                strong.contains(&version) || weak.contains(&version)
            }
        }
    }
}

/// What such a header names. Tags that are no version's are dropped: they match nothing.
#[derive(Debug, Default, PartialEq)]
enum Tags {
    #[default]
    Any,
    Listed {
        strong: BTreeSet<u64>,
        weak: BTreeSet<u64>,
    },
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(match read(parts, &header::IF_MATCH, "If-Match")? {
            None | Some(Tags::Any) => ExpectedVersion::Any,
            Some(Tags::Listed { strong, .. }) => ExpectedVersion::OneOf(strong),
        }))
    }
}

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(parts, &header::IF_NONE_MATCH, "If-None-Match").map(Self)
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "Changes the job only while it is at one of these versions.";
        vec![parameter("If-Match", description)]
    }
}

impl IntoParams for IfNoneMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "The versions that you have already.";
        vec![parameter("If-None-Match", description)]
    }
}

/// A header as [`tags`] reads it, for the document.
fn parameter(name: &str, description: &str) -> Parameter {
    let tags = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("entity-tags".to_owned())));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(format!("`*`, or tags as in `ETag`. {description}")))
        .schema(Some(tags))
        .example(Some("\"7\"".into()))
        .build()
}

fn read(parts: &Parts, name: &HeaderName, shown: &str) -> Result<Option<Tags>, Problem> {
    let values = parts.headers.get_all(name);
    let lines: Result<Vec<_>, _> = values.iter().map(HeaderValue::to_str).collect();
    if lines.as_ref().is_ok_and(Vec::is_empty) {
        return Ok(None);
    }
    // Several lines are one list.
    let read = lines.ok().and_then(|lines| tags(&lines.join(",")));
    read.map(Some).ok_or_else(|| {
        let reason = "must be * or a list of entity tags in quotes, like \"7\"";
        Problem::invalid(Invalid::new(shown, reason))
    })
}

/// Reads `*`, or a list as RFC 9110 writes it (8.8.3, 13.1.1).
fn tags(text: &str) -> Option<Tags> {
    if text.trim() == "*" {
        return Some(Tags::Any);
    }
    let (mut strong, mut weak) = (BTreeSet::new(), BTreeSet::new());
    let mut any = false;
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix(',') {
            rest = behind.trim_start();
            continue;
        }
        let (is_weak, tag) = match rest.strip_prefix("W/") {
            Some(tag) => (true, tag),
            None => (false, rest),
        };
        let (opaque, behind) = tag.strip_prefix('"')?.split_once('"')?;
        if opaque
            .chars()
            .any(|c| c.is_ascii_whitespace() || c.is_control())
        {
            return None;
        }
        any = true;
        // One version has one spelling.
        let version = opaque.parse().ok();
        let version = version.filter(|number: &u64| number.to_string() == opaque);
        if is_weak { &mut weak } else { &mut strong }.extend(version);
        rest = behind.trim_start();
        if !(rest.is_empty() || rest.starts_with(',')) {
            return None;
        }
    }
    any.then_some(Tags::Listed { strong, weak })
}

/// An answer that shows one job, tagged with its version.
pub struct Tagged<V> {
    /// The version shown.
    pub version: u64,
    /// How it is shown.
    pub view: V,
}

impl<V: IntoResponse> IntoResponse for Tagged<V> {
    fn into_response(self) -> Response {
        tagged(self.version, self.view)
    }
}

/// The answer to a reader who has the version already.
pub fn not_modified(version: u64) -> Response {
    tagged(version, StatusCode::NOT_MODIFIED)
}

fn tagged(version: u64, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    // Digits in quotes are always a header's value.
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "it is compared with what is read")]
    fn listed(strong: &[u64], weak: &[u64]) -> Option<Tags> {
        Some(Tags::Listed {
            strong: strong.iter().copied().collect(),
            weak: weak.iter().copied().collect(),
        })
    }

    #[test]
    fn tags_are_read_as_the_standard_writes_them() {
        for (text, expected) in [
            ("*", Some(Tags::Any)),
            (" * ", Some(Tags::Any)),
            ("\"7\"", listed(&[7], &[])),
            ("\"7\", \"8\" ,\"9\"", listed(&[7, 8, 9], &[])),
            (",\"7\",,", listed(&[7], &[])),
            ("W/\"7\"", listed(&[], &[7])),
            ("W/\"7\", \"8\"", listed(&[8], &[7])),
            // Tags of somebody else's, and second spellings of a version, match nothing.
            ("\"abc,def\", \"\", \"07\", \"+7\"", listed(&[], &[])),
            ("\"18446744073709551616\"", listed(&[], &[])),
        ] {
            assert_eq!(tags(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_list_of_tags_is_refused() {
        for text in [
            "",
            " ",
            ",",
            "7",
            "\"7",
            "7\"",
            "w/\"7\"",
            "W/7",
            "W/ \"7\"",
            "\"7\" \"8\"",
            "\"7\"8",
            "*, \"7\"",
            "\"7\", *",
            "\"a b\"",
            "\u{0}",
        ] {
            assert_eq!(tags(text), None, "{text}");
        }
    }
}
