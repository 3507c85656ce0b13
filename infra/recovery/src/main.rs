//! `recovery rebuild-due`: puts the hints that are missing. `recovery term`: shows which region scans, and how far.
//! `recovery begin-term`: has a region scan, from where it must. When to use which: `infra/RECOVERY.md`.

mod journey;
mod rebuild;
mod term;

use std::error::Error;
use std::num::NonZeroU16;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use punctual::aws::{AwsPorts, Clients, Endpoint, Meter, connect};
use punctual::edge::Config;

/// Why a command could not be carried out.
type Failure = Box<dyn Error + Send + Sync>;

#[derive(Parser)]
#[command(name = "recovery", about = "Recovers a namespace of Punctual")]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Rebuilds the due table from the jobs table; only counts, unless it is for real
    RebuildDue(rebuild::Options),
    /// Shows the present term, and how far it is scanned
    Term,
    /// Begins another term: a region takes over, or scans a stretch of time again
    BeginTerm(term::Options),
}

/// Which namespace, and where.
#[derive(Args)]
struct Place {
    /// A server on this machine; without it, AWS as the environment says
    #[arg(long)]
    endpoint: Option<String>,
    /// First part of every table's and queue's name
    #[arg(long, env = "PUNCTUAL_NAMESPACE")]
    namespace: String,
    /// In how many shards the functions are told that a minute's hints lie. More than the scanner reads would lose hints
    #[arg(long, env = "PUNCTUAL_SHARDS")]
    shards: NonZeroU16,
    /// What comes before a queue's name in its URL; of a server on this machine, it is known
    #[arg(long, env = "PUNCTUAL_QUEUE_BASE_URL")]
    queue_base_url: Option<String>,
}

impl Place {
    async fn ports(self) -> Result<AwsPorts, Failure> {
        let of_endpoint = self
            .endpoint
            .as_ref()
            .map(|url| format!("{url}/000000000000"));
        let queue_base_url = self.queue_base_url.or(of_endpoint);
        let config = Config {
            namespace: self.namespace,
            queue_base_url: queue_base_url.ok_or("--queue-base-url is needed for AWS")?,
            shards: self.shards,
            region: None,
            event_bus: None,
            mail_from: None,
            results_bucket: None,
        };
        let clients = Clients::new(self.endpoint.map(Endpoint).as_ref()).await;
        let (ports, _) = connect(&clients, &config, &Arc::new(Meter::default()));
        Ok(ports)
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let cli = Cli::parse();
    let ports = cli.place.ports().await?;
    match cli.command {
        Command::RebuildDue(options) => rebuild::run(&ports, &options).await,
        Command::Term => term::show(&ports).await,
        Command::BeginTerm(options) => term::begin(&ports, &options).await,
    }
}
