//! `dlq list` and `dlq show`.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use super::Filter;
use crate::Failure;
use crate::api::{Paging, read};
use crate::command::executions::{Execution, shown};
use crate::session::Session;
use crate::show::{Cell, Table, indented, optional_instants, printable};

/// Which.
#[derive(Args, Debug)]
pub struct ListOptions {
    #[command(flatten)]
    filter: Filter,
    /// Only those with which this has been done: open (nothing), discarded or redriven
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

/// Which one.
#[derive(Args, Debug)]
pub struct ShowOptions {
    /// Its execution's id
    execution: String,
}

#[derive(Deserialize)]
struct Letter {
    execution_id: String,
    job_name: String,
    job_type: String,
    reason: Option<String>,
    attempt: u32,
    finished_at: DateTime<Utc>,
    status: String,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Inspected {
    execution: Execution,
    job_name: String,
    status: String,
    payload: Value,
    discarded: Option<Discarded>,
    redriven: Option<Redriven>,
}

#[derive(Deserialize)]
struct Discarded {
    by: String,
    at: String,
    note: String,
}

#[derive(Deserialize)]
struct Redriven {
    by: String,
    at: String,
    attempt: u32,
}

/// Lists dead letters.
///
/// # Errors
/// If the API does not.
pub async fn list(session: &Session, options: &ListOptions) -> Result<(), Failure> {
    let fields = options.filter.fields(session).await?;
    let call = || {
        let call = session.api.get(&["dead-letters"]);
        let call = call.maybe("status", options.status.as_deref());
        let filters = fields.iter();
        filters.fold(call, |call, (name, value)| call.maybe(name, value.as_str()))
    };
    let columns = [
        "ENDED (UTC)",
        "(LOCAL)",
        "JOB",
        "TYPE",
        "STATUS",
        "REASON",
        "ATTEMPTS",
        "EXECUTION",
        "ERROR",
    ];
    let table = Table::new(&columns, "No dead letters.").giving_way(&["ERROR", "JOB"]);
    let row = |item: &Value| {
        let letter: Letter = read(item)?;
        let [utc, local] = optional_instants(Some(letter.finished_at), session.zone);
        Ok(vec![
            utc,
            local,
            letter.job_name.into(),
            letter.job_type.into(),
            Cell::state(&letter.status),
            letter.reason.unwrap_or_default().into(),
            letter.attempt.to_string().into(),
            letter.execution_id.into(),
            letter.error.unwrap_or_default().into(),
        ])
    };
    session.list(call, options.paging, table, row).await
}

/// Shows a dead letter.
///
/// # Errors
/// If the API does not.
pub async fn show(session: &Session, options: &ShowOptions) -> Result<(), Failure> {
    let answer = session
        .api
        .get(&["dead-letters", &options.execution])
        .send()
        .await?;
    session.show(&answer.body, || {
        let letter: Inspected = answer.read()?;
        let mut text = format!("`{}`: {}\n", printable(&letter.job_name), letter.status);
        if let Some(Discarded { by, at, note }) = &letter.discarded {
            text += &printable(&format!("Discarded by {by} at {at}: {note}\n"));
        }
        if let Some(Redriven { by, at, attempt }) = &letter.redriven {
            text += &printable(&format!("Redriven by {by} at {at}, as attempt {attempt}\n"));
        }
        text += &shown(session, &letter.execution);
        text += "payload\n";
        Ok(text + &indented(&letter.payload, 2))
    })
}
