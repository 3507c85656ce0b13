//! Dead letters: looked at, given another attempt, or settled as they are.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use punctual::domain::{ExecutionId, LetterFilter};
use punctual::usecase::{self, World, discard_many, inspect_dead_letter, list_dead_letters};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::body::Body;
use crate::openapi::NotDead;
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{LetterParameters, PageParameters, PageRequest, Parameters};
use crate::view::{
    DiscardManyView, ExecutionView, FoundLetterView, InspectedView, LetterPage, Page,
};

/// List dead letters
///
/// Executions that ended badly, the latest first: one's own, or everybody's for those who keep the service running. A part
/// may be short, or empty, and still have a `next_cursor`.
#[utoipa::path(
    get, path = "/v1/dead-letters", operation_id = "list_dead_letters", tag = "dead letters",
    params(LetterParameters, PageParameters),
    responses((status = 200, description = "A part of the list", body = LetterPage)),
)]
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    mut parameters: Parameters,
) -> Result<Json<Page<FoundLetterView>>, Problem> {
    let query = parameters.letters()?;
    let PageRequest { cursor, limit } = parameters.page()?;
    let page = list_dead_letters(&api.world, &caller, query, cursor.as_deref(), limit).await;
    let page = page.map_err(Problem::of_the_query)?;
    let page = page.ok_or_else(PageRequest::foreign_cursor)?;
    Ok(Json(Page::of(page, FoundLetterView::from)))
}

/// Show a dead letter
///
/// With the payload as it was run, and what went wrong in its attempts.
#[utoipa::path(
    get, path = "/v1/dead-letters/{id}", operation_id = "show_dead_letter", tag = "dead letters",
    params(Id<ExecutionId>),
    responses((status = 200, description = "The dead letter", body = InspectedView)),
)]
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<ExecutionId>,
) -> Result<Json<InspectedView>, Problem> {
    let found = inspect_dead_letter(&api.world, &caller, id).await?;
    Ok(Json(found.into()))
}

/// Redrive a dead letter
///
/// The execution gets one more attempt, at once, under its own id. Asked for again while that is under way, it changes
/// nothing.
#[utoipa::path(
    post, path = "/v1/dead-letters/{id}/redrive", operation_id = "redrive", tag = "dead letters",
    params(Id<ExecutionId>),
    responses((status = 202, description = "The attempt is on its way", body = ExecutionView), NotDead),
)]
pub async fn redrive<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<ExecutionId>,
) -> Result<(StatusCode, Json<ExecutionView>), Problem> {
    let granted = usecase::redrive(&api.world, &caller, id).await?;
    Ok((StatusCode::ACCEPTED, Json(granted.into())))
}

/// The body of a discard.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscardRequest {
    /// Why: 1 to 500 characters.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$"
    )]
    note: String,
}

/// Discard a dead letter
///
/// It stays as it is, with a note; no redrive of many takes it up.
#[utoipa::path(
    post, path = "/v1/dead-letters/{id}/discard", operation_id = "discard", tag = "dead letters",
    params(Id<ExecutionId>),
    request_body = DiscardRequest,
    responses((status = 200, description = "It is discarded", body = ExecutionView), NotDead),
)]
pub async fn discard<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<ExecutionId>,
    Body(request): Body<DiscardRequest>,
) -> Result<Json<ExecutionView>, Problem> {
    let discarded = usecase::discard(&api.world, &caller, id, &request.note).await?;
    Ok(Json(discarded.into()))
}

/// The body of a discard of many.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscardManyRequest {
    /// Which open letters; all within reach, if it says nothing.
    #[serde(default)]
    #[schema(default = json!({}))]
    filter: LetterFilter,
    /// Why: 1 to 500 characters.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$"
    )]
    note: String,
    /// Only count them.
    #[serde(default)]
    dry_run: bool,
}

/// Discard many dead letters
///
/// The open ones that the filter means, at most about a thousand in one request.
#[utoipa::path(
    post, path = "/v1/dead-letters/discard", operation_id = "discard_many", tag = "dead letters",
    request_body = DiscardManyRequest,
    responses((status = 200, description = "How many there were, and were discarded", body = DiscardManyView)),
)]
pub async fn discard_some<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Body(request): Body<DiscardManyRequest>,
) -> Result<Json<DiscardManyView>, Problem> {
    let DiscardManyRequest {
        filter,
        note,
        dry_run,
    } = request;
    let many = discard_many(&api.world, &caller, filter, &note, dry_run).await;
    Ok(Json(many.map_err(Problem::of_the_filter)?.into()))
}
