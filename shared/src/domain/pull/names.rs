//! The names of works and workers. A work's name goes into keys as it is; a worker's is for people.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::Invalid;

/// What a kind of work is called within its owner's namespace: 1 to 64 of `a-z`, `0-9`, `-`, `_` and `.`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(
    min_length = 1,
    max_length = 64,
    pattern = "^[a-z0-9._-]+$",
    example = "resize-images"
)]
pub struct WorkName(String);

impl WorkName {
    const MAX_LENGTH: usize = 64;

    /// Accepts a name.
    ///
    /// # Errors
    /// [`Invalid`] names the field `work`.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let of_name = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
        if (1..=Self::MAX_LENGTH).contains(&text.len()) && text.bytes().all(of_name) {
            Ok(Self(text.to_owned()))
        } else {
            let reason = "must be 1 to 64 of the characters a-z, 0-9, -, _ and .";
            Err(Invalid::new("work", reason))
        }
    }
}

impl fmt::Display for WorkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for WorkName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::new(&text)
    }
}

impl From<WorkName> for String {
    fn from(name: WorkName) -> Self {
        name.0
    }
}

/// What a worker calls itself: 1 to 100 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(
    min_length = 1,
    max_length = 100,
    pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$",
    example = "thumbnails on host 7"
)]
pub struct WorkerName(String);

impl TryFrom<String> for WorkerName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let acceptable =
            (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if acceptable {
            Ok(Self(text))
        } else {
            let reason = "must be 1 to 100 characters, none of them a control character";
            Err(Invalid::new("name", reason))
        }
    }
}

impl From<WorkerName> for String {
    fn from(name: WorkerName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_works_name_cannot_run_into_its_owners() {
        for good in ["a", "resize-images", "v1.mail_out", &"x".repeat(64)] {
            assert_eq!(WorkName::new(good).unwrap().to_string(), good);
        }
        for bad in ["", "A", "a b", "a/b", "a#b", "ä", &"x".repeat(65)] {
            assert_eq!(WorkName::new(bad).unwrap_err().field, "work", "{bad}");
        }
    }

    #[test]
    fn a_workers_name_is_one_line() {
        assert!(WorkerName::try_from("host 7".to_owned()).is_ok());
        for bad in ["", "two\nlines", &"x".repeat(101)] {
            assert!(WorkerName::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
