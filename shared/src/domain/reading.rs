//! Reads values that users gave, and says which field a refusal is about, by its full path. Serde names an unknown or
//! missing field in its message only, and loses its way inside an internally tagged enum; both are made good here.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Error, Path, Segment};

use super::Invalid;
use objects::Objects;

mod objects;

/// An object with more keys than any request's is not searched for the one at fault: the search costs its square.
const SEARCHED_KEYS: usize = 16;

/// What tells the kinds of a thing apart. Without it every error is another, so it is blamed last.
const TAG: &str = "kind";

/// Reads `value`, which users know as `root`, as a `T`.
///
/// # Errors
/// [`Invalid`] names the field at fault, under `root`.
pub fn read<T: DeserializeOwned>(root: Root, value: &Value) -> Result<T, Invalid> {
    serde_path_to_error::deserialize(Objects(value)).map_err(|error| {
        let message = without_position(error.inner());
        let path = error.path().to_string();
        if names_a_field(&message).is_some() {
            return invalid(root, &path, &message);
        }
        match key_at_fault::<T>(value.clone(), error.path(), &message) {
            Some(key) => invalid(root, &join(&path, &key), &message),
            None => invalid(root, &path, &message),
        }
    })
}

/// The refusal of a body's text, for an error that is about its content and not its syntax.
pub fn refusal(error: &Error<serde_json::Error>) -> Invalid {
    let message = without_position(error.inner());
    invalid(Root::Body, &error.path().to_string(), &message)
}

/// What a value is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// It is the whole body: its fields are known by their own names.
    Body,
    /// It is the field of this name.
    Field(&'static str),
}

fn invalid(root: Root, path: &str, message: &str) -> Invalid {
    let path = match names_a_field(message) {
        // A key may have dots of its own: it is the last of the path, not what is behind the last dot.
        Some(name) if path != name && !path.ends_with(&format!(".{name}")) => join(path, name),
        _ => path.to_owned(),
    };
    let field = match (root, path.as_str()) {
        (Root::Body, ".") => "body".to_owned(),
        (Root::Body, path) => path.to_owned(),
        (Root::Field(root), ".") => root.to_owned(),
        (Root::Field(root), path) => format!("{root}.{path}"),
    };
    // The laws of the domain say their field themselves.
    let reason = message.strip_prefix(&format!("{field}: "));
    let reason = reason.unwrap_or(message).to_owned();
    Invalid { field, reason }
}

/// The message without the place in the text, which the field's name makes superfluous, and without a text that stands
/// where something else belongs: it may be a secret that should have been named.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&position).unwrap_or(&text);
    let given = text.strip_prefix("invalid type: string \"");
    match given.and_then(|given| given.rsplit_once("\", expected ")) {
        Some((_, expected)) => format!("invalid type: a string, expected {expected}"),
        None => text.to_owned(),
    }
}

fn join(path: &str, name: &str) -> String {
    match path {
        "." => name.to_owned(),
        path => format!("{path}.{name}"),
    }
}

/// The field in "unknown field `x`", "missing field `x`" or "duplicate field `x`".
fn names_a_field(message: &str) -> Option<&str> {
    ["unknown field `", "missing field `", "duplicate field `"]
        .iter()
        .find_map(|opening| message.strip_prefix(opening))
        .and_then(|rest| rest.split('`').next())
}

/// Where the error lies somewhere within an object: the one key without which the error would be another.
fn key_at_fault<T: DeserializeOwned>(
    mut value: Value,
    path: &Path,
    message: &str,
) -> Option<String> {
    let mut keys: Vec<_> = at(&mut value, path)?.as_object()?.keys().cloned().collect();
    if keys.len() > SEARCHED_KEYS {
        return None;
    }
    keys.sort_by_key(|key| key == TAG);
    keys.into_iter().find(|key| {
        let Some(object) = at(&mut value, path).and_then(Value::as_object_mut) else {
            return false;
        };
        let Some(removed) = object.remove(key) else {
            return false;
        };
        let differs = match serde_path_to_error::deserialize::<_, T>(Objects(&value)) {
            Ok(_) => true,
            Err(error) => without_position(error.inner()) != message,
        };
        if let Some(object) = at(&mut value, path).and_then(Value::as_object_mut) {
            object.insert(key.clone(), removed);
        }
        differs
    })
}

fn at<'a>(value: &'a mut Value, path: &Path) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, segment| match segment {
        Segment::Map { key } => value.get_mut(key),
        Segment::Seq { index } => value.get_mut(index),
        Segment::Enum { .. } | Segment::Unknown => Some(value),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::JobRequest;
    use super::*;

    #[test]
    fn an_unknown_field_with_dots_in_its_name_is_named_once() {
        for (body, field) in [
            (json!({ "https://a.example/b": 1 }), "https://a.example/b"),
            (
                json!({ "name": "a", "job_type": "echo", "retry": { "a.b": 1 } }),
                "retry.a.b",
            ),
            (json!({ "retry": { "retry": 1 } }), "retry.retry"),
        ] {
            let refusal = read::<JobRequest>(Root::Body, &body).unwrap_err();
            assert_eq!(refusal.field, field, "{body}");
        }
    }

    #[test]
    fn the_key_at_fault_is_looked_for_among_sixteen_and_no_more() {
        let body = |more: usize| {
            let mut schedule = json!({ "kind": "cron", "expression": 5 });
            let fields = schedule.as_object_mut().unwrap();
            fields.extend((0..more).map(|number| (format!("x{number}"), json!(1))));
            json!({ "name": "a", "job_type": "echo", "schedule": schedule })
        };
        for (keys, field) in [
            (2, "schedule.expression"),
            (16, "schedule.expression"),
            (17, "schedule"),
            (18, "schedule"),
        ] {
            let refusal = read::<JobRequest>(Root::Body, &body(keys - 2)).unwrap_err();
            assert_eq!(refusal.field, field, "{keys} keys");
        }
    }
}
