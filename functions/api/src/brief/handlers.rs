//! The brief's handlers: translate, call the shared use case, translate back. Refusals come back in the brief's names.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use punctual::domain::{Exclusions, Job, JobId};
use punctual::port::{Clock, Jobs};
use punctual::usecase::{World, cancel, edit, exclusions_of, exclusions_of_each, submit};

use super::names::in_the_briefs_names;
use super::request::{CreateRequest, UpdateRequest};
use super::view::BriefJob;
use crate::Api;
use crate::body::Body;
use crate::idempotency::IdempotencyKey;
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{PageRequest, Parameters};
use crate::routes::jobs::created;
use crate::view::Page;

/// `POST /job/create`
pub async fn create<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    IdempotencyKey(key): IdempotencyKey,
    Body(request): Body<CreateRequest>,
) -> Result<Response, Problem> {
    let Api {
        world, registry, ..
    } = &*api;
    let request = request.into_job_request().map_err(Problem::invalid)?;
    let submitted = submit(world, registry, &caller, request, key.as_deref())
        .await
        .map_err(in_the_briefs_names)?;
    let view = api.brief(submitted.job.clone()).await?;
    Ok(created(&submitted, view))
}

/// `GET /job`
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

/// `PUT /job/update`: what the body leaves out stays as it is.
pub async fn update<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Body(request): Body<UpdateRequest>,
) -> Result<Json<BriefJob>, Problem> {
    let Api {
        world, registry, ..
    } = &*api;
    let id = request.job_id;
    let changes = request.into_changes().map_err(Problem::invalid)?;
    let updated = edit(world, registry, &caller, id, |current| {
        Ok(changes.applied_to(current))
    });
    let job = updated.await.map_err(in_the_briefs_names)?;
    api.brief(job).await
}

/// `DELETE /job/{job-id}`: 204, also when it was deleted before.
pub async fn remove<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
) -> Result<StatusCode, Problem> {
    cancel(&api.world, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl<W: World> Api<W> {
    async fn brief(&self, job: Job) -> Result<Json<BriefJob>, Problem> {
        let exclusions = exclusions_of(&self.world, &job).await?;
        let now = self.world.clock().now();
        Ok(Json(BriefJob::of(job, &exclusions, now)))
    }
}
