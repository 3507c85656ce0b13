//! `punctual-scale`: simulates, and writes the document; or, with `--check`, says whether it is the one that would be
//! written.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use punctual_scale::assumptions::Book;
use punctual_scale::platform::Platform;
use punctual_scale::report::Report;

#[derive(Parser)]
#[command(about = "Predicts lateness and cost on AWS, and writes the document")]
struct Cli {
    /// Write nothing; fail if the document is not what would be written
    #[arg(long)]
    check: bool,
    /// The folder of the document
    #[arg(long, default_value = "infra/scale")]
    folder: PathBuf,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let cli = Cli::parse();
    let book = Book::of_this_repository()?;
    let platform = Platform::from_book(&book)?;
    let report = Report::make(&platform, &book, |line| eprintln!("  {line}"));
    let (document, picture) = (cli.folder.join("README.md"), cli.folder.join("herds.svg"));
    let written = std::fs::read_to_string(&document)?;
    let wanted = report.write_into(&written)?;
    if !cli.check {
        std::fs::write(&document, wanted)?;
        std::fs::write(&picture, report.picture)?;
        println!(
            "{} and {} are written",
            document.display(),
            picture.display()
        );
        return Ok(ExitCode::SUCCESS);
    }
    let drawn = std::fs::read_to_string(&picture).unwrap_or_default();
    if written == wanted && drawn == report.picture {
        println!("{} is up to date", document.display());
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{} is stale: run `make scale`", document.display());
    Ok(ExitCode::FAILURE)
}
