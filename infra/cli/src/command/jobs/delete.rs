//! `jobs delete`: says what goes, asks, and deletes each at the version that was shown.

use clap::Args;
use reqwest::Method;

use super::look::{Job, brief};
use crate::Failure;
use crate::command::named::job_id;
use crate::session::{Session, print};
use crate::show::printable;

/// Which jobs.
#[derive(Args, Debug)]
pub struct Options {
    /// Their ids or names
    #[arg(required = true)]
    jobs: Vec<String>,
}

/// Deletes jobs.
///
/// # Errors
/// [`Failure::Partly`] if only some could be deleted.
pub async fn carry_out(session: &Session, options: &Options) -> Result<(), Failure> {
    let mut found = Vec::new();
    for job in &options.jobs {
        let id = job_id(&session.api, job).await?;
        let answer = session.api.get(&["jobs", &id]).send().await?;
        let job: Job = answer.read()?;
        let schedule = brief(&answer.body["schedule"]);
        eprintln!(
            "{}  {}  {}  {}",
            job.id,
            printable(&job.name),
            job.kind,
            printable(&schedule)
        );
        found.push((job, answer.etag));
    }
    let count = match found.len() {
        1 => "this job".to_owned(),
        count => format!("these {count} jobs"),
    };
    session.consent.to(&format!(
        "This deletes {count} for good; records of what ran stay for 30 days."
    ))?;
    let mut failed = None;
    let mut deleted = 0;
    for (job, etag) in &found {
        let call = session.api.call(Method::DELETE, &["jobs", &job.id]);
        match call.if_match(etag.as_deref()).send().await {
            Ok(_) => deleted += 1,
            Err(failure) => {
                eprintln!("`{}` is not deleted: {failure}", printable(&job.name));
                failed = Some(failure);
            }
        }
    }
    match failed {
        None if session.json => Ok(()),
        None => print(&format!("{deleted} deleted.")),
        Some(failure) if deleted == 0 => Err(failure),
        Some(_) => Err(Failure::Partly(format!(
            "{deleted} of {} are deleted",
            found.len()
        ))),
    }
}
