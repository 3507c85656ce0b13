//! The ledger: what became of every planned occurrence, with a record or without one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use punctual::domain::JobId;
use punctual::port;
use punctual::usecase::{LedgerRequest, Why, World, occurrences, why};

use crate::Api;
use crate::path::{Id, OccurrencePath};
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{PageRequest, Parameters};
use crate::view::{NotPlannedView, OccurrenceView, Page};

/// `GET /v1/jobs/{id}/occurrences`
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
    let after = cursor.map(|cursor| cursor.parse()).transpose();
    let request = LedgerRequest {
        from,
        until,
        outcome,
        after: after.map_err(|_| PageRequest::foreign_cursor())?,
        limit,
    };
    let part = occurrences(&api.world, &caller, job, &request).await?;
    let page = port::Page {
        items: part.entries,
        next: part.next.map(|next| next.to_string()),
    };
    Ok(Json(Page::of(page, |entry| OccurrenceView::of(job, entry))))
}

/// `GET /v1/jobs/{id}/occurrences/{fire_time}`: also of an instant at which nothing was planned.
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    OccurrencePath { job, occasion }: OccurrencePath,
) -> Result<Json<serde_json::Value>, Problem> {
    let shown = match why(&api.world, &caller, job, occasion).await? {
        Why::Entry(entry) => serde_json::to_value(OccurrenceView::of(job, *entry)),
        Why::NotPlanned(found) => {
            serde_json::to_value(NotPlannedView::of(job, occasion.fire_time(), found))
        }
    };
    Ok(Json(shown.unwrap_or_default()))
}
