//! `http`: one request to a URL. The execution id travels as `Idempotency-Key`, so a target can tell a second attempt
//! at the same occurrence from a second occurrence.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{Object, ObjectBuilder, Schema, Type};

use super::{Attempt, JobType};
use crate::domain::{Body, Invalid, MAX_RESULT_BYTES, Output, Reason, http_url};
use crate::plan::Ended;

/// Headers that the request itself decides.
const RESERVED: [&str; 5] = [
    "connection",
    "content-length",
    "host",
    "idempotency-key",
    "transfer-encoding",
];

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
    /// http or https.
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
    /// Sent as it is if it is a string, as JSON otherwise.
    #[serde(default)]
    body: Option<Value>,
}

/// What `headers` looks like: what `HeaderName` and `HeaderValue` take.
fn headers() -> Object {
    let text = |pattern| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(pattern))
    };
    ObjectBuilder::new()
        .description(Some(
            "Sent with it, but for those that Punctual sets itself.",
        ))
        .property_names(Some(text("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")))
        .additional_properties(Some(Schema::from(
            text(r"^[^\u0000-\u0008\u000a-\u001f\u007f]*$").build(),
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
            if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
                return Err(Invalid::new(
                    field,
                    "is set by Punctual and cannot be given",
                ));
            }
        }
        Ok(())
    }

    async fn run(&self, attempt: &Attempt, payload: Payload) -> Ended {
        match self.call(attempt, payload).await {
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
    async fn call(&self, attempt: &Attempt, payload: Payload) -> reqwest::Result<Response> {
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
        request = match payload.body {
            None => request,
            Some(Value::String(text)) => request.body(text),
            Some(value) if names_type => request.body(value.to_string()),
            Some(value) => request
                .header(CONTENT_TYPE, "application/json")
                .body(value.to_string()),
        };
        request.send().await
    }
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
