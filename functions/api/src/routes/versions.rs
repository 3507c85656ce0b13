//! What a job was before. A version's definition is what `PUT` takes: sent again, it is the job as it was.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use punctual::domain::JobId;
use punctual::usecase::{World, job_version, list_versions};

use crate::Api;
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{PageRequest, Parameters};
use crate::view::{Page, VersionView};

/// The job and the version in the request's path.
pub struct VersionPath {
    job: JobId,
    version: u64,
}

impl<S: Send + Sync> FromRequestParts<S> for VersionPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let texts = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((job, version)) = texts.map_err(|_| Problem::not_found("version"))?;
        Ok(Self {
            job: job.parse().map_err(|_| Problem::not_found("job"))?,
            version: version.parse().map_err(|_| Problem::not_found("version"))?,
        })
    }
}

/// `GET /v1/jobs/{id}/versions`, newest first
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    parameters: Parameters,
) -> Result<Json<Page<VersionView>>, Problem> {
    let PageRequest { cursor, limit } = parameters.page()?;
    let page = list_versions(&api.world, &caller, id, cursor.as_deref(), limit).await?;
    let page = page.ok_or_else(PageRequest::foreign_cursor)?;
    let page = Page::try_of(page, VersionView::try_from);
    Ok(Json(page.map_err(Problem::invalid)?))
}

/// `GET /v1/jobs/{id}/versions/{version}`
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    VersionPath { job, version }: VersionPath,
) -> Result<Json<VersionView>, Problem> {
    let found = job_version(&api.world, &caller, job, version).await?;
    let view = VersionView::try_from(found).map_err(Problem::invalid)?;
    Ok(Json(view))
}
