//! What may be said on the command line, and what `--help` says of it.

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::command::{crontab, dlq, executions, forecast, jobs, preview, tail, token, why, worker};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the API said no, or something else went wrong
  2  the command makes no sense as it was given
  3  there is no such thing
  4  there is no token, or it may not do this
  5  the API cannot be reached
  6  some of it is done, and some is not

Settings: options come first, then PUNCTUAL_ENDPOINT, PUNCTUAL_TOKEN and PUNCTUAL_PROFILE, then the
profile in ~/.config/punctual/config.toml (or under $XDG_CONFIG_HOME), then http://127.0.0.1:8080.
NO_COLOR switches colours off.";

const ABOUT: &str =
    "Jobs that run at their exact second: create them, see what became of them, mend what failed";

/// The whole command line.
#[derive(Parser, Debug)]
#[command(name = "punctual", version, about = ABOUT, long_about = ABOUT, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Args, Debug)]
pub struct Global {
    /// The API's address
    #[arg(
        long,
        global = true,
        env = "PUNCTUAL_ENDPOINT",
        value_name = "URL",
        help_heading = "Everywhere"
    )]
    pub endpoint: Option<String>,
    /// The token to call it with; better kept by `token set`, since other users see options
    #[arg(
        long,
        global = true,
        env = "PUNCTUAL_TOKEN",
        hide_env_values = true,
        help_heading = "Everywhere"
    )]
    pub token: Option<String>,
    /// Which profile of the settings
    #[arg(
        long,
        global = true,
        env = "PUNCTUAL_PROFILE",
        value_name = "NAME",
        help_heading = "Everywhere"
    )]
    pub profile: Option<String>,
    /// Print the API's own JSON: one document, or one a line for lists
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub json: bool,
    /// Do not ask before something is destroyed, or done to many
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    pub yes: bool,
}

/// What is to be done.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Jobs: list, create, change, run
    #[command(subcommand, visible_alias = "job")]
    Jobs(jobs::Command),
    /// When a schedule would fire, in words and times, before anything is saved
    Preview(preview::Options),
    /// Executions: what became of jobs
    #[command(subcommand, visible_alias = "execution")]
    Executions(executions::Command),
    /// Why a job did, or did not, run at a time
    Why(why::Options),
    /// Dead letters: look at them, give them another attempt, settle them
    #[command(subcommand, visible_alias = "dead-letters")]
    Dlq(dlq::Command),
    /// How much will start, and when: the herd before it happens
    Forecast(forecast::Options),
    /// Follow executions as they start and end, until Ctrl-C
    Tail(tail::Options),
    /// Keep a token, see whose it is, forget it
    #[command(subcommand)]
    Token(token::Command),
    /// Crontabs
    #[command(subcommand)]
    Crontab(crontab::Command),
    /// Run commands that jobs of type `pull` offer
    #[command(subcommand)]
    Worker(worker::Command),
    /// Print what a shell needs to complete this command
    Completions {
        /// Which shell
        shell: Shell,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_options_of_every_command_fit_together() {
        Cli::command().debug_assert();
    }
}
