//! The stand-in over HTTP, on one port for all services. Whoever waits for messages waits here: the cloud answers at once.

use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::cloud::{Answer, Service};
use crate::journal::Journaled;
use crate::s3::{Object, ObjectAnswer, ObjectCall};
use crate::wire::error_header;

/// The longest body that is read.
const MAX_BODY_BYTES: usize = 20 * 1_024 * 1_024;

/// Says that the server answers, where ministack says so too.
const READY: [&str; 2] = ["/ready", "/_ministack/ready"];

/// What the requests share.
struct Shared {
    cloud: Mutex<Journaled>,
    /// Told whenever a message may have become visible.
    sent: Notify,
    now: fn() -> DateTime<Utc>,
}

/// Serves `cloud`, whose clock is `now`, until the listener breaks.
///
/// # Errors
/// If it cannot listen any more.
pub async fn serve(
    listener: TcpListener,
    cloud: Journaled,
    now: fn() -> DateTime<Utc>,
) -> io::Result<()> {
    let shared = Arc::new(Shared {
        cloud: Mutex::new(cloud),
        sent: Notify::new(),
        now,
    });
    let router = Router::new()
        .fallback(answer)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(shared);
    // Answers are small, and nobody should wait for more to go with them.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, router).await
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if READY.contains(&uri.path()) {
        return StatusCode::OK.into_response();
    }
    let answered = match headers.get("x-amz-target") {
        Some(target) => match target.to_str().ok().and_then(Service::of_target) {
            Some((service, operation)) => shared.call(service, operation, &body).await,
            None => {
                let message = "this service is not stood in for";
                return (StatusCode::NOT_IMPLEMENTED, message).into_response();
            }
        },
        None => shared.call_object(&method, uri.path(), &headers, &body),
    };
    answered.unwrap_or_else(|error| {
        // It was carried out and is not on the log: nobody may hear that it went well.
        (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
    })
}

/// What of a ReceiveMessage says how long it waits.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Waits {
    #[serde(default)]
    queue_url: String,
    #[serde(default)]
    wait_time_seconds: Option<u32>,
}

impl Shared {
    fn cloud(&self) -> std::sync::MutexGuard<'_, Journaled> {
        self.cloud.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn call(&self, service: Service, operation: &str, body: &[u8]) -> io::Result<Response> {
        let answer = match (service, operation) {
            (Service::Sqs, "ReceiveMessage") => self.receive(body).await?,
            (Service::Sqs, _) => {
                let answer = self.cloud().call((self.now)(), service, operation, body)?;
                self.sent.notify_waiters();
                answer
            }
            (Service::DynamoDb, _) => self.cloud().call((self.now)(), service, operation, body)?,
        };
        Ok(response(service, answer))
    }

    /// Receives, and waits for messages as long as the call, or else the queue, says.
    async fn receive(&self, body: &[u8]) -> io::Result<Answer> {
        let waits: Waits = serde_json::from_slice(body).unwrap_or_default();
        let mut deadline = None;
        loop {
            let mut sent = pin!(self.sent.notified());
            sent.as_mut().enable();
            let (answer, next) = {
                let mut cloud = self.cloud();
                let now = (self.now)();
                let answer = cloud.call(now, Service::Sqs, "ReceiveMessage", body)?;
                let sqs = &cloud.cloud().sqs;
                let seconds = waits.wait_time_seconds;
                let seconds = seconds.unwrap_or_else(|| sqs.wait_seconds(&waits.queue_url));
                deadline.get_or_insert(Instant::now() + Duration::from_secs(seconds.into()));
                let next = sqs.next_visible_in(&waits.queue_url, now);
                (answer, next.and_then(|at| (at - now).to_std().ok()))
            };
            let is_empty = answer.error.is_none() && answer.body == b"{}";
            let deadline = deadline.unwrap_or_else(Instant::now);
            if !is_empty || Instant::now() >= deadline {
                return Ok(answer);
            }
            // Up to the next millisecond, which is what timers keep to.
            let next = next.map(|next| Instant::now() + next + Duration::from_millis(1));
            let until = next.map_or(deadline, |next| next.min(deadline));
            tokio::select! {
                () = sent => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    fn call_object(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> io::Result<Response> {
        let Some(call) = object_call(method, path, headers, body) else {
            let message = "this call is not stood in for";
            return Ok((StatusCode::NOT_IMPLEMENTED, message).into_response());
        };
        let is_delete = matches!(call, ObjectCall::Delete(..));
        let answer = self.cloud().call_object((self.now)(), &call)?;
        Ok(match answer {
            ObjectAnswer::Done if is_delete => StatusCode::NO_CONTENT.into_response(),
            ObjectAnswer::Done => StatusCode::OK.into_response(),
            ObjectAnswer::Object(object) => {
                let mut response = object.bytes.into_response();
                for (name, value) in object.headers {
                    if let (Ok(name), Ok(value)) = (
                        header::HeaderName::try_from(name),
                        header::HeaderValue::try_from(value),
                    ) {
                        response.headers_mut().insert(name, value);
                    }
                }
                response
            }
            ObjectAnswer::NoSuchBucket => no_such("NoSuchBucket"),
            ObjectAnswer::NoSuchKey => no_such("NoSuchKey"),
        })
    }
}

fn object_call(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Option<ObjectCall> {
    let path = path.strip_prefix('/')?;
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let (bucket, key) = (bucket.to_owned(), key.to_owned());
    match (method.as_str(), bucket.as_str(), key.as_str()) {
        (_, "", _) => None,
        ("PUT", _, "") => Some(ObjectCall::CreateBucket(bucket)),
        (_, _, "") => None,
        ("PUT", ..) => {
            let kept = [header::CONTENT_TYPE, header::CONTENT_DISPOSITION];
            let kept = kept.iter().filter_map(|name| {
                let value = headers.get(name)?.to_str().ok()?;
                Some((name.to_string(), value.to_owned()))
            });
            let object = Object {
                bytes: body.to_vec(),
                headers: kept.collect(),
            };
            Some(ObjectCall::Put(bucket, key, object))
        }
        ("GET", ..) => Some(ObjectCall::Get(bucket, key)),
        ("DELETE", ..) => Some(ObjectCall::Delete(bucket, key)),
        _ => None,
    }
}

fn no_such(code: &str) -> Response {
    let body = format!("<Error><Code>{code}</Code><Message>It does not exist.</Message></Error>");
    let headers = [(header::CONTENT_TYPE, "application/xml")];
    (StatusCode::NOT_FOUND, headers, body).into_response()
}

fn response(service: Service, answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    let mut response = (status, headers, answer.body).into_response();
    if let Some((name, value)) = answer.error.and_then(|error| error_header(service, &error))
        && let Ok(value) = header::HeaderValue::try_from(value)
    {
        response.headers_mut().insert(name, value);
    }
    response
}
