//! `punctual-cost`: meters and prices, prints the tables and writes the document; or, with `--check`, says whether it is the
//! one that would be written.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use punctual_cost::report::make;
use punctual_scale::assumptions::Book;
use punctual_scale::platform::Platform;

#[derive(Parser)]
#[command(about = "Prices a million executions from metered calls, and writes the document")]
struct Cli {
    /// Write nothing; fail if the document is not what would be written
    #[arg(long)]
    check: bool,
    /// The document
    #[arg(long, default_value = "infra/cost/README.md")]
    document: PathBuf,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let cli = Cli::parse();
    let platform = Platform::from_book(&Book::of_this_repository()?)?;
    let report = make(&platform, |line| eprintln!("  {line}"))?;
    let document = cli.document.display();
    let written = std::fs::read_to_string(&cli.document)?;
    let wanted = report.write_into(&written)?;
    if cli.check && written != wanted {
        eprintln!("{document} is stale: run `make cost`");
        return Ok(ExitCode::FAILURE);
    }
    if cli.check {
        println!("{document} is up to date");
        return Ok(ExitCode::SUCCESS);
    }
    for (_, table) in report
        .sections
        .iter()
        .filter(|(name, _)| *name != "sources")
    {
        println!("{table}");
    }
    std::fs::write(&cli.document, wanted)?;
    println!("{document} is written");
    Ok(ExitCode::SUCCESS)
}
