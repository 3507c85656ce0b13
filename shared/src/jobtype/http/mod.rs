//! `http`: one request to a URL. The execution id travels as `Idempotency-Key`, so a target can tell a second attempt
//! at the same occurrence from a second occurrence.

mod mapping;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Request, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use utoipa::ToSchema;
use utoipa::openapi::{Object, ObjectBuilder, OneOfBuilder, Schema, Type};

use self::mapping::{Mapping, headers_schema, parts_schema};
use self::verdict::{Condition, Rules, Statuses, Verdict, conditions_schema, statuses_schema};
use super::payload::Place;
use super::{Attempt, JobType};
use crate::domain::{
    Body, Destination, Invalid, MAX_RESULT_BYTES, Output, Reason, Sign, TraceContext, http_url,
    secret_reference, signed_with,
};
use crate::outbound::{Call, CallFailed, FailureKind, Outbound};
use crate::plan::Ended;
use crate::webhook::{self, NotAKey, SigningKey};

/// Headers that the request itself decides.
const RESERVED: [&str; 5] = [
    "connection",
    "content-length",
    "host",
    "idempotency-key",
    "transfer-encoding",
];

/// Headers that a signature consists of.
const SIGNED: [&str; 3] = [webhook::ID, webhook::TIMESTAMP, webhook::SIGNATURE];

/// Headers that say nothing confidential, and go with a redirect to another host.
const CARRIED: [&str; 4] = [
    "accept",
    "accept-language",
    "content-language",
    "content-type",
];

/// The most redirects that are followed.
const MAX_REDIRECTS: u8 = 5;

pub(super) struct Http {
    outbound: Outbound,
}

impl Http {
    pub(super) fn new(outbound: Outbound) -> Self {
        Self { outbound }
    }
}

/// The request to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Payload {
    /// `POST`, if absent.
    #[serde(default = "post")]
    #[schema(default = post, pattern = "^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$")]
    method: String,
    /// http or https. May have placeholders behind its host.
    #[schema(
        format = "uri",
        pattern = "^https?://",
        max_length = 2_048,
        example = "https://example.com/hook"
    )]
    url: String,
    #[serde(default)]
    #[schema(schema_with = headers)]
    headers: BTreeMap<String, String>,
    /// Sent as it is if it is a string, as JSON otherwise. May have placeholders in its texts.
    #[serde(default)]
    body: Option<Value>,
    /// Signs the request by the Standard Webhooks scheme.
    #[serde(default)]
    #[schema(schema_with = signed_with)]
    sign: Option<Sign<String>>,
    /// How many redirects are followed. Each is judged as a first request is.
    #[serde(default)]
    #[schema(maximum = 5)]
    follow_redirects: u8,
    #[serde(default)]
    #[schema(schema_with = statuses_schema)]
    expected_statuses: Option<Vec<Statuses>>,
    #[serde(default)]
    #[schema(schema_with = conditions_schema)]
    retry_on: Vec<Condition>,
    #[serde(default)]
    #[schema(schema_with = conditions_schema)]
    no_retry_on: Vec<Condition>,
    #[serde(default)]
    #[schema(schema_with = parts_schema)]
    result: Option<BTreeMap<String, String>>,
    #[serde(default)]
    #[schema(schema_with = headers_schema)]
    keep_headers: Vec<String>,
}

impl Payload {
    fn rules(&self) -> Rules<'_> {
        Rules {
            expected: self.expected_statuses.as_deref(),
            retry_on: &self.retry_on,
            no_retry_on: &self.no_retry_on,
        }
    }

    fn mapping(&self) -> Mapping<'_> {
        Mapping {
            parts: self.result.as_ref(),
            headers: &self.keep_headers,
        }
    }
}

/// What `headers` looks like: what `HeaderName` and `HeaderValue` take, or a secret's name.
fn headers() -> Object {
    let text = |pattern| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(pattern))
    };
    ObjectBuilder::new()
        .description(Some(
            "Sent with it, but for those that Punctual sets itself. May have placeholders; credentials are named as \
             secrets.",
        ))
        .property_names(Some(text("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")))
        .additional_properties(Some(Schema::OneOf(
            OneOfBuilder::new()
                .item(text(r"^[^\u0000-\u0008\u000a-\u001f\u007f]*$"))
                .item(secret_reference())
                .build(),
        )))
        .examples([json!({ "X-Report": "daily" })])
        .build()
}

fn post() -> String {
    "POST".to_owned()
}

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

impl JobType for Http {
    const NAME: &'static str = "http";
    type Payload = Payload;

    fn place(path: &[&str]) -> Place {
        match path {
            ["url"] => Place::URL,
            ["headers", _] => Place::HEADER,
            ["body", ..] => Place::JSON,
            ["sign", "keys", _] => Place::SECRET,
            _ => Place::FIXED,
        }
    }

    fn check(payload: &Payload) -> Result<(), Invalid> {
        if !METHODS.contains(&payload.method.as_str()) {
            let methods = METHODS.join(", ");
            return Err(Invalid::new(
                "payload.method",
                format!("must be one of {methods}"),
            ));
        }
        http_url("payload.url", &payload.url)?;
        for (name, value) in &payload.headers {
            let field = format!("payload.headers.{name}");
            if HeaderName::try_from(name).is_err() || HeaderValue::try_from(value).is_err() {
                return Err(Invalid::new(field, "is not a valid HTTP header"));
            }
            let lower = name.to_ascii_lowercase();
            let signed = payload.sign.is_some() && SIGNED.contains(&lower.as_str());
            if signed || RESERVED.contains(&lower.as_str()) {
                return Err(Invalid::new(
                    field,
                    "is set by Punctual and cannot be given",
                ));
            }
        }
        if let Some(sign) = &payload.sign {
            sign.check("payload.sign")?;
        }
        if payload.follow_redirects > MAX_REDIRECTS {
            let reason = format!("must be from 0 to {MAX_REDIRECTS}");
            return Err(Invalid::new("payload.follow_redirects", reason));
        }
        payload.rules().check()?;
        payload.mapping().check()
    }

    fn admit(&self, payload: &Payload) -> Result<(), Invalid> {
        let url = http_url("payload.url", &payload.url)?;
        let admitted = self.outbound.perimeter().admits(&url);
        admitted.map_err(|refused| Invalid::new("payload.url", refused.to_string()))
    }

    /// Placeholders stand behind the host only.
    fn destination(payload: &Value) -> Option<Destination> {
        let url = Url::parse(payload.get("url")?.as_str()?).ok()?;
        Destination::of(&url)
    }

    async fn run(&self, attempt: &Attempt, payload: Payload) -> Ended {
        let call = match call(attempt, &payload) {
            Ok(call) => call,
            Err(why) => {
                return Ended::Rejected {
                    reason: Reason::Rejected,
                    detail: why,
                    output: None,
                };
            }
        };
        match self.outbound.send(call).await {
            Ok(response) => answered(attempt, &payload, response).await,
            Err(failed) => failed_call(&payload, failed, None),
        }
    }
}

/// The request that `payload` asks for.
fn call(attempt: &Attempt, payload: &Payload) -> Result<Call, String> {
    let invalid = |error: &dyn std::fmt::Display| error.to_string();
    let method = Method::from_bytes(payload.method.as_bytes()).map_err(|error| invalid(&error))?;
    let url = http_url("payload.url", &payload.url).map_err(|error| invalid(&error))?;
    let mut request = Request::new(method, url);
    *request.timeout_mut() = Some(time_left(attempt));
    let body = payload.body.as_ref().map(bytes_of);
    let mut carried = HeaderMap::new();
    let mut confided = HeaderMap::new();
    let own = [
        ("idempotency-key", attempt.execution.to_string()),
        ("punctual-fire-time", written(attempt.fire_time)),
        ("punctual-attempt", attempt.number.to_string()),
    ];
    // A target may be in a trace of its owner's already.
    let is_theirs = payload
        .headers
        .keys()
        .any(|name| name.eq_ignore_ascii_case(TraceContext::HEADER));
    let trace = (TraceContext::HEADER, attempt.trace.to_string());
    let trace = (!is_theirs).then_some(trace);
    let signature = match &payload.sign {
        None => Vec::new(),
        Some(sign) => signature(attempt, sign, body.as_deref().unwrap_or_default())
            .map_err(|error| invalid(&error))?
            .to_vec(),
    };
    for (name, value) in own.iter().chain(&trace).chain(&signature) {
        let value = HeaderValue::try_from(value).map_err(|error| invalid(&error))?;
        let is_signature = SIGNED.contains(name);
        let headers = if is_signature {
            &mut confided
        } else {
            &mut carried
        };
        headers.append(HeaderName::from_static(name), value);
    }
    for (name, value) in &payload.headers {
        // Neither error says what the value is.
        let name = HeaderName::try_from(name).map_err(|error| invalid(&error))?;
        let value = HeaderValue::try_from(value).map_err(|error| invalid(&error))?;
        let is_carried = CARRIED.contains(&name.as_str());
        let headers = if is_carried {
            &mut carried
        } else {
            &mut confided
        };
        headers.append(name, value);
    }
    if payload.body.as_ref().is_some_and(|body| !body.is_string()) {
        let json = || HeaderValue::from_static("application/json");
        carried.entry(CONTENT_TYPE).or_insert_with(json);
    }
    *request.headers_mut() = carried;
    *request.body_mut() = body.map(Into::into);
    Ok(Call {
        request,
        confided,
        max_redirects: payload.follow_redirects,
    })
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A call ends by itself just before the attempt is ended: so it is known that it was slow, and not whatever else.
fn time_left(attempt: &Attempt) -> Duration {
    let left = (attempt.deadline - attempt.started_at)
        .to_std()
        .unwrap_or_default();
    left.saturating_sub(Duration::from_millis(50))
        .max(Duration::from_millis(1))
}

/// The bytes that are sent, and signed.
fn bytes_of(body: &Value) -> Vec<u8> {
    match body {
        Value::String(text) => text.clone().into_bytes(),
        value => value.to_string().into_bytes(),
    }
}

/// The headers that sign `body` as the message that the execution is: the same id for every attempt at it.
fn signature(
    attempt: &Attempt,
    sign: &Sign<String>,
    body: &[u8],
) -> Result<[(&'static str, String); 3], NotAKey> {
    let keys: Result<Vec<_>, _> = sign.keys.iter().map(|key| SigningKey::parse(key)).collect();
    webhook::signed_headers(
        &attempt.execution.to_string(),
        attempt.started_at,
        body,
        &keys?,
    )
}

/// How the attempt ends with this answer.
async fn answered(attempt: &Attempt, payload: &Payload, mut response: Response) -> Ended {
    let (status, headers) = (response.status(), response.headers().clone());
    let code = status.as_u16();
    let verdict = payload.rules().of_status(code);
    let body = match body_of(&mut response).await {
        Ok(body) => Some(body),
        Err(error) if verdict == Verdict::Expected => {
            let failed = CallFailed::from(error);
            let detail = format!("{status}, but the body broke off: {failed}");
            let output = payload.mapping().whole(code, &headers, None);
            let failed = CallFailed { detail, ..failed };
            return failed_call(payload, failed, Some(output));
        }
        // The status says enough.
        Err(_) => None,
    };
    let detail = || format!("the target answered {status}");
    match (verdict, body) {
        (Verdict::Expected, body) => Ended::Succeeded {
            output: body.map(|body| payload.mapping().output(code, &headers, body)),
        },
        (Verdict::Retry, body) => {
            let (reason, detail) = (Reason::AttemptFailed, detail());
            let output = Some(payload.mapping().whole(code, &headers, body));
            match pause_asked_for(&headers, attempt.started_at) {
                None => Ended::Failed {
                    reason,
                    detail,
                    output,
                },
                Some(pause) => Ended::Postponed {
                    reason,
                    detail,
                    output,
                    pause,
                },
            }
        }
        (Verdict::Final, body) => Ended::Rejected {
            reason: Reason::Rejected,
            detail: detail(),
            output: Some(payload.mapping().whole(code, &headers, body)),
        },
    }
}

/// What `Retry-After` says: seconds, or a date. How much of it is heeded is the retry policy's affair.
fn pause_asked_for(headers: &HeaderMap, asked_at: DateTime<Utc>) -> Option<TimeDelta> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse().unwrap_or(u32::MAX);
        return Some(TimeDelta::seconds(seconds.into()));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some((date.to_utc() - asked_at).max(TimeDelta::zero()))
}

/// How the attempt ends without an answer that was read whole.
fn failed_call(payload: &Payload, failed: CallFailed, output: Option<Output>) -> Ended {
    let CallFailed { kind, detail } = failed;
    let reason = match kind {
        FailureKind::Refused => Reason::TargetRefused,
        FailureKind::Dns => Reason::DnsFailed,
        FailureKind::Connect => Reason::ConnectFailed,
        FailureKind::Tls => Reason::TlsFailed,
        FailureKind::Timeout => Reason::TimedOut,
        FailureKind::Broken => Reason::ResponseBroken,
        FailureKind::TooManyRedirects => Reason::TooManyRedirects,
    };
    if payload.rules().retries(kind) {
        Ended::Failed {
            reason,
            detail,
            output,
        }
    } else {
        Ended::Rejected {
            reason,
            detail,
            output,
        }
    }
}

/// The body, as far as it is kept; the rest is never read.
async fn body_of(response: &mut Response) -> reqwest::Result<Body> {
    let content_type = response.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let content_type = content_type
        .unwrap_or("application/octet-stream")
        .to_owned();
    let mut bytes = Vec::new();
    let mut cut = false;
    while let Some(chunk) = response.chunk().await? {
        let room = MAX_RESULT_BYTES - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        cut = chunk.len() > room;
        if cut {
            break;
        }
    }
    Ok(Body {
        bytes,
        content_type,
        cut,
    })
}
