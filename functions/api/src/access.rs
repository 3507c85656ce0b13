//! Who may call what: one table for every route. A route that is not in it is closed to everybody.

use axum::http::Method;
use punctual::domain::{Reach, Role};

use Role::{Admin, Operator, User, Viewer};

/// One route, and who may call it.
#[derive(Clone, Debug)]
pub struct Row {
    /// The method. `HEAD` goes as `GET`.
    pub method: Method,
    /// The path as the router knows it.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
}

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, with or without a token.
    Public,
    /// The roles, each as far as it reaches.
    Roles {
        /// May call it about what is their own.
        own: &'static [Role],
        /// May call it about what is anybody's, and their own.
        any: &'static [Role],
    },
}

const NOBODY: &[Role] = &[];
const READERS: &[Role] = &[Admin, Operator, User, Viewer];
const WRITERS: &[Role] = &[Admin, Operator, User];
/// Those who keep the service running: they see everything, and stop and start it, but write nobody else's jobs.
const KEEPERS: &[Role] = &[Admin, Operator];
const ADMINS: &[Role] = &[Admin];

/// Every route.
pub const TABLE: &[Row] = &[
    public(Method::GET, "/healthz"),
    public(Method::GET, "/openapi.json"),
    // The console is the same for everybody; what it shows, it asks for with a token.
    public(Method::GET, "/"),
    public(Method::GET, "/console"),
    public(Method::GET, "/console/"),
    public(Method::GET, "/console/{*path}"),
    // What is created or tried out is always the caller's: these reach nobody else.
    row(Method::POST, "/v1/jobs", WRITERS, NOBODY),
    row(Method::POST, "/v1/jobs/batch", WRITERS, NOBODY),
    row(Method::POST, "/v1/schedules/preview", READERS, NOBODY),
    row(Method::GET, "/v1/calendars", READERS, NOBODY),
    row(Method::GET, "/v1/calendars/{name}", READERS, NOBODY),
    row(Method::PUT, "/v1/calendars/{name}", WRITERS, NOBODY),
    row(Method::DELETE, "/v1/calendars/{name}", WRITERS, NOBODY),
    // Reading.
    row(Method::GET, "/v1/jobs", READERS, KEEPERS),
    row(Method::GET, "/v1/jobs/{id}", READERS, KEEPERS),
    row(Method::GET, "/v1/jobs/{id}/executions", READERS, KEEPERS),
    row(Method::GET, "/v1/jobs/{id}/cost", READERS, KEEPERS),
    row(Method::GET, "/v1/cost", READERS, KEEPERS),
    row(Method::GET, "/v1/jobs/{id}/graph", READERS, KEEPERS),
    row(Method::GET, "/v1/jobs/{id}/occurrences", READERS, KEEPERS),
    row(
        Method::GET,
        "/v1/jobs/{id}/occurrences/{fire_time}",
        READERS,
        KEEPERS,
    ),
    row(Method::GET, "/v1/executions/{id}", READERS, KEEPERS),
    row(Method::GET, "/v1/executions/{id}/result", READERS, KEEPERS),
    row(Method::POST, "/v1/jobs/{id}/diff", READERS, KEEPERS),
    row(Method::GET, "/v1/jobs/{id}/versions", READERS, KEEPERS),
    row(
        Method::GET,
        "/v1/jobs/{id}/versions/{version}",
        READERS,
        KEEPERS,
    ),
    row(Method::GET, "/v1/dead-letters", READERS, KEEPERS),
    row(Method::GET, "/v1/dead-letters/{id}", READERS, KEEPERS),
    row(Method::GET, "/v1/dead-letters/redrives", READERS, KEEPERS),
    row(
        Method::GET,
        "/v1/dead-letters/redrives/{id}",
        READERS,
        KEEPERS,
    ),
    row(Method::GET, "/v1/host-breakers", READERS, KEEPERS),
    // Everybody's changes, and never only one's own.
    row(Method::GET, "/v1/admin/audit", NOBODY, KEEPERS),
    // Stopping and starting.
    row(Method::POST, "/v1/jobs/{id}/run", WRITERS, KEEPERS),
    row(Method::POST, "/v1/jobs/{id}/pause", WRITERS, KEEPERS),
    row(Method::POST, "/v1/jobs/{id}/resume", WRITERS, KEEPERS),
    row(Method::POST, "/v1/jobs/{id}/skip", WRITERS, KEEPERS),
    row(Method::POST, "/v1/jobs/{id}/unskip", WRITERS, KEEPERS),
    row(Method::POST, "/v1/executions/{id}/cancel", WRITERS, KEEPERS),
    row(
        Method::POST,
        "/v1/dead-letters/{id}/redrive",
        WRITERS,
        KEEPERS,
    ),
    row(
        Method::POST,
        "/v1/dead-letters/{id}/discard",
        WRITERS,
        KEEPERS,
    ),
    row(Method::POST, "/v1/dead-letters/redrive", WRITERS, KEEPERS),
    row(Method::POST, "/v1/dead-letters/discard", WRITERS, KEEPERS),
    row(
        Method::POST,
        "/v1/dead-letters/redrives/{id}/cancel",
        WRITERS,
        KEEPERS,
    ),
    // Work that is done elsewhere: a worker acts for its owner, and for nobody else.
    row(Method::POST, "/v1/workers", WRITERS, NOBODY),
    row(Method::GET, "/v1/workers", READERS, KEEPERS),
    row(Method::DELETE, "/v1/workers/{id}", WRITERS, NOBODY),
    row(Method::POST, "/v1/workers/{id}/poll", WRITERS, NOBODY),
    row(
        Method::POST,
        "/v1/executions/{id}/heartbeat",
        WRITERS,
        NOBODY,
    ),
    row(
        Method::POST,
        "/v1/executions/{id}/complete",
        WRITERS,
        NOBODY,
    ),
    row(Method::POST, "/v1/executions/{id}/fail", WRITERS, NOBODY),
    // Writing.
    row(Method::PUT, "/v1/jobs/{id}", WRITERS, ADMINS),
    row(Method::PATCH, "/v1/jobs/{id}", WRITERS, ADMINS),
    row(Method::DELETE, "/v1/jobs/{id}", WRITERS, ADMINS),
    // Plans.
    row(Method::GET, "/v1/admin/users/{user}/plan", NOBODY, KEEPERS),
    row(Method::PUT, "/v1/admin/users/{user}/plan", NOBODY, ADMINS),
    // Keeping the service running.
    row(Method::POST, "/v1/admin/reconcile", NOBODY, KEEPERS),
    row(Method::GET, "/v1/admin/reconciliations", NOBODY, KEEPERS),
    row(Method::GET, "/v1/admin/pressure", NOBODY, KEEPERS),
    row(Method::GET, "/v1/admin/activity", NOBODY, KEEPERS),
    row(Method::POST, "/v1/admin/holds", NOBODY, KEEPERS),
    row(Method::GET, "/v1/admin/holds", NOBODY, KEEPERS),
    row(Method::GET, "/v1/admin/holds/{id}", NOBODY, KEEPERS),
    row(Method::DELETE, "/v1/admin/holds/{id}", NOBODY, KEEPERS),
    row(
        Method::POST,
        "/v1/admin/holds/{id}/release",
        NOBODY,
        KEEPERS,
    ),
    row(Method::POST, "/v1/admin/holds/{id}/pause", NOBODY, KEEPERS),
    // The brief's names for some of these.
    row(Method::GET, "/job", READERS, NOBODY),
    row(Method::POST, "/job/create", WRITERS, NOBODY),
    row(Method::PUT, "/job/update", WRITERS, ADMINS),
    row(Method::DELETE, "/job/{id}", WRITERS, ADMINS),
];

const fn public(method: Method, path: &'static str) -> Row {
    let access = Access::Public;
    Row {
        method,
        path,
        access,
    }
}

const fn row(
    method: Method,
    path: &'static str,
    own: &'static [Role],
    any: &'static [Role],
) -> Row {
    let access = Access::Roles { own, any };
    Row {
        method,
        path,
        access,
    }
}

/// Who may call a route, or `None` if nobody may.
pub fn access(method: &Method, path: &str) -> Option<Access> {
    let method = if method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    let row = TABLE
        .iter()
        .find(|row| row.method == *method && row.path == path);
    row.map(|row| row.access)
}

impl Access {
    /// How far a role reaches, or `None` if it may not call the route at all.
    pub fn reach(self, role: Role) -> Option<Reach> {
        match self {
            Self::Public => Some(Reach::Own),
            Self::Roles { any, .. } if any.contains(&role) => Some(Reach::Any),
            Self::Roles { own, .. } if own.contains(&role) => Some(Reach::Own),
            Self::Roles { .. } => None,
        }
    }
}
