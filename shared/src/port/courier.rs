//! Carries notices out of the house.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::domain::SecretText;

/// A notice, addressed and written as its channel wants it.
#[derive(Clone, Debug, PartialEq)]
pub enum Parcel {
    /// A POST of JSON.
    Post {
        /// Where to, and signed with what.
        hook: Hook,
        /// What.
        body: Value,
    },
    /// A mail in plain text.
    Mail {
        /// To whom.
        to: Vec<String>,
        /// One line.
        subject: String,
        /// What.
        text: String,
    },
    /// A message to a topic.
    Publish {
        /// Which topic.
        topic_arn: String,
        /// One line of ASCII, a hundred characters at most.
        subject: String,
        /// What.
        text: String,
    },
}

/// Where a POST goes, with plain text for the secrets that its channel names.
#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    /// The address. Even one that is not called a secret is never logged.
    pub url: SecretText,
    /// The keys, `whsec_<base64>`, each of which signs; none, if it is not signed.
    pub keys: Vec<SecretText>,
}

/// Delivers parcels.
pub trait Courier: Send + Sync {
    /// Delivers one, at `now`. `key` is the same for every try: where the channel has a place for it, its receiver can tell
    /// a second try from a second notice. `Err` is one line for a person, and names no address.
    fn deliver(
        &self,
        key: &str,
        now: DateTime<Utc>,
        parcel: &Parcel,
    ) -> impl Future<Output = Result<(), String>> + Send;
}
