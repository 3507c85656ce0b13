//! The brief's handlers: translate, call the shared use case, translate back. Refusals come back in the brief's names.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use punctual::domain::{Exclusions, Job, JobId};
use punctual::port::{Clock, Jobs};
use punctual::usecase::{
    CreateKey, World, cancel, edit, exclusions_of, exclusions_of_each, submit,
};

use super::names::in_the_briefs_names;
use super::request::{CreateRequest, UpdateRequest};
use super::view::{BriefJob, BriefJobPage};
use crate::Api;
use crate::body::Body;
use crate::idempotency::IdempotencyKey;
use crate::openapi::{Created, Limited, NoSuchJob};
use crate::path::Id;
use crate::precondition::{IfMatch, Tagged};
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{FilterParameters, PageParameters, PageRequest, Parameters};
use crate::routes::jobs::created;
use crate::view::Page;

/// Create a job, in the brief's words
#[utoipa::path(
    post, path = "/job/create", operation_id = "create_brief_job", tag = "brief",
    params(IdempotencyKey),
    request_body = CreateRequest,
    responses(Created<BriefJob>, Limited),
)]
pub async fn create<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    IdempotencyKey(key): IdempotencyKey,
    Body(request): Body<CreateRequest>,
) -> Result<Response, Problem> {
    let request = request.into_job_request().map_err(Problem::invalid)?;
    let key = key.as_deref().map(CreateKey::Own);
    let submitted = submit(&api.world, api.intake(), &caller, request, key)
        .await
        .map_err(in_the_briefs_names)?;
    let view = api.brief(submitted.job.clone()).await?;
    Ok(created(&submitted, view))
}

/// List jobs, in the brief's words
#[utoipa::path(
    get, path = "/job", operation_id = "list_brief_jobs", tag = "brief",
    params(FilterParameters, PageParameters),
    responses((status = 200, description = "A part of the list", body = BriefJobPage)),
)]
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    mut parameters: Parameters,
) -> Result<Json<Page<BriefJob>>, Problem> {
    let filter = parameters.filter()?;
    let PageRequest { cursor, limit } = parameters.page()?;
    let store = api.world.store();
    let page = store
        .list_jobs(&caller.user, &filter, cursor.as_deref(), limit)
        .await?
        .ok_or_else(PageRequest::foreign_cursor)?;
    let now = api.world.clock().now();
    let exclusions = exclusions_of_each(&api.world, &page.items).await?;
    let mut exclusions = exclusions.iter();
    Ok(Json(Page::of(page, |job| {
        BriefJob::of(job, exclusions.next().unwrap_or(Exclusions::none()), now)
    })))
}

/// Change a job, in the brief's words
///
/// What the body leaves out stays as it is. A schedule is given whole or not at all.
#[utoipa::path(
    put, path = "/job/update", operation_id = "update_brief_job", tag = "brief",
    params(IfMatch),
    request_body = UpdateRequest,
    responses(Tagged<BriefJob>, NoSuchJob, Limited),
)]
pub async fn update<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    IfMatch(expected): IfMatch,
    Body(request): Body<UpdateRequest>,
) -> Result<Tagged<Json<BriefJob>>, Problem> {
    let id = request.job_id;
    let changes = request.into_changes().map_err(Problem::invalid)?;
    let updated = edit(
        &api.world,
        api.intake(),
        &caller,
        id,
        &expected,
        |current| Ok(changes.applied_to(current)),
    );
    let job = updated.await.map_err(in_the_briefs_names)?;
    api.brief(job).await
}

/// Delete a job
///
/// 204, also when it was deleted before.
#[utoipa::path(
    delete, path = "/job/{id}", operation_id = "delete_brief_job", tag = "brief",
    params(Id<JobId>, IfMatch),
    responses((status = 204, description = "It is deleted")),
)]
pub async fn remove<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    cancel(&api.world, &caller, id, &expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl<W: World> Api<W> {
    async fn brief(&self, job: Job) -> Result<Tagged<Json<BriefJob>>, Problem> {
        let exclusions = exclusions_of(&self.world, &job).await?;
        let now = self.world.clock().now();
        Ok(Tagged {
            version: job.version,
            view: Json(BriefJob::of(job, &exclusions, now)),
        })
    }
}
