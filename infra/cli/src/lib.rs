//! The command line. It speaks the public API and nothing else: what it shows, the API said, and what it may do, the
//! caller's token may.
//!
//! - [`api`]: one call, its answer, and its problem.
//! - [`settings`]: which endpoint, with whose token.
//! - [`show`]: tables, times and colours.
//! - [`command`]: one module for each command.
//! - [`crontab`]: the reading of crontabs, pure.
//! - [`worker`]: runs commands that jobs of type `pull` offer.

pub mod api;
mod args;
mod command;
mod confirm;
pub mod crontab;
mod failure;
mod session;
mod settings;
pub mod show;
mod token;
pub mod when;
mod worker;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use self::args::Cli;
use self::failure::Exit;
pub use self::failure::Failure;

/// Carries out what the process's arguments say.
pub async fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help that was asked for goes to the standard output, and is no failure.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done,
                _ => Exit::Usage,
            }
            .into();
        }
    };
    match command::carry_out(cli).await {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            failure.print();
            failure.exit().into()
        }
    }
}
