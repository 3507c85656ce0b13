//! `jobs list` and `jobs get`.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::Failure;
use crate::api::{Paging, read};
use crate::command::named::job_id;
use crate::command::preview::described;
use crate::session::Session;
use crate::show::{Cell, Facts, Table, indented, instants, optional_instants};

/// Which jobs.
#[derive(Args, Debug)]
pub struct ListOptions {
    /// Only jobs that stand so: active, paused, completed or canceled
    #[arg(long, value_name = "STATE")]
    status: Option<String>,
    /// Only jobs of this type
    #[arg(long = "type", value_name = "TYPE")]
    job_type: Option<String>,
    /// Only jobs whose name contains this, or whose id begins with it
    #[arg(long)]
    text: Option<String>,
    /// Another user's jobs, for operators
    #[arg(long)]
    user: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

/// Which job.
#[derive(Args, Debug)]
pub struct GetOptions {
    /// Its id or name
    job: String,
}

/// What is shown of a job.
#[derive(Deserialize)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it does.
    #[serde(rename = "job_type")]
    pub kind: String,
    /// How it stands.
    pub status: String,
    /// When it fires next.
    pub next_fire_at: Option<DateTime<Utc>>,
    /// Which version this is.
    pub version: u64,
    schedule: Value,
    payload: Value,
    priority: u32,
    timeout_seconds: u32,
    overlap: String,
    last_fire_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    spread: Option<Spread>,
    pause: Option<Pause>,
    retry: Retry,
    #[serde(default)]
    after: Vec<String>,
    #[serde(default)]
    skips: Vec<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Spread {
    window_seconds: u32,
    offset_seconds: u32,
}

#[derive(Deserialize)]
struct Pause {
    automatic: bool,
    note: Option<String>,
}

#[derive(Deserialize)]
struct Retry {
    max_retries: u32,
    backoff_seconds: u32,
}

/// Lists jobs.
///
/// # Errors
/// If the API does not.
pub async fn list(session: &Session, options: &ListOptions) -> Result<(), Failure> {
    let call = || {
        let call = session.api.get(&["jobs"]);
        call.maybe("status", options.status.as_deref())
            .maybe("job_type", options.job_type.as_deref())
            .maybe("text", options.text.as_deref())
            .maybe("user", options.user.as_deref())
    };
    let columns = [
        "ID",
        "NAME",
        "TYPE",
        "STATUS",
        "NEXT (UTC)",
        "NEXT (LOCAL)",
        "SCHEDULE",
    ];
    let table = Table::new(&columns, "No jobs.").giving_way(&["SCHEDULE", "NAME"]);
    let row = |item: &Value| {
        let job: Job = read(item)?;
        let [utc, local] = optional_instants(job.next_fire_at, session.zone);
        let schedule = Cell::new(brief(&job.schedule));
        let status = Cell::state(&job.status);
        Ok(vec![
            job.id.into(),
            job.name.into(),
            job.kind.into(),
            status,
            utc,
            local,
            schedule,
        ])
    };
    session.list(call, options.paging, table, row).await
}

/// Shows a job.
///
/// # Errors
/// If the API does not.
pub async fn get(session: &Session, options: &GetOptions) -> Result<(), Failure> {
    let id = job_id(&session.api, &options.job).await?;
    let answer = session.api.get(&["jobs", &id]).send().await?;
    let words = if session.json {
        None
    } else {
        described(session, &answer.body["schedule"], &id).await
    };
    session.show(&answer.body, || Ok(facts(session, &answer.read()?, words)))
}

/// The job as facts.
pub fn facts(session: &Session, job: &Job, words: Option<String>) -> String {
    let at = |at| instants(at, session.now(), session.zone);
    let skips: Vec<_> = job.skips.iter().copied().map(at).collect();
    let spread = job.spread.as_ref().map(|spread| {
        let Spread {
            window_seconds,
            offset_seconds,
        } = spread;
        format!("{offset_seconds} s into a window of {window_seconds} s")
    });
    let pause = job.pause.as_ref().map(|pause| {
        let note = pause.note.as_deref().unwrap_or("no note");
        if pause.automatic {
            format!("by itself: {note}")
        } else {
            note.to_owned()
        }
    });
    let Retry {
        max_retries,
        backoff_seconds,
    } = job.retry;
    let facts = Facts::default()
        .fact("id", &job.id)
        .fact("name", &job.name)
        .fact("type", &job.kind)
        .fact("status", Cell::state(&job.status))
        .known("paused", pause)
        .fact("schedule", brief(&job.schedule))
        .known("in words", words)
        .known(
            "after",
            (!job.after.is_empty()).then(|| job.after.join(", ")),
        )
        .known("spread", spread)
        .known("next", job.next_fire_at.map(at))
        .known("last", job.last_fire_at.map(at))
        .known("skipped", (!skips.is_empty()).then(|| skips.join(", ")))
        .fact("priority", job.priority.to_string())
        .fact("timeout", format!("{} s", job.timeout_seconds))
        .fact(
            "retries",
            format!("{max_retries}, the first after {backoff_seconds} s"),
        )
        .fact("overlap", &job.overlap)
        .fact("version", job.version.to_string())
        .fact("created", at(job.created_at))
        .fact("updated", at(job.updated_at));
    facts.shown(&session.terminal) + "payload\n" + &indented(&job.payload, 2)
}

/// A schedule in the fewest words: as it was written.
pub fn brief(schedule: &Value) -> String {
    let text = |name: &str| schedule.get(name).and_then(Value::as_str);
    let zone = text("timezone").filter(|zone| *zone != "UTC");
    let zone = zone.map(|zone| format!(" {zone}")).unwrap_or_default();
    match text("kind") {
        Some("cron") => format!("{}{zone}", text("expression").unwrap_or("?")),
        Some("every") => format!("every {} s", schedule["seconds"]),
        Some("once") => format!("once {}{zone}", text("at").or(text("local")).unwrap_or("?")),
        Some("rrule") => format!("{}{zone}", text("rule").unwrap_or("?")),
        Some(kind) => kind.to_owned(),
        None => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schedule_is_told_as_it_was_written() {
        for (schedule, expected) in [
            (
                json!({ "kind": "cron", "expression": "0 9 * * *", "timezone": "Europe/Berlin" }),
                "0 9 * * * Europe/Berlin",
            ),
            (
                json!({ "kind": "cron", "expression": "0 9 * * *", "timezone": "UTC" }),
                "0 9 * * *",
            ),
            (json!({ "kind": "every", "seconds": 300 }), "every 300 s"),
            (
                json!({ "kind": "once", "at": "2026-11-28T22:00:00Z" }),
                "once 2026-11-28T22:00:00Z",
            ),
            (json!({ "kind": "after" }), "after"),
            (json!({}), "-"),
        ] {
            assert_eq!(brief(&schedule), expected);
        }
    }
}
