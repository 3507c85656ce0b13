//! `sim`: runs many seeds with progress and a table at the end, or one with its trace.

use std::process::ExitCode;

use clap::Parser;
use punctual_sim::command::{Arguments, simulate};

fn main() -> ExitCode {
    simulate(&Arguments::parse())
}
