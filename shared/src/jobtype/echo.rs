//! `echo`: succeeds at once with its own payload as output. For trying things out, and for tests.

use serde_json::Value;

use super::payload::Place;
use super::{Attempt, JobType};
use crate::plan::Ended;

pub(super) struct Echo;

impl JobType for Echo {
    const NAME: &'static str = "echo";
    type Payload = Value;

    fn place(_path: &[&str]) -> Place {
        Place::JSON
    }

    async fn run(&self, _: &Attempt, payload: Value) -> Ended {
        Ended::Succeeded {
            output: Some(payload.into()),
        }
    }
}
