//! `chaos run`: one run, with its report. `chaos check`: judges the evidence of an earlier one again.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Parser};
use punctual::domain::{Role, UserId};
use punctual::edge::{RandomEntropy, SystemClock};
use punctual::port::{Clock, Entropy};
use punctual_chaos::Broken;
use punctual_chaos::check::check;
use punctual_chaos::cluster::{Cluster, Places};
use punctual_chaos::collect::{collect, pause_all};
use punctual_chaos::evidence::{Evidence, Operation, Outcome, Struck};
use punctual_chaos::load::{Api, Book, Client};
use punctual_chaos::random::Random;
use punctual_chaos::report::report;
use punctual_chaos::strike::{Fault, Strike, plan};
use punctual_chaos::target::Targets;
use punctual_local::Issuer;
use punctual_trace::rules::Terms;
use tokio::signal::unix::{SignalKind, signal};

/// Clients at work at once.
const CLIENTS: u64 = 4;

/// How often what has not come to its end is looked at, in the end: every three seconds, and then it is given up.
const PATIENCE: u32 = 60;

/// The same if there are long attempts.
const LONG_PATIENCE: u32 = 360;

#[derive(Parser)]
#[command(
    about = "Kills, freezes and cuts off the system's processes under load, and checks what became of every promise"
)]
enum Cli {
    /// One run
    Run(Run),
    /// Judges the evidence of an earlier run
    Check {
        /// `evidence.json` of a run's folder
        evidence: PathBuf,
    },
}

#[derive(Args)]
struct Run {
    /// How long there is load and trouble
    #[arg(long, default_value_t = 20)]
    minutes: u64,
    /// What the load and the trouble are drawn from; a fresh one, if absent
    #[arg(long)]
    seed: Option<u64>,
    /// Also long attempts. A message of theirs whose delivery is lost stays hidden for a quarter of an hour, and the end is
    /// waited for that much longer
    #[arg(long)]
    long: bool,
    /// The stand-in's program
    #[arg(long, default_value = "target/debug/punctual-stand-in")]
    stand_in: PathBuf,
    /// The host of the roles
    #[arg(long, default_value = "target/debug/punctual-local")]
    host: PathBuf,
    /// Where the run's folder is made
    #[arg(long, default_value = "target/chaos")]
    folder: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let judged = match Cli::parse() {
        Cli::Run(run) => tokio::select! {
            judged = Box::pin(run.carry_out()) => judged,
            // What is dropped ends its processes.
            () = told_to_stop() => Err("told to stop".into()),
        },
        Cli::Check { evidence } => judge_kept(&evidence),
    };
    match judged {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("chaos: {error}");
            ExitCode::from(2)
        }
    }
}

async fn told_to_stop() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

fn judge_kept(path: &PathBuf) -> Result<bool, Broken> {
    let evidence: Evidence = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    Ok(judge(&evidence))
}

fn judge(evidence: &Evidence) -> bool {
    let findings = check(evidence);
    println!("{}", report(evidence, &findings));
    findings.is_empty()
}

/// Replays the protocol's events of the run against the protocol's rules.
fn judge_trace(places: &Places) -> Result<bool, Broken> {
    let trace = punctual_trace::read(&[places.trace()])?;
    if trace.iter().all(|process| process.lines.is_empty()) {
        return Err("the processes wrote nothing down".into());
    }
    let findings = punctual_trace::check(&trace, Terms::of(&trace, false));
    println!("{}", punctual_trace::report(&trace, &findings));
    Ok(findings.is_empty())
}

impl Run {
    async fn carry_out(self) -> Result<bool, Broken> {
        let seed = self
            .seed
            .unwrap_or_else(|| RandomEntropy.next_u64() % 1_000_000);
        let folder = self.folder.join(format!(
            "{}-{seed}",
            SystemClock.now().format("%Y%m%dT%H%M%S")
        ));
        std::fs::create_dir_all(&folder)?;
        let places = Places {
            host: self.host.clone(),
            stand_in: self.stand_in.clone(),
            folder: folder.canonicalize()?,
        };
        println!(
            "chaos: seed {seed}, {} minutes, in {}",
            self.minutes,
            folder.display()
        );
        let mut cluster = Cluster::start(&places).await?;
        let targets = Targets::start().await?;
        let api = Api::new(cluster.apis(), token(&places)?)?;
        let book = Book::default();

        let began = SystemClock.now();
        let length = Duration::from_secs(self.minutes * 60);
        let load_ends = began + TimeDelta::from_std(length)?;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let random = Random::new(seed, 100 + number);
                let client = Client::new(
                    api.clone(),
                    targets.clone(),
                    book.clone(),
                    random,
                    self.long,
                );
                tokio::spawn(client.work(load_ends))
            })
            .collect();
        // Without a journal, to kill the stand-in would be to lose the tables.
        let end = if places.stand_in_is_durable() {
            Fault::Kill
        } else {
            Fault::Terminate
        };
        let strikes = plan(seed, &Cluster::victims(), Some(end), length);
        let tell = |fallen: usize| {
            println!(
                "chaos: {:>4} s, {} requests, {} starts, {fallen} of {} strikes",
                (SystemClock.now() - began).num_seconds(),
                book.operations().len(),
                targets.count(),
                strikes.len(),
            );
        };
        let struck = rage(&mut cluster, &strikes, began, load_ends, tell).await?;
        for client in clients {
            client.await?;
        }
        cluster.heal().await?;
        println!(
            "chaos: all is well again; {} processes had given up and were started again",
            cluster.restarts()
        );
        pause_all(&api).await?;
        let until = SystemClock.now();
        let left = |jobs: usize| println!("chaos: {jobs} jobs have not come to rest");
        let patience = if self.long { LONG_PATIENCE } else { PATIENCE };
        let runs = acknowledged_runs(&book.operations());
        let jobs = collect(&api, began, until, &runs, patience, left).await?;
        let evidence = Evidence {
            seed,
            began,
            until,
            operations: book.operations(),
            calls: targets.calls(),
            jobs,
            strikes: struck,
        };
        let path = folder.join("evidence.json");
        std::fs::write(&path, serde_json::to_vec(&evidence)?)?;
        // What a worker had recorded when it was killed shows when its message comes back.
        tokio::time::sleep(Cluster::REDELIVERY).await;
        cluster.stop().await;
        let keeps_promises = judge(&evidence);
        let keeps_rules = judge_trace(&places)?;
        println!("chaos: evidence and trace in {}", folder.display());
        Ok(keeps_promises && keeps_rules)
    }
}

/// The executions that runs by hand have led to.
fn acknowledged_runs(operations: &[Operation]) -> BTreeSet<String> {
    let outcomes = operations.iter().map(|operation| &operation.outcome);
    let runs = outcomes.filter_map(|outcome| match outcome {
        Outcome::Acknowledged { execution, .. } => execution.clone(),
        _ => None,
    });
    runs.collect()
}

fn token(places: &Places) -> Result<String, Broken> {
    let issuer = Issuer::open(&places.data(), &RandomEntropy)?;
    let user = UserId::new("chaos")?;
    issuer.token(&user, Role::User, TimeDelta::hours(12), SystemClock.now())
}

/// Lets the strikes fall and end, each at its time, until the load ends.
async fn rage(
    cluster: &mut Cluster,
    strikes: &[Strike],
    began: DateTime<Utc>,
    load_ends: DateTime<Utc>,
    tell: impl Fn(usize),
) -> Result<Vec<Struck>, Broken> {
    let ms = |ms: u64| TimeDelta::milliseconds(i64::try_from(ms).unwrap_or(i64::MAX));
    let mut turns: Vec<(DateTime<Utc>, bool, &Strike)> = strikes
        .iter()
        .flat_map(|strike| {
            let falls = began + ms(strike.after_ms);
            [
                (falls, true, strike),
                (falls + ms(strike.lasts_ms), false, strike),
            ]
        })
        .collect();
    turns.sort_by_key(|(at, ..)| *at);
    let mut turns = turns.into_iter().peekable();
    let mut struck = Vec::new();
    let mut told_at = began;
    while SystemClock.now() < load_ends {
        while let Some((_, falls, strike)) = turns.next_if(|(at, ..)| *at <= SystemClock.now()) {
            if falls {
                struck.push(Struck {
                    strike: strike.clone(),
                    at: SystemClock.now(),
                });
                cluster.strike(strike).await;
            } else {
                cluster.relieve(strike)?;
            }
        }
        cluster.supervise()?;
        if SystemClock.now() - told_at >= TimeDelta::seconds(20) {
            told_at = SystemClock.now();
            tell(struck.len());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(struck)
}
