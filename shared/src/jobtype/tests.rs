//! Where values may come into payloads of the shipped types, and where none may: what decides whom a call reaches, and
//! what is executed there, is written by the job's owner and by nobody else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::payload::{Facts, Given};
use super::{Doors, Registry, destination};
use crate::domain::{ExecutionId, JobId, Perimeter};
use crate::outbound::Outbound;

fn registry() -> Registry {
    let outbound = Outbound::within(Perimeter::public()).expect("a client");
    Registry::standard(Doors::closed(outbound))
}

#[test]
fn without_handlers_as_much_is_known_of_where_a_job_goes() {
    let registry = registry();
    let payload = json!({ "url": "https://api.example.com/orders" });
    let mut leading_somewhere = 0;
    for (name, _) in registry.payloads() {
        let found = registry.destination(name, &payload);
        assert_eq!(destination(name, &payload), found, "{name}");
        leading_somewhere += usize::from(found.is_some());
    }
    assert_eq!(leading_somewhere, 1);
}

const HOSTILE: &str = "{{last_result./evil}}";

/// The payload with `text` at a JSON pointer.
fn with(payload: &Value, pointer: &str, text: &str) -> Value {
    let mut payload = payload.clone();
    *payload.pointer_mut(pointer).expect("a place") = json!(text);
    payload
}

/// A payload of each type that calls others, the places that nothing may be filled into, and those that may.
fn samples() -> [(
    &'static str,
    Value,
    &'static [&'static str],
    &'static [&'static str],
); 7] {
    let arn =
        |service: &str, rest: &str| format!("arn:aws:{service}:eu-west-1:123456789012:{rest}");
    [
        (
            "sql",
            json!({
                "resource_arn": arn("rds", "cluster:punctual-target-shop"),
                "secret_arn": arn("secretsmanager", "secret:punctual-target-shop-a1b2c3"),
                "database": "shop", "statement": "SELECT :a", "parameters": { "a": "x" },
            }),
            &["/resource_arn", "/secret_arn", "/database", "/statement"],
            &["/parameters/a"],
        ),
        (
            "sqs",
            json!({ "queue": arn("sqs", "punctual-target-q"), "body": "x", "attributes": { "a": "x" } }),
            &["/queue"],
            &["/body", "/attributes/a"],
        ),
        (
            "sns",
            json!({ "topic_arn": arn("sns", "punctual-target-t"), "message": "x", "subject": "x" }),
            &["/topic_arn"],
            &["/message", "/subject"],
        ),
        (
            "eventbridge",
            json!({
                "bus_arn": arn("events", "event-bus/punctual-target-b"),
                "source": "a.b", "detail_type": "T", "detail": { "a": "x" },
            }),
            &["/bus_arn", "/source", "/detail_type"],
            &["/detail/a"],
        ),
        (
            "lambda",
            json!({ "function": "punctual-target-f", "payload": { "a": "x" } }),
            &["/function"],
            &["/payload/a"],
        ),
        (
            "step_functions",
            json!({
                "state_machine_arn": arn("states", "stateMachine:punctual-target-m"),
                "input": { "a": "x" },
            }),
            &["/state_machine_arn"],
            &["/input/a"],
        ),
        (
            "email",
            json!({ "to": ["a@example.com"], "subject": "x", "text": "x", "html": "x" }),
            &["/to/0"],
            &["/subject", "/text", "/html"],
        ),
    ]
}

#[test]
fn nothing_is_filled_into_what_says_whom_to_reach_or_what_to_execute() {
    let registry = registry();
    for (job_type, payload, fixed, open) in samples() {
        registry.validate(job_type, &payload).expect(job_type);
        for pointer in fixed {
            let refused = registry.validate(job_type, &with(&payload, pointer, HOSTILE));
            let refused = refused.expect_err(pointer);
            assert!(
                refused.reason.contains("placeholders"),
                "{job_type} {refused}"
            );
        }
        for pointer in open {
            let accepted =
                registry.validate(job_type, &with(&payload, pointer, "{{execution_id}}"));
            assert_eq!(accepted, Ok(()), "{job_type} {pointer}");
        }
    }
}

#[test]
fn a_value_in_html_is_text_there() {
    let payload = json!({
        "to": ["a@example.com"], "subject": "s", "text": "t",
        "html": "<a title=\"{{last_result./evil}}\">{{last_result./evil}}</a>",
    });
    let facts = Facts {
        execution: ExecutionId::scheduled(JobId::from_random(7), chrono::DateTime::UNIX_EPOCH),
        attempt: 1,
        job_name: "n".to_owned(),
        last_result: json!({ "evil": "\"><script>'&" }),
    };
    let secrets = BTreeMap::new();
    let given = Given {
        facts: &facts,
        secrets: &secrets,
    };
    let filled = registry()
        .fill("email", &payload, &given)
        .expect("a known type");
    let filled = filled.expect("a payload");
    let text = "&quot;&gt;&lt;script&gt;&#39;&amp;";
    assert_eq!(filled["html"], format!("<a title=\"{text}\">{text}</a>"));
}
