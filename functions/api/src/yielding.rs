//! Which requests give way under pressure: first what reads history, then what makes more work. All else is served as
//! long as anything is, and looking at jobs and stopping them above all.

use axum::http::Method;
use punctual::domain::Level;

/// The routes that give way, and the level from which on they do.
pub const TABLE: [(Method, &str, Level); 14] = [
    (Method::GET, "/v1/jobs/{id}/executions", Level::NormalShed),
    (Method::GET, "/v1/jobs/{id}/cost", Level::NormalShed),
    (Method::GET, "/v1/cost", Level::NormalShed),
    (Method::GET, "/v1/forecast", Level::NormalShed),
    (Method::GET, "/v1/forecast/minute", Level::NormalShed),
    (Method::POST, "/v1/forecast/what-if", Level::NormalShed),
    (Method::GET, "/v1/jobs/{id}/occurrences", Level::NormalShed),
    (
        Method::GET,
        "/v1/jobs/{id}/occurrences/{fire_time}",
        Level::NormalShed,
    ),
    (Method::GET, "/v1/jobs/{id}/versions", Level::NormalShed),
    (
        Method::GET,
        "/v1/jobs/{id}/versions/{version}",
        Level::NormalShed,
    ),
    (Method::GET, "/v1/admin/audit", Level::NormalShed),
    (Method::POST, "/v1/jobs", Level::CreatesRefused),
    (Method::POST, "/v1/jobs/batch", Level::CreatesRefused),
    (Method::POST, "/job/create", Level::CreatesRefused),
];

/// The level from which on a route gives way, if it does.
pub fn gives_way(method: &Method, path: &str) -> Option<Level> {
    let method = if method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    let row = TABLE
        .iter()
        .find(|(listed, known, _)| listed == method && *known == path);
    row.map(|(_, _, level)| *level)
}
