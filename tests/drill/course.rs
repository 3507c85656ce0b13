//! The drill's course, step by step.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use punctual::domain::{Role, UserId, next_second};
use punctual::edge::{RandomEntropy, SystemClock};
use punctual::port::{Clock, ScanProgress, Terms};
use punctual_local::Issuer;
use punctual_tests::Target;
use tokio::task::JoinHandle;

use crate::copying::Copying;
use crate::load::{Creator, Promise, spread};
use crate::region::Region;
use crate::table::Table;
use crate::verdict::{Kept, SETTLE, kept, prove, seen};
use crate::{Broken, Options};

/// How far apart the writer's jobs are created, and how long after that they are due.
const WRITE: Duration = Duration::from_millis(500);
const WRITE_DUE: TimeDelta = TimeDelta::seconds(60);

/// The path of the target that all jobs call.
const PATH: &str = "/drill";

/// How far before the loss everything is planned anew.
const SINCE: TimeDelta = TimeDelta::minutes(15);

/// How many jobs prove the region that is gone back to.
const HOME_JOBS: usize = 200;

/// How long the old scanner's messages and the look-ahead last, at most.
const HAND_OVER: TimeDelta = TimeDelta::minutes(6);

/// A drill under way.
pub struct Course {
    west: Region,
    east: Region,
    target: Target,
    creator: Creator,
    table: Table,
    copying: Option<Copying>,
    writer: Option<JoinHandle<Vec<Promise>>>,
    is_lost: Arc<AtomicBool>,
    promises: Vec<Promise>,
    began: DateTime<Utc>,
    killed_at: DateTime<Utc>,
    lag: Duration,
    baseline: TimeDelta,
    recurring: usize,
    jobs: usize,
    place_file: PathBuf,
    passed: bool,
}

impl Course {
    /// Starts both regions, of which west scans.
    pub async fn begin(options: &Options) -> Result<Self, Broken> {
        say("starting both regions; west scans");
        let mut west = Region::new("west", &options.folder, options.port).await?;
        let mut east = Region::new("east", &options.folder, options.port + 2).await?;
        let issuer = Issuer::open(&west.data(), &RandomEntropy)?;
        copy_keys(&west, &east)?;
        let now = SystemClock.now();
        let lifetime = TimeDelta::hours(2);
        let token = issuer.token(&UserId::new("drill")?, Role::User, lifetime, now)?;
        let target = Target::start().await;
        for region in [&mut west, &mut east] {
            region.start_stand_in().await?;
            region.start_functions().await?;
        }
        let first = ["begin-term", "--region", "west", "--window-minutes", "0"];
        west.recover(&first).await?;
        let lag = Duration::from_secs(options.lag_seconds);
        let copying = Copying::begin(&west, &east, lag).await?;
        until("east knows that west scans", || has_term(&east, 1)).await?;
        Ok(Self {
            creator: Creator::new(token, target.url(PATH))?,
            west,
            east,
            target,
            table: Table::default(),
            copying: Some(copying),
            writer: None,
            is_lost: Arc::default(),
            promises: Vec::new(),
            began: now,
            killed_at: now,
            lag,
            baseline: TimeDelta::seconds(options.baseline_seconds),
            recurring: options.recurring,
            jobs: options.jobs,
            place_file: options.folder.join("rebuild-due.json"),
            passed: true,
        })
    }

    /// Puts the load on west, and sees that it does what is due.
    pub async fn baseline(&mut self) -> Result<(), Broken> {
        say("baseline: jobs every 15 s, ten times as many once each, and a writer of jobs");
        self.began = SystemClock.now();
        let api = self.west.api.clone();
        self.creator.every(&api, 15, self.recurring).await?;
        let dues = spread(SystemClock.now(), 20, 240, self.recurring * 10);
        self.promises = self.creator.once(&api, &dues).await?;
        let is_lost = Arc::clone(&self.is_lost);
        let writer = keep_writing(self.creator.clone(), api, is_lost);
        self.writer = Some(tokio::spawn(writer));
        SystemClock.sleep_until(self.began + self.baseline).await;
        let judged = SystemClock.now() - SETTLE;
        let kept = kept(&self.west.ports, &self.promises, judged).await?;
        self.expect_all("baseline: jobs that were due, and succeeded", &kept);
        Ok(())
    }

    /// Kills every process of west, its tables and queues among them.
    pub async fn lose_west(&mut self) -> Result<(), Broken> {
        say("killing west");
        let copying = self.copying.as_ref().ok_or("nothing is copied")?;
        let pending = copying.stop().await;
        self.west.kill().await?;
        self.killed_at = SystemClock.now();
        self.is_lost.store(true, Ordering::Relaxed);
        if let Some(writer) = self.writer.take() {
            self.promises.extend(writer.await?);
        }
        self.table.row("changes that had not been copied", &pending);
        Ok(())
    }

    /// Has east scan, and plans everything anew from before the loss on.
    pub async fn promote_east(&mut self) -> Result<(), Broken> {
        say("promoting east");
        self.east
            .recover(&["begin-term", "--region", "east"])
            .await?;
        self.since_kill("the term begun after (s)");
        self.rebuild_east().await?;
        self.since_kill("every job planned anew after (s)");
        let dues = spread(SystemClock.now(), 1, 2, 1);
        let first = self.creator.once(&self.east.api, &dues).await?;
        self.promises.extend(first);
        self.since_kill("RTO: a job created after (s)");
        Ok(())
    }

    /// Counts what is there, and what has run.
    pub async fn verify(&mut self) -> Result<(), Broken> {
        say("verifying, once everything until now has settled");
        let promoted = SystemClock.now();
        until("east has ticked", || has_scanned(&self.east, promoted)).await?;
        self.since_kill("RTO: the minute tick is done after (s)");
        SystemClock
            .sleep_until(SystemClock.now() + SETTLE + SETTLE)
            .await;
        let judged = SystemClock.now() - SETTLE;
        let found = kept(&self.east.ports, &self.promises, judged).await?;
        let first = found
            .started
            .iter()
            .filter(|at| **at > self.killed_at)
            .min();
        let first = first.ok_or("nothing has started in east")?;
        let first = seconds(*first - self.killed_at);
        self.table
            .row("RTO: an execution started after (s)", &first);
        self.table.row("acknowledged jobs", &self.promises.len());
        self.table.row("of them not in east", &found.lost.len());
        let oldest = found.lost.iter().map(|lost| lost.acknowledged_at).min();
        let rpo = oldest.map_or(TimeDelta::zero(), |oldest| self.killed_at - oldest);
        self.table
            .row("RPO: what was acknowledged in the last (s)", &seconds(rpo));
        self.expect_all("jobs in east that were due, and succeeded", &found);
        let proof = prove(&self.east.ports, self.began, judged).await?;
        self.table
            .row("instants planned since the baseline", &proof.planned);
        self.table
            .row("of them missing, and sent again", &proof.missing);
        self.row_of_doubles();
        Ok(())
    }

    /// Proves east by jobs of its own.
    pub async fn test_east(&mut self) -> Result<(), Broken> {
        say(&format!("{} test jobs in east", self.jobs));
        let dues = spread(SystemClock.now(), 15, 45, self.jobs);
        let tests = self.creator.once(&self.east.api, &dues).await?;
        until_due(&tests).await;
        let kept = kept_at_last(&self.east, &tests).await?;
        let figure = format!("{} of {}", kept.succeeded, self.jobs);
        self.table.row("test jobs that succeeded", &figure);
        self.passed &= kept.succeeded * 100 > self.jobs * 99;
        Ok(())
    }

    /// Starts west's tables as they were killed, has the changes arrive that were cut off, and copies the other way. Its
    /// functions start when its tables say that east scans.
    pub async fn bring_west_back(&mut self) -> Result<(), Broken> {
        say("west comes back: first its tables, then its functions");
        self.west.start_stand_in().await?;
        let copying = self.copying.take().ok_or("nothing was copied")?;
        let late = copying.arrive_late().await?;
        self.table.row("changes that arrived late", &late.made);
        self.table
            .row("changes that lost to later ones", &late.lost);
        self.rebuild_east().await?;
        let copying = Copying::begin(&self.east, &self.west, self.lag).await?;
        until("west knows that east scans", || has_term(&self.west, 2)).await?;
        copying.until_caught_up().await;
        self.copying = Some(copying);
        self.west.start_functions().await
    }

    /// Has west scan again, from where east's scanner has come.
    pub async fn hand_over(&mut self) -> Result<(), Broken> {
        say("handing over to west; then some six minutes, until what east had dispatched is done");
        let order = ["begin-term", "--region", "west", "--hand-over"];
        self.east.recover(&order).await?;
        until("west knows that it scans", || has_term(&self.west, 3)).await?;
        let back = SystemClock.now();
        let dues = spread(back, 15, 45, HOME_JOBS);
        let tests = self.creator.once(&self.west.api, &dues).await?;
        SystemClock.sleep_until(back + HAND_OVER).await;
        let home = kept_at_last(&self.west, &tests).await?;
        self.expect_all("back in west: test jobs that succeeded", &home);
        let judged = SystemClock.now() - SETTLE;
        let proof = prove(&self.west.ports, back, judged).await?;
        self.table
            .row("back in west: instants planned", &proof.planned);
        self.table.row("of them missing", &proof.missing);
        self.passed &= proof.missing == 0 && proof.planned > 0;
        let all = kept(&self.west.ports, &self.promises, judged).await?;
        self.expect_all("in the end: acknowledged jobs that succeeded", &all);
        self.table.row("of them lost for good", &all.lost.len());
        self.passed &= all.lost.is_empty();
        self.row_of_doubles();
        Ok(())
    }

    /// Ends both regions. Returns the table, and whether all was as it must be.
    pub async fn end(mut self) -> Result<(Table, bool), Broken> {
        if let Some(copying) = &self.copying {
            copying.stop().await;
        }
        self.west.kill().await?;
        self.east.kill().await?;
        Ok((self.table, self.passed))
    }

    async fn rebuild_east(&self) -> Result<(), Broken> {
        let since = self.killed_at - SINCE;
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let place = self.place_file.to_string_lossy();
        let mut order = vec!["rebuild-due", "--for-real", "--rate", "500"];
        order.extend(["--since", &since, "--place-file", &place]);
        self.east.recover(&order).await
    }

    fn expect_all(&mut self, name: &str, kept: &Kept) {
        let due = kept.succeeded + kept.failed.len();
        self.table
            .row(name, &format!("{} of {due}", kept.succeeded));
        self.passed &= kept.failed.is_empty() && due > 0;
    }

    fn since_kill(&mut self, name: &str) {
        let figure = seconds(SystemClock.now() - self.killed_at);
        self.table.row(name, &figure);
    }

    fn row_of_doubles(&mut self) {
        let (executions, doubled) = seen(&self.target, PATH);
        self.table
            .row("executions that the target saw", &executions);
        self.table.row("of them twice, under one key", &doubled);
    }
}

fn say(what: &str) {
    let now = SystemClock.now().to_rfc3339_opts(SecondsFormat::Secs, true);
    println!("{now}  {what}");
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

/// Creates jobs one by one until its region is lost. What was not acknowledged was not promised.
async fn keep_writing(creator: Creator, api: String, is_lost: Arc<AtomicBool>) -> Vec<Promise> {
    let mut promises = Vec::new();
    while !is_lost.load(Ordering::Relaxed) {
        let due = next_second(SystemClock.now()) + WRITE_DUE;
        promises.extend(creator.try_once(&api, due).await.ok());
        tokio::time::sleep(WRITE).await;
    }
    promises
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

/// What became of promises that are due: asked until all are kept, or three minutes have passed.
async fn kept_at_last(region: &Region, promises: &[Promise]) -> Result<Kept, Broken> {
    let until = SystemClock.now() + TimeDelta::minutes(3);
    loop {
        let kept = kept(&region.ports, promises, SystemClock.now()).await?;
        if kept.failed.is_empty() || SystemClock.now() > until {
            return Ok(kept);
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

async fn until_due(promises: &[Promise]) {
    let last = promises.iter().map(|promise| promise.due).max();
    SystemClock
        .sleep_until(last.unwrap_or_default() + SETTLE)
        .await;
}
