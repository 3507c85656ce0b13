//! `punctual jobs`: everything that is done with jobs.

mod create;
mod delete;
mod edit;
mod fields;
mod look;
mod set;
mod stand;
mod versions;

use clap::Subcommand;

pub use self::fields::{Spacing, When, instant};
pub use self::look::brief;
use crate::Failure;
use crate::session::Session;

/// What is done with jobs. JOB is an id, or a name that only one of your jobs has.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// List your jobs
    List(look::ListOptions),
    /// Show one job, with every default, and when it fires next
    Get(look::GetOptions),
    /// Create a job
    Create(Box<create::Options>),
    /// Change a job: by options, by --set, or in $EDITOR
    Edit(Box<edit::Options>),
    /// Keep jobs from firing until they are resumed
    Pause(stand::PauseOptions),
    /// Have paused jobs fire again
    Resume(stand::Several),
    /// Run a job now, beside its schedule
    Run(stand::RunOptions),
    /// Leave one fire time out: the next one, if none is said
    Skip(stand::SkipOptions),
    /// Take a skip back
    Unskip(stand::UnskipOptions),
    /// Delete jobs
    Delete(delete::Options),
    /// What a job was before, and who changed it
    Versions(versions::Options),
}

/// Carries out a command about jobs.
///
/// # Errors
/// Why it was not.
pub async fn carry_out(session: &Session, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List(options) => look::list(session, options).await,
        Command::Get(options) => look::get(session, options).await,
        Command::Create(options) => create::carry_out(session, options).await,
        Command::Edit(options) => edit::carry_out(session, options).await,
        Command::Pause(options) => stand::pause(session, options).await,
        Command::Resume(options) => stand::resume(session, options).await,
        Command::Run(options) => stand::run(session, options).await,
        Command::Skip(options) => stand::skip(session, options).await,
        Command::Unskip(options) => stand::unskip(session, options).await,
        Command::Delete(options) => delete::carry_out(session, options).await,
        Command::Versions(options) => versions::carry_out(session, options).await,
    }
}
