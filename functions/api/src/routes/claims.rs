//! What the holder of an execution says: that it is alive, and how it ended. The claim token proves that it is the holder;
//! one that does not hold, or no longer, is answered with a conflict and changes nothing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use punctual::domain::pull::ProgressReport;
use punctual::domain::{ClaimToken, ExecutionId, Invalid};
use punctual::usecase::{self, World};
use serde::Deserialize;
use serde_json::Value;
use serde_with::{As, DisplayFromStr};
use utoipa::ToSchema;

use crate::Api;
use crate::body::Body;
use crate::openapi::Conflict;
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::view::{ExecutionView, HeardView};

/// The longest report of a success: what it carries is kept.
pub const MAX_REPORT_BYTES: usize = 256 * 1024;

/// A holder that is alive.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeartbeatRequest {
    #[serde(with = "As::<DisplayFromStr>")]
    #[schema(value_type = String, pattern = "^[0-9a-f]{16}$")]
    claim_token: ClaimToken,
    /// How far it has come. What was said last is kept, if absent.
    #[serde(default)]
    progress: Option<ProgressReport>,
}

/// Keep holding an execution
///
/// Says that its holder is alive, and perhaps how far it has come. The answer says whether it is to stop.
#[utoipa::path(
    post, path = "/v1/executions/{id}/heartbeat", operation_id = "heartbeat", tag = "workers",
    params(Id<ExecutionId>),
    request_body = HeartbeatRequest,
    responses((status = 200, description = "It is still held", body = HeardView), Conflict),
)]
pub async fn heartbeat<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<ExecutionId>,
    Body(request): Body<HeartbeatRequest>,
) -> Result<Json<HeardView>, Problem> {
    let HeartbeatRequest {
        claim_token,
        progress,
    } = request;
    let heard = usecase::extend(&api.world, &caller, id, claim_token, progress).await?;
    Ok(Json(heard.into()))
}

/// Work that is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteRequest {
    #[serde(with = "As::<DisplayFromStr>")]
    #[schema(value_type = String, pattern = "^[0-9a-f]{16}$")]
    claim_token: ClaimToken,
    /// What came of it: any JSON. The whole body may have 256 KB.
    #[serde(default)]
    output: Option<Value>,
}

/// Report a success
///
/// Sent again by its holder, it is answered as the first time.
#[utoipa::path(
    post, path = "/v1/executions/{id}/complete", operation_id = "complete_execution", tag = "workers",
    params(Id<ExecutionId>),
    request_body = CompleteRequest,
    responses((status = 200, description = "The execution as it ended", body = ExecutionView), Conflict),
)]
pub async fn complete<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<ExecutionId>,
    Body(request): Body<CompleteRequest, MAX_REPORT_BYTES>,
) -> Result<Json<ExecutionView>, Problem> {
    let CompleteRequest {
        claim_token,
        output,
    } = request;
    let ended = usecase::succeed(&api.world, &caller, id, claim_token, output).await?;
    Ok(Json(ended.into()))
}

/// Work that failed, or was stopped as its user wished.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FailRequest {
    #[serde(with = "As::<DisplayFromStr>")]
    #[schema(value_type = String, pattern = "^[0-9a-f]{16}$")]
    claim_token: ClaimToken,
    /// What went wrong, for a person: at most 500 characters.
    #[schema(max_length = 500)]
    detail: String,
    /// Whether another attempt may do better, by the job's retry policy; true, if absent.
    #[serde(default = "yes")]
    #[schema(default = yes)]
    retry: bool,
}

fn yes() -> bool {
    true
}

/// Report a failure
///
/// Of an execution that is to stop, it confirms that it did. Sent again by its holder, it is answered as the first time.
#[utoipa::path(
    post, path = "/v1/executions/{id}/fail", operation_id = "fail_execution", tag = "workers",
    params(Id<ExecutionId>),
    request_body = FailRequest,
    responses((status = 200, description = "The execution as it is now", body = ExecutionView), Conflict),
)]
pub async fn fail<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<ExecutionId>,
    Body(request): Body<FailRequest>,
) -> Result<Json<ExecutionView>, Problem> {
    let FailRequest {
        claim_token,
        detail,
        retry,
    } = request;
    if detail.chars().count() > 500 {
        let invalid = Invalid::new("detail", "must be at most 500 characters");
        return Err(Problem::invalid(invalid));
    }
    let ended = usecase::fail(&api.world, &caller, id, claim_token, &detail, retry).await?;
    Ok(Json(ended.into()))
}
