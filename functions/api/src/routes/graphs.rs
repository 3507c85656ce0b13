//! The jobs that hang together with one, as a graph.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use punctual::domain::JobId;
use punctual::usecase::{World, graph};

use crate::Api;
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{Parameters, RunParameter};
use crate::view::GraphView;

/// Show a job's graph
///
/// Every job that hangs together with it, by what runs after what; with `run`, also what became of each in that run. At
/// most 500 jobs, each behind those that it runs after.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/graph", operation_id = "show_graph", tag = "jobs",
    params(Id<JobId>, RunParameter),
    responses((status = 200, description = "The graph", body = GraphView)),
)]
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    mut parameters: Parameters,
) -> Result<Json<GraphView>, Problem> {
    let run = parameters.run()?;
    parameters.no_others()?;
    let found = graph(&api.world, &caller, id, run).await?;
    Ok(Json(GraphView::of(found, run)))
}
