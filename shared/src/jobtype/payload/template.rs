//! Text with placeholders, read once into its pieces. `{{{{` stands for two braces.

use super::filling::Facts;
use serde_json::Value;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text as it is.
    Literal(String),
    /// Something that is known when the attempt is made.
    Placeholder(Placeholder),
}

/// What a placeholder stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Placeholder {
    FireTime,
    ExecutionId,
    Attempt,
    JobId,
    JobName,
    /// The output of the job's latest success, or the part of it at a JSON pointer.
    LastResult(String),
}

/// The names, in the order of the documentation.
const NAMES: &str = "fire_time, execution_id, attempt, job_id, job_name and last_result";

impl Placeholder {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "fire_time" => Self::FireTime,
            "execution_id" => Self::ExecutionId,
            "attempt" => Self::Attempt,
            "job_id" => Self::JobId,
            "job_name" => Self::JobName,
            "last_result" => Self::LastResult(String::new()),
            _ => {
                let pointer = name.strip_prefix("last_result.")?;
                is_pointer(pointer).then(|| Self::LastResult(pointer.to_owned()))?
            }
        })
    }

    /// What it stands for.
    pub(super) fn value(&self, facts: &Facts) -> Value {
        match self {
            Self::FireTime => facts.fire_time().into(),
            Self::ExecutionId => facts.execution.to_string().into(),
            Self::Attempt => facts.attempt.into(),
            Self::JobId => facts.execution.job.to_string().into(),
            Self::JobName => facts.job_name.clone().into(),
            Self::LastResult(pointer) => {
                let part = facts.last_result.pointer(pointer);
                part.cloned().unwrap_or_default()
            }
        }
    }

    /// The same, as text: a text as it is, all else as JSON.
    pub(super) fn text(&self, facts: &Facts) -> String {
        match self.value(facts) {
            Value::String(text) => text,
            value => value.to_string(),
        }
    }
}

/// Whether a text is a JSON pointer (RFC 6901) to a part of a value.
fn is_pointer(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('~') {
        rest = &rest[at + 1..];
        if !rest.starts_with(['0', '1']) {
            return false;
        }
    }
    text.starts_with('/')
}

/// Reads a text into its pieces.
///
/// # Errors
/// What is wrong with it, for its author.
pub(super) fn parse(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        literal.push_str(&rest[..at]);
        rest = &rest[at + 2..];
        if let Some(behind) = rest.strip_prefix("{{") {
            literal.push_str("{{");
            rest = behind;
            continue;
        }
        let Some(end) = rest.find("}}") else {
            return Err("has a {{ that is not closed; write {{{{ for two braces".to_owned());
        };
        let name = rest[..end].trim();
        let placeholder = Placeholder::parse(name).ok_or_else(|| {
            let name: String = name.chars().take(40).collect();
            format!("has the unknown placeholder {name:?}; known are {NAMES}; write {{{{{{{{ for two braces")
        })?;
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Placeholder(placeholder));
        rest = &rest[end + 2..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// Whether a text in which no placeholder may stand has one all the same. Other braces are nobody's business there.
pub(super) fn names_one(text: &str) -> bool {
    let mut parts = text.split("{{");
    parts.next();
    parts.any(|part| {
        let name = part.split("}}").next().unwrap_or_default().trim();
        part.contains("}}") && Placeholder::parse(name).is_some()
    })
}
