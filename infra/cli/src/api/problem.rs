//! A problem (RFC 9457), told to a person: what is wrong with which field, and which option that field came from.

use std::fmt;

use serde::Deserialize;

/// Why the API did not do what it was asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// What kind of problem, for programs.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status.
    pub status: u16,
    /// What kind of problem, in words.
    pub title: String,
    /// This one.
    pub detail: String,
    /// Every field at fault.
    pub errors: Vec<FieldError>,
    /// When another try may fare better.
    pub retry_after_seconds: Option<u64>,
}

/// A field at fault.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct FieldError {
    /// Its path, dotted.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Problem {
    /// What an answer says that is no success. Whatever stands in the way may answer without a document.
    pub fn of(status: u16, text: &str) -> Self {
        let mut problem: Self = serde_json::from_str(text).unwrap_or_default();
        problem.status = status;
        if problem.title.is_empty() {
            problem.title = format!("the API answered {status}");
            // A gateway's page is nothing to read in a terminal.
            if !text.trim_start().starts_with('<') {
                problem.detail = text.chars().take(200).collect();
            }
        }
        problem
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.title)?;
        if self.errors.is_empty() && !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        for FieldError { field, reason } in &self.errors {
            write!(f, "\n  {field}: {reason}")?;
            if let Some(option) = option_of(field) {
                write!(f, " ({option})")?;
            }
        }
        if self.status == 401 {
            write!(
                f,
                "\n  `punctual token show` says whose token it is and how long it is good"
            )?;
        }
        if let Some(seconds) = self.retry_after_seconds {
            write!(f, "\n  try again in {seconds} s")?;
        }
        Ok(())
    }
}

/// Fields whose option is not called as they are, the most exact first: a field is found by the beginning of its path.
const OPTIONS: [(&str, &str); 25] = [
    ("schedule.expression", "--cron"),
    ("schedule.seconds", "--every"),
    ("schedule.anchor_at", "--every"),
    ("schedule.at", "--at"),
    ("schedule.local", "--at"),
    ("schedule.rule", "--rrule"),
    ("schedule.starts_at_local", "--rrule"),
    ("schedule.timezone", "--timezone"),
    ("schedule", "--cron, --every, --at or --rrule"),
    ("job_type", "--type"),
    ("payload", "--payload"),
    ("timeout_seconds", "--timeout"),
    ("retry.max_retries", "--retries"),
    ("retry.backoff_seconds", "--backoff"),
    ("retry", "--retries"),
    ("spread_seconds", "--spread"),
    ("spread", "--spread-auto"),
    ("misfire", "--misfire"),
    ("exclude_calendars", "--exclude-calendar"),
    ("rate_per_minute", "--rate-per-minute"),
    ("change.spread_seconds", "--spread"),
    ("change.spread", "--spread-auto"),
    ("change.max_concurrency", "--max-concurrency"),
    ("If-Match", "--if-match"),
    ("Idempotency-Key", "--idempotency-key"),
];

/// Fields that have no option at all.
const NO_OPTION: [&str; 3] = ["cursor", "claim_token", "notify"];

/// The option that a field came from.
fn option_of(field: &str) -> Option<String> {
    let begins = |with: &str| {
        let rest = field.strip_prefix(with);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    if NO_OPTION.into_iter().any(begins) {
        return None;
    }
    if let Some((_, option)) = OPTIONS.iter().find(|(with, _)| begins(with)) {
        return Some((*option).to_owned());
    }
    let mut within = ["filter.", "for.", "change."].into_iter();
    let name = within.find_map(|part| field.strip_prefix(part));
    let name = name.unwrap_or(field);
    if name == "job_type" {
        return Some("--type".to_owned());
    }
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    plain.then(|| format!("--{}", name.replace('_', "-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_told_by_the_option_that_it_came_from() {
        for (field, option) in [
            ("schedule.expression", Some("--cron")),
            ("schedule.kind", Some("--cron, --every, --at or --rrule")),
            ("payload.headers.X", Some("--payload")),
            ("payload", Some("--payload")),
            ("job_type", Some("--type")),
            ("max_runs", Some("--max-runs")),
            ("filter.reason", Some("--reason")),
            ("for.job_type", Some("--type")),
            ("change.shards", Some("--shards")),
            ("spread_seconds", Some("--spread")),
            ("retry.max_retries", Some("--retries")),
            ("notify.channels[0].url", None),
            ("cursor", None),
            ("jobs[3].x", None),
        ] {
            assert_eq!(option_of(field).as_deref(), option, "{field}");
        }
    }

    #[test]
    fn a_problem_names_the_field_the_reason_and_the_option() {
        let text = r#"{"type":"/problems/invalid-field","title":"A field cannot be accepted","status":422,
            "detail":"priority: must be from 1 to 10",
            "errors":[{"field":"priority","reason":"must be from 1 to 10"}]}"#;
        assert_eq!(
            Problem::of(422, text).to_string(),
            "A field cannot be accepted\n  priority: must be from 1 to 10 (--priority)"
        );
    }

    #[test]
    fn an_answer_without_a_document_is_told_by_its_status() {
        assert_eq!(
            Problem::of(502, "<html>bad</html>").to_string(),
            "the API answered 502"
        );
        assert_eq!(
            Problem::of(500, "oops").to_string(),
            "the API answered 500: oops"
        );
    }
}
