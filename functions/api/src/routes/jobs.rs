//! Jobs: create, list, show, change, run and delete. Another user's job is answered like one that is not there.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use punctual::domain::{Exclusions, Job, JobId, JobRequest, TraceContext};
use punctual::port::Clock;
use punctual::usecase::{
    self, CreateKey, Submitted, World, edit, exclusions_of, exclusions_of_each, list_jobs,
    reachable_job, run_now, submit,
};
use serde_json::{Map, Value};

use crate::Api;
use crate::body::Body;
use crate::idempotency::IdempotencyKey;
use crate::merge_patch::{JobPatch, patched};
use crate::openapi::{Created, Dispatched, Limited, NoSuchUser, NotModified};
use crate::path::Id;
use crate::precondition::{IfMatch, IfNoneMatch, Tagged, not_modified};
use crate::principal::Principal;
use crate::problem::{Problem, allowance_headers};
use crate::query::{
    FilterParameters, PageParameters, PageRequest, Parameters, TextParameter, UserParameter,
};
use crate::trace_parent::TraceParent;
use crate::view::{FoundJobsView, JobView, RunView};

/// Create a job
///
/// It is active from the next second on. 200 instead of 201 if an earlier request with the same key had created it.
#[utoipa::path(
    post, path = "/v1/jobs", operation_id = "create_job", tag = "jobs",
    params(IdempotencyKey),
    request_body = JobRequest,
    responses(Created<JobView>, Limited),
)]
pub async fn create<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    IdempotencyKey(key): IdempotencyKey,
    Body(request): Body<JobRequest>,
) -> Result<Response, Problem> {
    let Api {
        world,
        registry,
        admission,
        ..
    } = &*api;
    let key = key.as_deref().map(CreateKey::Own);
    let submitted = submit(world, registry, admission, &caller, request, key).await?;
    let view = api.tagged(submitted.job.clone()).await?;
    Ok(created(&submitted, view))
}

/// Answers a create with where the job is, and `view` of it.
pub fn created(submitted: &Submitted, view: impl IntoResponse) -> Response {
    let allowance = submitted
        .allowance
        .as_ref()
        .map(allowance_headers)
        .unwrap_or_default();
    let location = format!("/v1/jobs/{}", submitted.job.id);
    let location = [(header::LOCATION, location)];
    if submitted.replayed {
        let replayed = [("idempotent-replayed", "true")];
        (StatusCode::OK, allowance, location, replayed, view).into_response()
    } else {
        (StatusCode::CREATED, allowance, location, view).into_response()
    }
}

/// List jobs
///
/// The caller's; those who keep the service running may ask for another user's.
#[utoipa::path(
    get, path = "/v1/jobs", operation_id = "list_jobs", tag = "jobs",
    params(UserParameter, FilterParameters, TextParameter, PageParameters),
    responses((status = 200, description = "A part of the list", body = FoundJobsView), NoSuchUser),
)]
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    mut parameters: Parameters,
) -> Result<Json<FoundJobsView>, Problem> {
    let query = parameters.jobs()?;
    let PageRequest { cursor, limit } = parameters.page()?;
    let place = (cursor.as_deref(), limit);
    let found = list_jobs(&api.world, &caller, &query, place).await?;
    let found = found.ok_or_else(PageRequest::foreign_cursor)?;
    let now = api.world.clock().now();
    let exclusions = exclusions_of_each(&api.world, &found.page.items).await?;
    let mut exclusions = exclusions.iter();
    Ok(Json(FoundJobsView::of(found, |job| {
        JobView::of(job, exclusions.next().unwrap_or(Exclusions::none()), now)
    })))
}

/// Show a job
///
/// A deleted job is shown, too: its history is.
#[utoipa::path(
    get, path = "/v1/jobs/{id}", operation_id = "show_job", tag = "jobs",
    params(Id<JobId>, IfNoneMatch),
    responses(Tagged<JobView>, NotModified),
)]
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let job = reachable_job(&api.world, &caller, id).await?;
    if known.has(job.version) {
        return Ok(not_modified(job.version));
    }
    Ok(api.tagged(job).await?.into_response())
}

/// Replace a job
///
/// What the body leaves out gets its default.
#[utoipa::path(
    put, path = "/v1/jobs/{id}", operation_id = "replace_job", tag = "jobs",
    params(Id<JobId>, IfMatch),
    request_body = JobRequest,
    responses(Tagged<JobView>, Limited),
)]
pub async fn replace<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    IfMatch(expected): IfMatch,
    Body(request): Body<JobRequest>,
) -> Result<Tagged<Json<JobView>>, Problem> {
    let Api {
        world,
        registry,
        admission,
        ..
    } = &*api;
    let replaced = edit(world, registry, admission, &caller, id, &expected, |_| {
        Ok(request.clone())
    });
    api.tagged(replaced.await?).await
}

/// Change parts of a job
///
/// A JSON merge patch (RFC 7396): what the body leaves out stays as it is, null restores the default.
#[utoipa::path(
    patch, path = "/v1/jobs/{id}", operation_id = "patch_job", tag = "jobs",
    params(Id<JobId>, IfMatch),
    request_body(content((JobPatch = "application/json"), (JobPatch = "application/merge-patch+json"))),
    responses(Tagged<JobView>, Limited),
)]
pub async fn patch<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    IfMatch(expected): IfMatch,
    Body(patch): Body<Map<String, Value>>,
) -> Result<Tagged<Json<JobView>>, Problem> {
    let Api {
        world,
        registry,
        admission,
        ..
    } = &*api;
    let edited = edit(
        world,
        registry,
        admission,
        &caller,
        id,
        &expected,
        |current| Ok(patched(current, &patch)?),
    );
    api.tagged(edited.await?).await
}

/// Delete a job
///
/// Nothing further starts; what runs is told to stop. 204, also when it was deleted before.
#[utoipa::path(
    delete, path = "/v1/jobs/{id}", operation_id = "delete_job", tag = "jobs",
    params(Id<JobId>, IfMatch),
    responses((status = 204, description = "It is deleted")),
)]
pub async fn delete<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    usecase::cancel(&api.world, &caller, id, &expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Run a job at once
///
/// Beside its schedule. The execution is on its way; its record appears when a worker takes it up. Under pressure it may
/// wait, but never at priorities 1 to 3.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/run", operation_id = "run_job", tag = "jobs",
    params(Id<JobId>, IdempotencyKey, TraceParent),
    responses(Dispatched),
)]
pub async fn run<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    IdempotencyKey(key): IdempotencyKey,
    TraceParent(asked_in): TraceParent,
) -> Result<Response, Problem> {
    let pressure = api.pressure.pressure(&api.world).await;
    let key = key.as_deref();
    let execution = run_now(&api.world, &caller, id, key, &pressure, asked_in).await?;
    tracing::info!(
        execution_id = %execution,
        trace_id = TraceContext::of_attempt(execution, asked_in, 1).trace_id(),
        request_id = caller.request_id,
        "asked to run now"
    );
    let location = [(header::LOCATION, format!("/v1/executions/{execution}"))];
    let body = Json(RunView {
        execution_id: execution,
    });
    Ok((StatusCode::ACCEPTED, location, body).into_response())
}

impl<W: World> Api<W> {
    /// The job as its owner sees it now.
    ///
    /// # Errors
    /// If its calendars cannot be read.
    pub async fn view(&self, job: Job) -> Result<Json<JobView>, Problem> {
        let exclusions = exclusions_of(&self.world, &job).await?;
        let now = self.world.clock().now();
        Ok(Json(JobView::of(job, &exclusions, now)))
    }

    /// The same, tagged with its version.
    ///
    /// # Errors
    /// As [`Self::view`].
    pub async fn tagged(&self, job: Job) -> Result<Tagged<Json<JobView>>, Problem> {
        Ok(Tagged {
            version: job.version,
            view: self.view(job).await?,
        })
    }
}
