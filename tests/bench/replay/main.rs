//! The thundering herd, replayed: 5,000 hourly jobs of four types, all due at one second, call a target that has two hundred
//! connections, while a client asks the API. First by a naive dispatcher, then by ours, with exact times and with a
//! spread; then twenty thousand jobs in one minute, and the busiest minutes of an hour as people schedule it.
//! Prints one table, draws one picture, and fails unless ours kept what it must.

mod figures;
mod fleet;
mod herd;
mod mix;
mod naive;
mod picture;
mod probe;
mod records;
mod run;
mod seed;
mod table;
mod target;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use punctual_local::HostError;
use tokio::signal::unix::{SignalKind, signal};

use crate::figures::Run;
use crate::fleet::open_as_many_as_allowed;
use crate::herd::Due;
use crate::mix::Mix;
use crate::run::{Bench, Dispatcher};

#[derive(Parser)]
#[command(about = "Replays the thundering herd, by a naive dispatcher and by ours")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs herds, prints the table and draws the picture
    Replay(Replay),
    /// Prints the table and draws the picture of the last replay again
    Draw(Output),
    /// The server that the jobs call, as a process of its own
    #[command(hide = true)]
    Target {
        #[arg(long)]
        port: u16,
        #[arg(long)]
        book_port: u16,
    },
    /// The naive dispatcher, with the API in its process
    #[command(hide = true)]
    Naive(naive::Naive),
}

#[derive(Args)]
struct Replay {
    /// How many jobs are due at one second
    #[arg(long, default_value_t = 5_000)]
    jobs: usize,
    /// How many are due within one minute
    #[arg(long, default_value_t = 20_000)]
    minute_jobs: usize,
    /// How many executions the mixed hour has
    #[arg(long, default_value_t = 12_000)]
    hour_jobs: usize,
    /// How many minutes of the mixed hour are run, the busiest; the others are left out
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=60))]
    hour_minutes: u8,
    /// The window that the spread jobs share
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=30))]
    spread_minutes: u32,
    /// Batches of ten executions that the workers have under way at once: sixteen keep four fifths of the target busy
    #[arg(long, default_value_t = 16)]
    concurrency: u32,
    /// How often a second the API is asked meanwhile
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    api_rate: u32,
    /// What the herds are made from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Which runs; all, if none is named
    #[arg(long)]
    only: Vec<Which>,
    /// Has ours write down what they do, into a folder `trace` beside their logs
    #[arg(long)]
    trace: bool,
    /// The stand-in's program
    #[arg(long, default_value = ".venv/bin/ministack")]
    stand_in: PathBuf,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
struct Output {
    /// Where figures and logs are kept
    #[arg(long, default_value = "target/herd")]
    folder: PathBuf,
    /// Where the picture is drawn
    #[arg(long, default_value = "target/herd/herd.svg")]
    picture: PathBuf,
}

/// A run, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    /// All at one second, by the naive dispatcher
    Naive,
    /// All at one second, by ours
    Exact,
    /// Spread over minutes, by ours
    Spread,
    /// Twenty thousand within a minute, by ours
    Minute,
    /// Busy minutes of an hour as people schedule it, by ours
    Mix,
}

impl Which {
    /// Where its logs go.
    fn folder(self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::Exact => "exact",
            Self::Spread => "spread",
            Self::Minute => "minute",
            Self::Mix => "mix",
        }
    }
}

/// How many runs the picture shows.
const PICTURED: usize = 3;

#[tokio::main]
async fn main() -> Result<ExitCode, HostError> {
    match Cli::parse().command {
        // What was started dies with it: the processes are killed when they are let go of.
        Command::Replay(options) => tokio::select! {
            code = replay(&options) => code,
            signal = stopped() => Err(signal.err().unwrap_or_else(|| "stopped".into())),
        },
        Command::Draw(output) => {
            let runs = std::fs::read(output.folder.join("runs.json"))?;
            show(&serde_json::from_slice::<Vec<Run>>(&runs)?, &output)
        }
        Command::Target { port, book_port } => {
            target::serve(port, book_port).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Naive(options) => {
            naive::serve(&options).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Until somebody stops this.
async fn stopped() -> Result<(), HostError> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

async fn replay(options: &Replay) -> Result<ExitCode, HostError> {
    open_as_many_as_allowed()?;
    let bench = Bench {
        stand_in: options.stand_in.clone(),
        concurrency: options.concurrency,
        api_rate: options.api_rate,
        seed: options.seed,
        folder: options.output.folder.clone(),
        is_traced: options.trace,
    };
    println!(
        "seed {}, stand-in {}, logs in {}",
        options.seed,
        options.stand_in.display(),
        options.output.folder.display()
    );
    let kept = options.output.folder.join("runs.json");
    // Some again: the others stay as they were.
    let mut runs = match std::fs::read(&kept) {
        Ok(runs) if !options.only.is_empty() => serde_json::from_slice(&runs)?,
        _ => Vec::<Run>::new(),
    };
    for which in Which::value_variants() {
        if !options.only.is_empty() && !options.only.contains(which) {
            continue;
        }
        let (name, dispatcher, due) = planned(*which, options);
        let run = bench.run(which.folder(), &name, dispatcher, &due).await?;
        runs.retain(|other| other.folder != run.folder);
        runs.push(run);
        runs.sort_by_key(|run| {
            let mut all = Which::value_variants().iter();
            all.position(|which| which.folder() == run.folder)
        });
        std::fs::write(&kept, serde_json::to_vec(&runs)?)?;
    }
    show(&runs, &options.output)
}

fn planned(which: Which, options: &Replay) -> (String, Dispatcher, Due) {
    let jobs = options.jobs;
    let spread_minutes = options.spread_minutes;
    let (name, due) = match which {
        Which::Naive => ("(a) naive".to_owned(), Due::AtOnce(jobs)),
        Which::Exact => ("(b) ours, exact".to_owned(), Due::AtOnce(jobs)),
        Which::Spread => {
            let seconds = spread_minutes * 60;
            (
                format!("(c) ours, spread over {spread_minutes} min"),
                Due::Spread { jobs, seconds },
            )
        }
        Which::Minute => {
            let (jobs, seconds) = (options.minute_jobs, 60);
            (
                "ours, within a minute".to_owned(),
                Due::Spread { jobs, seconds },
            )
        }
        Which::Mix => {
            let mix = Mix::hour(options.hour_jobs).busiest(options.hour_minutes.into());
            (
                format!("ours, {} min of a mixed hour", mix.0.len()),
                Due::ByMinute(mix),
            )
        }
    };
    let dispatcher = match which {
        Which::Naive => Dispatcher::Naive,
        _ => Dispatcher::Ours,
    };
    (name, dispatcher, due)
}

/// Prints the table, draws the picture, and says which promises were not kept.
fn show(runs: &[Run], output: &Output) -> Result<ExitCode, HostError> {
    println!("\n{}\n", table::table(runs));
    let pictured: Vec<_> = runs.iter().take(PICTURED).collect();
    std::fs::write(&output.picture, picture::picture(&pictured))?;
    println!("picture: {}", output.picture.display());
    let ours = runs.iter().filter(|run| run.is_ours);
    let broken: Vec<_> = ours.flat_map(Run::broken).collect();
    for promise in &broken {
        println!("NOT KEPT  {promise}");
    }
    Ok(if broken.is_empty() {
        println!("all promises kept");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
