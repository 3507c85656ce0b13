//! The ledger: what became of every planned occurrence, with a record or without one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use punctual::domain::JobId;
use punctual::port;
use punctual::usecase::{LedgerRequest, Why, World, occurrences, why};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::path::{Id, OccurrencePath};
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{LedgerParameters, PageParameters, PageRequest, Parameters};
use crate::view::{NotPlannedView, OccurrencePage, OccurrenceView, Page};

/// What became of one instant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = OccurrenceOrNotPlanned)]
pub enum WhyView {
    /// It was planned, or a person asked for it.
    Planned(OccurrenceView),
    /// Nothing was planned.
    NotPlanned(NotPlannedView),
}

/// List what became of a job's occurrences
///
/// Every planned occurrence of a stretch of time, with a record or without one, in the order of time; and every run that
/// a person asked for. At most 31 days at once, from 30 days ago on.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/occurrences", operation_id = "list_occurrences", tag = "jobs",
    params(Id<JobId>, LedgerParameters, PageParameters),
    responses((status = 200, description = "A part of the ledger", body = OccurrencePage)),
)]
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(job): Id<JobId>,
    mut parameters: Parameters,
) -> Result<Json<Page<OccurrenceView>>, Problem> {
    let from = parameters.instant("from")?;
    let until = parameters.instant("until")?;
    let outcome = parameters.outcome()?;
    let PageRequest { cursor, limit } = parameters.page()?;
    let request = LedgerRequest {
        from,
        until,
        outcome,
        after: PageRequest::place(cursor.as_deref())?,
        limit,
    };
    let part = occurrences(&api.world, &caller, job, &request).await;
    let part = part.map_err(Problem::of_the_query)?;
    let page = port::Page {
        items: part.entries,
        next: part.next.map(|next| next.to_string()),
    };
    Ok(Json(Page::of(page, |entry| OccurrenceView::of(job, entry))))
}

/// Say what became of one instant
///
/// Also of one at which nothing was planned: why not, and what was planned next to it.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/occurrences/{fire_time}", operation_id = "show_occurrence", tag = "jobs",
    params(OccurrencePath),
    responses((status = 200, description = "What became of it", body = WhyView)),
)]
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    OccurrencePath { job, occasion }: OccurrencePath,
) -> Result<Json<WhyView>, Problem> {
    let shown = match why(&api.world, &caller, job, occasion).await? {
        Why::Entry(entry) => WhyView::Planned(OccurrenceView::of(job, *entry)),
        Why::NotPlanned(found) => {
            WhyView::NotPlanned(NotPlannedView::of(job, occasion.fire_time(), found))
        }
    };
    Ok(Json(shown))
}
