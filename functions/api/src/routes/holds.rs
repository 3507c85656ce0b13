//! Holds: an operator keeps a target host, a job type or a user from starting anything, and lets go what has come together
//! when the incident is over. The minute tick does the releasing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use punctual::domain::{HeldThing, HoldId, HoldKind, Invalid};
use punctual::usecase::{
    HoldOrder, World, lift_hold, list_holds, pause_hold, place_hold, release_hold, show_hold,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::body::Body;
use crate::openapi::HoldLifted;
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{PageParameters, PageRequest, Parameters};
use crate::view::{HoldPage, HoldView, Page};

/// A hold that is to be placed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldRequest {
    kind: HoldKind,
    /// A host without a port, a job type, or a user.
    #[schema(min_length = 1, max_length = 253, example = "example.com")]
    value: String,
    /// Why, for the owners of what is held: one line.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"
    )]
    note: String,
    /// It is released by itself then: within seven days, which is what it is if absent.
    #[serde(default)]
    until: Option<DateTime<Utc>>,
    /// How many are let go in a minute then; as many as there is capacity for, if absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10_000)]
    release_per_minute: Option<u32>,
}

/// Place a hold
///
/// Nothing new of it starts, wherever its message is, a few seconds later; attempts that run go on. What is due is held,
/// runs by hand included, and its owners see the note.
#[utoipa::path(
    post, path = "/v1/admin/holds", operation_id = "place_hold", tag = "admin",
    request_body = HoldRequest,
    responses(
        (status = 201, description = "The hold is placed", body = HoldView,
         headers(("Location" = String, description = "Where it is."))),
        HoldLifted,
    ),
)]
pub async fn place<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Body(request): Body<HoldRequest>,
) -> Result<impl IntoResponse, Problem> {
    let known_types = api.registry.names();
    let thing = HeldThing::read(request.kind, &request.value, &known_types);
    let order = HoldOrder {
        thing: thing.map_err(Problem::invalid)?,
        note: request.note,
        until: request.until,
        per_minute: request.release_per_minute,
    };
    let hold = place_hold(&api.world, &caller, order).await?;
    let location = [(header::LOCATION, format!("/v1/admin/holds/{}", hold.id))];
    Ok((StatusCode::CREATED, location, Json(HoldView::from(hold))))
}

/// List holds
///
/// Those that are not over come first, all of them; then those of the last 30 days. The latest first.
#[utoipa::path(
    get, path = "/v1/admin/holds", operation_id = "list_holds", tag = "admin",
    params(PageParameters),
    responses((status = 200, description = "A part of the list", body = HoldPage)),
)]
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    _: Principal,
    parameters: Parameters,
) -> Result<Json<Page<HoldView>>, Problem> {
    let PageRequest { cursor, limit } = parameters.page()?;
    let page = list_holds(&api.world, cursor.as_deref(), limit).await?;
    let page = page.ok_or_else(PageRequest::foreign_cursor)?;
    Ok(Json(Page::of(page, HoldView::from)))
}

/// Show a hold
///
/// With how much waits for it, and since when.
#[utoipa::path(
    get, path = "/v1/admin/holds/{id}", operation_id = "show_hold", tag = "admin",
    params(Id<HoldId>),
    responses((status = 200, description = "The hold", body = HoldView)),
)]
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    _: Principal,
    Id(id): Id<HoldId>,
) -> Result<Json<HoldView>, Problem> {
    let shown = show_hold(&api.world, id).await?;
    Ok(Json(shown.into()))
}

/// How a hold is to be released: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRequest {
    /// How many are let go in a minute. What is new joins behind, so that no more than these reach the target.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10_000)]
    per_minute: Option<u32>,
    /// Everything, as there is capacity for it; what is new starts at once.
    #[serde(default)]
    at_once: bool,
}

/// Release a hold
///
/// From the next full minute on, the most urgent first, then the users in turns. May be asked again, for another rate. At
/// a rate, the hold ends when nothing is left of it.
#[utoipa::path(
    post, path = "/v1/admin/holds/{id}/release", operation_id = "release_hold", tag = "admin",
    params(Id<HoldId>),
    request_body = ReleaseRequest,
    responses((status = 200, description = "It is being released", body = HoldView), HoldLifted),
)]
pub async fn release<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<HoldId>,
    Body(ReleaseRequest {
        per_minute,
        at_once,
    }): Body<ReleaseRequest>,
) -> Result<Json<HoldView>, Problem> {
    if per_minute.is_some() == at_once {
        let invalid = Invalid::new("per_minute", "either this or `at_once: true` must be given");
        return Err(Problem::invalid(invalid));
    }
    release_hold(&api.world, &caller, id, per_minute).await?;
    let shown = show_hold(&api.world, id).await?;
    Ok(Json(shown.into()))
}

/// Pause the release of a hold
///
/// It holds everything again. What was let go stays so.
#[utoipa::path(
    post, path = "/v1/admin/holds/{id}/pause", operation_id = "pause_hold", tag = "admin",
    params(Id<HoldId>),
    responses((status = 200, description = "It holds", body = HoldView), HoldLifted),
)]
pub async fn pause<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<HoldId>,
) -> Result<Json<HoldView>, Problem> {
    pause_hold(&api.world, &caller, id).await?;
    let shown = show_hold(&api.world, id).await?;
    Ok(Json(shown.into()))
}

/// End a hold
///
/// As releasing it at once; what it did can be looked up for 30 days.
#[utoipa::path(
    delete, path = "/v1/admin/holds/{id}", operation_id = "lift_hold", tag = "admin",
    params(Id<HoldId>),
    responses((status = 204, description = "It holds nothing any more")),
)]
pub async fn lift<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<HoldId>,
) -> Result<StatusCode, Problem> {
    lift_hold(&api.world, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
