//! `check-trace FILES…`: replays traces of the protocol's events against its rules, and fails if one is broken.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use punctual_trace::rules::Terms;
use punctual_trace::{check, read, report};

#[derive(Parser)]
#[command(about = "Replays the protocol's events of a real run against the protocol's rules")]
struct Cli {
    /// Files of events, or folders of them: what `PUNCTUAL_TRACE` named
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Nothing was killed or cut off: no event may be missing
    #[arg(long)]
    complete: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let trace = match read(&cli.paths) {
        Ok(trace) => trace,
        Err(error) => {
            eprintln!("check-trace: {error}");
            return ExitCode::from(2);
        }
    };
    if trace.iter().all(|process| process.lines.is_empty()) {
        eprintln!("check-trace: no events, so nothing is shown");
        return ExitCode::from(2);
    }
    let findings = check(&trace, Terms::of(&trace, cli.complete));
    print!("{}", report(&trace, &findings));
    if findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
