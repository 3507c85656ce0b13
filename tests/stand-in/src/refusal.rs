//! Why a call is refused, in the words and shapes of AWS. Clients tell errors apart by these codes, so no code is made up.

use serde_json::{Map, Value, json};

/// A refused call.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The error's name: `ValidationException`.
    pub code: &'static str,
    /// What people read.
    pub message: String,
    /// What else the error's shape has: the item that refused, the reasons of a canceled transaction.
    pub details: Map<String, Value>,
}

impl Refusal {
    /// A refusal for which the caller is to blame.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code,
            message: message.into(),
            details: Map::new(),
        }
    }

    /// `ValidationException`: the request makes no sense.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// `SerializationException`: the request is not of the operation's shape, or asks for what is not there to ask for.
    pub fn shape(message: impl std::fmt::Display) -> Self {
        let message = message.to_string();
        // What a value says of itself while it is read.
        match message.split_once(crate::dynamo::VALIDATION_MARK) {
            Some((_, said)) => Self::validation(said.split(" at line ").next().unwrap_or(said)),
            None => Self::new("SerializationException", message),
        }
    }

    /// `ConditionalCheckFailedException`, with the item that refused if that was asked for.
    pub fn condition(item: Option<Value>) -> Self {
        let mut refusal = Self::new(
            "ConditionalCheckFailedException",
            "The conditional request failed",
        );
        if let Some(item) = item {
            refusal.details.insert("Item".to_owned(), item);
        }
        refusal
    }

    /// `ResourceNotFoundException`: there is no such table.
    pub fn no_table() -> Self {
        Self::new(
            "ResourceNotFoundException",
            "Requested resource not found: Table not found",
        )
    }

    /// The body of the answer, whose error type has this prefix.
    pub(crate) fn body(&self, prefix: &str) -> Vec<u8> {
        let mut body = self.details.clone();
        body.insert("__type".to_owned(), json!(format!("{prefix}{}", self.code)));
        body.insert("message".to_owned(), json!(self.message));
        Value::Object(body).to_string().into_bytes()
    }
}
