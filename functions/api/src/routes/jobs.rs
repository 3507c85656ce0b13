//! Jobs: create, list, show, change, run and delete. Another user's job is answered like one that is not there.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use punctual::domain::{Exclusions, Job, JobId, JobRequest};
use punctual::port::{Clock, Jobs};
use punctual::usecase::{
    self, Submitted, World, edit, exclusions_of, exclusions_of_each, reachable_job, run_now, submit,
};
use serde_json::{Map, Value, json};

use crate::Api;
use crate::body::Body;
use crate::idempotency::IdempotencyKey;
use crate::merge_patch::patched;
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{PageRequest, Parameters};
use crate::view::{JobView, Page};

/// `POST /v1/jobs`: 201, or 200 if an earlier request with the same key had created it.
pub async fn create<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    IdempotencyKey(key): IdempotencyKey,
    Body(request): Body<JobRequest>,
) -> Result<Response, Problem> {
    let Api {
        world, registry, ..
    } = &*api;
    let submitted = submit(world, registry, &caller, request, key.as_deref()).await?;
    let view = api.view(submitted.job.clone()).await?;
    Ok(created(&submitted, view))
}

/// Answers a create with where the job is, and `view` of it.
pub fn created(submitted: &Submitted, view: impl IntoResponse) -> Response {
    let location = format!("/v1/jobs/{}", submitted.job.id);
    let location = [(header::LOCATION, location)];
    if submitted.replayed {
        let replayed = [("idempotent-replayed", "true")];
        (StatusCode::OK, location, replayed, view).into_response()
    } else {
        (StatusCode::CREATED, location, view).into_response()
    }
}

/// `GET /v1/jobs`
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    mut parameters: Parameters,
) -> Result<Json<Page<JobView>>, Problem> {
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
        JobView::of(job, exclusions.next().unwrap_or(Exclusions::none()), now)
    })))
}

/// `GET /v1/jobs/{id}`. A deleted job is shown, too: its history is.
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
) -> Result<Json<JobView>, Problem> {
    api.view(reachable_job(&api.world, &caller, id).await?)
        .await
}

/// `PUT /v1/jobs/{id}`: what the body leaves out gets its default.
pub async fn replace<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    Body(request): Body<JobRequest>,
) -> Result<Json<JobView>, Problem> {
    let Api {
        world, registry, ..
    } = &*api;
    let replaced = edit(world, registry, &caller, id, |_| Ok(request.clone()));
    api.view(replaced.await?).await
}

/// `PATCH /v1/jobs/{id}`: what the body leaves out stays as it is.
pub async fn patch<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    Body(patch): Body<Map<String, Value>>,
) -> Result<Json<JobView>, Problem> {
    let Api {
        world, registry, ..
    } = &*api;
    let edited = edit(world, registry, &caller, id, |current| {
        Ok(patched(current, &patch)?)
    });
    api.view(edited.await?).await
}

/// `DELETE /v1/jobs/{id}`: 204, also when it was deleted before.
pub async fn delete<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
) -> Result<StatusCode, Problem> {
    usecase::cancel(&api.world, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/jobs/{id}/run`: the execution is on its way; its record appears when a worker takes it up.
pub async fn run<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    IdempotencyKey(key): IdempotencyKey,
) -> Result<Response, Problem> {
    let execution = run_now(&api.world, &caller, id, key.as_deref()).await?;
    let location = [(header::LOCATION, format!("/v1/executions/{execution}"))];
    let body = Json(json!({ "execution_id": execution }));
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
}
