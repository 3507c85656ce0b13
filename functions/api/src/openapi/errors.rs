//! How an operation fails, as far as that follows from its shape: whoever takes a body may be sent one that cannot be
//! read. Each example is a real problem, made as the handlers make it.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use punctual::domain::{Invalid, Role};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

use super::operations;
use super::responses::{text, with_allowance};
use crate::body::MAX_BODY_BYTES;
use crate::identity::Refusal;
use crate::problem::{Document, Problem};
use crate::yielding::TABLE;

/// Adds to every operation the problems that its shape implies.
pub fn add(document: &mut OpenApi) {
    let yielding = yielding(document);
    let mut shared = BTreeMap::new();
    for operation in operations(document) {
        let mut implied = implied_by(operation);
        if yielding.contains(&operation.operation_id) {
            implied.push(Problem::overloaded());
        }
        for (status, problems) in by_status(implied) {
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

/// The names of the operations that give way under pressure.
fn yielding(document: &OpenApi) -> BTreeSet<Option<String>> {
    let mut names = BTreeSet::new();
    for (method, path, _) in &TABLE {
        let item = document.paths.paths.get(*path);
        let operation = item.and_then(|item| match *method {
            Method::GET => item.get.as_ref(),
            _ => item.post.as_ref(),
        });
        names.extend(operation.map(|operation| operation.operation_id.clone()));
    }
    names
}

fn implied_by(operation: &Operation) -> Vec<Problem> {
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
        let bounds = "must be from 1 (most urgent) to 10 (least urgent)";
        problems.extend([
            Problem::malformed("the body is not JSON: EOF while parsing an object"),
            Problem::too_large(MAX_BODY_BYTES),
            Problem::unsupported_media_type(),
            Problem::invalid(Invalid::new("priority", bounds)),
        ]);
    }
    if takes(operation, |found| found.parameter_in == ParameterIn::Path) {
        problems.push(Problem::not_found("job"));
    }
    if takes(operation, |found| found.parameter_in == ParameterIn::Query) {
        let reason = "must be a number from 1 to 100";
        problems.push(Problem::parameter("limit", reason));
    }
    if operation.request_body.is_none()
        && takes(operation, |found| {
            found.parameter_in == ParameterIn::Header
                || ["name", "fire_time"].contains(&found.name.as_str())
        })
    {
        let reason = "must be * or a list of entity tags in quotes, like \"7\"";
        problems.push(Problem::invalid(Invalid::new("If-Match", reason)));
    }
    if takes(operation, |found| found.name == "Idempotency-Key") {
        let detail = "this idempotency key was used for a different request";
        problems.push(Problem::key_reused(detail));
    }
    if takes(operation, |found| found.name == "If-Match") {
        let detail = "the job is at version 8, which is none of those in If-Match";
        problems.push(Problem::precondition_failed(detail));
    }
    problems
}

fn takes(operation: &Operation, wanted: impl Fn(&Parameter) -> bool) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|found| matches!(found, RefOr::T(found) if wanted(found)))
}

fn by_status(problems: Vec<Problem>) -> BTreeMap<String, Vec<Document>> {
    let mut sorted = BTreeMap::<_, Vec<_>>::new();
    for problem in problems.into_iter().map(Problem::into_document) {
        let status = problem.status.to_string();
        sorted.entry(status).or_default().push(problem);
    }
    sorted
}

/// The answer that carries this problem.
pub(super) fn one(problem: Problem) -> BTreeMap<String, RefOr<Response>> {
    responses(vec![problem])
}

/// One answer for each status, which carries one of its problems.
pub(super) fn responses(problems: Vec<Problem>) -> BTreeMap<String, RefOr<Response>> {
    let sorted = by_status(problems).into_iter();
    sorted
        .map(|(status, problems)| (status, response(&problems).into()))
        .collect()
}

fn response(problems: &[Document]) -> Response {
    let schema = Ref::from_schema_name("Problem");
    let mut content = ContentBuilder::new().schema(Some(schema));
    let mut sentences = Vec::new();
    for problem in problems {
        let example = ExampleBuilder::new().value(serde_json::to_value(problem).ok());
        content = content.examples_from_iter([(problem.name(), example)]);
        sentences.push(format!("{} (`{}`)", problem.title, problem.kind));
    }
    let mut response = ResponseBuilder::new()
        .description(sentences.join("; "))
        .content("application/problem+json", content.build());
    match problems.first().map(|problem| problem.status) {
        Some(401 | 403) => {
            response = response.header("WWW-Authenticate", text("What a token lacks."));
        }
        Some(429) => {
            response = with_allowance(response).header(
                "Retry-After",
                text("In how many seconds, where that helps."),
            );
        }
        Some(503) => response = response.header("Retry-After", text("In how many seconds.")),
        _ => {}
    }
    response.build()
}
