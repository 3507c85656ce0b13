//! `cleanup`: removes what has expired of its owner's data, and was not yet taken by the tables themselves.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Attempt, JobType, ends};
use crate::plan::Ended;
use crate::port::Chores;

pub(super) struct Cleanup<C> {
    pub(super) chores: C,
}

/// There is nothing to say: what is removed follows from how long it is kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Payload {}

impl<C: Chores> JobType for Cleanup<C> {
    const NAME: &'static str = "cleanup";
    type Payload = Payload;

    async fn run(&self, attempt: &Attempt, _: Payload) -> Ended {
        match self.chores.clean_up(&attempt.user).await {
            Ok(cleaned) => ends::succeeded(json!(cleaned)),
            Err(error) => error.into(),
        }
    }
}
