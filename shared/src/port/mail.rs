//! Mail to people. The sender is the deployment's, never the user's.

/// A mail to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The same for every try at one letter: where the channel has a place for it, its receiver can tell a second try
    /// from a second letter. Visible ASCII without `<`, `>` and `@`.
    pub key: String,
    /// Addresses, all of them visible to each other.
    pub to: Vec<String>,
    /// One line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
}

/// Why a letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// Another try may help.
    #[error("{0}")]
    ForNow(String),
    /// No try will.
    #[error("{0}")]
    ForGood(String),
}

/// Sends mail.
pub trait Mail: Send + Sync + 'static {
    /// Hands `letter` over, and returns the id under which it was taken.
    fn send(&self, letter: &Letter) -> impl Future<Output = Result<String, Undelivered>> + Send;
}
