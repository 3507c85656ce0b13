//! `punctual-local run`: the whole system on this machine. `punctual-local role`: one function of it, as a process of
//! its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use punctual_local::{HostError, Role, Settings, StandIn, System, start_live_log};
use tokio::signal::unix::{SignalKind, signal};

#[derive(Parser)]
#[command(about = "Runs Punctual on this machine")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The whole system: stand-ins for AWS, all four functions, the minute tick
    Run {
        /// The stand-in's program
        #[arg(long, default_value = ".venv/bin/ministack")]
        stand_in: PathBuf,
        /// The stand-in's port
        #[arg(long, default_value_t = 4566)]
        stand_in_port: u16,
        /// Where the stand-in keeps its state
        #[arg(long, default_value = ".local")]
        data_dir: PathBuf,
        #[command(flatten)]
        hosted: Hosted,
    },
    /// One function, against a stand-in that runs already
    Role {
        /// Which
        role: Role,
        /// The stand-in's address
        #[arg(long)]
        endpoint: String,
        #[command(flatten)]
        hosted: Hosted,
    },
}

#[derive(Args)]
struct Hosted {
    /// The API's port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// First part of every table's and queue's name
    #[arg(long, default_value = "punctual-local")]
    namespace: String,
    /// In how many shards a minute's hints lie
    #[arg(long, default_value = "8")]
    shards: NonZeroU16,
    /// How long a received message stays hidden
    #[arg(long)]
    band_visibility_seconds: Option<u32>,
}

impl Hosted {
    fn settings(self, endpoint: String, roles: Vec<Role>) -> Settings {
        Settings {
            endpoint,
            namespace: self.namespace,
            shards: self.shards,
            api_address: SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)),
            roles,
            band_visibility_seconds: self.band_visibility_seconds,
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), HostError> {
    start_live_log();
    match Cli::parse().command {
        Command::Run {
            stand_in,
            stand_in_port,
            data_dir,
            hosted,
        } => {
            let stand_in = StandIn::start(&stand_in, stand_in_port, Some(&data_dir)).await?;
            let settings = hosted.settings(stand_in.endpoint(), Role::ALL.to_vec());
            let outcome = host(settings, true).await;
            // Last: its state is saved only when it ends cleanly.
            stand_in.stop().await?;
            outcome
        }
        Command::Role {
            role,
            endpoint,
            hosted,
        } => host(hosted.settings(endpoint, vec![role]), false).await,
    }
}

async fn host(settings: Settings, greets: bool) -> Result<(), HostError> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let system = System::start(settings).await?;
    if let Some(address) = system.api_address()
        && greets
    {
        greet(address);
    }
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping: what runs is finished first");
    system.stop().await;
    Ok(())
}

fn greet(address: SocketAddr) {
    println!(
        r#"
Punctual runs at http://{address}   (Ctrl-C stops it; its state is kept)

Create a job that fires every ten seconds, and watch it here:

  curl -s http://{address}/v1/jobs -H 'x-punctual-user: me' -H 'content-type: application/json' \
    -d '{{"name":"hello","job_type":"echo","payload":{{"hello":"world"}},"schedule":{{"kind":"every","seconds":10}}}}'
"#
    );
}
