//! `punctual preview`: what a schedule would do, before anything is saved. The words and the times are the API's.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::jobs::{Spacing, When};
use super::named::job_id;
use crate::Failure;
use crate::api::{Answer, Api};
use crate::session::Session;
use crate::show::{Cell, Table, Tone, printable};
use crate::when::distance;

/// Which schedule.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    when: When,
    #[command(flatten)]
    spacing: Spacing,
    /// How many fire times to show
    #[arg(long, default_value_t = 10, value_name = "N")]
    count: u32,
    /// The first instant to look at; now, if absent
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// As this job would fire: its place in a spread, its values of H
    #[arg(long)]
    job: Option<String>,
}

/// What is shown of a preview.
#[derive(Deserialize)]
pub struct Preview {
    /// The schedule in words.
    pub description: String,
    timezone: String,
    /// The next fire times.
    pub fire_times: Vec<PlannedTime>,
    #[serde(default)]
    clock_changes: Vec<ClockChange>,
}

/// A fire time.
#[derive(Deserialize)]
pub struct PlannedTime {
    /// When.
    pub utc: DateTime<Utc>,
    /// The same on the wall clock of the schedule's zone.
    pub local: String,
}

#[derive(Deserialize)]
struct ClockChange {
    description: String,
}

/// Shows a preview.
///
/// # Errors
/// If no schedule is given, or the API refuses it.
pub async fn carry_out(session: &Session, options: &Options) -> Result<(), Failure> {
    let schedule = options.when.schedule(session)?;
    let schedule = schedule.filter(|schedule| schedule.get("kind").is_some());
    let schedule = schedule
        .ok_or_else(|| Failure::Usage("say when: --cron, --every, --at or --rrule".to_owned()))?;
    let mut request = Map::new();
    request.insert("schedule".to_owned(), schedule);
    request.insert("count".to_owned(), options.count.into());
    options.spacing.add_to(&mut request, session)?;
    if let Some(from) = &options.from {
        let from = super::jobs::instant(from, session)?;
        request.insert("from".to_owned(), from.into());
    }
    if let Some(job) = &options.job {
        let id = job_id(&session.api, job).await?;
        request.insert("job_id".to_owned(), id.into());
    }
    let answer = ask(&session.api, request.into()).await?;
    show(session, &answer)
}

/// Asks what a schedule would do.
///
/// # Errors
/// If the API refuses it.
pub async fn ask(api: &Api, request: Value) -> Result<Answer, Failure> {
    api.post(&["schedules", "preview"])
        .json(request)
        .send()
        .await
}

/// What a job's request would do, as far as a preview goes.
///
/// # Errors
/// If the request has no schedule, or the API refuses it.
pub async fn of_request(api: &Api, request: &Value, count: u32) -> Result<Answer, Failure> {
    let mut asked = Map::new();
    asked.insert("count".to_owned(), count.into());
    for name in [
        "schedule",
        "starts_at",
        "ends_at",
        "max_runs",
        "exclude_calendars",
        "spread_seconds",
        "spread",
    ] {
        if let Some(value) = request.get(name).filter(|value| !value.is_null()) {
            asked.insert(name.to_owned(), value.clone());
        }
    }
    if !asked.contains_key("schedule") {
        let reason = "there is no schedule to preview: the job runs after others";
        return Err(Failure::Usage(reason.to_owned()));
    }
    ask(api, asked.into()).await
}

/// A job's schedule in words, if the API has any.
pub async fn described(session: &Session, schedule: &Value, job: &str) -> Option<String> {
    schedule.get("kind")?;
    let request = json!({ "schedule": schedule, "job_id": job, "count": 1 });
    let answer = ask(&session.api, request).await.ok()?;
    answer
        .read::<Preview>()
        .ok()
        .map(|preview| preview.description)
}

/// Shows what a schedule would do.
///
/// # Errors
/// If the answer is of another form.
pub fn show(session: &Session, answer: &Answer) -> Result<(), Failure> {
    session.show(&answer.body, || {
        let preview: Preview = answer.read()?;
        let mut text = printable(&preview.description) + "\n\n";
        let mut table = Table::new(&["UTC", "LOCAL", "ZONE", ""], "It never fires.");
        for time in &preview.fire_times {
            let far = Cell::new(distance(time.utc, session.now())).toned(Tone::Faint);
            let utc = time.utc.format("%a %Y-%m-%d %H:%M:%SZ").to_string();
            table.row(vec![
                utc.into(),
                (&time.local).into(),
                (&preview.timezone).into(),
                far,
            ]);
        }
        text += &table.shown(&session.terminal);
        for change in &preview.clock_changes {
            let words = format!("The clock changes: {}", printable(&change.description));
            text.push('\n');
            text += &session.terminal.paint(Tone::Open, &words);
        }
        Ok(text)
    })
}
