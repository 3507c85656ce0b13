//! What somebody looks for a job by: a part of its name, or the beginning of its id.

use super::{Invalid, Job};

/// A text to look for jobs by, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobText(String);

impl JobText {
    const MAX_CHARS: usize = 100;

    /// Of 1 to 100 characters.
    ///
    /// # Errors
    /// [`Invalid`] if `text` is empty or longer.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let length = text.chars().count();
        if (1..=Self::MAX_CHARS).contains(&length) {
            Ok(Self(text.to_lowercase()))
        } else {
            let reason = format!("must have 1 to {} characters", Self::MAX_CHARS);
            Err(Invalid::new("text", reason))
        }
    }

    /// Whether it names `job`: its name has it, whatever its case, or its id begins with it.
    pub fn names(&self, job: &Job) -> bool {
        job.name.to_lowercase().contains(&self.0) || job.id.to_string().starts_with(&self.0)
    }
}
