//! What all batch calls of SQS have in common: each entry has an outcome of its own.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::refusal::Refusal;

/// The most entries.
const ENTRIES: usize = 10;

/// Refuses a batch whole.
pub(super) fn check<'a>(ids: impl Iterator<Item = Option<&'a str>>) -> Result<(), Refusal> {
    let ids: Option<Vec<&str>> = ids.collect();
    let Some(ids) = ids else {
        return Err(Refusal::new(
            "MissingParameter",
            "The request must contain the parameter Id.",
        ));
    };
    if ids.is_empty() {
        return Err(Refusal::new(
            "EmptyBatchRequest",
            "There should be at least one entry in the request.",
        ));
    }
    if ids.len() > ENTRIES {
        return Err(Refusal::new(
            "TooManyEntriesInBatchRequest",
            format!(
                "Maximum number of entries per request are {ENTRIES}. You have sent {}.",
                ids.len()
            ),
        ));
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !ids
        .iter()
        .all(|id| (1..=80).contains(&id.len()) && id.bytes().all(is_plain))
    {
        return Err(Refusal::new(
            "InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
        ));
    }
    let distinct: BTreeSet<_> = ids.iter().collect();
    if distinct.len() < ids.len() {
        return Err(Refusal::new(
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries have the same Id.",
        ));
    }
    Ok(())
}

/// The outcomes of a batch's entries.
#[derive(Default)]
pub(super) struct Outcome {
    successful: Vec<Json>,
    failed: Vec<Json>,
}

impl Outcome {
    pub(super) fn add(&mut self, id: String, result: Result<Json, Refusal>) {
        match result {
            Ok(mut answer) => {
                answer["Id"] = json!(id);
                self.successful.push(answer);
            }
            Err(refusal) => self.failed.push(json!({
                "Id": id,
                "SenderFault": true,
                "Code": refusal.code,
                "Message": refusal.message,
            })),
        }
    }

    pub(super) fn answer(self) -> Json {
        json!({ "Successful": self.successful, "Failed": self.failed })
    }
}
