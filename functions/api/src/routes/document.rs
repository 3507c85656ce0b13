//! The API's description of itself. What is served is what is checked in; a test keeps both as the code says.

use axum::http::header;
use axum::response::IntoResponse;

/// Describe the API
///
/// This document, in OpenAPI 3.1.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "openapi", tag = "service", security(),
    responses((status = 200, description = "The document", body = serde_json::Map<String, serde_json::Value>, content_type = "application/json")),
)]
pub async fn openapi() -> impl IntoResponse {
    const DOCUMENT: &str = include_str!("../../openapi.json");
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}
