//! A small Lambda Runtime API: hands a function's process one event and takes its answer.

use std::net::Ipv4Addr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::TimeDelta;
use punctual::aws::{Clients, Endpoint, provision, results_bucket};
use punctual::edge::SystemClock;
use punctual::port::Clock;
use punctual_tests::binary;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::{Mutex, mpsc};

use crate::environment::of_template;

/// The samples' queues belong to this namespace.
const NAMESPACE: &str = "punctual-dev";
/// A bound against hanging; no measure of anything.
const PATIENCE: Duration = Duration::from_mins(1);

struct Emulator {
    event: Mutex<Option<Value>>,
    answers: mpsc::UnboundedSender<Result<Value, Value>>,
}

/// Starts the function's binary as Lambda would, with the stand-in for AWS, and returns its answer to `event`.
pub async fn invoke(function: &str, event: Value) -> Value {
    let endpoint = std::env::var("PUNCTUAL_TEST_ENDPOINT")
        .expect("PUNCTUAL_TEST_ENDPOINT is not set: run this by tests/with-stand-in, or make test");
    let clients = Clients::new(Some(&Endpoint(endpoint.clone()))).await;
    provision(&clients, NAMESPACE, None).await.unwrap();

    let (answers, mut answered) = mpsc::unbounded_channel();
    let emulator = Arc::new(Emulator {
        event: Mutex::new(Some(event)),
        answers,
    });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route(
            "/2018-06-01/runtime/invocation/{id}/response",
            post(response),
        )
        .route("/2018-06-01/runtime/invocation/{id}/error", post(failure))
        .route("/2018-06-01/runtime/init/error", post(failure_at_start))
        .with_state(emulator);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let mut process = Command::new(binary(function))
        .env_clear()
        .envs(of_template(function))
        .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", function)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/test")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "test")
        .env("AWS_ENDPOINT_URL", &endpoint)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .envs(of_stand_in(&endpoint))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the function's process");
    let answer = tokio::select! {
        answer = tokio::time::timeout(PATIENCE, answered.recv()) => answer.expect("an answer in time"),
        ended = process.wait() => panic!("{function} ended without an answer: {ended:?}"),
    };
    process.kill().await.unwrap();
    match answer.expect("an answer") {
        Ok(answer) => answer,
        Err(error) => panic!("{function} failed: {error}"),
    }
}

/// What differs with the stand-in from what the template says: where things are, and how many shards are to be read.
fn of_stand_in(endpoint: &str) -> [(&'static str, String); 3] {
    [
        (
            "PUNCTUAL_QUEUE_BASE_URL",
            format!("{endpoint}/000000000000"),
        ),
        ("PUNCTUAL_RESULTS_BUCKET", results_bucket(NAMESPACE)),
        ("PUNCTUAL_SHARDS", "4".to_owned()),
    ]
}

async fn next(State(emulator): State<Arc<Emulator>>) -> impl IntoResponse {
    let Some(event) = emulator.event.lock().await.take() else {
        // There is no second event: the function waits, as it would between invocations.
        std::future::pending::<()>().await;
        unreachable!("pending never ends");
    };
    let deadline = SystemClock.now() + TimeDelta::seconds(50);
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (
            "lambda-runtime-aws-request-id",
            "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned(),
        ),
        (
            "lambda-runtime-deadline-ms",
            deadline.timestamp_millis().to_string(),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:000000000000:function:test".to_owned(),
        ),
        (
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700".to_owned(),
        ),
    ] {
        headers.insert(name, HeaderValue::try_from(value).unwrap());
    }
    (headers, Json(event))
}

async fn response(
    State(emulator): State<Arc<Emulator>>,
    Path(_id): Path<String>,
    body: String,
) -> StatusCode {
    let answer = serde_json::from_str(&body).map_err(|_| Value::String(body));
    emulator.answers.send(answer).expect("the test waits");
    StatusCode::ACCEPTED
}

async fn failure(
    State(emulator): State<Arc<Emulator>>,
    Path(_id): Path<String>,
    body: String,
) -> StatusCode {
    emulator
        .answers
        .send(Err(Value::String(body)))
        .expect("the test waits");
    StatusCode::ACCEPTED
}

async fn failure_at_start(State(emulator): State<Arc<Emulator>>, body: String) -> StatusCode {
    emulator
        .answers
        .send(Err(Value::String(body)))
        .expect("the test waits");
    StatusCode::ACCEPTED
}
