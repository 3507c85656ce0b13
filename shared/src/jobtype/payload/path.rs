//! Where in a payload a value stands, and a walk over all of its texts.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// A step from a value to one of its parts.
enum Step {
    Key(String),
    Index(usize),
}

/// The steps from the payload to a value.
#[derive(Default)]
pub(super) struct Path(Vec<Step>);

impl Path {
    /// The steps as a type matches them: keys, and the numbers of items.
    pub(super) fn keys(&self) -> Vec<Cow<'_, str>> {
        let steps = self.0.iter();
        steps
            .map(|step| match step {
                Step::Key(key) => Cow::Borrowed(key.as_str()),
                Step::Index(index) => Cow::Owned(index.to_string()),
            })
            .collect()
    }

    /// The field's name in a refusal: `payload.headers.X-Report`, `payload.body.items[0]`.
    pub(super) fn field(&self) -> String {
        let mut field = "payload".to_owned();
        for step in &self.0 {
            match step {
                Step::Key(key) => field = format!("{field}.{key}"),
                Step::Index(index) => field = format!("{field}[{index}]"),
            }
        }
        field
    }
}

/// What a walk finds.
pub(super) enum Leaf<'a> {
    /// A text.
    Text(&'a str),
    /// An object that refers to a secret, with what it says of its name.
    Reference(&'a str),
    /// The key of an object's field. What becomes of it does not matter.
    Key(&'a str),
}

/// The payload with every text and every reference replaced by what `visit` makes of it. Keys stay as they are.
pub(super) fn rebuild<E>(
    value: &Value,
    path: &mut Path,
    visit: &mut impl FnMut(&Path, Leaf<'_>) -> Result<Value, E>,
) -> Result<Value, E> {
    match value {
        Value::String(text) => visit(path, Leaf::Text(text)),
        Value::Array(items) => {
            let mut rebuilt = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                path.0.push(Step::Index(index));
                rebuilt.push(rebuild(item, path, visit)?);
                path.0.pop();
            }
            Ok(Value::Array(rebuilt))
        }
        Value::Object(fields) => {
            if let Some(name) = reference(fields) {
                return visit(path, Leaf::Reference(name));
            }
            let mut rebuilt = Map::new();
            for (key, field) in fields {
                path.0.push(Step::Key(key.clone()));
                visit(path, Leaf::Key(key))?;
                rebuilt.insert(key.clone(), rebuild(field, path, visit)?);
                path.0.pop();
            }
            Ok(Value::Object(rebuilt))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.clone()),
    }
}

/// The name in `{"secret": "name"}`.
fn reference(fields: &Map<String, Value>) -> Option<&str> {
    match fields.get("secret") {
        Some(Value::String(name)) if fields.len() == 1 => Some(name),
        _ => None,
    }
}
