//! What keeps a job from firing for a while: pauses, and single fire times left out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use punctual::domain::JobId;
use punctual::usecase::{self, World};
use serde::Deserialize;

use crate::Api;
use crate::body::{Body, OptionalBody};
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::view::JobView;

/// The body of a pause; it may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseRequest {
    /// Why: 1 to 500 characters.
    note: Option<String>,
}

/// `POST /v1/jobs/{id}/pause`
pub async fn pause<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    OptionalBody(request): OptionalBody<PauseRequest>,
) -> Result<Json<JobView>, Problem> {
    let paused = usecase::pause(&api.world, &caller, id, request.note.as_deref());
    api.view(paused.await?).await
}

/// `POST /v1/jobs/{id}/resume`
pub async fn resume<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
) -> Result<Json<JobView>, Problem> {
    api.view(usecase::resume(&api.world, &caller, id).await?)
        .await
}

/// The body of a skip; it may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkipRequest {
    /// The next fire time, if absent.
    fire_time: Option<DateTime<Utc>>,
}

/// `POST /v1/jobs/{id}/skip`
pub async fn skip<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    OptionalBody(request): OptionalBody<SkipRequest>,
) -> Result<Json<JobView>, Problem> {
    let skipped = usecase::skip(&api.world, &caller, id, request.fire_time);
    api.view(skipped.await?).await
}

/// The body of an unskip.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnskipRequest {
    fire_time: DateTime<Utc>,
}

/// `POST /v1/jobs/{id}/unskip`
pub async fn unskip<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    Body(request): Body<UnskipRequest>,
) -> Result<Json<JobView>, Problem> {
    let unskipped = usecase::unskip(&api.world, &caller, id, request.fire_time);
    api.view(unskipped.await?).await
}
