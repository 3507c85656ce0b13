//! Jobs that reach other services of AWS: what arrives there, and what is made of refusals.

use aws_sdk_sqs::types::{Message, QueueAttributeName};
use punctual::aws::SignedDoor;
use punctual::port::{AwsApi, AwsService, SignedCall};
use punctual_local::{Function, System};
use punctual_tests::{Sandbox, eventually};
use serde_json::{Value, json};

const ACCOUNT: &str = "000000000000";

/// The whole system, and means to look into what its jobs reach.
struct Scene {
    sandbox: Sandbox,
    door: SignedDoor,
    system: System,
}

impl Scene {
    async fn new() -> Self {
        let mut sandbox = Sandbox::new().await;
        let system = sandbox.host(&Function::ALL).await;
        Self {
            door: sandbox.door(),
            sandbox,
            system,
        }
    }

    /// A name that a job may reach.
    fn target(&self) -> String {
        format!("punctual-target-{}", self.sandbox.namespace)
    }

    async fn call(&self, service: AwsService, version: &str, target: &str, body: &Value) -> Value {
        let call = SignedCall::json(service, "test", version, target, body);
        self.door.call(call).await.unwrap().json()
    }

    async fn form(&self, fields: &[(&str, &str)]) -> punctual::port::SignedAnswer {
        let call = SignedCall::form(AwsService::Sns, "test", fields.iter().copied());
        self.door.call(call).await.unwrap()
    }

    /// Makes a queue and returns its URL and its ARN.
    async fn queue(&self, name: &str) -> (String, String) {
        let mut request = self.sandbox.clients.sqs.create_queue().queue_name(name);
        if name
            .rsplit_once('.')
            .is_some_and(|(_, kind)| kind == "fifo")
        {
            request = request.attributes(QueueAttributeName::FifoQueue, "true");
        }
        let url = request.send().await.unwrap().queue_url.unwrap();
        (url, format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"))
    }

    async fn message(&self, url: &str) -> Message {
        eventually("a message arrives", || async {
            let received = self.sandbox.clients.sqs.receive_message().queue_url(url);
            let received = received.message_attribute_names("All");
            let received = received.message_system_attribute_names(
                aws_sdk_sqs::types::MessageSystemAttributeName::All,
            );
            received.send().await.unwrap().messages?.pop()
        })
        .await
    }
}

#[tokio::test]
async fn sqs_sends_a_message_that_a_fifo_queue_knows_by_the_execution() {
    let scene = Scene::new().await;
    let (url, arn) = scene.queue(&format!("{}.fifo", scene.target())).await;
    let payload = json!({
        "queue": arn, "body": { "order": 7 }, "attributes": { "kind": "order" }, "group_id": "g",
    });
    let done = scene.sandbox.run_once("sqs", &payload, "succeeded").await;
    let message = scene.message(&url).await;
    assert_eq!(
        done["output"]["message_id"],
        *message.message_id.as_ref().unwrap()
    );
    assert_eq!(message.body.as_deref(), Some(r#"{"order":7}"#));
    let attribute = &message.message_attributes.as_ref().unwrap()["kind"];
    assert_eq!(attribute.string_value(), Some("order"));
    let trace = &message.message_attributes.as_ref().unwrap()["traceparent"];
    assert!(
        trace.string_value().unwrap().starts_with("00-"),
        "{trace:?}"
    );
    let deduplication = aws_sdk_sqs::types::MessageSystemAttributeName::MessageDeduplicationId;
    let known_by = &message.attributes.as_ref().unwrap()[&deduplication];
    assert_eq!(done["id"], *known_by);
}

#[tokio::test]
async fn what_is_not_there_is_refused_once_with_awss_own_code() {
    let scene = Scene::new().await;
    let name = scene.target();
    for (job_type, payload, code) in [
        (
            "sqs",
            json!({ "queue": format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"), "body": "x" }),
            "QueueDoesNotExist",
        ),
        (
            "sns",
            json!({ "topic_arn": format!("arn:aws:sns:us-east-1:{ACCOUNT}:{name}"), "message": "x" }),
            "NotFound",
        ),
        (
            "lambda",
            json!({ "function": name }),
            "ResourceNotFoundException",
        ),
        (
            "step_functions",
            json!({ "state_machine_arn": format!("arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:{name}") }),
            "StateMachineDoesNotExist",
        ),
    ] {
        let failed = scene.sandbox.run_once(job_type, &payload, "failed").await;
        assert_eq!(failed["reason"], "rejected", "{job_type}");
        assert_eq!(failed["attempt"], 1, "{job_type}");
        let detail = failed["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains(code), "{job_type}: {detail}");
    }
}

#[tokio::test]
async fn sns_publishes_to_whoever_has_subscribed() {
    let scene = Scene::new().await;
    let name = scene.target();
    let (url, queue) = scene.queue(&name).await;
    let version = ("Version", "2010-03-31");
    let made = scene
        .form(&[("Action", "CreateTopic"), version, ("Name", &name)])
        .await;
    let topic = made.xml("TopicArn").unwrap();
    scene
        .form(&[
            ("Action", "Subscribe"),
            version,
            ("TopicArn", &topic),
            ("Protocol", "sqs"),
            ("Endpoint", &queue),
        ])
        .await;
    let payload = json!({
        "topic_arn": topic, "subject": "Orders & more", "message": "closed <today>",
        "attributes": { "kind": "order" },
    });
    let done = scene.sandbox.run_once("sns", &payload, "succeeded").await;
    let message = scene.message(&url).await;
    let body: Value = serde_json::from_str(message.body.as_deref().unwrap()).unwrap();
    assert_eq!(body["MessageId"], done["output"]["message_id"]);
    assert_eq!(body["Subject"], "Orders & more");
    assert_eq!(body["Message"], "closed <today>");
    assert_eq!(body["MessageAttributes"]["kind"]["Value"], "order");
}

#[tokio::test]
async fn eventbridge_puts_an_event_that_a_rule_passes_on() {
    let scene = Scene::new().await;
    let name = scene.target();
    let (url, queue) = scene.queue(&name).await;
    let bus = AwsService::EventBridge;
    let made = scene
        .call(
            bus,
            "1.1",
            "AWSEvents.CreateEventBus",
            &json!({ "Name": name }),
        )
        .await;
    let pattern = json!({ "source": ["com.example"] }).to_string();
    let rule = json!({ "Name": "all", "EventBusName": name, "EventPattern": pattern });
    scene.call(bus, "1.1", "AWSEvents.PutRule", &rule).await;
    let targets = json!({
        "Rule": "all", "EventBusName": name, "Targets": [{ "Id": "queue", "Arn": queue }],
    });
    scene
        .call(bus, "1.1", "AWSEvents.PutTargets", &targets)
        .await;
    let payload = json!({
        "bus_arn": made["EventBusArn"], "source": "com.example", "detail_type": "Day Closed",
        "detail": { "day": "2026-11-20" }, "resources": ["shop"],
    });
    let done = scene
        .sandbox
        .run_once("eventbridge", &payload, "succeeded")
        .await;
    let message = scene.message(&url).await;
    let event: Value = serde_json::from_str(message.body.as_deref().unwrap()).unwrap();
    assert_eq!(event["id"], done["output"]["event_id"]);
    assert_eq!(event["detail-type"], "Day Closed");
    assert_eq!(event["detail"], json!({ "day": "2026-11-20" }));
    assert_eq!(event["resources"], json!(["shop"]));
}

/// Makes a function of an archive with an `index.py`, and returns its ARN.
pub(crate) async fn make_function(door: &SignedDoor, name: &str, archive: &str) -> Value {
    let function = json!({
        "FunctionName": name,
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": format!("arn:aws:iam::{ACCOUNT}:role/function"),
        "Code": { "ZipFile": archive },
    });
    let function = function.to_string().into_bytes();
    let create = SignedCall {
        path: "/2015-03-31/functions".to_owned(),
        ..SignedCall::post(AwsService::Lambda, "test", function)
    };
    door.call(create).await.unwrap().json()["FunctionArn"].clone()
}

/// `index.py`: returns twice `number`, or a text of a `length`, or raises an error if it is told to `fail`, saying so
/// `times` over.
const FUNCTION: &str = "UEsDBBQAAAAIAAAAIVxJy3T9lQAAAOsAAAAIAAAAaW5kZXgucHlVjkEKg0AMRfeeImSlRQrt0n2v0E1\
    xMXaiDowZiRkRinevtlrsX/6894mlGlrD1pOkNBJrDs/ASpNmRQJLXA2f/tyQplgb53G7rBHjBoK78ZFuIkFSDAx9lD4MhHA6quo6GjCHS5btw+iJG20RHH\
    /JwzBpFIYXrq9gATj95h67Vs7JH2pDrDzZhd44jl1FguViXufkDVBLAQIUAxQAAAAIAAAAIVxJy3T9lQAAAOsAAAAIAAAAAAAAAAAAAACkAQAAAABpbmRle\
    C5weVBLBQYAAAAAAQABADYAAAC7AAAAAAA=";

#[tokio::test]
async fn lambda_keeps_what_a_function_returns_and_tries_again_what_fails() {
    let scene = Scene::new().await;
    let name = scene.target();
    let arn = make_function(&scene.door, &name, FUNCTION).await;
    let payload = json!({ "function": arn, "payload": { "number": 21 } });
    let done = scene
        .sandbox
        .run_once("lambda", &payload, "succeeded")
        .await;
    assert_eq!(done["output"], json!({ "result": { "doubled": 42 } }));

    let payload = json!({ "function": name, "payload": { "fail": true } });
    let dead = scene.sandbox.run_once("lambda", &payload, "dead").await;
    assert_eq!(
        (&dead["reason"], &dead["attempt"]),
        (&json!("attempt_failed"), &json!(2))
    );
    assert_eq!(dead["output"]["function_error"], "Unhandled");
    assert_eq!(dead["output"]["result"]["errorMessage"], "on purpose");

    let payload = json!({ "function": name, "payload": { "number": 1 }, "wait": false });
    let done = scene
        .sandbox
        .run_once("lambda", &payload, "succeeded")
        .await;
    assert_eq!(done["output"], json!({ "accepted": true }));
}

#[tokio::test]
async fn nothing_is_lost_of_what_a_function_returns_or_says_at_its_end() {
    let scene = Scene::new().await;
    let name = scene.target();
    make_function(&scene.door, &name, FUNCTION).await;
    let payload = json!({ "function": name, "payload": { "length": 3_000 } });
    let sandbox = &scene.sandbox;
    let done = sandbox.run_once("lambda", &payload, "succeeded").await;
    assert_eq!(done["truncated"], true, "{done}");
    let result: Value = serde_json::from_slice(&sandbox.result_of(&done).await).unwrap();
    assert_eq!(result, json!({ "text": "x".repeat(3_000) }));

    let payload = json!({ "function": name, "payload": { "fail": true, "times": 300 } });
    let dead = sandbox.run_once("lambda", &payload, "dead").await;
    assert_eq!(dead["output"]["function_error"], "Unhandled", "{dead}");
    let said: Value = serde_json::from_slice(&sandbox.result_of(&dead).await).unwrap();
    assert_eq!(said["errorMessage"], "on purpose".repeat(300));
}

#[tokio::test]
async fn step_functions_starts_one_execution_for_an_occurrence_however_often_it_is_asked() {
    let scene = Scene::new().await;
    let name = scene.target();
    let definition = json!({
        "StartAt": "Done", "States": { "Done": { "Type": "Pass", "End": true } },
    });
    let machine = json!({
        "name": name,
        "definition": definition.to_string(),
        "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/machine"),
    });
    let states = AwsService::StepFunctions;
    let made = scene
        .call(
            states,
            "1.0",
            "AWSStepFunctions.CreateStateMachine",
            &machine,
        )
        .await;
    let machine = made["stateMachineArn"].clone();
    let payload = json!({ "state_machine_arn": machine, "input": { "order": 7 } });
    let done = scene
        .sandbox
        .run_once("step_functions", &payload, "succeeded")
        .await;
    let started = done["output"]["execution_arn"].as_str().unwrap();
    assert!(started.ends_with(done["id"].as_str().unwrap()), "{started}");

    // As if the answer to the first attempt had been lost: what it started is found by its name.
    let again = json!({
        "stateMachineArn": machine, "name": done["id"], "input": json!({ "order": 8 }).to_string(),
    });
    let call = SignedCall::json(
        states,
        "test",
        "1.0",
        "AWSStepFunctions.StartExecution",
        &again,
    );
    let refusal = scene.door.call(call).await.unwrap_err();
    assert_eq!(refusal.code, "ExecutionAlreadyExists");
    let asked = json!({ "executionArn": started });
    let described = scene
        .call(states, "1.0", "AWSStepFunctions.DescribeExecution", &asked)
        .await;
    assert_eq!(described["input"], r#"{"order":7}"#);
}

#[tokio::test]
async fn what_is_punctuals_own_cannot_be_asked_for() {
    let scene = Scene::new().await;
    for (job_type, payload, field) in [
        (
            "sqs",
            json!({ "queue": "https://sqs.eu-west-1.amazonaws.com/123456789012/punctual-prod-high", "body": "x" }),
            "payload.queue",
        ),
        (
            "sqs",
            json!({
                "queue": "arn:aws:sqs:eu-west-1:123456789012:punctual-prod-high", "body": "x",
                "role_arn": "arn:aws:iam::123456789012:role/punctual-target-a",
            }),
            "payload.queue",
        ),
        (
            "lambda",
            json!({ "function": "punctual-prod-worker" }),
            "payload.function",
        ),
        (
            "lambda",
            json!({ "function": "another" }),
            "payload.function",
        ),
        (
            "sns",
            json!({
                "topic_arn": "arn:aws:sns:eu-west-1:123456789012:another", "message": "x",
                "role_arn": "arn:aws:iam::123456789012:role/admin",
            }),
            "payload.role_arn",
        ),
    ] {
        let job = Sandbox::once_of(60, job_type, &payload);
        let (status, problem) = scene.sandbox.call("POST", "/v1/jobs", Some(job)).await;
        assert_eq!(
            (status, &problem["field"]),
            (422, &json!(field)),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn a_call_under_a_role_is_made_with_that_roles_credentials() {
    let scene = Scene::new().await;
    let name = format!("another-{}", scene.sandbox.namespace);
    let (url, arn) = scene.queue(&name).await;
    let payload = json!({
        "queue": arn, "body": "by another",
        "role_arn": format!("arn:aws:iam::{ACCOUNT}:role/punctual-target-a"),
    });
    scene.sandbox.run_once("sqs", &payload, "succeeded").await;
    assert_eq!(
        scene.message(&url).await.body.as_deref(),
        Some("by another")
    );
    let used = scene.system.meter().snapshot();
    assert_eq!(used["sts.AssumeRole"].requests, 1);
    scene.sandbox.run_once("sqs", &payload, "succeeded").await;
    let used = scene.system.meter().snapshot();
    assert_eq!(
        used["sts.AssumeRole"].requests, 1,
        "the credentials are kept"
    );
    assert_eq!(used["sqs.SendMessage (job)"].requests, 2);
}
