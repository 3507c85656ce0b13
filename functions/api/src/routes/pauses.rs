//! What keeps a job from firing for a while: pauses, and single fire times left out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use punctual::domain::JobId;
use punctual::usecase::{self, World};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::body::{Body, OptionalBody};
use crate::openapi::Conflict;
use crate::path::Id;
use crate::precondition::{IfMatch, Tagged};
use crate::principal::Principal;
use crate::problem::Problem;
use crate::view::JobView;

/// The body of a pause; it may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseRequest {
    /// Why: 1 to 500 characters.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$"
    )]
    note: Option<String>,
}

/// Pause a job
///
/// Its occurrences do not fire until it is resumed. A paused job stays paused, and takes over a new note.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/pause", operation_id = "pause_job", tag = "jobs",
    params(Id<JobId>, IfMatch),
    request_body = Option<PauseRequest>,
    responses(Tagged<JobView>, Conflict),
)]
pub async fn pause<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    IfMatch(expected): IfMatch,
    OptionalBody(request): OptionalBody<PauseRequest>,
) -> Result<Tagged<Json<JobView>>, Problem> {
    let paused = usecase::pause(&api.world, &caller, id, &expected, request.note.as_deref());
    api.tagged(paused.await?).await
}

/// Resume a job
///
/// Its occurrences fire again, from the next second on: what fell into the pause does not fire.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/resume", operation_id = "resume_job", tag = "jobs",
    params(Id<JobId>, IfMatch),
    responses(Tagged<JobView>, Conflict),
)]
pub async fn resume<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    IfMatch(expected): IfMatch,
) -> Result<Tagged<Json<JobView>>, Problem> {
    api.tagged(usecase::resume(&api.world, &caller, id, &expected).await?)
        .await
}

/// The body of a skip; it may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkipRequest {
    /// The next fire time, if absent.
    fire_time: Option<DateTime<Utc>>,
}

/// Skip one fire time
///
/// The job does not fire then. Skipping what is skipped already changes nothing.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/skip", operation_id = "skip_fire_time", tag = "jobs",
    params(Id<JobId>, IfMatch),
    request_body = Option<SkipRequest>,
    responses(Tagged<JobView>),
)]
pub async fn skip<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    IfMatch(expected): IfMatch,
    OptionalBody(request): OptionalBody<SkipRequest>,
) -> Result<Tagged<Json<JobView>>, Problem> {
    let skipped = usecase::skip(&api.world, &caller, id, &expected, request.fire_time);
    api.tagged(skipped.await?).await
}

/// The body of an unskip.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnskipRequest {
    fire_time: DateTime<Utc>,
}

/// Take a skip back
///
/// The job fires then after all. What is not skipped stays as it is.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/unskip", operation_id = "unskip_fire_time", tag = "jobs",
    params(Id<JobId>, IfMatch),
    request_body = UnskipRequest,
    responses(Tagged<JobView>),
)]
pub async fn unskip<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    IfMatch(expected): IfMatch,
    Body(request): Body<UnskipRequest>,
) -> Result<Tagged<Json<JobView>>, Problem> {
    let unskipped = usecase::unskip(&api.world, &caller, id, &expected, request.fire_time);
    api.tagged(unskipped.await?).await
}
