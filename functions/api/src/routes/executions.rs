//! Executions: what became of a job's occurrences. They are their job's owner's, whoever's name the record carries.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use punctual::domain::{ExecutionId, JobId};
use punctual::port::Executions;
use punctual::usecase::{RequestError, World, cancel_execution, reachable_job, result_link};

use crate::Api;
use crate::openapi::Conflict;
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{PageParameters, PageRequest, Parameters};
use crate::view::{ExecutionPage, ExecutionView, Page, ResultLinkView};

/// List a job's executions
///
/// The latest first.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/executions", operation_id = "list_executions", tag = "executions",
    params(Id<JobId>, PageParameters),
    responses((status = 200, description = "A part of the list", body = ExecutionPage)),
)]
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(job): Id<JobId>,
    parameters: Parameters,
) -> Result<Json<Page<ExecutionView>>, Problem> {
    let PageRequest { cursor, limit } = parameters.page()?;
    reachable_job(&api.world, &caller, job).await?;
    let store = api.world.store();
    let page = store.list_executions(job, cursor.as_deref(), limit).await?;
    let page = page.ok_or_else(PageRequest::foreign_cursor)?;
    Ok(Json(Page::of(page, ExecutionView::from)))
}

/// Show an execution
#[utoipa::path(
    get, path = "/v1/executions/{id}", operation_id = "show_execution", tag = "executions",
    params(Id<ExecutionId>),
    responses((status = 200, description = "The execution", body = ExecutionView)),
)]
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<ExecutionId>,
) -> Result<Json<ExecutionView>, Problem> {
    let owned = reachable_job(&api.world, &caller, id.job).await;
    let found = match owned {
        Ok(_) => api.world.store().execution(id).await?,
        Err(RequestError::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let execution = found.ok_or_else(|| Problem::not_found("execution"))?;
    Ok(Json(execution.into()))
}

/// Get a link to an execution's whole result
///
/// For one whose `output` is only the beginning of it. The link needs no token and is good for five minutes.
#[utoipa::path(
    get, path = "/v1/executions/{id}/result", operation_id = "link_to_result", tag = "executions",
    params(Id<ExecutionId>),
    responses((status = 200, description = "Where to read it", body = ResultLinkView)),
)]
pub async fn result<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<ExecutionId>,
) -> Result<Json<ResultLinkView>, Problem> {
    let link = result_link(&api.world, &caller, id).await?;
    Ok(Json(link.into()))
}

/// Cancel an execution
#[utoipa::path(
    post, path = "/v1/executions/{id}/cancel", operation_id = "cancel_execution", tag = "executions",
    params(Id<ExecutionId>),
    responses(
        (status = 200, description = "It is canceled", body = ExecutionView),
        (status = 202, description = "Its handler has been told to stop", body = ExecutionView),
        Conflict,
    ),
)]
pub async fn cancel<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<ExecutionId>,
) -> Result<(StatusCode, Json<ExecutionView>), Problem> {
    let execution = cancel_execution(&api.world, &caller, id).await?;
    let status = if execution.state.is_terminal() {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    Ok((status, Json(execution.into())))
}
