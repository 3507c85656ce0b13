//! Which field a deserializer's error is about, by its full path. Serde names an unknown or missing field in its
//! message only, and loses its way inside an internally tagged enum; both are made good here.

use punctual::domain::Invalid;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Error, Path, Segment};

/// An object with more keys than any request's is not searched for the one at fault: the search costs its square.
const SEARCHED_KEYS: usize = 16;

/// The refusal of `value`, which could not be read as a `T` because of `error`.
pub fn locate<T: DeserializeOwned>(value: &Value, error: &Error<serde_json::Error>) -> Invalid {
    let message = without_position(error.inner());
    let path = match error.path().to_string() {
        path if names_a_field(&message).is_some() => path,
        path => match key_at_fault::<T>(value.clone(), error.path(), &message) {
            Some(key) => join(&path, &key),
            None => path,
        },
    };
    let field = named(&path, &message);
    // The laws of the domain say their field themselves.
    let reason = message.strip_prefix(&format!("{field}: "));
    let reason = reason.unwrap_or(&message).to_owned();
    Invalid::new(field, reason)
}

/// `path`, ending in the field that `message` names.
pub fn named(path: &str, message: &str) -> String {
    match names_a_field(message) {
        Some(name) if path.rsplit('.').next() != Some(name) => join(path, name),
        _ if path == "." => "body".to_owned(),
        _ => path.to_owned(),
    }
}

/// The message without the place in the text, which the field's name makes superfluous.
pub fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&position).unwrap_or(&text).to_owned()
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
    let keys: Vec<_> = at(&mut value, path)?.as_object()?.keys().cloned().collect();
    if keys.len() > SEARCHED_KEYS {
        return None;
    }
    keys.into_iter().find(|key| {
        let Some(object) = at(&mut value, path).and_then(Value::as_object_mut) else {
            return false;
        };
        let Some(removed) = object.remove(key) else {
            return false;
        };
        let differs = match serde_path_to_error::deserialize::<_, T>(&value) {
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
