//! The API function: two faces, REST and the brief's, over one model. A request is checked whole before anything is
//! written, and whatever goes wrong is answered with one problem document.

pub mod access;
pub mod bodies;
mod body;
mod brief;
mod console;
mod guard;
mod idempotency;
pub mod identity;
mod json;
mod measure;
mod merge_patch;
pub mod openapi;
mod path;
mod precondition;
mod principal;
mod problem;
mod query;
mod routes;
mod trace_parent;
mod view;
pub mod yielding;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};
use punctual::domain::PerBand;
use punctual::jobtype::Registry;
use punctual::usecase::{
    ActivityWatch, Admission, AgendaWatch, HoldWatch, Intake, PressureWatch, World,
};

use crate::guard::guard;
use crate::identity::Identity;
pub use crate::measure::measured;
use crate::problem::Problem;
use crate::routes::{
    activity, audit, batch, calendars, claims, costs, dead_letters, diffs, document, executions,
    forecasts, graphs, health, holds, host_breakers, jobs, occurrences, pauses, plans, pressure,
    reconciliations, redrives, schedules, versions, what_ifs, workers,
};

/// What the handlers work with.
pub struct Api<W> {
    /// The ports.
    pub world: W,
    /// The job types that may be asked for.
    pub registry: Registry,
    /// What creates are admitted by.
    pub admission: Admission,
    /// How callers prove who they are.
    pub identity: Identity,
    /// What all jobs are about to do.
    pub agenda: AgendaWatch,
    /// How hard the service is pressed.
    pub pressure: PressureWatch,
    /// What is held.
    pub holds: HoldWatch,
    /// What the functions have reported lately.
    pub activity: ActivityWatch,
    /// How many executions each band can have under way at once.
    pub places: PerBand<u32>,
}

impl<W> Api<W> {
    /// What requests about jobs are judged by.
    pub(crate) fn intake(&self) -> Intake<'_> {
        Intake {
            registry: &self.registry,
            admission: &self.admission,
            agenda: &self.agenda,
        }
    }
}

/// Every route of both faces. [`access::TABLE`] says who may call it; one that is not there is closed.
pub fn router<W: World + 'static>(api: Arc<Api<W>>) -> Router {
    let job = get(jobs::show::<W>)
        .put(jobs::replace::<W>)
        .patch(jobs::patch::<W>)
        .delete(jobs::delete::<W>);
    let calendar = get(calendars::show::<W>)
        .put(calendars::put::<W>)
        .delete(calendars::delete::<W>);
    let batch = post(batch::create::<W>).layer(DefaultBodyLimit::max(batch::MAX_BATCH_BYTES));
    let complete = post(claims::complete::<W>);
    let complete = complete.layer(DefaultBodyLimit::max(claims::MAX_REPORT_BYTES));
    Router::new()
        .route("/healthz", get(health::health))
        .route("/openapi.json", get(document::openapi))
        .route("/", get(console::lead_in))
        .route("/console", get(console::show))
        .route("/console/", get(console::show))
        .route("/console/{*path}", get(console::show))
        .route("/v1/jobs", get(jobs::list::<W>).post(jobs::create::<W>))
        .route("/v1/jobs/batch", batch)
        .route("/v1/jobs/{id}", job)
        .route("/v1/jobs/{id}/diff", post(diffs::diff::<W>))
        .route("/v1/jobs/{id}/graph", get(graphs::show::<W>))
        .route("/v1/jobs/{id}/run", post(jobs::run::<W>))
        .route("/v1/jobs/{id}/pause", post(pauses::pause::<W>))
        .route("/v1/jobs/{id}/resume", post(pauses::resume::<W>))
        .route("/v1/jobs/{id}/skip", post(pauses::skip::<W>))
        .route("/v1/jobs/{id}/unskip", post(pauses::unskip::<W>))
        .route("/v1/jobs/{id}/versions", get(versions::list::<W>))
        .route("/v1/jobs/{id}/versions/{version}", get(versions::show::<W>))
        .route("/v1/jobs/{id}/executions", get(executions::list::<W>))
        .route("/v1/jobs/{id}/cost", get(costs::of_job::<W>))
        .route("/v1/cost", get(costs::of_user::<W>))
        .route("/v1/jobs/{id}/occurrences", get(occurrences::list::<W>))
        .route(
            "/v1/jobs/{id}/occurrences/{fire_time}",
            get(occurrences::show::<W>),
        )
        .route("/v1/executions/{id}", get(executions::show::<W>))
        .route("/v1/executions/{id}/result", get(executions::result::<W>))
        .route("/v1/executions/{id}/cancel", post(executions::cancel::<W>))
        .route(
            "/v1/executions/{id}/heartbeat",
            post(claims::heartbeat::<W>),
        )
        .route("/v1/executions/{id}/complete", complete)
        .route("/v1/executions/{id}/fail", post(claims::fail::<W>))
        .route(
            "/v1/workers",
            get(workers::list::<W>).post(workers::register::<W>),
        )
        .route("/v1/workers/{id}", delete(workers::remove::<W>))
        .route("/v1/workers/{id}/poll", post(workers::poll::<W>))
        .route("/v1/calendars", get(calendars::list::<W>))
        .route("/v1/calendars/{name}", calendar)
        .route("/v1/forecast", get(forecasts::show::<W>))
        .route("/v1/forecast/minute", get(forecasts::minute::<W>))
        .route("/v1/forecast/what-if", post(what_ifs::create::<W>))
        .route("/v1/schedules/preview", post(schedules::preview::<W>))
        .route("/v1/host-breakers", get(host_breakers::list::<W>))
        .merge(dead_letter_routes::<W>())
        .merge(admin_routes::<W>())
        .merge(brief::routes::<W>())
        // After the last route: what is added below it would be open to everybody.
        .route_layer(from_fn_with_state(Arc::clone(&api), guard::<W>))
        .fallback(async || Problem::not_found("path"))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(DefaultBodyLimit::max(body::MAX_BODY_BYTES))
        .with_state(api)
}

fn dead_letter_routes<W: World + 'static>() -> Router<Arc<Api<W>>> {
    Router::new()
        .route("/v1/dead-letters", get(dead_letters::list::<W>))
        .route("/v1/dead-letters/redrive", post(redrives::create::<W>))
        .route("/v1/dead-letters/redrives", get(redrives::list::<W>))
        .route("/v1/dead-letters/redrives/{id}", get(redrives::show::<W>))
        .route(
            "/v1/dead-letters/redrives/{id}/cancel",
            post(redrives::cancel::<W>),
        )
        .route(
            "/v1/dead-letters/discard",
            post(dead_letters::discard_some::<W>),
        )
        .route("/v1/dead-letters/{id}", get(dead_letters::show::<W>))
        .route(
            "/v1/dead-letters/{id}/redrive",
            post(dead_letters::redrive::<W>),
        )
        .route(
            "/v1/dead-letters/{id}/discard",
            post(dead_letters::discard::<W>),
        )
}

fn admin_routes<W: World + 'static>() -> Router<Arc<Api<W>>> {
    Router::new()
        .route("/v1/admin/audit", get(audit::list::<W>))
        .route(
            "/v1/admin/users/{user}/plan",
            get(plans::show::<W>).put(plans::assign::<W>),
        )
        .route("/v1/admin/pressure", get(pressure::show::<W>))
        .route("/v1/admin/activity", get(activity::show::<W>))
        .route(
            "/v1/admin/holds",
            get(holds::list::<W>).post(holds::place::<W>),
        )
        .route(
            "/v1/admin/holds/{id}",
            get(holds::show::<W>).delete(holds::lift::<W>),
        )
        .route("/v1/admin/holds/{id}/release", post(holds::release::<W>))
        .route("/v1/admin/holds/{id}/pause", post(holds::pause::<W>))
        .route("/v1/admin/reconcile", post(reconciliations::run::<W>))
        .route("/v1/admin/reconciliations", get(reconciliations::list::<W>))
}
