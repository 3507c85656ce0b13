//! The name by which jobs refer to a calendar: it goes into keys and URLs as it is.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::Invalid;

/// A calendar's name: 1 to 64 of `a-z`, `0-9`, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(
    min_length = 1,
    max_length = 64,
    pattern = "^[a-z0-9_-]+$",
    example = "holidays"
)]
pub struct CalendarName(String);

impl CalendarName {
    const MAX_LENGTH: usize = 64;

    /// Accepts a name.
    ///
    /// # Errors
    /// [`Invalid`] names the field `name`.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let of_name = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        if (1..=Self::MAX_LENGTH).contains(&text.len()) && text.bytes().all(of_name) {
            Ok(Self(text.to_owned()))
        } else {
            let reason = "must be 1 to 64 of the characters a-z, 0-9, - and _";
            Err(Invalid::new("name", reason))
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CalendarName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for CalendarName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::new(&text)
    }
}

impl From<CalendarName> for String {
    fn from(name: CalendarName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_go_into_keys_and_urls() {
        for good in ["a", "public-holidays_de", &"x".repeat(64)] {
            let name = CalendarName::new(good).unwrap();
            assert_eq!(name.as_str(), good);
            assert_eq!(name.to_string(), good);
        }
        for bad in ["", "A", "a b", "a/b", "ä", &"x".repeat(65)] {
            assert_eq!(CalendarName::new(bad).unwrap_err().field, "name");
            assert!(serde_json::from_value::<CalendarName>(json!(bad)).is_err());
        }
    }
}
