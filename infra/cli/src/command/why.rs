//! `punctual why`: the sentence that says what became of an instant, also of one at which nothing was planned.

use chrono::{DateTime, Timelike, Utc};
use clap::Args;
use serde::Deserialize;

use super::executions::milliseconds;
use super::named::{is_id, job_id};
use crate::Failure;
use crate::session::Session;
use crate::show::{Cell, Facts, instants, printable};
use crate::{api, when};

/// Of which job, and when.
#[derive(Args, Debug)]
pub struct Options {
    /// Its id or name; or an execution's id, which says the time, too
    job: String,
    /// When: 2026-11-21T12:00:00Z, "2026-11-21 12:00", 12:00 today, "yesterday 12:00"
    #[arg(num_args = 0..=2)]
    time: Vec<String>,
}

#[derive(Deserialize)]
struct Occurrence {
    fire_time: DateTime<Utc>,
    outcome: String,
    reason: Option<String>,
    explanation: String,
    execution_id: Option<String>,
    attempt: Option<u32>,
    lateness_ms: Option<i64>,
    job_version: Option<u64>,
    planned_before: Option<DateTime<Utc>>,
    planned_after: Option<DateTime<Utc>>,
}

/// Says why a job ran, or did not.
///
/// # Errors
/// If the API does not say it.
pub async fn carry_out(session: &Session, options: &Options) -> Result<(), Failure> {
    let execution = of_execution(&options.job).filter(|_| options.time.is_empty());
    let (id, occasion) = if let Some((id, occasion)) = execution {
        (id.to_owned(), occasion.to_owned())
    } else {
        let said = options.time.join(" ");
        let at = when::instant(&said, session.now(), session.zone).map_err(Failure::Usage)?;
        // Fire times are whole seconds.
        let at = api::instant(at.with_nanosecond(0).unwrap_or(at));
        (job_id(&session.api, &options.job).await?, at)
    };
    let answer = session
        .api
        .get(&["jobs", &id, "occurrences", &occasion])
        .send()
        .await?;
    session.show(&answer.body, || {
        let found: Occurrence = answer.read()?;
        let at = |at| instants(at, session.now(), session.zone);
        let facts = Facts::default()
            .fact("at", at(found.fire_time))
            .fact("outcome", Cell::state(&found.outcome))
            .known("reason", found.reason)
            .known("execution", found.execution_id)
            .known("attempt", found.attempt.map(|attempt| attempt.to_string()))
            .known(
                "late",
                found.lateness_ms.map(|late| milliseconds(Some(late))),
            )
            .known(
                "version",
                found.job_version.map(|version| version.to_string()),
            )
            .known("planned before", found.planned_before.map(at))
            .known("planned after", found.planned_after.map(at));
        let explanation = printable(&found.explanation);
        Ok(format!(
            "{explanation}\n\n{}",
            facts.shown(&session.terminal)
        ))
    })
}

/// The job's id in an execution's, and what says which of its occurrences: runs by hand have no fire time to ask by.
fn of_execution(id: &str) -> Option<(&str, &str)> {
    let (job, occasion) = id.split_once('_')?;
    is_id(job).then_some((job, occasion))
}
