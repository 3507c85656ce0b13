//! One module for each command: what it takes, the calls that it makes, and how it shows their answers.

pub mod crontab;
pub mod dlq;
pub mod executions;
pub mod forecast;
pub mod jobs;
mod named;
pub mod preview;
pub mod tail;
pub mod token;
pub mod why;
pub mod worker;

use clap::CommandFactory;

use crate::Failure;
use crate::args::{Cli, Command};
use crate::session::Session;

/// Carries out a command.
///
/// # Errors
/// Why it was not.
pub async fn carry_out(cli: Cli) -> Result<(), Failure> {
    let session = || Session::new(&cli.global);
    match cli.command {
        Command::Jobs(command) => jobs::carry_out(&session()?, &command).await,
        Command::Preview(options) => preview::carry_out(&session()?, &options).await,
        Command::Executions(command) => executions::carry_out(&session()?, &command).await,
        Command::Why(options) => why::carry_out(&session()?, &options).await,
        Command::Dlq(command) => dlq::carry_out(&session()?, &command).await,
        Command::Forecast(options) => forecast::carry_out(&session()?, &options).await,
        Command::Tail(options) => tail::carry_out(&session()?, &options).await,
        Command::Token(command) => token::carry_out(&cli.global, &command),
        Command::Crontab(command) => crontab::carry_out(&session()?, &command).await,
        Command::Worker(command) => worker::carry_out(&session()?, command).await,
        Command::Completions { shell } => {
            let mut written = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "punctual", &mut written);
            crate::session::print(&String::from_utf8_lossy(&written))
        }
    }
}
