//! The API's description of itself, in OpenAPI 3.1. A handler's attribute says what is its own: its path, what it takes
//! and what it answers. What follows from an operation's shape is added here, the same for all: how it fails, what its
//! answers lead to, and what each job type's payload looks like.

mod bodies;
mod errors;
mod links;
mod responses;

use punctual::domain::calendar::CalendarName;
use punctual::domain::{ExecutionId, HoldId, JobId, RedriveId, UserId, WorkerId};
use punctual::jobtype::Registry;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{self, PathItem, SecurityRequirement};
use utoipa::{Modify, OpenApi};

pub use self::responses::{
    Conflict, Created, Dispatched, HoldLifted, Limited, NoSuchJob, NoSuchUser, NotDead,
    NotModified, RedriveDone,
};
use crate::problem::Document;
use crate::view::RunView;
use crate::{brief, routes};

#[derive(OpenApi)]
#[openapi(
    info(title = "Punctual", description = "Runs one-time and recurring jobs at their exact second."),
    servers((url = "http://127.0.0.1:8080", description = "`make run`, on your machine")),
    tags(
        (name = "jobs", description = "What is to be done, and when"),
        (name = "executions", description = "What became of each planned instant"),
        (name = "dead letters", description = "What ended badly, and what is done about it"),
        (name = "workers", description = "Work that is done elsewhere: taken, held and reported over HTTP"),
        (name = "calendars", description = "Times at which jobs that name them do not fire"),
        (name = "schedules", description = "Schedules without jobs"),
        (name = "admin", description = "For those who run the service"),
        (name = "brief", description = "The same jobs, by other names and another way of saying a schedule"),
        (name = "service", description = "About the API itself; needs no token"),
    ),
    paths(
        routes::jobs::create,
        routes::jobs::list,
        routes::batch::create,
        routes::jobs::show,
        routes::jobs::replace,
        routes::jobs::patch,
        routes::jobs::delete,
        routes::diffs::diff,
        routes::graphs::show,
        routes::jobs::run,
        routes::pauses::pause,
        routes::pauses::resume,
        routes::pauses::skip,
        routes::pauses::unskip,
        routes::occurrences::list,
        routes::occurrences::show,
        routes::versions::list,
        routes::versions::show,
        routes::costs::of_job,
        routes::costs::of_user,
        routes::executions::list,
        routes::executions::show,
        routes::executions::result,
        routes::executions::cancel,
    routes::claims::complete, routes::claims::fail, routes::claims::heartbeat, routes::dead_letters::discard, routes::dead_letters::discard_some, routes::dead_letters::list, routes::dead_letters::redrive, routes::dead_letters::show, routes::redrives::cancel, routes::redrives::create, routes::redrives::list, routes::redrives::show, routes::workers::list, routes::workers::poll, routes::workers::register, routes::workers::remove,
        routes::calendars::list,
        routes::calendars::put,
        routes::calendars::show,
        routes::calendars::delete,
        routes::schedules::preview,
        routes::plans::show,
        routes::plans::assign,
        routes::audit::list,
        routes::reconciliations::run,
        routes::reconciliations::list,
        routes::pressure::show,
        routes::activity::show,
        routes::host_breakers::list,
        routes::holds::place,
        routes::holds::list,
        routes::holds::show,
        routes::holds::release,
        routes::holds::pause,
        routes::holds::lift,
        routes::health::health,
        routes::document::openapi,
        brief::handlers::create,
        brief::handlers::list,
        brief::handlers::update,
        brief::handlers::remove,
    ),
    components(schemas(Document, ExecutionId, HoldId, JobId, RedriveId, RunView, UserId, WorkerId, CalendarName)),
    modifiers(&BearerToken),
)]
struct Described;

/// The whole document. What a job's payload looks like follows from the types in `registry`.
pub fn document(registry: &Registry) -> openapi::OpenApi {
    let mut document = Described::openapi();
    bodies::tell_apart(&mut document, registry);
    bodies::never_null(&mut document);
    errors::add(&mut document);
    links::add(&mut document);
    document
}

/// Every operation needs a token, but for those that say otherwise.
struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearerAuth", SecurityScheme::Http(scheme));
        document.security = Some(vec![SecurityRequirement::new("bearerAuth", [""; 0])]);
    }
}

/// `http` as a part of a name: `Http`.
pub(crate) fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn operations(document: &mut openapi::OpenApi) -> impl Iterator<Item = &mut Operation> {
    document.paths.paths.values_mut().flat_map(|item| {
        let PathItem {
            get,
            put,
            post,
            delete,
            patch,
            ..
        } = item;
        [get, put, post, delete, patch].into_iter().flatten()
    })
}
