//! `punctual worker run`: a worker in this terminal, or under an init system.

use std::time::Duration;

use clap::{Args, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::session::Session;
use crate::worker::{Terms, Told, work};
use crate::{Failure, when};

/// What is done with workers.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Take work and run its commands, until it is told to stop (Ctrl-C, SIGTERM)
    Run(Options),
}

/// Which work, and how much of it.
#[derive(Args, Debug)]
pub struct Options {
    /// The work to take: the `work` of jobs' payloads; may be given again
    #[arg(long, required = true, value_name = "NAME")]
    work: Vec<String>,
    /// What the worker is called; this host and process, if absent
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// How many commands run at once
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=100))]
    concurrency: usize,
    /// How long what runs may go on after the worker is told to stop; then it is given back
    #[arg(long, default_value = "30s", value_name = "DURATION", value_parser = when::seconds)]
    grace: u64,
}

/// Carries out a command about workers.
///
/// # Errors
/// If the API refuses the worker for good.
pub async fn carry_out(session: &Session, command: Command) -> Result<(), Failure> {
    let Command::Run(options) = command;
    let name = options.name.unwrap_or_else(|| {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        format!("punctual {} {}", host.trim(), std::process::id())
    });
    let terms = Terms {
        name,
        works: options.work,
        concurrency: options.concurrency,
    };
    let (tell, told) = watch::channel(Told::Work);
    let grace = Duration::from_secs(options.grace);
    let signals = tokio::spawn(obey(tell, grace));
    let outcome = work(&session.api, &terms, told).await;
    signals.abort();
    outcome
}

/// The first signal is a request, the second an order.
async fn obey(tell: watch::Sender<Told>, grace: Duration) {
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        // Without them, the system's own way of ending a process is left.
        return std::future::pending().await;
    };
    let mut asked = async || {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    asked().await;
    eprintln!(
        "punctual: takes no more work; what runs has {} s, or until the next signal",
        grace.as_secs()
    );
    tell.send_replace(Told::Finish);
    tokio::select! {
        () = asked() => {}
        () = tokio::time::sleep(grace) => {}
    }
    tell.send_replace(Told::Stop);
    std::future::pending::<()>().await;
}
