//! What the system says of itself: the trace that an execution is in, as its target sees it, and the local host's metrics.

use std::net::Ipv4Addr;
use std::num::NonZeroU16;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use punctual::aws::{Clients, CloudWatch, Endpoint, Meter, connect};
use punctual::domain::{self, Counted, ExecutionId, JobId, Minute, TraceContext};
use punctual::edge::{Config, SystemClock};
use punctual::port::{Activity, AwsApi, AwsService, Clock, Jobs, PortError, SignedCall};
use punctual_local::Function;
use punctual_tests::{Answer, Sandbox, Target, eventually};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const ASKED_IN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn span(execution: &Value, asked: Option<&str>, attempt: u32) -> String {
    let id: ExecutionId = serde_json::from_value(execution["id"].clone()).unwrap();
    TraceContext::of_attempt(id, asked.and_then(TraceContext::parse), attempt).to_string()
}

/// A job that is due in so many seconds, fails, is tried once more, and fails again.
async fn create_failing(sandbox: &Sandbox, target: &Target, due_in: i64, path: &str) -> String {
    target.answer(Answer::Status(503));
    let mut job = Sandbox::once_in(due_in, &target.url(path));
    job["retry"] = json!({ "max_retries": 1, "backoff_seconds": 1 });
    sandbox.create(job).await
}

#[tokio::test]
async fn a_scheduled_execution_has_one_trace_and_each_attempt_calls_with_its_span() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let job = create_failing(&sandbox, &target, 2, "/hook").await;

    let dead = sandbox.execution_in(&job, "dead").await;
    let calls = target.calls("/hook");
    let told: Vec<_> = calls
        .iter()
        .map(|call| call.header("traceparent"))
        .collect();
    assert_eq!(told, [span(&dead, None, 1), span(&dead, None, 2)]);
    assert_eq!(told[0][..35], told[1][..35], "the trace is the execution's");
}

#[tokio::test]
async fn a_run_that_was_asked_for_in_a_trace_goes_on_in_it_through_its_retry() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let job = create_failing(&sandbox, &target, 3_600, "/now").await;
    let run = format!("/v1/jobs/{job}/run");
    for asked_in in [ASKED_IN, "of no known form"] {
        let (status, body) = sandbox
            .call_with("POST", &run, None, &[("traceparent", asked_in)])
            .await;
        assert_eq!(status, 202, "{body}");
    }

    let ended = eventually("both runs have ended", || async {
        let executions = sandbox.executions(&job).await;
        let dead = executions.into_iter().filter(|one| one["state"] == "dead");
        Some(dead.collect::<Vec<_>>()).filter(|dead| dead.len() == 2)
    })
    .await;
    let mut told: Vec<_> = target
        .calls("/now")
        .iter()
        .map(|call| call.header("traceparent").to_owned())
        .collect();
    told.sort();
    let expected = |first: &Value, second: &Value| {
        let asked = [1, 2].map(|attempt| span(first, Some(ASKED_IN), attempt));
        let own = [1, 2].map(|attempt| span(second, None, attempt));
        let mut all = [asked, own].concat();
        all.sort();
        all
    };
    // Which of the two came first, their ids do not say.
    let (one, other) = (&ended[0], &ended[1]);
    assert!(
        told == expected(one, other) || told == expected(other, one),
        "{told:?}"
    );
}

/// The value of a series, 0 if it is not there.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find(|line| {
        line.strip_prefix(series)
            .is_some_and(|rest| rest.starts_with(' '))
    });
    line.and_then(|line| line.rsplit(' ').next())
        .map_or(0.0, |value| value.parse().unwrap())
}

#[tokio::test]
async fn the_local_host_serves_what_its_functions_report() {
    let mut sandbox = Sandbox::new().await;
    let system = sandbox.host(&Function::ALL).await;
    let address = system.api_address().unwrap();
    let target = Target::start().await;
    let job = sandbox
        .create(Sandbox::once_in(2, &target.url("/hook")))
        .await;
    sandbox.execution_in(&job, "succeeded").await;

    let http = punctual::edge::http_client().unwrap();
    let stage = format!("stage=\"{}\"", sandbox.namespace);
    let text = eventually("the worker has reported", || async {
        let answer = http
            .get(format!("http://{address}/metrics"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        let form = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(form.starts_with("text/plain; version=0.0.4"), "{form}");
        let text = answer.text().await.unwrap();
        let done = value(&text, &format!("punctual_succeeded_total{{{stage}}}"));
        (done >= 1.0).then_some(text)
    })
    .await;
    for (series, least) in [
        (format!("punctual_started_total{{{stage}}}"), 1.0),
        (format!("punctual_tick_seen_total{{{stage}}}"), 1.0),
        (format!("punctual_requests_total{{{stage}}}"), 2.0),
        (
            format!("punctual_request_time_seconds_count{{{stage}}}"),
            2.0,
        ),
        (
            format!("punctual_lateness_seconds_count{{{stage},band=\"normal\"}}"),
            1.0,
        ),
        (
            format!("punctual_consumed_write_units_total{{{stage},function=\"worker\"}}"),
            2.0,
        ),
        (
            format!("punctual_consumed_write_units_total{{{stage},function=\"api\"}}"),
            1.0,
        ),
        (
            format!("punctual_consumed_read_units_total{{{stage},function=\"scanner\"}}"),
            0.5,
        ),
    ] {
        assert!(
            value(&text, &series) >= least,
            "{series} is below {least}:\n{text}"
        );
    }
    let failed = value(&text, &format!("punctual_failed_total{{{stage}}}"));
    assert!(failed < 1.0, "{failed} failed");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(
            series.starts_with("punctual_") && series.ends_with('}'),
            "{line}"
        );
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
}

#[tokio::test]
async fn throttled_attempts_are_counted_although_the_client_tries_again() {
    let body =
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow"}"#;
    let router = Router::new().fallback(async move || (StatusCode::BAD_REQUEST, body));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });

    let meter = Arc::new(Meter::default());
    let config = Config {
        namespace: "throttled".to_owned(),
        queue_base_url: format!("{endpoint}/000000000000"),
        shards: NonZeroU16::MIN,
        event_bus: None,
        mail_from: None,
        results_bucket: None,
        region: None,
    };
    let clients = Clients::new(Some(&Endpoint(endpoint))).await;
    let (ports, _) = connect(&clients, &config, &meter);
    let refused = ports.store.job(JobId::from_random(7)).await;
    assert!(
        matches!(refused, Err(PortError::Throttled { .. })),
        "{refused:?}"
    );
    assert_eq!(meter.consumption().throttles, 2, "one try, and one more");
}

#[tokio::test]
async fn what_ran_is_in_the_activity_of_its_minute_and_the_record_says_when_each_attempt_did() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let job = create_failing(&sandbox, &target, 2, "/hook").await;
    let dead = sandbox.execution_in(&job, "dead").await;

    let timings = dead["timings"].as_array().unwrap();
    let mut instants = vec![dead["dispatched_at"].as_str().unwrap()];
    for (timing, attempt) in timings.iter().zip(1..) {
        assert_eq!(timing["attempt"], attempt);
        instants.extend(
            ["dispatched_at", "claimed_at", "started_at", "ended_at"]
                .map(|name| timing[name].as_str().unwrap()),
        );
    }
    instants.push(dead["finished_at"].as_str().unwrap());
    assert_eq!(instants.len(), 2 + 2 * 4);
    assert!(instants.is_sorted(), "{instants:?}");

    let operator = sandbox.token("olga", domain::Role::Operator);
    let activity = eventually("the worker has reported", || async {
        let headers = [("authorization", &*operator)];
        let path = "/v1/admin/activity?minutes=3";
        let (status, body) = sandbox.call_with("GET", path, None, &headers).await;
        assert_eq!(status, 200, "{body}");
        let minutes = body["runs"]["minutes"].as_array().unwrap().iter();
        let sum = |name: &str| {
            minutes
                .clone()
                .map(|one| one[name].as_u64().unwrap())
                .sum::<u64>()
        };
        (sum("dead") == 1).then(|| [sum("started"), sum("retried"), sum("succeeded")])
    });
    assert_eq!(activity.await, [2, 1, 0]);
}

/// The stand-in takes metrics as CloudWatch does, and tells them in the same protocol.
#[tokio::test]
async fn what_was_put_into_cloudwatch_is_read_back_by_the_minute() {
    let sandbox = Sandbox::new().await;
    let door = sandbox.door();
    let minute = Minute::of(SystemClock.now()).plus(-3);
    let put = async |name: &str, beside: Option<(&str, &str)>, value: f64| {
        let stage = json!({ "Name": "Stage", "Value": sandbox.namespace });
        let beside = beside.map(|(name, value)| json!({ "Name": name, "Value": value }));
        let dimensions: Vec<_> = [Some(stage), beside].into_iter().flatten().collect();
        let body = json!({
            "Namespace": "Punctual",
            "MetricData": [{
                "MetricName": name, "Dimensions": dimensions, "Value": value,
                "Timestamp": minute.start().timestamp() + 7,
            }],
        });
        let target = "GraniteServiceVersion20100801.PutMetricData";
        let service = AwsService::CloudWatch;
        let call = SignedCall::json(service, "cloudwatch.PutMetricData", "1.0", target, &body);
        door.call(call).await.unwrap();
    };
    put("Started", None, 5.0).await;
    put("Started", None, 2.0).await;
    put("Skipped", Some(("Reason", "paused")), 1.0).await;
    put("Skipped", Some(("Reason", "canceled")), 3.0).await;
    put("Backlog", None, 4.0).await;
    put("Backlog", None, 9.0).await;
    put("Lateness", None, 120.0).await;

    let reader = CloudWatch::new(door.clone(), &sandbox.namespace);
    let read = reader
        .counted(minute.plus(-10), minute.plus(3))
        .await
        .unwrap();
    let [(at, counted)] = read.into_iter().collect::<Vec<_>>()[..] else {
        panic!("another minute than the one that was put")
    };
    assert_eq!(at, minute);
    let expected = Counted {
        started: 7,
        skipped: 4,
        ready: Some(9),
        lateness_p50_ms: Some(120.0),
        lateness_p99_ms: Some(120.0),
        ..Counted::default()
    };
    assert_eq!(counted, expected);
}
