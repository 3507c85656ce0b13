//! What a job says to be run: the `input` of its payload.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A command, and what it is run with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What the shell is given.
    pub command: String,
    /// Set for it, beside what the worker has.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Which shell.
    #[serde(default = "sh")]
    pub shell: String,
    /// What it may read.
    #[serde(default)]
    pub stdin: Option<String>,
    /// Where it runs; where the worker does, if absent.
    #[serde(default)]
    pub directory: Option<String>,
}

fn sh() -> String {
    "/bin/sh".to_owned()
}

impl Input {
    /// Reads what a job says.
    ///
    /// # Errors
    /// Says what is wrong with it: another attempt would fare no better.
    pub fn read(input: &Value) -> Result<Self, String> {
        let input = Self::deserialize(input)
            .map_err(|error| format!("the input is no command: {error}"))?;
        let unfit = |name: &&String| name.is_empty() || name.contains(['=', '\0']);
        if let Some(name) = input.env.keys().find(unfit) {
            return Err(format!("`{name}` cannot be the name of a variable"));
        }
        let texts = [&input.command, &input.shell]
            .into_iter()
            .chain(input.env.values());
        if { texts }.any(|text| text.contains('\0')) {
            return Err("a command, and what is set for it, cannot have a NUL".to_owned());
        }
        Ok(input)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_is_read_with_its_defaults() {
        let input = Input::read(&json!({ "command": "true" })).unwrap();
        assert_eq!((input.shell.as_str(), input.stdin), ("/bin/sh", None));
    }

    #[test]
    fn what_is_no_command_is_refused() {
        for input in [
            json!(null),
            json!("true"),
            json!({}),
            json!({ "command": 1 }),
            json!({ "command": "true", "cwd": "/" }),
            json!({ "command": "a\u{0}b" }),
            json!({ "command": "true", "env": { "A=B": "1" } }),
            json!({ "command": "true", "env": { "A": "\u{0}" } }),
        ] {
            assert!(Input::read(&input).is_err(), "{input}");
        }
    }
}
