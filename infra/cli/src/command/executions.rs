//! `punctual executions`: what became of jobs.

use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::Value;

use super::named::job_id;
use crate::Failure;
use crate::api::{Paging, read};
use crate::session::{Session, print};
use crate::show::{Cell, Facts, Table, Tone, indented, instants, optional_instants, printable};
use crate::when::length;

/// What is done with executions.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// List a job's executions, the latest first
    List(ListOptions),
    /// Show one execution: its timing, attempts and output
    Get(GetOptions),
    /// Stop executions that wait or run
    Cancel(CancelOptions),
}

/// Of which job.
#[derive(Args, Debug)]
pub struct ListOptions {
    /// Its id or name
    job: String,
    #[command(flatten)]
    paging: Paging,
}

/// Which execution.
#[derive(Args, Debug)]
pub struct GetOptions {
    /// Its id
    execution: String,
}

/// Which executions.
#[derive(Args, Debug)]
pub struct CancelOptions {
    /// Their ids
    #[arg(required = true)]
    executions: Vec<String>,
}

/// What is shown of an execution.
#[derive(Clone, Debug, Deserialize)]
pub struct Execution {
    /// Its id.
    pub id: String,
    /// Whose occurrence it is.
    pub job_id: String,
    /// When it was due.
    pub fire_time: DateTime<Utc>,
    /// Where it stands.
    pub state: String,
    /// Why.
    pub reason: Option<String>,
    /// How many attempts were begun.
    pub attempt: u32,
    /// When its last attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// How much later than due it began.
    pub lateness_ms: Option<i64>,
    /// How long its last attempt took.
    pub duration_ms: Option<i64>,
    /// What went wrong in its attempts.
    #[serde(default)]
    pub errors: Vec<AttemptError>,
    trigger: String,
    retry_at: Option<DateTime<Utc>>,
    dispatched_at: Option<DateTime<Utc>>,
    output: Value,
    #[serde(default)]
    truncated: bool,
    #[serde(default)]
    cancel_requested: bool,
    job_version: Option<u64>,
    #[serde(default)]
    timings: Vec<Timing>,
}

/// What went wrong in an attempt.
#[derive(Clone, Debug, Deserialize)]
pub struct AttemptError {
    /// Which.
    pub attempt: u32,
    /// In a word.
    pub reason: String,
    /// In a line.
    pub detail: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Timing {
    attempt: u32,
    dispatched_at: Option<DateTime<Utc>>,
    claimed_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

/// Carries out a command about executions.
///
/// # Errors
/// Why it was not.
pub async fn carry_out(session: &Session, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List(options) => list(session, options).await,
        Command::Get(options) => get(session, options).await,
        Command::Cancel(options) => cancel(session, options).await,
    }
}

async fn list(session: &Session, options: &ListOptions) -> Result<(), Failure> {
    let id = job_id(&session.api, &options.job).await?;
    let columns = [
        "FIRE TIME (UTC)",
        "(LOCAL)",
        "STATE",
        "REASON",
        "ATTEMPT",
        "LATE",
        "TOOK",
        "ID",
    ];
    let table = Table::new(&columns, "No executions.").giving_way(&["REASON"]);
    let row = |item: &Value| {
        let execution: Execution = read(item)?;
        let [utc, local] = optional_instants(Some(execution.fire_time), session.zone);
        Ok(vec![
            utc,
            local,
            Cell::state(&execution.state),
            execution.reason.as_deref().unwrap_or("").into(),
            execution.attempt.to_string().into(),
            milliseconds(execution.lateness_ms).into(),
            milliseconds(execution.duration_ms).into(),
            execution.id.into(),
        ])
    };
    let call = || session.api.get(&["jobs", &id, "executions"]);
    session.list(call, options.paging, table, row).await
}

async fn get(session: &Session, options: &GetOptions) -> Result<(), Failure> {
    let answer = session
        .api
        .get(&["executions", &options.execution])
        .send()
        .await?;
    session.show(&answer.body, || Ok(shown(session, &answer.read()?)))
}

/// An execution, whole.
pub fn shown(session: &Session, execution: &Execution) -> String {
    let at = |at| instants(at, session.now(), session.zone);
    let version = execution.job_version.map(|version| version.to_string());
    let facts = Facts::default()
        .fact("id", &execution.id)
        .fact("job", &execution.job_id)
        .known("version", version)
        .fact("state", Cell::state(&execution.state))
        .known("reason", execution.reason.as_ref())
        .fact("trigger", &execution.trigger)
        .fact("attempt", execution.attempt.to_string())
        .fact("due", at(execution.fire_time))
        .known("dispatched", execution.dispatched_at.map(at))
        .known("started", execution.started_at.map(at))
        .known("finished", execution.finished_at.map(at))
        .known("retry", execution.retry_at.map(at))
        .fact("late", milliseconds(execution.lateness_ms))
        .fact("took", milliseconds(execution.duration_ms))
        .known("cancel", execution.cancel_requested.then_some("asked for"));
    let mut text = facts.shown(&session.terminal);
    for error in &execution.errors {
        let words = format!(
            "attempt {}: {}: {}",
            error.attempt, error.reason, error.detail
        );
        let words = printable(&words);
        text += &(session.terminal.paint(Tone::Bad, &words) + "\n");
    }
    text += &waterfall(session, execution);
    if !execution.output.is_null() {
        text += "output\n";
        text += &indented(&execution.output, 2);
    }
    if execution.truncated {
        text += "The output is longer: GET /v1/executions/{id}/result answers with a link to all of it.\n";
    }
    text
}

/// How long each step of each attempt took, behind the one before it.
fn waterfall(session: &Session, execution: &Execution) -> String {
    if execution.timings.is_empty() {
        return String::new();
    }
    let columns = ["ATTEMPT", "DISPATCHED", "CLAIMED", "STARTED", "ENDED"];
    let mut table = Table::new(&columns, "");
    let mut before = execution.fire_time;
    for timing in &execution.timings {
        let mut row = vec![Cell::new(timing.attempt.to_string())];
        for at in [
            timing.dispatched_at,
            timing.claimed_at,
            timing.started_at,
            timing.ended_at,
        ] {
            row.push(at.map_or_else(|| "-".into(), |at| step(at - before).into()));
            before = at.unwrap_or(before);
        }
        table.row(row);
    }
    table.shown(&session.terminal)
}

fn step(taken: TimeDelta) -> String {
    let sign = if taken < TimeDelta::zero() { "-" } else { "+" };
    format!(
        "{sign}{}",
        milliseconds(Some(taken.num_milliseconds().abs()))
    )
}

/// A short time as people read it.
pub fn milliseconds(ms: Option<i64>) -> String {
    match ms {
        None => "-".to_owned(),
        Some(ms) if ms < 0 => format!("-{}", milliseconds(Some(ms.saturating_neg()))),
        Some(ms) if ms < 1_000 => format!("{ms} ms"),
        Some(ms) if ms < 60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        Some(ms) => length(TimeDelta::milliseconds(ms)),
    }
}

async fn cancel(session: &Session, options: &CancelOptions) -> Result<(), Failure> {
    let count = options.executions.len();
    let what = if count == 1 {
        "This stops one execution.".to_owned()
    } else {
        format!("This stops {count} executions.")
    };
    session.consent.to(&what)?;
    for execution in &options.executions {
        let answer = session
            .api
            .post(&["executions", execution, "cancel"])
            .send()
            .await?;
        if session.json {
            print(&answer.body.to_string())?;
            continue;
        }
        let found: Execution = answer.read()?;
        let said = if found.state == "canceled" {
            "is canceled"
        } else {
            "has been told to stop"
        };
        print(&format!("{} {said}.", printable(&found.id)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_time_is_told_in_the_unit_that_fits() {
        for (ms, expected) in [
            (None, "-"),
            (Some(7), "7 ms"),
            (Some(-7), "-7 ms"),
            (Some(1_250), "1.2 s"),
            (Some(90_000), "1 min 30 s"),
            (Some(i64::MIN), "-106751991167 d 7 h"),
        ] {
            assert_eq!(milliseconds(ms), expected);
        }
        assert_eq!(step(TimeDelta::milliseconds(-900)), "-900 ms");
    }
}
