//! How an operation fails, as far as that follows from its shape: whoever takes a body may be sent one that cannot be
//! read. Each example is a real problem, made as the handlers make it.

use std::collections::BTreeMap;

use punctual::domain::{Invalid, Role};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

use super::operations;
use super::responses::text;
use crate::body::MAX_BODY_BYTES;
use crate::identity::Refusal;
use crate::problem::{Document, Problem};

/// Adds to every operation the problems that its shape implies.
pub fn add(document: &mut OpenApi) {
    let mut shared = BTreeMap::new();
    for operation in operations(document) {
        for (status, problems) in by_status(implied_by(operation)) {
            let name: Vec<_> = problems.iter().map(Document::name).collect();
            let name = name.join("Or");
            let reference = RefOr::Ref(Ref::from_response_name(&name));
            shared.insert(name, RefOr::T(response(&problems)));
            let answers = &mut operation.responses.responses;
            answers.entry(status).or_insert(reference);
        }
    }
    let components = document.components.get_or_insert_default();
    components.responses.extend(shared);
}

fn implied_by(operation: &Operation) -> Vec<Problem> {
    let takes = |place: ParameterIn| {
        let mut parameters = operation.parameters.iter().flatten();
        parameters.any(|found| matches!(found, RefOr::T(found) if found.parameter_in == place))
    };
    let mut problems = Vec::new();
    // Only what needs no token asks nothing of the tables.
    if operation.security.is_none() {
        problems.extend([
            Refusal::Missing.into(),
            Problem::not_for(Role::Viewer),
            Problem::internal(),
            Problem::unavailable(),
        ]);
    }
    if operation.request_body.is_some() {
        problems.extend([
            Problem::malformed("the body is not JSON: EOF while parsing an object"),
            Problem::too_large(MAX_BODY_BYTES),
            Problem::unsupported_media_type(),
            invalid(
                "priority",
                "must be from 1 (most urgent) to 10 (least urgent)",
            ),
        ]);
    }
    if takes(ParameterIn::Path) {
        problems.push(Problem::not_found("job"));
    }
    if takes(ParameterIn::Query) {
        problems.push(Problem::parameter(
            "limit",
            "must be a number from 1 to 100",
        ));
    }
    if takes(ParameterIn::Header) {
        if operation.request_body.is_none() {
            let reason = "must be 1 to 255 visible ASCII characters";
            problems.push(invalid("Idempotency-Key", reason));
        }
        let detail = "this idempotency key was used for a different request";
        problems.push(Problem::key_reused(detail));
    }
    problems
}

fn invalid(field: &str, reason: &str) -> Problem {
    Problem::invalid(Invalid::new(field, reason))
}

fn by_status(problems: Vec<Problem>) -> BTreeMap<String, Vec<Document>> {
    let mut sorted = BTreeMap::<_, Vec<_>>::new();
    for problem in problems.into_iter().map(Document::from) {
        let status = problem.status.to_string();
        sorted.entry(status).or_default().push(problem);
    }
    sorted
}

/// One answer that carries one of these problems.
pub(super) fn response(problems: &[Document]) -> Response {
    let sentences = problems
        .iter()
        .map(|problem| format!("{} (`{}`)", problem.title, problem.kind));
    let schema = Ref::from_schema_name("Problem");
    let mut content = ContentBuilder::new().schema(Some(schema));
    for problem in problems {
        let example = ExampleBuilder::new().value(serde_json::to_value(problem).ok());
        content = content.examples_from_iter([(problem.name(), example)]);
    }
    let sentences: Vec<_> = sentences.collect();
    let mut response = ResponseBuilder::new()
        .description(sentences.join("; "))
        .content("application/problem+json", content.build());
    match problems.first().map(|problem| problem.status) {
        Some(401 | 403) => {
            response = response.header("WWW-Authenticate", text("How to say who calls."));
        }
        Some(503) => response = response.header("Retry-After", text("In how many seconds.")),
        _ => {}
    }
    response.build()
}
