//! What changes how a job stands, and can be taken back: pauses, skips; and runs by hand.

use clap::Args;
use serde_json::{Value, json};

use super::fields::instant;
use super::look::Job;
use crate::Failure;
use crate::api::{Answer, Call};
use crate::command::named::job_id;
use crate::session::{Session, print};
use crate::show::printable;
use crate::when::distance;

/// Which jobs, and why.
#[derive(Args, Debug)]
pub struct PauseOptions {
    /// Their ids or names
    #[arg(required = true)]
    jobs: Vec<String>,
    /// Why, for whoever finds them paused
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// Which jobs.
#[derive(Args, Debug)]
pub struct Several {
    /// Their ids or names
    #[arg(required = true)]
    jobs: Vec<String>,
}

/// Which job.
#[derive(Args, Debug)]
pub struct RunOptions {
    /// Its id or name
    job: String,
    /// Makes it safe to send again: with the same key, it runs once
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

/// Which fire time of which job.
#[derive(Args, Debug)]
pub struct SkipOptions {
    /// Its id or name
    job: String,
    /// Which fire time; the next one, if absent
    time: Option<String>,
}

/// Which skipped fire time of which job.
#[derive(Args, Debug)]
pub struct UnskipOptions {
    /// Its id or name
    job: String,
    /// Which fire time
    time: String,
}

/// Pauses jobs.
///
/// # Errors
/// If the API refuses one; those before it are paused.
pub async fn pause(session: &Session, options: &PauseOptions) -> Result<(), Failure> {
    let note = options
        .note
        .as_ref()
        .map_or_else(|| json!({}), |note| json!({ "note": note }));
    for job in &options.jobs {
        let id = job_id(&session.api, job).await?;
        let answer = session.api.post(&["jobs", &id, "pause"]).json(note.clone());
        told(session, &answer.send().await?, "is paused")?;
    }
    Ok(())
}

/// Resumes jobs.
///
/// # Errors
/// If the API refuses one; those before it are resumed.
pub async fn resume(session: &Session, options: &Several) -> Result<(), Failure> {
    for job in &options.jobs {
        let id = job_id(&session.api, job).await?;
        let answer = session.api.post(&["jobs", &id, "resume"]).send().await?;
        told(session, &answer, "is resumed")?;
    }
    Ok(())
}

/// Runs a job.
///
/// # Errors
/// If the API refuses it.
pub async fn run(session: &Session, options: &RunOptions) -> Result<(), Failure> {
    let id = job_id(&session.api, &options.job).await?;
    let call = session.api.post(&["jobs", &id, "run"]);
    let answer = call.once(options.idempotency_key.as_deref()).send().await?;
    session.show(&answer.body, || {
        let execution = answer.body["execution_id"].as_str().unwrap_or("?");
        let execution = printable(execution);
        Ok(format!(
            "It runs: {execution}\n`punctual executions get {execution}` says what came of it."
        ))
    })
}

/// Leaves a fire time out.
///
/// # Errors
/// If the API refuses it.
pub async fn skip(session: &Session, options: &SkipOptions) -> Result<(), Failure> {
    let id = job_id(&session.api, &options.job).await?;
    let body = match &options.time {
        Some(time) => json!({ "fire_time": instant(time, session)? }),
        None => json!({}),
    };
    changed(
        session,
        session.api.post(&["jobs", &id, "skip"]),
        body,
        "skips a fire time",
    )
    .await
}

/// Takes a skip back.
///
/// # Errors
/// If the API refuses it.
pub async fn unskip(session: &Session, options: &UnskipOptions) -> Result<(), Failure> {
    let id = job_id(&session.api, &options.job).await?;
    let body = json!({ "fire_time": instant(&options.time, session)? });
    changed(
        session,
        session.api.post(&["jobs", &id, "unskip"]),
        body,
        "skips it no longer",
    )
    .await
}

async fn changed(session: &Session, call: Call<'_>, body: Value, how: &str) -> Result<(), Failure> {
    let answer = call.json(body).send().await?;
    told(session, &answer, how)
}

fn told(session: &Session, answer: &Answer, how: &str) -> Result<(), Failure> {
    if session.json {
        return print(&answer.body.to_string());
    }
    let job: Job = answer.read()?;
    let next = match job.next_fire_at {
        Some(at) => format!(
            "fires next at {}Z, {}",
            at.format("%Y-%m-%d %H:%M:%S"),
            distance(at, session.now())
        ),
        None => "does not fire".to_owned(),
    };
    print(&format!("`{}` {how}; it {next}.", printable(&job.name)))
}
