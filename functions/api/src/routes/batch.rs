//! Many jobs in one request. Each item is read, answered and refused as if it had been posted alone, so its refusal
//! names the field as there, and the item by its index.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use punctual::domain::{Invalid, Root, read};
use punctual::usecase::{
    BatchItem, BatchKey, RequestError, Submitted, World, batch_digest, submit_batch,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::Api;
use crate::body::Body;
use crate::idempotency::{self, IdempotencyKey};
use crate::principal::Principal;
use crate::problem::{Document, Problem, allowance_headers};
use crate::view::JobView;

/// The longest body of a batch.
pub const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;

/// The field of an item that its own key is given in.
const ITEM_KEY: &str = "idempotency_key";

/// The field of an item by which others in the batch name it, and how they do in `after`.
const NAME: &str = "key";
const NAMED: &str = "key:";

/// The body of `POST /v1/jobs/batch`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// 1 to 100 bodies of `POST /v1/jobs`, each with an `idempotency_key` of its own if it likes.
    #[schema(value_type = Vec<BatchItemRequest>, min_items = 1, max_items = 100)]
    jobs: Vec<Value>,
}

/// What an item has beside the fields of a create, for the document: it is read by itself, so that its refusal is its
/// own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct BatchItemRequest {
    /// Makes the item safe to send again, alone or in another batch.
    #[schema(pattern = "^[!-~]{1,255}$")]
    idempotency_key: Option<String>,
    /// Names the item within this batch: others run after it by `key:` and this, in their `after`.
    #[schema(min_length = 1, max_length = 64)]
    key: Option<String>,
}

/// What became of every item.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchAnswer {
    results: Vec<ItemAnswer>,
}

/// What became of an item.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchItemAnswer)]
pub struct ItemAnswer {
    /// Its place in the request, from 0.
    index: usize,
    /// The status that it would have been answered with alone.
    status: u16,
    /// Whether an earlier request with the same idempotency key had created the job.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    replayed: bool,
    /// The job, if it is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = JobView, required = false)]
    job: Option<JobView>,
    /// Why it is not. Fields are named as in the item.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Document, required = false)]
    problem: Option<Document>,
}

/// Create many jobs
///
/// Each is created or refused as if it had been sent alone: the answer has a result for each, in their order.
#[utoipa::path(
    post, path = "/v1/jobs/batch", operation_id = "create_jobs", tag = "jobs",
    params(IdempotencyKey),
    request_body = BatchRequest,
    responses((status = 200, description = "What became of each", body = BatchAnswer)),
)]
pub async fn create<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    IdempotencyKey(key): IdempotencyKey,
    Body(request): Body<BatchRequest, MAX_BATCH_BYTES>,
) -> Result<Response, Problem> {
    let digest = batch_digest(&request.jobs);
    let key = key.as_deref().map(|key| BatchKey {
        key,
        digest: &digest,
    });
    let items = request.into_items();
    let submitted = submit_batch(&api.world, api.intake(), &caller, items, key).await?;
    let last = submitted.iter().rev().find_map(allowance);
    let headers = last
        .map(|last| allowance_headers(&last))
        .unwrap_or_default();
    let mut results = Vec::with_capacity(submitted.len());
    for (index, submitted) in submitted.into_iter().enumerate() {
        results.push(api.item_answer(index, submitted).await?);
    }
    Ok((headers, Json(BatchAnswer { results })).into_response())
}

impl BatchRequest {
    /// What it asks for, item by item.
    pub fn into_items(self) -> impl ExactSizeIterator<Item = BatchItem> {
        self.jobs.into_iter().map(item)
    }
}

/// Reads an item: a body of a create, and its key beside the fields.
fn item(mut value: Value) -> BatchItem {
    let key = value
        .as_object_mut()
        .and_then(|fields| fields.remove(ITEM_KEY));
    let (key, refusal) = match key {
        None => (None, None),
        Some(Value::String(key)) => (Some(key), None),
        Some(_) => (None, Some(Invalid::new(ITEM_KEY, "must be a string"))),
    };
    let (name, unnamed) = match value.as_object_mut().and_then(|fields| fields.remove(NAME)) {
        None => (None, None),
        Some(Value::String(name)) if (1..=64).contains(&name.chars().count()) => (Some(name), None),
        Some(_) => (
            None,
            Some(Invalid::new(NAME, "must be a string of 1 to 64 characters")),
        ),
    };
    let runs_after = named(&mut value);
    let request = match refusal.or(unnamed) {
        Some(refusal) => Err(refusal),
        None => read(Root::Body, &value),
    };
    BatchItem {
        request,
        key,
        name,
        runs_after,
    }
}

/// Takes those entries out of `after` that name items of the batch, each with its place.
fn named(value: &mut Value) -> Vec<(usize, String)> {
    let Some(after) = value.get_mut("after").and_then(Value::as_array_mut) else {
        return Vec::new();
    };
    let mut named = Vec::new();
    let all = std::mem::take(after);
    for (place, entry) in all.into_iter().enumerate() {
        match entry.as_str().and_then(|entry| entry.strip_prefix(NAMED)) {
            Some(name) => named.push((place, name.to_owned())),
            None => after.push(entry),
        }
    }
    named
}

fn allowance(
    submitted: &Result<Submitted, RequestError>,
) -> Option<punctual::plan::admission::Allowance> {
    match submitted {
        Ok(submitted) => submitted.allowance,
        Err(RequestError::Limited(refusal)) => Some(refusal.allowance),
        Err(_) => None,
    }
}

impl<W: World> Api<W> {
    async fn item_answer(
        &self,
        index: usize,
        submitted: Result<Submitted, RequestError>,
    ) -> Result<ItemAnswer, Problem> {
        Ok(match submitted {
            Ok(Submitted { job, replayed, .. }) => ItemAnswer {
                index,
                status: if replayed { 200 } else { 201 },
                replayed,
                job: Some(self.view(job).await?.0),
                problem: None,
            },
            Err(error) => {
                let problem = Problem::from(in_the_items_names(error));
                ItemAnswer {
                    index,
                    status: problem.status().as_u16(),
                    replayed: false,
                    job: None,
                    problem: Some(problem.into_document()),
                }
            }
        })
    }
}

/// An item has no headers: its key is a field.
fn in_the_items_names(error: RequestError) -> RequestError {
    match error {
        RequestError::Invalid(invalid) if invalid.field == idempotency::HEADER => {
            Invalid::new(ITEM_KEY, invalid.reason).into()
        }
        error => error,
    }
}
