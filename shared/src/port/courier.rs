//! Carries notices out of the house.

use serde_json::Value;

/// A notice, addressed and written as its channel wants it.
#[derive(Clone, Debug, PartialEq)]
pub enum Parcel {
    /// A POST of JSON.
    Post {
        /// Where to. It may hold a secret: it is never logged.
        url: String,
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

/// Delivers parcels.
pub trait Courier: Send + Sync {
    /// Delivers one. `key` is the same for every try: where the channel has a place for it, its receiver can tell a second
    /// try from a second notice. `Err` is one line for a person, and names no address.
    fn deliver(
        &self,
        key: &str,
        parcel: &Parcel,
    ) -> impl Future<Output = Result<(), String>> + Send;
}
