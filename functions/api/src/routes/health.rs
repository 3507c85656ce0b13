//! Tells that the function answers. It asks nothing of the tables, so that their trouble does not look like its own.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// That the function answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Ask whether the API answers
#[utoipa::path(
    get, path = "/healthz", operation_id = "health", tag = "service", security(),
    responses((status = 200, description = "It does", body = Health)),
)]
pub async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}
