//! An entry becomes a job: what cron would do, as far as a job can. It fires by the same clock, may overlap itself, and is
//! not tried again; unlike under cron, there is a record of it, and one that was missed while nobody could take it is made
//! up for.

use std::fmt::Write;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Entry;
use super::plain;

/// What holds for all jobs of an import.
#[derive(Clone, Debug)]
pub struct Manner {
    /// What the crontab is called: its jobs' keys follow from it.
    pub file: String,
    /// The work that the worker takes.
    pub work: String,
    /// The zone of lines without one of their own.
    pub timezone: String,
    /// How long a command may take.
    pub timeout_seconds: u64,
    /// What happens while an earlier execution still runs.
    pub overlap: String,
    /// How often a failed one is tried again.
    pub retries: u32,
    /// Whether commands that only call a URL become calls.
    pub calls: bool,
}

/// A job that is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The line that it comes from.
    pub line: usize,
    /// The body of its create.
    pub request: Value,
    /// Makes it the same job however often the line is imported.
    pub key: String,
    /// What will be otherwise than under cron.
    pub remarks: Vec<String>,
}

/// The longest name of a job is 200 characters; the command itself says the rest.
const NAME: usize = 100;

/// An `http` job's attempt has at most this.
const LONGEST_CALL: u64 = 840;

impl Manner {
    /// The job that an entry becomes.
    ///
    /// # Errors
    /// If no job can be it.
    pub fn plan(&self, entry: &Entry) -> Result<Planned, String> {
        let mut remarks = entry.remarks.clone();
        let call = (self.calls && entry.stdin.is_none())
            .then(|| plain::call(&entry.command))
            .flatten();
        let (job_type, payload, timeout_seconds) = match call {
            Some(call) => {
                remarks.retain(|remark| !remark.contains("whoever runs the worker"));
                remarks.extend(call.remarks);
                let most = self.timeout_seconds.min(LONGEST_CALL);
                (
                    "http",
                    call.payload,
                    call.timeout_seconds.unwrap_or(most).clamp(1, LONGEST_CALL),
                )
            }
            None => (
                "pull",
                json!({ "work": self.work, "input": input(entry) }),
                self.timeout_seconds,
            ),
        };
        if payload.to_string().contains("{{") {
            return Err(
                "`{{` begins a placeholder of a payload: move the command into a script".to_owned(),
            );
        }
        let timezone = entry.timezone.as_ref().unwrap_or(&self.timezone);
        Ok(Planned {
            line: entry.line,
            key: self.key(entry),
            remarks,
            request: json!({
                "name": name(&entry.command),
                "job_type": job_type,
                "payload": payload,
                "schedule": { "kind": "cron", "expression": entry.expression, "timezone": timezone },
                "timeout_seconds": timeout_seconds,
                "overlap": self.overlap,
                "retry": { "max_retries": self.retries },
            }),
        })
    }

    /// Follows from the file and the line's text, not from its place: a line that is moved stays the job that it is.
    fn key(&self, entry: &Entry) -> String {
        let mut digest = Sha256::new();
        // No file's name and no line has such a byte.
        digest.update(format!("{}\0{}\0{}", self.file, entry.text, entry.copy));
        let mut key = "crontab-".to_owned();
        for byte in digest.finalize() {
            let _ = write!(key, "{byte:02x}");
        }
        key
    }
}

fn input(entry: &Entry) -> Value {
    let mut input = json!({ "command": entry.command });
    if !entry.environment.is_empty() {
        input["env"] = json!(entry.environment);
    }
    if let Some(shell) = &entry.shell {
        input["shell"] = json!(shell);
    }
    if let Some(stdin) = &entry.stdin {
        input["stdin"] = json!(stdin);
    }
    input
}

fn name(command: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let mut name: String = command.chars().take(NAME).map(plain).collect();
    if command.chars().nth(NAME).is_some() {
        name.push('…');
    }
    name
}
