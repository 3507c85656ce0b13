//! What an answer leads to: a created job can be shown, changed, run and deleted. Programs that walk the API, and the
//! tests that do so at random, follow these links.

use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::{OpenApi, RefOr};

use super::operations;

/// What may be done with a thing, once its id is known: each operation takes it as `id`.
const WITH_A_JOB: [&str; 8] = [
    "show_job",
    "replace_job",
    "patch_job",
    "pause_job",
    "resume_job",
    "run_job",
    "list_executions",
    "delete_job",
];
const WITH_AN_EXECUTION: [&str; 2] = ["show_execution", "cancel_execution"];

/// Which operation's answer names which thing, where, and what that leads to. Lists are left out: in an empty one there is
/// nothing to follow.
const LINKS: [(&str, &[&str], &str, &[&str]); 5] = [
    ("create_job", &["200", "201"], "/id", &WITH_A_JOB),
    (
        "create_brief_job",
        &["200", "201"],
        "/job_id",
        &["show_job", "delete_brief_job"],
    ),
    ("run_job", &["202"], "/execution_id", &WITH_AN_EXECUTION),
    ("show_execution", &["200"], "/job_id", &["show_job"]),
    ("register_worker", &["201"], "/id", &["remove_worker"]),
];

/// Adds the links to the answers.
pub fn add(document: &mut OpenApi) {
    for operation in operations(document) {
        for (from, statuses, place, targets) in LINKS {
            if operation.operation_id.as_deref() != Some(from) {
                continue;
            }
            for status in statuses {
                let Some(RefOr::T(response)) = operation.responses.responses.get_mut(*status)
                else {
                    continue;
                };
                for target in targets {
                    let link = LinkBuilder::new()
                        .operation_id(*target)
                        .parameter("id", format!("$response.body#{place}"))
                        .build();
                    response.links.insert((*target).to_owned(), link.into());
                }
            }
        }
    }
}
