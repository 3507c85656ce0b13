//! Redrives of many: asked for, watched and stopped. The minute tick works them off.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use punctual::domain::{LetterFilter, RedriveId};
use punctual::usecase::{World, bulk_redrive, cancel_redrive, list_redrives, redrive_many};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::body::Body;
use crate::openapi::RedriveDone;
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{PageParameters, PageRequest, Parameters};
use crate::view::{Page, RedriveManyView, RedrivePage, RedriveView};

/// The body of a request to redrive many.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedriveManyRequest {
    /// Which open letters; all within reach, if it says nothing.
    #[serde(default)]
    #[schema(default = json!({}))]
    filter: LetterFilter,
    /// How many are released in a minute: 1 to 1,000; 60 if absent.
    #[serde(default = "rate")]
    #[schema(default = rate, minimum = 1, maximum = 1_000)]
    rate_per_minute: u32,
    /// Only count them.
    #[serde(default)]
    dry_run: bool,
}

fn rate() -> u32 {
    60
}

/// Redrive many dead letters
///
/// The open ones that the filter means, and that have ended by now, are released at the rate, from the next full minute on,
/// the earliest first. A dry run says how many that would be.
#[utoipa::path(
    post, path = "/v1/dead-letters/redrive", operation_id = "redrive_many", tag = "dead letters",
    request_body = RedriveManyRequest,
    responses(
        (status = 200, description = "A dry run: nothing was done", body = RedriveManyView),
        (status = 202, description = "The request is kept, and worked off", body = RedriveManyView,
         headers(("Location" = String, description = "Where its progress is."))),
    ),
)]
pub async fn create<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Body(request): Body<RedriveManyRequest>,
) -> Result<Response, Problem> {
    let RedriveManyRequest {
        filter,
        rate_per_minute: rate,
        dry_run,
    } = request;
    let many = redrive_many(&api.world, &caller, filter, rate, dry_run).await;
    let many = many.map_err(Problem::of_the_filter)?;
    let id = many.bulk.as_ref().map(|bulk| bulk.id);
    let view = Json(RedriveManyView::of(many, rate));
    Ok(match id {
        None => view.into_response(),
        Some(id) => {
            let location = [(header::LOCATION, format!("/v1/dead-letters/redrives/{id}"))];
            (StatusCode::ACCEPTED, location, view).into_response()
        }
    })
}

/// List redrives of many
///
/// Those of the last 30 days, the latest first.
#[utoipa::path(
    get, path = "/v1/dead-letters/redrives", operation_id = "list_redrives", tag = "dead letters",
    params(PageParameters),
    responses((status = 200, description = "A part of the list", body = RedrivePage)),
)]
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    parameters: Parameters,
) -> Result<Json<Page<RedriveView>>, Problem> {
    let PageRequest { cursor, limit } = parameters.page()?;
    let page = list_redrives(&api.world, &caller, cursor.as_deref(), limit).await?;
    let page = page.ok_or_else(PageRequest::foreign_cursor)?;
    Ok(Json(Page::of(page, RedriveView::from)))
}

/// Show a redrive of many
#[utoipa::path(
    get, path = "/v1/dead-letters/redrives/{id}", operation_id = "show_redrive", tag = "dead letters",
    params(Id<RedriveId>),
    responses((status = 200, description = "How far it has come", body = RedriveView)),
)]
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<RedriveId>,
) -> Result<Json<RedriveView>, Problem> {
    let bulk = bulk_redrive(&api.world, &caller, id).await?;
    Ok(Json(bulk.into()))
}

/// Cancel a redrive of many
///
/// What it has released stays released.
#[utoipa::path(
    post, path = "/v1/dead-letters/redrives/{id}/cancel", operation_id = "cancel_redrive", tag = "dead letters",
    params(Id<RedriveId>),
    responses((status = 200, description = "It is canceled", body = RedriveView), RedriveDone),
)]
pub async fn cancel<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<RedriveId>,
) -> Result<Json<RedriveView>, Problem> {
    let bulk = cancel_redrive(&api.world, &caller, id).await?;
    Ok(Json(bulk.into()))
}
