//! The API's description of itself: as checked in, as served and as the code says; whole, and true of the router.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use punctual::domain::Perimeter;
use punctual::jobtype::{Doors, Registry};
use punctual::outbound::Outbound;
use punctual_api::access::{Access, TABLE};
use punctual_api::openapi::document;
use serde_json::{Map, Value};

use crate::support::Bench;

const CHECKED_IN: &str = include_str!("../../openapi.json");

fn described() -> Value {
    serde_json::from_str(CHECKED_IN).unwrap()
}

/// Whether a path is the console's: pages for people, which the description of the API leaves out.
fn is_a_page(path: &str) -> bool {
    path == "/" || path.starts_with("/console")
}

/// Every operation, with its path and its method.
fn operations(document: &Value) -> Vec<(&str, Method, &Map<String, Value>)> {
    let paths = document["paths"].as_object().unwrap();
    let mut found = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase().parse().unwrap();
            found.push((path.as_str(), method, operation.as_object().unwrap()));
        }
    }
    found
}

#[test]
fn the_document_that_is_checked_in_is_what_the_code_says() {
    let registry = Registry::standard(Doors::closed(
        Outbound::within(Perimeter::public()).unwrap(),
    ));
    let mut written = document(&registry).to_pretty_json().unwrap();
    written.push('\n');
    assert!(
        written == CHECKED_IN,
        "functions/api/openapi.json is behind the code: run `make openapi` and look at what has changed"
    );
}

#[tokio::test]
async fn the_document_is_served_to_whoever_asks() {
    let request = Request::get("/openapi.json").body(Body::default());
    let answer = Bench::new().call(request.unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.body, described());
}

/// The router tells its paths only to a debugger, and a path's methods only to who asks for another one. Where either
/// changes its form, this test finds no route and fails.
#[tokio::test]
async fn every_route_is_in_the_document_and_nothing_else() {
    let bench = Bench::new();
    let mut routed = BTreeSet::new();
    for path in bench.paths().into_iter().filter(|path| !is_a_page(path)) {
        let request = Request::trace(path.replace("{id}", "x")).body(Body::default());
        let refused = bench.call(request.unwrap()).await;
        // The fallback has paths, too; it answers every method alike.
        if refused.status != StatusCode::METHOD_NOT_ALLOWED {
            continue;
        }
        for method in refused.header("allow").split(',') {
            routed.insert(format!("{method} {path}"));
        }
    }
    let document = described();
    let mut named = BTreeSet::new();
    for (path, method, _) in operations(&document) {
        if method == Method::GET {
            named.insert(format!("HEAD {path}"));
        }
        named.insert(format!("{method} {path}"));
    }
    assert_eq!(routed, named);
}

#[test]
fn the_document_and_the_access_table_know_the_same_routes_and_agree_on_which_are_public() {
    let document = described();
    let documented: BTreeMap<_, _> = operations(&document)
        .into_iter()
        .map(|(path, method, operation)| {
            (
                format!("{method} {path}"),
                operation.contains_key("security"),
            )
        })
        .collect();
    let listed: BTreeMap<_, _> = TABLE
        .iter()
        .filter(|row| !is_a_page(row.path))
        .map(|row| {
            (
                format!("{} {}", row.method, row.path),
                row.access == Access::Public,
            )
        })
        .collect();
    assert_eq!(documented, listed);
}

#[test]
fn every_operation_is_named_sorted_and_summed_up() {
    let document = described();
    let mut names = BTreeSet::new();
    let tags: BTreeSet<_> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    for (path, method, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "{name}"
        );
        assert!(names.insert(name), "{name} is there twice");
        assert!(
            !operation["summary"].as_str().unwrap().is_empty(),
            "{method} {path}"
        );
        let [tag] = &operation["tags"].as_array().unwrap()[..] else {
            panic!("{method} {path} has not one tag");
        };
        assert!(
            tags.contains(tag.as_str().unwrap()),
            "{tag} is not described"
        );
    }
}

#[test]
fn every_operation_says_how_it_fails() {
    let document = described();
    for (path, method, operation) in operations(&document) {
        let answers = operation["responses"].as_object().unwrap();
        let mut expected = Vec::new();
        if operation.get("security").is_none() {
            expected.extend(["401", "500", "503"]);
        }
        if operation.contains_key("requestBody") {
            expected.extend(["400", "413", "415", "422"]);
        }
        if path.contains('{') {
            expected.push("404");
        }
        for status in expected {
            assert!(
                answers.contains_key(status),
                "{method} {path} lacks {status}"
            );
        }
        for (status, answer) in answers {
            let answer = resolved(&document, answer);
            assert!(
                !answer["description"].as_str().unwrap().is_empty(),
                "{method} {path} {status}"
            );
            let success = !status.starts_with(['4', '5']);
            let media_type = if success {
                "application/json"
            } else {
                "application/problem+json"
            };
            let content = &answer["content"][media_type];
            let empty = ["204", "304"].contains(&status.as_str());
            assert!(
                empty || content["schema"].is_object(),
                "{method} {path} {status}"
            );
            assert!(
                success || content["examples"].is_object(),
                "{method} {path} {status}"
            );
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let document = described();
    let mut targets = BTreeSet::new();
    references(&document, &mut targets);
    for target in &targets {
        assert!(document.pointer(&target[1..]).is_some(), "{target}");
    }
    for name in document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
    {
        let reference = format!("#/components/schemas/{name}");
        assert!(targets.contains(&reference), "nothing refers to {name}");
    }
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => value,
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            found.extend(
                object
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(ToOwned::to_owned),
            );
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
