//! `punctual`: the scheduler from a terminal. [`punctual_cli`] is all of it.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    punctual_cli::run().await
}
