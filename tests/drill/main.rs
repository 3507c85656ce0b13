//! The drill: two regions on this machine, with a lossy copier between them; one of them is lost under load. It goes through
//! the checklist - baseline, kill, promote, verify, test jobs, fail back - and prints what was lost, and for how long.

mod load;
mod region;
mod table;
mod verdict;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::Parser;
use punctual::domain::{Role, UserId};
use punctual::edge::{RandomEntropy, SystemClock};
use punctual::port::{Clock, ScanProgress, Terms};
use punctual_local::Issuer;
use punctual_tests::{Copier, Target};
use tokio::sync::Mutex;

use self::load::{Creator, Promise, spread};
use self::region::{NAMESPACE, Region};
use self::table::Table;
use self::verdict::{SETTLE, kept, prove, seen};

/// Why the drill could not go on.
type Broken = Box<dyn Error + Send + Sync>;

/// Loses a region under load, and goes on in another
#[derive(Parser)]
#[command(name = "drill")]
struct Options {
    /// How much later a change arrives in the other region
    #[arg(long, default_value_t = 5)]
    lag_seconds: u64,
    /// How long the first region runs before it is lost
    #[arg(long, default_value_t = 90)]
    baseline_seconds: i64,
    /// How many jobs prove the promoted region
    #[arg(long, default_value_t = 1_000)]
    jobs: usize,
    /// The first of four ports in a row
    #[arg(long, default_value_t = 4750)]
    port: u16,
    /// Where state and logs are
    #[arg(long, default_value = "target/drill")]
    folder: PathBuf,
}

/// How often the copier looks.
const LOOK: Duration = Duration::from_millis(500);

/// How far apart the writer's jobs are created, and how long after that they are due.
const WRITE: Duration = Duration::from_millis(250);
const WRITE_DUE: i64 = 60;

/// The path of the target that all jobs call.
const PATH: &str = "/drill";

#[tokio::main]
async fn main() -> Result<(), Broken> {
    let options = Options::parse();
    let passed = Box::pin(drill(&options)).await?;
    if passed {
        Ok(())
    } else {
        Err("the drill failed: see its table".into())
    }
}

fn say(what: &str) {
    let now = SystemClock.now().to_rfc3339_opts(SecondsFormat::Secs, true);
    println!("{now}  {what}");
}

async fn drill(options: &Options) -> Result<bool, Broken> {
    if options.folder.exists() {
        std::fs::remove_dir_all(&options.folder)?;
    }
    let mut west = Region::new("west", &options.folder, options.port).await?;
    let mut east = Region::new("east", &options.folder, options.port + 2).await?;
    let issuer = Issuer::open(&west.data(), &RandomEntropy)?;
    copy_keys(&west, &east)?;
    let now = SystemClock.now();
    let token = issuer.token(&UserId::new("drill")?, Role::User, TimeDelta::hours(2), now)?;
    let target = Target::start().await;
    let creator = Creator::new(token, target.url(PATH))?;
    let mut table = Table::default();

    say("starting both regions; west scans");
    for region in [&mut west, &mut east] {
        region.start_stand_in().await?;
        region.start_functions().await?;
    }
    west.recover(&["begin-term", "--region", "west", "--window-minutes", "0"])
        .await?;
    let lag = Duration::from_secs(options.lag_seconds);
    let copier = copier(&west, &east, lag).await?;
    let copying = keep_copying(Arc::clone(&copier));
    until("east knows that west scans", || has_term(&east, 1)).await?;

    say(
        "baseline: 60 jobs every 15 s, 400 once each over the next five minutes, and a writer of four a second",
    );
    let began = SystemClock.now();
    creator.every(&west.api, 15, 60).await?;
    let dues = spread(SystemClock.now(), 20, 300, 400);
    let mut promises = creator.once(&west.api, &dues).await?;
    let writer = keep_writing(creator.clone(), west.api.clone());
    SystemClock
        .sleep_until(began + TimeDelta::seconds(options.baseline_seconds))
        .await;
    let before = kept(&west.ports, &promises, SystemClock.now() - SETTLE).await?;
    table.row(
        "baseline: due, and succeeded",
        &format!(
            "{} of {}",
            before.succeeded,
            before.succeeded + before.failed.len()
        ),
    );
    let baseline_ok = before.failed.is_empty();

    say("killing west: every process, its tables and its queues");
    stop_copying(&copier, &copying).await;
    west.kill().await?;
    let killed_at = SystemClock.now();
    promises.extend(writer.await?);
    table.row(
        "changes that had not been copied",
        &copier.lock().await.pending().to_string(),
    );

    say("promoting east");
    let since = (killed_at - TimeDelta::minutes(15)).to_rfc3339_opts(SecondsFormat::Secs, true);
    east.recover(&["begin-term", "--region", "east"]).await?;
    table.row(
        "term begun after (s)",
        &seconds(SystemClock.now() - killed_at),
    );
    let place = options.folder.join("rebuild-due.json");
    let place = place.to_string_lossy();
    let rebuild = [
        "rebuild-due",
        "--for-real",
        "--since",
        &since,
        "--rate",
        "500",
        "--place-file",
        &place,
    ];
    east.recover(&rebuild).await?;
    table.row(
        "due table rebuilt after (s)",
        &seconds(SystemClock.now() - killed_at),
    );
    let first = creator
        .once(&east.api, &spread(SystemClock.now(), 1, 2, 1))
        .await?;
    table.row(
        "RTO: API creates jobs after (s)",
        &seconds(SystemClock.now() - killed_at),
    );
    promises.extend(first);

    say(
        "verifying: waiting for everything that west had promised for the time until now to settle",
    );
    let promoted = SystemClock.now();
    until("east has ticked", || has_scanned(&east, promoted)).await?;
    let ticked_at = SystemClock.now();
    table.row(
        "RTO: the promoted scanner has ticked after (s)",
        &seconds(ticked_at - killed_at),
    );
    SystemClock.sleep_until(ticked_at + SETTLE + SETTLE).await;
    let judged = SystemClock.now() - SETTLE;
    let after = kept(&east.ports, &promises, judged).await?;
    let oldest_lost = after.lost.iter().map(|lost| lost.acknowledged_at).min();
    let rpo = oldest_lost.map_or(TimeDelta::zero(), |oldest| killed_at - oldest);
    table.row("acknowledged jobs", &promises.len().to_string());
    table.row(
        "of them not in the promoted region",
        &after.lost.len().to_string(),
    );
    table.row(
        "RPO: the oldest of those was acknowledged before (s)",
        &seconds(rpo),
    );
    let first_start = after.started.iter().filter(|at| **at > killed_at).min();
    let first_start = first_start.map_or(TimeDelta::MAX, |at| *at - killed_at);
    table.row(
        "RTO: first execution started after (s)",
        &seconds(first_start),
    );
    table.row(
        "surviving jobs that were due, and succeeded",
        &format!(
            "{} of {}",
            after.succeeded,
            after.succeeded + after.failed.len()
        ),
    );
    let proof = prove(&east.ports, began, judged).await?;
    table.row(
        "instants planned since the baseline began",
        &proof.planned.to_string(),
    );
    table.row(
        "of them missing, and sent again",
        &proof.missing.to_string(),
    );
    let (executions, doubled) = seen(&target, PATH);
    table.row("executions that the target saw", &executions.to_string());
    table.row(
        "of them more than once, by the same key",
        &doubled.to_string(),
    );

    say(&format!("{} test jobs in east", options.jobs));
    let dues = spread(SystemClock.now(), 15, 45, options.jobs);
    let tests = creator.once(&east.api, &dues).await?;
    until_due(&tests).await;
    let tested = kept(&east.ports, &tests, SystemClock.now()).await?;
    table.row(
        "test jobs that succeeded",
        &format!("{} of {}", tested.succeeded, options.jobs),
    );
    let tests_ok = tested.succeeded * 100 > options.jobs * 99;

    say("west comes back: its tables first, its functions only when they know that east scans");
    west.start_stand_in().await?;
    let copier = Arc::into_inner(copier)
        .ok_or("the copier still runs")?
        .into_inner();
    let late = copier.arrive_late().await?;
    table.row(
        "changes that arrived late, or lost to a later one",
        &format!("{}, {}", late.made, late.lost),
    );
    east.recover(&rebuild).await?;
    let copier = self::copier(&east, &west, lag).await?;
    let copying = keep_copying(Arc::clone(&copier));
    until("west knows that east scans", || has_term(&west, 2)).await?;
    until_copied(&copier).await;
    west.start_functions().await?;

    say("handing over to west, where east's scanner has come");
    east.recover(&["begin-term", "--region", "west", "--hand-over"])
        .await?;
    until("west knows that it scans", || has_term(&west, 3)).await?;
    let back = SystemClock.now();
    let tests = creator.once(&west.api, &spread(back, 15, 45, 200)).await?;
    say("waiting until west has scanned what east had not dispatched: some six minutes");
    until_due(&tests).await;
    SystemClock.sleep_until(back + TimeDelta::minutes(6)).await;
    let tested = kept(&west.ports, &tests, SystemClock.now()).await?;
    table.row(
        "after the failback: jobs that succeeded",
        &format!("{} of 200", tested.succeeded),
    );
    let home_ok = tested.succeeded == 200;
    let judged = SystemClock.now() - SETTLE;
    let proof = prove(&west.ports, back, judged).await?;
    table.row(
        "after the failback: instants planned",
        &proof.planned.to_string(),
    );
    table.row("of them missing", &proof.missing.to_string());
    let all = kept(&west.ports, &promises, judged).await?;
    table.row(
        "acknowledged jobs that are lost for good",
        &all.lost.len().to_string(),
    );
    table.row(
        "acknowledged jobs that did not run",
        &all.failed.len().to_string(),
    );
    let (executions, doubled_at_last) = seen(&target, PATH);
    table.row(
        "executions that the target saw, in all",
        &executions.to_string(),
    );
    table.row(
        "of them more than once, by the same key",
        &doubled_at_last.to_string(),
    );
    stop_copying(&copier, &copying).await;
    for region in [&mut west, &mut east] {
        region.kill().await?;
    }
    let passed = baseline_ok
        && after.failed.is_empty()
        && tests_ok
        && home_ok
        && proof.missing == 0
        && all.lost.is_empty()
        && all.failed.is_empty();
    println!("\n{table}\n{}", if passed { "passed" } else { "FAILED" });
    Ok(passed)
}

fn seconds(span: TimeDelta) -> String {
    format!("{:.1}", span.as_seconds_f64())
}

/// Both regions accept the same issuer's tokens.
fn copy_keys(from: &Region, to: &Region) -> Result<(), Broken> {
    std::fs::create_dir_all(to.data())?;
    for entry in std::fs::read_dir(from.data())? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.data().join(entry.file_name()))?;
    }
    Ok(())
}

async fn copier(from: &Region, to: &Region, lag: Duration) -> Result<Arc<Mutex<Copier>>, Broken> {
    let (from, to) = (&from.clients.dynamodb, &to.clients.dynamodb);
    let copier = Copier::new(from.clone(), to.clone(), NAMESPACE, lag).await?;
    Ok(Arc::new(Mutex::new(copier)))
}

fn keep_copying(copier: Arc<Mutex<Copier>>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            if let Err(error) = copier.lock().await.step().await {
                println!("  the copier: {error}");
            }
            tokio::time::sleep(LOOK).await;
        }
    })
}

/// Stops it between two steps: what it holds then says truly what has arrived.
async fn stop_copying(copier: &Mutex<Copier>, copying: &tokio::task::JoinHandle<()>) {
    let _between_steps = copier.lock().await;
    copying.abort();
}

/// Creates jobs one by one until it is refused: its region is lost.
fn keep_writing(creator: Creator, api: String) -> tokio::task::JoinHandle<Vec<Promise>> {
    tokio::spawn(async move {
        let mut promises = Vec::new();
        loop {
            let due = spread(SystemClock.now(), WRITE_DUE, WRITE_DUE + 1, 1);
            match creator.once(&api, &due).await {
                Ok(made) => promises.extend(made),
                Err(_) => return promises,
            }
            tokio::time::sleep(WRITE).await;
        }
    })
}

async fn has_term(region: &Region, number: u64) -> bool {
    let term = region.ports.store.term().await;
    term.is_ok_and(|term| term.number >= number)
}

/// Whether the scanner has dispatched what is due at `instant`.
async fn has_scanned(region: &Region, instant: DateTime<Utc>) -> bool {
    let progress = region.ports.store.progress().await;
    let progress = progress.ok().flatten();
    progress.is_some_and(|progress| progress.low_water.start() > instant)
}

async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) -> Result<(), Broken> {
    for _ in 0..1_200 {
        if holds().await {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Err(format!("in vain: {what}").into())
}

async fn until_due(promises: &[Promise]) {
    let last = promises.iter().map(|promise| promise.due).max();
    SystemClock
        .sleep_until(last.unwrap_or_default() + SETTLE)
        .await;
}

/// Waits until the copier has nothing on its way.
async fn until_copied(copier: &Mutex<Copier>) {
    while !copier.lock().await.has_caught_up() {
        tokio::time::sleep(LOOK).await;
    }
}
