//! `jobs create`: from options, or from a whole body, with the options on top of it.

use clap::Args;
use serde_json::{Map, Value};

use super::fields::{Fields, Spacing, When};
use super::look::{Job, facts};
use super::set::{file, set};
use crate::Failure;
use crate::command::preview;
use crate::session::Session;

/// What to create.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    fields: Fields,
    #[command(flatten)]
    when: When,
    #[command(flatten)]
    spacing: Spacing,
    /// The whole request as JSON, or - for the standard input; options go on top of it
    #[arg(long, value_name = "FILE")]
    file: Option<String>,
    /// Any field, by its path: `retry.max_retries=5`; may be given again
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Create nothing: show when it would fire
    #[arg(long)]
    dry_run: bool,
    /// Makes it safe to send again: with the same key, one job is created
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

/// Creates a job.
///
/// # Errors
/// If the API refuses it.
pub async fn carry_out(session: &Session, options: &Options) -> Result<(), Failure> {
    let request = request(session, options)?;
    if options.dry_run {
        let answer = preview::of_request(&session.api, &request, 5).await?;
        return preview::show(session, &answer);
    }
    let call = session.api.post(&["jobs"]).json(request);
    let answer = call.once(options.idempotency_key.as_deref()).send().await?;
    session.show(&answer.body, || {
        let job: Job = answer.read()?;
        Ok(facts(session, &job, None))
    })
}

fn request(session: &Session, options: &Options) -> Result<Value, Failure> {
    let mut request = match &options.file {
        None => Map::new(),
        Some(path) => match file(path)? {
            Value::Object(request) => request,
            _ => return Err(Failure::Usage(format!("{path} is no JSON object"))),
        },
    };
    options.fields.add_to(&mut request)?;
    options.spacing.add_to(&mut request, session)?;
    match options.when.schedule(session)? {
        // A zone alone is the zone of the file's schedule.
        Some(schedule) if schedule.get("kind").is_none() => match request.get_mut("schedule") {
            Some(given) => given["timezone"] = schedule["timezone"].clone(),
            None => {
                return Err(Failure::Usage(
                    "--timezone needs --cron, --at or --rrule".to_owned(),
                ));
            }
        },
        Some(schedule) => drop(request.insert("schedule".to_owned(), schedule)),
        None => {}
    }
    for setting in &options.set {
        set(&mut request, setting)?;
    }
    if request.is_empty() {
        let reason =
            "say what to create: --name, --type and --cron, --every, --at or --rrule; or --file";
        return Err(Failure::Usage(reason.to_owned()));
    }
    Ok(request.into())
}
