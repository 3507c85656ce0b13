//! Payloads with placeholders and references, and hostile facts to fill them with: no value becomes more than text at its
//! place. It adds no field, leads to no other host, ends no element and breaks no header.

use std::collections::BTreeMap;

use chrono::DateTime;
use punctual::domain::{ExecutionId, JobId, SecretText};
use punctual::jobtype::payload::{Facts, Given, Place};
use punctual::jobtype::{Attempt, JobType, Registry};
use punctual::plan::Ended;
use serde_json::Value;
use url::Url;

use super::json::parsed;
use super::schedule::refused_by_field;

pub(super) const WORDS: &[&str] = &[
    "payload",
    "name",
    "result",
    "text",
    "json",
    "url",
    "html",
    "header",
    "secret",
    "Authorization",
    "{{fire_time}}",
    "{{execution_id}}",
    "{{attempt}}",
    "{{job_id}}",
    "{{job_name}}",
    "{{last_result}}",
    "{{last_result./a/b}}",
    "{{last_result./~0~1}}",
    "{{",
    "}}",
    "{{{{",
    "https://example.com/",
    "https://example.com/a/{{job_name}}?q={{job_name}}#",
    "..",
    ".",
    "/",
    "\\",
    "@evil.example",
    "<script>",
    "&",
    "\"",
    "'",
    "\r\n",
    "\u{0}",
    "%2e",
    "Bearer x",
];

/// An object: `payload`, whose first keys are the kinds of places; `name`, what the job is called; `result`, its last one.
pub(super) fn run(bytes: &[u8]) {
    let Some(mut input) = parsed(bytes) else {
        return;
    };
    let mut taken = |key: &str| input.get_mut(key).map(Value::take).unwrap_or_default();
    let payload = taken("payload");
    let facts = Facts {
        execution: ExecutionId::scheduled(JobId::from_random(7), DateTime::UNIX_EPOCH),
        attempt: 3,
        job_name: taken("name").as_str().unwrap_or("x").to_owned(),
        last_result: taken("result"),
    };
    let registry = Registry::empty().with(Places);
    if let Err(invalid) = registry.validate(Places::NAME, &payload) {
        return refused_by_field(&invalid, "payload");
    }
    let Some(Ok(needs)) = registry.needs(Places::NAME, &payload) else {
        panic!("accepted, but nobody can tell what it needs: {payload}");
    };
    let secrets: BTreeMap<_, _> = needs
        .secrets
        .into_iter()
        .map(|name| (name, SecretText::new("s3cret".to_owned())))
        .collect();
    let given = Given {
        facts: &facts,
        secrets: &secrets,
    };
    match registry.fill(Places::NAME, &payload, &given) {
        None => panic!("a type that is known is not known"),
        Some(Err(invalid)) => refused_by_field(&invalid, "payload"),
        Some(Ok(filled)) => {
            let Value::Object(fields) = &payload else {
                return assert_eq!(
                    filled, payload,
                    "nothing stands at the root, and it changed"
                );
            };
            for (key, template) in fields {
                compare(key, template, &filled[key]);
            }
            let keys = filled.as_object().map(serde_json::Map::len);
            assert_eq!(
                keys,
                Some(fields.len()),
                "{filled} has other fields than {payload}"
            );
        }
    }
}

/// The same structure; texts as the place of the first key allows.
fn compare(place: &str, template: &Value, filled: &Value) {
    match (template, filled) {
        (Value::String(template), Value::String(filled)) => compare_texts(place, template, filled),
        (Value::String(template), _) => {
            assert!(
                place == "json" && template.trim_start().starts_with("{{"),
                "{template:?} became {filled}"
            );
        }
        (Value::Array(templates), Value::Array(filled)) => {
            assert_eq!(
                templates.len(),
                filled.len(),
                "{place}: another number of items"
            );
            for (template, filled) in templates.iter().zip(filled) {
                compare(place, template, filled);
            }
        }
        (Value::Object(_), Value::String(filled)) => {
            assert_eq!(filled, "s3cret", "{template} became {filled:?}");
        }
        (Value::Object(templates), Value::Object(filled)) => {
            assert!(
                templates.keys().eq(filled.keys()),
                "{template} has other fields once filled"
            );
            for (key, template) in templates {
                compare(place, template, &filled[key]);
            }
        }
        _ => assert_eq!(template, filled, "{place}: changed without a placeholder"),
    }
}

fn compare_texts(place: &str, template: &str, filled: &str) {
    if !template.contains("{{") {
        assert_eq!(template, filled, "{place}: changed without a placeholder");
        return;
    }
    match place {
        "html" => {
            for mark in ['<', '>', '"', '\''] {
                let (before, after) =
                    (template.matches(mark).count(), filled.matches(mark).count());
                assert!(after <= before, "a value brought {mark:?} into {filled:?}");
            }
        }
        "header" => {
            let had = template.chars().any(char::is_control);
            assert!(
                had || !filled.chars().any(char::is_control),
                "a value brought a control character: {filled:?}"
            );
        }
        "url" => {
            let literal = template.split("{{").next().unwrap_or_default();
            let host = |text: &str| {
                Url::parse(text).ok().map(|url| {
                    (
                        url.scheme().to_owned(),
                        url.host_str().map(str::to_owned),
                        url.port(),
                    )
                })
            };
            if let Some(host_before) = host(literal) {
                assert_eq!(
                    host(filled),
                    Some(host_before),
                    "{template:?} leads to {filled:?}"
                );
            }
        }
        _ => {}
    }
}

/// A type with a place of each kind, by the first key.
struct Places;

impl JobType for Places {
    const NAME: &'static str = "places";
    type Payload = Value;

    fn place(path: &[&str]) -> Place {
        match path.first().copied() {
            Some("text") => Place::TEXT,
            Some("json") => Place::JSON,
            Some("url") => Place::URL,
            Some("html") => Place::HTML,
            Some("header") => Place::HEADER,
            Some("secret") => Place::SECRET,
            _ => Place::FIXED,
        }
    }

    async fn run(&self, _: &Attempt, _: Value) -> Ended {
        Ended::Succeeded { output: None }
    }
}
