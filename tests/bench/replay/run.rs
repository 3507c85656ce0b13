//! One run: stores a herd, starts the processes, lets the hour strike, and counts what came of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use punctual::aws::{Clients, Endpoint, Meter, connect, provision};
use punctual::domain::Minute;
use punctual::edge::{RandomEntropy, SystemClock};
use punctual::port::{Clock, ScanProgress};
use punctual_local::{HostError, Issuer};

use crate::figures::{Answers, Executions, Run};
use crate::fleet::{Fleet, SHARDS, Share, beside, config, free_port};
use crate::herd::{Due, fire_times, herd, store};
use crate::naive::DONE;
use crate::probe::Probe;
use crate::records;
use crate::target::Page;

const NAMESPACE: &str = "herd";

/// Slower than any stand-in stores jobs, per second: the herd must not be due before it is complete.
const STORED_PER_SECOND: i64 = 300;

/// From the start of the API's client to the herd's minute, at least: to warm up, and to see how it is before.
const BEFOREHAND: TimeDelta = TimeDelta::seconds(60);

/// When the API is looked at before, counted back from the herd's minute.
const BEFORE: (TimeDelta, TimeDelta) = (TimeDelta::seconds(45), TimeDelta::seconds(15));

/// Messages may arrive, and be waited with, so long before the minute.
const EARLY: TimeDelta = TimeDelta::seconds(1);

/// Stragglers are given up so long after the last job was due.
const LONGEST_DRAIN: TimeDelta = TimeDelta::minutes(10);

/// The records of the last ends are written after the target's last answers.
const SETTLING: Duration = Duration::from_secs(3);

/// Who dispatches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispatcher {
    /// The naive one.
    Naive,
    /// Ours.
    Ours,
}

/// What is the same for all runs.
pub struct Bench {
    /// The stand-in's program.
    pub stand_in: PathBuf,
    /// Batches of ten under way at once.
    pub concurrency: u32,
    /// How often a second the API is asked.
    pub api_rate: u32,
    /// What the herd is made from.
    pub seed: u64,
    /// Where logs go.
    pub folder: PathBuf,
    /// Whether ours write down what they do, for the rules of the protocol to be checked.
    pub is_traced: bool,
}

impl Bench {
    /// Runs a herd; its logs go to a `folder` of their own.
    pub async fn run(
        &self,
        folder: &str,
        name: &str,
        dispatcher: Dispatcher,
        due: &Due,
    ) -> Result<Run, HostError> {
        let mut fleet = Fleet::new(&self.folder.join(folder))?;
        let run = Box::pin(self.replay(&mut fleet, name, dispatcher, due)).await;
        let stopped = fleet.stop().await;
        let run = run?;
        stopped?;
        Ok(Run {
            folder: folder.to_owned(),
            ..run
        })
    }

    async fn replay(
        &self,
        fleet: &mut Fleet,
        name: &str,
        dispatcher: Dispatcher,
        due: &Due,
    ) -> Result<Run, HostError> {
        let endpoint = self.start_stand_in(fleet).await?;
        let (target, book) = start_target(fleet).await?;
        let clients = Clients::new(Some(&Endpoint(endpoint.clone()))).await;
        Box::pin(provision(&clients, NAMESPACE, None)).await?;
        let (ports, _) = connect(
            &clients,
            &config(&endpoint, NAMESPACE),
            &Arc::new(Meter::default()),
        );
        let began = SystemClock.now();
        ports.store.begin_at(Minute::of(began)).await?;
        let storing = TimeDelta::seconds(i64::try_from(due.jobs())? / STORED_PER_SECOND);
        let at = Minute::of(began + storing + BEFOREHAND).plus(1).start();
        println!("{name}: {} jobs, due from {at} on", due.jobs());
        let members = herd(due, at, &target, self.seed)?;
        store(&ports, &members).await?;
        println!(
            "  stored {} s before",
            (at - SystemClock.now()).num_seconds()
        );

        let port = free_port()?;
        match dispatcher {
            Dispatcher::Naive => start_naive(fleet, &endpoint, port, at)?,
            Dispatcher::Ours => self.start_ours(fleet, &endpoint, port)?,
        }
        fleet.wait_for(port).await?;
        let issuer = Issuer::open(fleet.folder(), &RandomEntropy)?;
        let probe = Probe::start(self.api_rate, port, &issuer, &members)?;
        let drained = wait(fleet, dispatcher, &book, at, due).await;
        let samples = probe.stop().await?;
        drained?;
        let fire_times = fire_times(&members);
        let records = records::read(&clients, NAMESPACE, &fire_times).await?;
        let executions = Executions::count(&records, &fire_times, at);
        let before = (at - BEFORE.0, at - BEFORE.1);
        let during_from = (at - EARLY).timestamp_millis();
        Ok(Run {
            name: name.to_owned(),
            folder: String::new(),
            is_ours: dispatcher == Dispatcher::Ours,
            at_ms: at.timestamp_millis(),
            before: Answers::within(
                &samples,
                before.0.timestamp_millis(),
                before.1.timestamp_millis(),
            ),
            during: Answers::within(&samples, during_from, executions.drained_ms),
            target: reqwest::get(&book).await?.json::<Page>().await?,
            executions,
            samples,
        })
    }

    async fn start_stand_in(&self, fleet: &mut Fleet) -> Result<String, HostError> {
        let port = free_port()?.to_string();
        // Both stand-ins take these.
        let environment = [
            ("BIND_HOST", "127.0.0.1"),
            ("GATEWAY_PORT", port.as_str()),
            ("SERVICES", "dynamodb,sqs,s3"),
            ("LOG_LEVEL", "WARNING"),
        ];
        fleet.start("stand-in", Share::Usual, &self.stand_in, &[], &environment)?;
        fleet.wait_for(port.parse()?).await?;
        Ok(format!("http://127.0.0.1:{port}"))
    }

    fn start_ours(&self, fleet: &mut Fleet, endpoint: &str, port: u16) -> Result<(), HostError> {
        let program = beside("punctual-local")?;
        let folder = path(fleet.folder())?;
        let trace = format!("{folder}/trace");
        let mut environment = vec![("RUST_LOG", "warn,punctual_scanner=info")];
        if self.is_traced {
            environment.push(("PUNCTUAL_TRACE", &trace));
        }
        for (function, share) in [
            ("api", Share::Usual),
            ("worker", Share::Nice),
            ("dlq", Share::Nice),
            ("scanner", Share::Nice),
        ] {
            let port = if function == "api" { port } else { 0 };
            let arguments = words(&[
                "function",
                function,
                "--endpoint",
                endpoint,
                "--namespace",
                NAMESPACE,
                "--shards",
                &SHARDS.to_string(),
                "--port",
                &port.to_string(),
                "--data-dir",
                &folder,
                "--normal-concurrency",
                &self.concurrency.to_string(),
            ]);
            fleet.start(function, share, &program, &arguments, &environment)?;
        }
        Ok(())
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn path(path: &Path) -> Result<String, HostError> {
    let text = path.to_str().ok_or("a path is not UTF-8")?;
    Ok(text.to_owned())
}

/// Starts the target. Returns its address and that of its book.
async fn start_target(fleet: &mut Fleet) -> Result<(String, String), HostError> {
    let (port, book) = (free_port()?, free_port()?);
    let arguments = words(&[
        "target",
        "--port",
        &port.to_string(),
        "--book-port",
        &book.to_string(),
    ]);
    let program = std::env::current_exe()?;
    fleet.start("target", Share::Nice, &program, &arguments, &[])?;
    // Not the pool's port: looking would be a connection.
    fleet.wait_for(book).await?;
    let at = |port| format!("http://127.0.0.1:{port}");
    Ok((at(port), at(book)))
}

fn start_naive(
    fleet: &mut Fleet,
    endpoint: &str,
    port: u16,
    at: DateTime<Utc>,
) -> Result<(), HostError> {
    let arguments = words(&[
        "naive",
        "--endpoint",
        endpoint,
        "--namespace",
        NAMESPACE,
        "--port",
        &port.to_string(),
        "--data-dir",
        &path(fleet.folder())?,
        "--at",
        &at.to_rfc3339(),
    ]);
    let program = std::env::current_exe()?;
    fleet.start("naive", Share::Usual, &program, &arguments, &[])
}

/// Waits until all is over, and says now and then how far it is.
async fn wait(
    fleet: &mut Fleet,
    dispatcher: Dispatcher,
    book: &str,
    at: DateTime<Utc>,
    due: &Due,
) -> Result<(), HostError> {
    let give_up = at + due.lasts() + LONGEST_DRAIN;
    let mut shown = 0;
    SystemClock.sleep_until(at).await;
    while SystemClock.now() < give_up {
        tokio::time::sleep(Duration::from_secs(1)).await;
        fleet.check()?;
        let called: usize = reqwest::get(format!("{book}/jobs"))
            .await?
            .text()
            .await?
            .parse()?;
        let percent = called * 100 / due.jobs().max(1);
        if percent >= shown + 10 {
            shown = percent;
            let behind = (SystemClock.now() - at).num_seconds();
            println!("  {behind} s: {percent} % of the jobs have reached the target");
        }
        let is_over = match dispatcher {
            Dispatcher::Naive => fleet.folder().join(DONE).exists(),
            Dispatcher::Ours => called >= due.jobs(),
        };
        if is_over {
            break;
        }
    }
    tokio::time::sleep(SETTLING).await;
    Ok(())
}
