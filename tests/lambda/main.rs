//! Each function's own binary answers a real Runtime API invocation with its sample event, in the template's environment.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what helps a test may fail it"
)]

mod emulator;
mod environment;
#[path = "../../shared/src/metrics/tests/specification.rs"]
mod specification;

use serde_json::{Value, json};

use crate::emulator::{invoke, invoke_and_read};

fn sample(name: &str) -> Value {
    let path = format!("{}/../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test]
async fn the_api_creates_the_job_of_its_sample() {
    let answer = invoke("api", sample("api-create-job")).await;
    assert_eq!(answer["statusCode"], 201, "{answer}");
    let job: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(job["job_type"], "echo");
    assert_eq!(
        answer["headers"]["location"],
        format!("/v1/jobs/{}", job["id"].as_str().unwrap())
    );
}

#[tokio::test]
async fn the_api_believes_the_authoriser_and_no_header() {
    let mut event = sample("api-create-job");
    let context = event["requestContext"].as_object_mut().unwrap();
    context.remove("authorizer");
    event["headers"]["x-punctual-user"] = json!("alice");
    let answer = invoke("api", event).await;
    assert_eq!(answer["statusCode"], 401, "{answer}");
    assert_eq!(answer["headers"]["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn the_api_says_that_it_is_well() {
    let answer = invoke("api", sample("api-healthz")).await;
    assert_eq!(answer["statusCode"], 200, "{answer}");
}

/// The gateway undoes the Base64: what it sends on is the compressed file.
#[tokio::test]
async fn the_api_hands_over_the_console_as_the_bytes_that_it_was_compressed_to() {
    let mut event = sample("api-healthz");
    event["rawPath"] = json!("/console/jobs");
    event["routeKey"] = json!("GET /console/{path+}");
    event["requestContext"]["http"]["path"] = json!("/console/jobs");
    let answer = invoke("api", event).await;
    assert_eq!(answer["statusCode"], 200, "{answer}");
    assert_eq!(answer["isBase64Encoded"], true, "{answer}");
    assert_eq!(answer["headers"]["content-encoding"], "gzip", "{answer}");
    let body = answer["body"].as_str().unwrap();
    assert!(body.starts_with("H4sI"), "what gzip begins with: {body}");
}

#[tokio::test]
async fn the_scanner_ticks_for_either_trigger() {
    for trigger in ["scanner-eventbridge-rule", "scanner-scheduler"] {
        let answer = invoke("scanner", sample(trigger)).await;
        assert_eq!(answer["failures"], 0, "{answer}");
    }
}

#[tokio::test]
async fn the_reconciler_proves_the_last_settled_hour() {
    // Asked once: what has been proven is not proven again.
    let event = sample("reconciler-eventbridge-rule");
    let (answer, log) = invoke_and_read("reconciler", event).await;
    assert_eq!(answer["missing"], 0, "{answer}");
    assert_eq!(answer["cut_short"], false, "{answer}");
    let document = metrics("reconciler", &log);
    assert!(document["ReconcilerRan"].is_number(), "{document}");
}

#[tokio::test]
async fn the_worker_deletes_the_messages_of_a_job_that_is_gone() {
    for event in ["worker-sqs", "worker-sqs-released"] {
        let answer = invoke("worker", sample(event)).await;
        assert_eq!(answer, json!({ "batchItemFailures": [] }), "{event}");
    }
}

#[tokio::test]
async fn the_worker_reads_the_queue_of_long_attempts_too() {
    // The handle of a sample hides nothing: that alone keeps no message from being carried out.
    let answer = invoke("worker", sample("worker-sqs-long")).await;
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
}

#[tokio::test]
async fn the_api_takes_a_job_of_a_script_that_its_environment_names_and_of_no_other() {
    for (script, status) in [("greet", 201), ("other", 422)] {
        let mut event = sample("api-create-job");
        let mut job: Value = serde_json::from_str(event["body"].as_str().unwrap()).unwrap();
        job["job_type"] = json!("script");
        job["payload"] = json!({ "script": script });
        event["body"] = json!(job.to_string());
        event["headers"]["idempotency-key"] = json!(format!("script-{script}"));
        let answer = invoke("api", event).await;
        assert_eq!(answer["statusCode"], status, "{answer}");
    }
}

#[tokio::test]
async fn the_worker_hands_on_what_nobody_can_read_and_leaves_what_a_later_worker_can() {
    let event = sample("worker-sqs-malformed");
    let later = event["Records"][2]["messageId"].clone();
    let answer = invoke("worker", event).await;
    let expected = json!({ "batchItemFailures": [{ "itemIdentifier": later }] });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn the_dead_letter_handler_takes_note_and_tells() {
    for event in ["dlq-sqs", "notifications-sqs", "notifications-sqs-digest"] {
        let answer = invoke("dlq", sample(event)).await;
        assert_eq!(answer, json!({ "batchItemFailures": [] }), "{event}");
    }
}

#[tokio::test]
async fn the_script_function_runs_the_script_of_its_sample() {
    let answer = invoke("script", sample("script-call")).await;
    assert_eq!(
        answer["end"],
        json!({ "how": "exited", "code": 0 }),
        "{answer}"
    );
    assert_eq!(answer["stdout"], "Hello, Ada!\nHello, Grace!\n");
}

#[tokio::test]
async fn each_function_writes_its_metrics_as_one_line_of_the_embedded_metric_format() {
    for (function, event, metric) in [
        ("api", "api-healthz", "Requests"),
        ("scanner", "scanner-scheduler", "TickSeen"),
        ("worker", "worker-sqs-malformed", "Unreadable"),
        ("dlq", "dlq-sqs", "ConsumedReadUnits"),
    ] {
        let (_, log) = invoke_and_read(function, sample(event)).await;
        let document = metrics(function, &log);
        assert!(document[metric].is_number(), "{function}: {document}");
    }
}

/// The one line of metrics that `function` wrote.
fn metrics(function: &str, log: &[String]) -> Value {
    let of_metrics = |line: &&String| line.contains("\"_aws\"");
    let lines: Vec<_> = log.iter().filter(of_metrics).collect();
    let [line] = lines[..] else {
        panic!("{function} wrote {} lines of metrics: {log:?}", lines.len());
    };
    assert_eq!(specification::check(line), Ok(()), "{function}");
    let document: Value = serde_json::from_str(line).unwrap();
    assert_eq!(document["Stage"], "dev", "{document}");
    document
}
