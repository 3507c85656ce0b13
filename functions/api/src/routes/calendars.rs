//! Calendars: the times at which jobs that name them do not fire. Each caller has its own.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use punctual::domain::calendar::{CalendarName, CalendarRequest};
use punctual::usecase::{self, SavedCalendar, World};
use serde::Serialize;

use crate::Api;
use crate::body::Body;
use crate::path::Named;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::view::utc;

/// A calendar, for its owner.
#[derive(Debug, Serialize)]
pub struct CalendarView {
    name: CalendarName,
    version: u64,
    /// From when on this version governs; what governed until then goes on to. The first version always did.
    effective_from: Option<String>,
    created_at: String,
    /// Up to when recurring events of its iCalendar file are known: put it again before then.
    known_until: Option<String>,
    /// What was put.
    #[serde(skip_serializing_if = "Option::is_none")]
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
            created_at: utc(version.created_at),
            known_until: version.calendar.known_until().map(utc),
            definition: saved.said,
        }
    }
}

/// A user's calendars.
#[derive(Debug, Serialize)]
pub struct CalendarList {
    items: Vec<CalendarView>,
}

/// `GET /v1/calendars`: all of them, by name.
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
) -> Result<Json<CalendarList>, Problem> {
    let found = usecase::calendars(&api.world, &caller).await?;
    let items = found.into_iter().map(CalendarView::from).collect();
    Ok(Json(CalendarList { items }))
}

/// `PUT /v1/calendars/{name}`: what the body leaves out is not excluded.
pub async fn put<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Named(name): Named,
    Body(request): Body<CalendarRequest>,
) -> Result<Json<CalendarView>, Problem> {
    let saved = usecase::put_calendar(&api.world, &caller, &name, request).await?;
    Ok(Json(saved.into()))
}

/// `GET /v1/calendars/{name}`
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Named(name): Named,
) -> Result<Json<CalendarView>, Problem> {
    let found = usecase::calendar(&api.world, &caller, &name).await?;
    Ok(Json(found.into()))
}

/// `DELETE /v1/calendars/{name}`: refused while a job names it.
pub async fn delete<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Named(name): Named,
) -> Result<StatusCode, Problem> {
    usecase::delete_calendar(&api.world, &caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
