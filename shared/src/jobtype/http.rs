//! `http`: one request to a URL. The execution id travels as `Idempotency-Key`, so a target can tell a second attempt
//! at the same occurrence from a second occurrence.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use utoipa::ToSchema;
use utoipa::openapi::{Array, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, Type};

use super::payload::{Place, secret_reference};
use super::{Attempt, JobType};
use crate::domain::{Body, Destination, Invalid, MAX_RESULT_BYTES, Output, Reason, http_url};
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

pub(super) struct Http {
    client: reqwest::Client,
}

impl Http {
    pub(super) fn new(client: reqwest::Client) -> Self {
        Self { client }
    }
}

/// The client for outgoing calls: TLS by ring with the platform's roots, no redirects, no proxy, no cookies.
///
/// # Errors
/// If the TLS backend cannot be set up.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    // Somebody else may have installed the same provider already; either way there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(std::time::Duration::from_secs(10))
        .user_agent(concat!("punctual/", env!("CARGO_PKG_VERSION")))
        .build()
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
    sign: Option<Sign>,
}

/// What to sign a request with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Sign {
    /// Secrets of the form `whsec_<base64>`: one, or two while a key is being replaced. Each signs.
    #[schema(schema_with = signing_keys)]
    keys: Vec<String>,
}

fn signing_keys() -> Array {
    ArrayBuilder::new()
        .items(secret_reference())
        .min_items(Some(1))
        .max_items(Some(2))
        .build()
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
        let keys = payload.sign.as_ref().map(|sign| sign.keys.len());
        if keys.is_some_and(|count| !(1..=2).contains(&count)) {
            return Err(Invalid::new("payload.sign.keys", "must be one key or two"));
        }
        Ok(())
    }

    /// Placeholders stand behind the host only.
    fn destination(payload: &Value) -> Option<Destination> {
        let url = Url::parse(payload.get("url")?.as_str()?).ok()?;
        Destination::of(&url)
    }

    async fn run(&self, attempt: &Attempt, payload: Payload) -> Ended {
        let body = payload.body.as_ref().map(bytes_of);
        let signature = match &payload.sign {
            None => Vec::new(),
            Some(sign) => match signature(attempt, sign, body.as_deref().unwrap_or_default()) {
                Ok(headers) => headers.to_vec(),
                Err(error) => {
                    return Ended::Rejected {
                        reason: Reason::Rejected,
                        detail: error.to_string(),
                        output: None,
                    };
                }
            },
        };
        match self.call(attempt, payload, body, signature).await {
            Ok(response) => ended(response).await,
            Err(error) => Ended::Failed {
                reason: Reason::AttemptFailed,
                detail: describe(&error),
                output: None,
            },
        }
    }
}

impl Http {
    async fn call(
        &self,
        attempt: &Attempt,
        payload: Payload,
        body: Option<Vec<u8>>,
        signature: Vec<(&'static str, String)>,
    ) -> reqwest::Result<Response> {
        let method = Method::from_bytes(payload.method.as_bytes()).unwrap_or(Method::POST);
        let mut request = self
            .client
            .request(method, payload.url)
            .header("idempotency-key", attempt.execution.to_string())
            .header(
                "punctual-fire-time",
                attempt
                    .fire_time
                    .to_rfc3339_opts(SecondsFormat::AutoSi, true),
            )
            .header("punctual-attempt", attempt.number);
        let names_type = payload
            .headers
            .keys()
            .any(|name| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()));
        for (name, value) in payload.headers {
            request = request.header(name, value);
        }
        for (name, value) in signature {
            request = request.header(name, value);
        }
        if !names_type && matches!(payload.body, Some(ref body) if !body.is_string()) {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        request.send().await
    }
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
    sign: &Sign,
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

async fn ended(mut response: Response) -> Ended {
    let status = response.status();
    let body = match body_of(&mut response).await {
        Ok(body) => body,
        Err(error) => {
            return Ended::Failed {
                reason: Reason::AttemptFailed,
                detail: format!("{status}, but the body broke off: {}", describe(&error)),
                output: Some(json!({ "status": status.as_u16() }).into()),
            };
        }
    };
    let output = Some(Output {
        summary: json!({ "status": status.as_u16() }),
        body: Some(body),
    });
    if status.is_success() {
        Ended::Succeeded { output }
    } else if may_pass(status) {
        Ended::Failed {
            reason: Reason::AttemptFailed,
            detail: format!("the target answered {status}"),
            output,
        }
    } else {
        Ended::Rejected {
            reason: Reason::Rejected,
            detail: format!("the target answered {status}"),
            output,
        }
    }
}

/// Whether another attempt may fare better: the server's own trouble, or "later".
fn may_pass(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
        )
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

/// The error with its causes, without the URL: a query may hold a secret.
fn describe(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&error.to_string());
        cause = error.source();
    }
    if text.is_empty() {
        "the request failed".clone_into(&mut text);
    }
    text
}
