//! Which version of a job a change is meant for. Whoever names one cannot overwrite a change that he has not seen.

use std::collections::BTreeSet;

/// The versions that a change may replace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// Whichever is there.
    #[default]
    Any,
    /// One of these.
    OneOf(BTreeSet<u64>),
}

impl ExpectedVersion {
    /// Whether a job that is at `version` may be changed.
    pub fn admits(&self, version: u64) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}
