//! `jobs edit`: by options, as a merge patch; or the whole job in an editor. Either way the change is made only to the
//! version that it was made for: what somebody else saved meanwhile is never overwritten.

use std::fs;
use std::io::Write;
use std::process::Command;

use clap::Args;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::fields::{Fields, Spacing, When};
use super::look::{Job, facts};
use super::set::{document, set};
use crate::Failure;
use crate::api::Answer;
use crate::command::named::job_id;
use crate::session::Session;
use crate::show::{Table, printable};

/// What to change.
#[derive(Args, Debug)]
pub struct Options {
    /// The job's id or name
    job: String,
    #[command(flatten)]
    fields: Fields,
    #[command(flatten)]
    when: When,
    #[command(flatten)]
    spacing: Spacing,
    /// Any field, by its path: `retry.max_retries=5`; null sets it back; may be given again
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Change nothing: show which fire times would be gained, lost and moved
    #[arg(long)]
    dry_run: bool,
    /// Only if the job is at this version; otherwise, at the one that is there now
    #[arg(long, value_name = "VERSION")]
    if_match: Option<u64>,
}

#[derive(Deserialize)]
struct Versions {
    items: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    version: u64,
    definition: Value,
}

/// Changes a job.
///
/// # Errors
/// If the API refuses it, or the job is at another version.
pub async fn carry_out(session: &Session, options: &Options) -> Result<(), Failure> {
    let id = job_id(&session.api, &options.job).await?;
    let mut patch = Map::new();
    options.fields.add_to(&mut patch)?;
    options.spacing.add_to(&mut patch, session)?;
    if let Some(schedule) = options.when.schedule(session)? {
        patch.insert("schedule".to_owned(), schedule);
    }
    for setting in &options.set {
        set(&mut patch, setting)?;
    }
    let answer = match (patch.is_empty(), options.dry_run) {
        (true, true) => {
            let reason = "--dry-run shows what options and --set would change";
            return Err(Failure::Usage(reason.to_owned()));
        }
        (true, false) => in_editor(session, &id, options.if_match).await?,
        (false, true) => return diff(session, &id, patch.into()).await,
        (false, false) => {
            let etag = match options.if_match {
                Some(version) => Some(format!("\"{version}\"")),
                None => session.api.get(&["jobs", &id]).send().await?.etag,
            };
            let call = session.api.call(Method::PATCH, &["jobs", &id]);
            call.if_match(etag.as_deref())
                .json(patch.into())
                .send()
                .await?
        }
    };
    session.show(&answer.body, || {
        let job: Job = answer.read()?;
        Ok(facts(session, &job, None))
    })
}

async fn in_editor(session: &Session, id: &str, expected: Option<u64>) -> Result<Answer, Failure> {
    let versions = session
        .api
        .get(&["jobs", id, "versions"])
        .query("limit", "1");
    let versions: Versions = versions.send().await?.read()?;
    let latest = versions.items.into_iter().next();
    let latest =
        latest.ok_or_else(|| Failure::NotFound("the job has no version on record".to_owned()))?;
    let text = edited(&format!("{:#}\n", latest.definition))?;
    // From here on the text is somebody's work: it is kept until the API has it.
    let sent = async {
        let definition = document("the edited text", &text)?;
        if definition == latest.definition {
            return Err(Failure::Usage("nothing was changed".to_owned()));
        }
        let version = expected.unwrap_or(latest.version);
        let call = session
            .api
            .call(Method::PUT, &["jobs", id])
            .json(definition);
        call.if_match(Some(&format!("\"{version}\""))).send().await
    };
    let sent = sent.await;
    if matches!(
        sent,
        Err(Failure::Problem(_) | Failure::Unreachable { .. } | Failure::Usage(_))
    ) {
        let kept = temporary(&text)?.keep();
        let (_, path) = kept.map_err(|error| Failure::local("the edited text")(error.error))?;
        eprintln!("The edited text is kept in {}", path.display());
    }
    sent
}

fn temporary(text: &str) -> Result<tempfile::NamedTempFile, Failure> {
    let failed = || Failure::local("a temporary file");
    let file = tempfile::Builder::new()
        .prefix("punctual-")
        .suffix(".json")
        .tempfile();
    let mut file = file.map_err(failed())?;
    file.write_all(text.as_bytes()).map_err(failed())?;
    Ok(file)
}

/// The text as an editor leaves it. `$EDITOR` may have arguments, as in `code --wait`.
fn edited(text: &str) -> Result<String, Failure> {
    let set = |name| {
        std::env::var(name)
            .ok()
            .filter(|value: &String| !value.trim().is_empty())
    };
    let editor = set("VISUAL").or_else(|| set("EDITOR"));
    let editor = editor.ok_or_else(|| {
        Failure::Usage(
            "say what to change, by options or --set; or name an editor in $EDITOR".to_owned(),
        )
    })?;
    let file = temporary(text)?;
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", &format!("{editor} \"$1\""), "sh"])
        .arg(file.path());
    let status = command.status().map_err(Failure::local(&editor))?;
    if !status.success() {
        return Err(Failure::Usage(format!(
            "{editor} ended with {status}; nothing was changed"
        )));
    }
    fs::read_to_string(file.path()).map_err(Failure::local("the edited text"))
}

#[derive(Deserialize)]
struct Diff {
    kept: u64,
    gained: Vec<FireTime>,
    lost: Vec<FireTime>,
    moved: Vec<Move>,
    until: String,
    truncated_at: Option<String>,
}

#[derive(Deserialize)]
struct FireTime {
    utc: String,
    local: String,
}

#[derive(Deserialize)]
struct Move {
    from: FireTime,
    to: FireTime,
}

async fn diff(session: &Session, id: &str, patch: Value) -> Result<(), Failure> {
    let answer = session
        .api
        .post(&["jobs", id, "diff"])
        .json(patch)
        .send()
        .await?;
    session.show(&answer.body, || {
        let diff: Diff = answer.read()?;
        let mut table = Table::new(
            &["", "UTC", "LOCAL", "BEFORE (UTC)"],
            "No fire time would change.",
        );
        for time in &diff.gained {
            table.row(vec![
                "gained".into(),
                (&time.utc).into(),
                (&time.local).into(),
                "".into(),
            ]);
        }
        for time in &diff.lost {
            table.row(vec![
                "lost".into(),
                "".into(),
                "".into(),
                (&time.utc).into(),
            ]);
        }
        for Move { from, to } in &diff.moved {
            table.row(vec![
                "moved".into(),
                (&to.utc).into(),
                (&to.local).into(),
                (&from.utc).into(),
            ]);
        }
        let text = table.shown(&session.terminal);
        // There may be too many to compare.
        let until = printable(diff.truncated_at.as_ref().unwrap_or(&diff.until));
        Ok(format!(
            "{text}\n{} fire times until {until} stay as they are.",
            diff.kept
        ))
    })
}
