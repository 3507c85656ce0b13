//! What the worker asks of the function `script`, and what it answers. The names of both sides' fields are here and
//! nowhere else, so the two cannot disagree.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ExecutionId, Invalid};

/// The most arguments that a script may be given.
pub const MAX_SCRIPT_ARGUMENTS: usize = 32;

/// The longest argument, in bytes.
pub const MAX_SCRIPT_ARGUMENT_BYTES: usize = 1_024;

/// The longest input, in bytes.
pub const MAX_SCRIPT_INPUT_BYTES: usize = 64 * 1_024;

/// The name under which a script is registered: lower-case letters, digits and hyphens, at most 64 of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScriptName(String);

impl ScriptName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`Invalid`] names `script`.
    pub fn new(name: &str) -> Result<Self, Invalid> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let starts_well = name.starts_with(|c: char| c != '-');
        if starts_well && name.len() <= 64 && name.chars().all(allowed) {
            Ok(Self(name.to_owned()))
        } else {
            Err(Invalid::new(
                "script",
                "must be 1 to 64 lower-case letters, digits and hyphens, the first no hyphen",
            ))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScriptName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ScriptName {
    type Error = Invalid;

    fn try_from(name: String) -> Result<Self, Invalid> {
        Self::new(&name)
    }
}

impl From<ScriptName> for String {
    fn from(name: ScriptName) -> Self {
        name.0
    }
}

/// One run of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptCall {
    /// Which.
    pub script: ScriptName,
    /// Its arguments.
    pub args: Vec<String>,
    /// What it reads from standard input.
    pub input: String,
    /// For whom: the script finds it in `PUNCTUAL_EXECUTION_ID`.
    pub execution: ExecutionId,
    /// The attempt, from 1: `PUNCTUAL_ATTEMPT`.
    pub attempt: u32,
    /// The fire time, RFC 3339: `PUNCTUAL_FIRE_TIME`.
    pub fire_time: String,
    /// After how many milliseconds it is killed, with all that it has started.
    pub wall_ms: u64,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "how")]
pub enum ScriptEnd {
    /// By itself.
    Exited {
        /// Its exit code.
        code: i32,
    },
    /// By a signal: a limit that it ran into, or its own doing.
    Killed {
        /// The signal's name, `SIGXCPU`.
        signal: String,
    },
    /// Its time was over.
    TimedOut,
    /// It was never begun.
    NotStarted {
        /// Why, for a person.
        detail: String,
        /// Whether another attempt may fare better.
        may_pass: bool,
    },
}

/// What a script could reach over the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScriptNetwork {
    /// Nothing: it had a network of its own, with nobody in it.
    None,
    /// What its function could reach: the platform does not let it be taken away.
    Platform,
}

/// The answer of the function `script`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptReport {
    /// How it ended.
    pub end: ScriptEnd,
    /// What it wrote to standard output; what is not UTF-8 is replaced.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// Whether either was longer than what is kept.
    pub cut: bool,
    /// How long it computed, with all that it started, in milliseconds.
    pub cpu_ms: u64,
    /// The most memory that one of its processes had, in KiB.
    pub memory_kib: u64,
    /// What it could reach.
    pub network: ScriptNetwork,
}

impl ScriptReport {
    /// The report of a run that was never begun.
    pub fn not_started(detail: String, may_pass: bool) -> Self {
        Self {
            end: ScriptEnd::NotStarted { detail, may_pass },
            stdout: String::new(),
            stderr: String::new(),
            cut: false,
            cpu_ms: 0,
            memory_kib: 0,
            network: ScriptNetwork::Platform,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_known_by_its_name() {
        let name = ScriptName::new("disk-report").unwrap();
        assert_eq!(name.to_string(), "disk-report");
        assert_eq!(String::from(name), "disk-report");
    }

    #[test]
    fn a_script_is_named_by_lower_case_letters_digits_and_hyphens() {
        for name in ["a", "disk-report", "2024-audit", &"x".repeat(64)] {
            assert!(ScriptName::new(name).is_ok(), "{name}");
        }
        let refused = ["", "-a", "A", "a b", "../etc/passwd", "a/b", "a.sh", "ä"];
        for name in refused.into_iter().chain([&*"x".repeat(65)]) {
            assert!(ScriptName::new(name).is_err(), "{name}");
        }
    }
}
