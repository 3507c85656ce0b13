//! `pull`: work that is done elsewhere. Workers of the job's owner take it over HTTP, in any language; Punctual decides
//! when, offers it, and keeps the record. Only its payload is a type's like the others': it is never run here.

use super::{Attempt, JobType};
use crate::domain::Reason;
use crate::domain::pull::{PULL, PullTerms};
use crate::plan::Ended;

pub(super) struct Pull;

impl JobType for Pull {
    const NAME: &'static str = PULL;
    type Payload = PullTerms;

    /// Whoever claims an execution of this type offers it; this is reached by one whose claim did not see the type.
    async fn run(&self, _: &Attempt, _: PullTerms) -> Ended {
        Ended::Rejected {
            reason: Reason::Rejected,
            detail: "work of this type is offered, not run".to_owned(),
            output: None,
        }
    }
}
