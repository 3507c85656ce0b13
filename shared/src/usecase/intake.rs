//! What requests about jobs are judged by, beside what is stored about the job.

use super::{Admission, AgendaWatch};
use crate::jobtype::Registry;

/// What a process of the API has at hand for whoever asks for a job.
#[derive(Clone, Copy)]
pub struct Intake<'a> {
    /// The job types that may be asked for.
    pub registry: &'a Registry,
    /// What creates are admitted by.
    pub admission: &'a Admission,
    /// What else is planned: by it, jobs that leave their place to Punctual are placed.
    pub agenda: &'a AgendaWatch,
}
