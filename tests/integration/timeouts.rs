//! No type of job outlasts its time: each is run with doors behind which nobody ever answers.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use punctual::domain::{
    Cleaned, Digest, DispatchMessage, Execution, ExecutionId, ExecutionState, JobId, JobRequest,
    Lane, Occasion, Perimeter, Reason, ScriptCall, ScriptName, ScriptReport, UserId,
};
use punctual::edge::SystemClock;
use punctual::jobtype::{Attempt, Doors, JobType, Registry};
use punctual::outbound::Outbound;
use punctual::plan::{Delivery, Ended};
use punctual::port::{
    AwsApi, AwsFailure, Chores, Clock, Jobs, Letter, Mail, PortResult, Scripts, SignedAnswer,
    SignedCall, Undelivered,
};
use punctual::usecase::{Gate, Via, perform};
use punctual_local::Settings;
use punctual_tests::{Answer, Sandbox, Target};
use serde_json::{Value, json};

/// Behind it nobody ever answers.
#[derive(Clone, Copy)]
struct Silence;

impl AwsApi for Silence {
    async fn call(&self, _: SignedCall) -> Result<SignedAnswer, AwsFailure> {
        std::future::pending().await
    }
}

impl Mail for Silence {
    async fn send(&self, _: &Letter) -> Result<String, Undelivered> {
        std::future::pending().await
    }
}

impl Chores for Silence {
    async fn clean_up(&self, _: &UserId) -> PortResult<Cleaned> {
        std::future::pending().await
    }

    async fn digest(&self, _: &UserId, _: DateTime<Utc>, _: DateTime<Utc>) -> PortResult<Digest> {
        std::future::pending().await
    }
}

impl Scripts for Silence {
    fn refusal(&self, _: &ScriptName) -> Option<String> {
        None
    }

    async fn run_script(&self, _: &ScriptCall) -> PortResult<ScriptReport> {
        std::future::pending().await
    }
}

/// A type whose handler is at fault.
struct Panics;

impl JobType for Panics {
    const NAME: &'static str = "panics";
    type Payload = Value;

    async fn run(&self, _: &Attempt, _: Value) -> Ended {
        panic!("on purpose")
    }
}

/// Carries out one attempt of a job that may take a second, by the normal band's lane.
async fn attempted(
    sandbox: &Sandbox,
    registry: &Registry,
    job_type: &str,
    payload: &Value,
) -> Execution {
    let now = SystemClock.now();
    let request: JobRequest = serde_json::from_value(json!({
        "name": job_type, "job_type": job_type, "payload": payload, "timeout_seconds": 1,
        "schedule": { "kind": "cron", "expression": "0 0 1 1 *" },
    }))
    .unwrap();
    registry.validate(job_type, payload).unwrap();
    #[expect(clippy::disallowed_methods, reason = "this is a test's edge")]
    let id = JobId::from_random(uuid::Uuid::new_v4().as_u128());
    let job = request
        // Each its own owner: a plan lets only so many of one's run at once.
        .into_job(id, UserId::new(job_type).unwrap(), now)
        .unwrap();
    sandbox.ports.store.put_job(&job).await.unwrap();
    let execution = ExecutionId {
        job: id,
        occasion: Occasion::manual(now, 1),
    };
    let delivery = Delivery {
        message: DispatchMessage::new(execution, 1, job.timeout_seconds),
        sent_at: now,
        receive_count: 1,
        pulse: None,
    };
    let via = Via {
        lane: Lane::Band(job.priority.band()),
        receipt: "",
    };
    let gate = Gate::default();
    let performed = perform(&sandbox.ports, registry, &gate, &via, &delivery).await;
    *performed.unwrap().execution.unwrap()
}

#[tokio::test]
async fn every_type_ends_when_its_time_is_over() {
    let sandbox = Sandbox::new().await;
    let target = Target::start().await;
    target.answer(Answer::After(Duration::from_mins(10)));
    let reachable = Perimeter::public().opened_to(Settings::loopback().iter().copied());
    let registry = Registry::standard(Doors {
        http: Outbound::within(reachable).unwrap(),
        aws: Silence,
        mail: Silence,
        chores: Silence,
        scripts: Silence,
    });
    let arn = |rest: &str| format!("arn:aws:{rest}").replace("::", ":us-east-1:000000000000:");
    let payloads = BTreeMap::from([
        ("http", json!({ "url": target.url("/silent") })),
        (
            "sqs",
            json!({ "queue": arn("sqs::punctual-target-q"), "body": "b" }),
        ),
        (
            "sns",
            json!({ "topic_arn": arn("sns::punctual-target-t"), "message": "m" }),
        ),
        (
            "eventbridge",
            json!({
                "bus_arn": arn("events::event-bus/punctual-target-b"),
                "source": "com.example", "detail_type": "d", "detail": {},
            }),
        ),
        ("lambda", json!({ "function": "punctual-target-f" })),
        (
            "step_functions",
            json!({ "state_machine_arn": arn("states::stateMachine:punctual-target-m") }),
        ),
        (
            "sql",
            json!({
                "resource_arn": arn("rds::cluster:punctual-target-c"),
                "secret_arn": arn("secretsmanager::secret:punctual-target-s-a1b2c3"),
                "database": "shop", "statement": "SELECT 1",
            }),
        ),
        (
            "email",
            json!({ "to": ["a@example.com"], "subject": "s", "text": "t" }),
        ),
        ("script", json!({ "script": "s" })),
        ("cleanup", json!({})),
        ("report", json!({})),
    ]);
    // What never waits, and what is never run here, but offered.
    let untimed = ["echo", "pull"];
    for name in registry.names() {
        let known = payloads.contains_key(name) || untimed.contains(&name);
        assert!(known, "{name} is not in this test");
    }
    let attempts = payloads
        .iter()
        .map(|(name, payload)| attempted(&sandbox, &registry, name, payload));
    for (name, ended) in payloads.keys().zip(join_all(attempts).await) {
        let error = &ended.errors[0];
        assert_eq!(error.reason, Reason::TimedOut, "{name}: {ended:?}");
        // A call that is timed by itself knows that it was slow before the attempt is ended.
        let detail = match *name {
            "http" => "operation timed out",
            _ => "ran past 1 s",
        };
        assert_eq!(error.detail, detail, "{name}");
        assert_eq!(ended.state, ExecutionState::RetryWait, "{name}");
    }
    let echoed = attempted(&sandbox, &registry, "echo", &json!({ "a": 1 })).await;
    assert_eq!(echoed.state, ExecutionState::Succeeded);
}

#[tokio::test]
async fn a_handler_that_panics_fails_its_attempt_and_nothing_else() {
    let sandbox = Sandbox::new().await;
    let registry = Registry::empty().with(Panics);
    let failed = attempted(&sandbox, &registry, "panics", &json!({})).await;
    assert_eq!(failed.errors[0].reason, Reason::Panicked);
    assert_eq!(failed.state, ExecutionState::RetryWait);
}
