//! Values that are said in words: `--set retry.max_retries=5`, `--payload @file.json`.

use std::fs;
use std::io::{self, Read};

use serde_json::{Map, Value};

use crate::Failure;

/// Reads JSON that is given as it is, as `@FILE`, or as `-` for the standard input.
///
/// # Errors
/// If it cannot be read, or is no JSON.
pub fn payload(text: &str) -> Result<Value, Failure> {
    let (name, text) = if text == "-" {
        ("the standard input", standard_input()?)
    } else if let Some(path) = text.strip_prefix('@') {
        (
            path,
            fs::read_to_string(path).map_err(Failure::local(path))?,
        )
    } else {
        ("--payload", text.to_owned())
    };
    document(name, &text)
}

/// Reads a whole JSON document from a file, or from the standard input for `-`.
///
/// # Errors
/// As [`payload`].
pub fn file(path: &str) -> Result<Value, Failure> {
    let text = match path {
        "-" => standard_input()?,
        path => fs::read_to_string(path).map_err(Failure::local(path))?,
    };
    document(path, &text)
}

fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().read_to_string(&mut text);
    read.map_err(Failure::local("the standard input"))?;
    Ok(text)
}

/// Reads JSON.
///
/// # Errors
/// Says where it is none.
pub fn document(name: &str, text: &str) -> Result<Value, Failure> {
    let read = serde_json::from_str(text);
    read.map_err(|error| Failure::Usage(format!("{name} is no JSON: {error}")))
}

/// Puts `path.to.field=value` into a request. A value that is no JSON is a text; `null` sets a field back.
///
/// # Errors
/// If there is no `=`, or a part of the path leads into something that is no object.
pub fn set(request: &mut Map<String, Value>, setting: &str) -> Result<(), Failure> {
    let refused = |reason: &str| Failure::Usage(format!("--set {setting}: {reason}"));
    let (path, value) = setting
        .split_once('=')
        .ok_or_else(|| refused("say FIELD=VALUE"))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    let mut parts: Vec<&str> = path.split('.').collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err(refused("a part of the field's path is empty"));
    }
    let last = parts.pop().unwrap_or_default();
    let mut at = request;
    for part in parts {
        let inner = at.entry(part).or_insert_with(|| Map::new().into());
        at = inner
            .as_object_mut()
            .ok_or_else(|| refused("another option gave a part of its path a value"))?;
    }
    at.insert(last.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_setting_goes_where_its_path_leads() {
        let mut request = Map::new();
        for setting in [
            "priority=1",
            "name=nightly = report",
            "retry.max_retries=5",
            "retry.backoff_seconds=30",
            "notify=null",
            "payload.body={\"a\":1}",
        ] {
            set(&mut request, setting).unwrap();
        }
        assert_eq!(
            Value::Object(request),
            json!({
                "priority": 1, "name": "nightly = report", "notify": null,
                "retry": { "max_retries": 5, "backoff_seconds": 30 }, "payload": { "body": { "a": 1 } },
            })
        );
    }

    #[test]
    fn a_setting_without_a_way_to_go_is_refused() {
        let mut request = Map::new();
        set(&mut request, "name=x").unwrap();
        for setting in ["priority", "=1", "a..b=1", "name.inner=1"] {
            assert!(set(&mut request, setting).is_err(), "{setting}");
        }
    }
}
