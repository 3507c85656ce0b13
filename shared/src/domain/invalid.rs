//! One refusal of user input: which field, and why. The API turns it into problem+json unchanged.

/// A value that a user gave and that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Invalid {
    /// Path of the field in the request body, dotted: `schedule.expression`.
    pub field: String,
    /// What is wrong with it and what would be right, one sentence for a person.
    pub reason: String,
}

impl Invalid {
    /// Refuses `field` because of `reason`.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason: reason.into(),
        }
    }
}
