//! Calendars: the times at which jobs that name them do not fire. Each caller has its own.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use punctual::domain::calendar::{CalendarName, CalendarRequest};
use punctual::usecase::{self, SavedCalendar, World};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::body::Body;
use crate::openapi::Conflict;
use crate::path::Named;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::view::{utc, utc_ms};

/// A calendar, for its owner.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Calendar)]
pub struct CalendarView {
    name: CalendarName,
    #[schema(minimum = 1)]
    version: u64,
    /// From when on this version governs; what governed until then goes on to. The first version always did.
    #[schema(required, format = DateTime)]
    effective_from: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// Up to when recurring events of its iCalendar file are known: put it again before then.
    #[schema(required, format = DateTime)]
    known_until: Option<String>,
    /// What was put.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = CalendarRequest, required = false)]
    definition: Option<CalendarRequest>,
}

impl From<SavedCalendar> for CalendarView {
    fn from(saved: SavedCalendar) -> Self {
        let version = saved.version;
        let is_first = version.number == 1;
        Self {
            name: saved.name,
            version: version.number,
            effective_from: (!is_first).then(|| utc(version.effective_from)),
            created_at: utc_ms(version.created_at),
            known_until: version.calendar.known_until().map(utc),
            definition: saved.said,
        }
    }
}

/// A user's calendars.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarList {
    items: Vec<CalendarView>,
}

/// List calendars
///
/// All of them, by name.
#[utoipa::path(
    get, path = "/v1/calendars", operation_id = "list_calendars", tag = "calendars",
    responses((status = 200, description = "The calendars, without their definitions", body = CalendarList)),
)]
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
) -> Result<Json<CalendarList>, Problem> {
    let found = usecase::calendars(&api.world, &caller).await?;
    let items = found.into_iter().map(CalendarView::from).collect();
    Ok(Json(CalendarList { items }))
}

/// Make or replace a calendar
///
/// What the body leaves out is not excluded.
#[utoipa::path(
    put, path = "/v1/calendars/{name}", operation_id = "put_calendar", tag = "calendars",
    params(Named),
    request_body = CalendarRequest,
    responses((status = 200, description = "The calendar as it is now", body = CalendarView), Conflict),
)]
pub async fn put<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Named(name): Named,
    Body(request): Body<CalendarRequest>,
) -> Result<Json<CalendarView>, Problem> {
    let saved = usecase::put_calendar(&api.world, &caller, &name, request).await?;
    Ok(Json(saved.into()))
}

/// Show a calendar
#[utoipa::path(
    get, path = "/v1/calendars/{name}", operation_id = "show_calendar", tag = "calendars",
    params(Named),
    responses((status = 200, description = "The calendar", body = CalendarView)),
)]
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Named(name): Named,
) -> Result<Json<CalendarView>, Problem> {
    let found = usecase::calendar(&api.world, &caller, &name).await?;
    Ok(Json(found.into()))
}

/// Delete a calendar
///
/// Refused while a job names it.
#[utoipa::path(
    delete, path = "/v1/calendars/{name}", operation_id = "delete_calendar", tag = "calendars",
    params(Named),
    responses((status = 204, description = "It is deleted"), Conflict),
)]
pub async fn delete<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Named(name): Named,
) -> Result<StatusCode, Problem> {
    usecase::delete_calendar(&api.world, &caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
