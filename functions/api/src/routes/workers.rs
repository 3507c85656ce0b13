//! Workers outside, and their polls. Everything here is the caller's own; those who keep the service running may look.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use punctual::domain::pull::{WorkName, WorkerName};
use punctual::domain::{Invalid, WorkerId};
use punctual::usecase::{self, MAX_TAKEN, MAX_WAIT, World};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::body::{Body, OptionalBody};
use crate::openapi::{Conflict, NoSuchUser};
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{Parameters, UserParameter};
use crate::view::{HandedList, HandedView, WorkerList, WorkerView};

/// A worker that wants to be known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerRequest {
    name: WorkerName,
    /// The works that it takes: 1 to 10, each once.
    #[schema(min_items = 1, max_items = 10)]
    works: Vec<WorkName>,
}

/// Register a worker
///
/// One that has not asked for work for a day is forgotten, and registers anew.
#[utoipa::path(
    post, path = "/v1/workers", operation_id = "register_worker", tag = "workers",
    request_body = WorkerRequest,
    responses((status = 201, description = "The worker is known", body = WorkerView), Conflict),
)]
pub async fn register<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Body(WorkerRequest { name, works }): Body<WorkerRequest>,
) -> Result<(StatusCode, Json<WorkerView>), Problem> {
    let worker = usecase::register_worker(&api.world, &caller, name, works).await?;
    Ok((StatusCode::CREATED, Json(worker.into())))
}

/// List workers
///
/// All of the caller's; those who keep the service running may ask for another user's.
#[utoipa::path(
    get, path = "/v1/workers", operation_id = "list_workers", tag = "workers",
    params(UserParameter),
    responses((status = 200, description = "The workers", body = WorkerList), NoSuchUser),
)]
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    mut parameters: Parameters,
) -> Result<Json<WorkerList>, Problem> {
    let owner = parameters.user()?;
    parameters.no_others()?;
    let found = usecase::list_workers(&api.world, &caller, owner.as_ref()).await?;
    let items = found.into_iter().map(WorkerView::from).collect();
    Ok(Json(WorkerList { items }))
}

/// Remove a worker
///
/// What it holds, it may finish.
#[utoipa::path(
    delete, path = "/v1/workers/{id}", operation_id = "remove_worker", tag = "workers",
    params(Id<WorkerId>),
    responses((status = 204, description = "It is forgotten")),
)]
pub async fn remove<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<WorkerId>,
) -> Result<StatusCode, Problem> {
    usecase::remove_worker(&api.world, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How long a worker waits, and how much it takes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PollRequest {
    /// How long to wait if there is nothing: 0 to 20; 20 if absent.
    #[schema(minimum = 0, maximum = 20)]
    wait_seconds: u32,
    /// How many executions to take at most: 1 to 10; 1 if absent.
    #[schema(minimum = 1, maximum = 10)]
    max: u32,
}

impl Default for PollRequest {
    fn default() -> Self {
        Self {
            wait_seconds: 20,
            max: 1,
        }
    }
}

impl PollRequest {
    fn bounds(&self) -> Result<(TimeDelta, usize), Problem> {
        let wait = TimeDelta::seconds(self.wait_seconds.into());
        if wait > MAX_WAIT {
            let invalid = Invalid::new("wait_seconds", "must be from 0 to 20");
            return Err(Problem::invalid(invalid));
        }
        let max = usize::try_from(self.max).ok();
        let max = max.filter(|max| (1..=MAX_TAKEN).contains(max));
        let refused = || Problem::invalid(Invalid::new("max", "must be from 1 to 10"));
        Ok((wait, max.ok_or_else(refused)?))
    }
}

/// Ask for work
///
/// Takes what is offered of the worker's works, the most urgent first; without any, waits. Whatever is answered is the
/// worker's from now on: it is heard of at least every `heartbeat_seconds`, or another takes over.
#[utoipa::path(
    post, path = "/v1/workers/{id}/poll", operation_id = "poll_work", tag = "workers",
    params(Id<WorkerId>),
    request_body = Option<PollRequest>,
    responses((status = 200, description = "What the worker holds now; perhaps nothing", body = HandedList)),
)]
pub async fn poll<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<WorkerId>,
    OptionalBody(request): OptionalBody<PollRequest>,
) -> Result<Json<HandedList>, Problem> {
    let (wait, max) = request.bounds()?;
    let taken = usecase::poll(&api.world, &caller, id, wait, max, &api.holds).await?;
    let executions = taken.into_iter().map(HandedView::from).collect();
    Ok(Json(HandedList { executions }))
}
