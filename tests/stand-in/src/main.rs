//! Serves the stand-in on loopback.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Parser;
use punctual_stand_in::Cloud;
use punctual_stand_in::journal::Journaled;
use punctual_stand_in::server::serve;
use tokio::net::TcpListener;

/// A stand-in for DynamoDB, SQS and a little of S3, on 127.0.0.1.
#[derive(Parser)]
#[command(name = "punctual-stand-in")]
struct Options {
    /// Where it listens; 0 takes a free port, which is printed.
    #[arg(long, env = "GATEWAY_PORT", default_value_t = 0)]
    port: u16,
    /// A file in which what it is told outlives it, killed or not.
    #[arg(long)]
    state: Option<PathBuf>,
    /// As --state, but the file is `journal` in this folder. It and the port have the names of ministack's, so that
    /// what starts the one can start the other.
    #[arg(long, env = "STATE_DIR", conflicts_with = "state")]
    state_dir: Option<PathBuf>,
}

impl Options {
    /// Where the state is kept, if it is.
    fn state(&self) -> std::io::Result<Option<PathBuf>> {
        let Some(folder) = &self.state_dir else {
            return Ok(self.state.clone());
        };
        std::fs::create_dir_all(folder)?;
        Ok(Some(folder.join("journal")))
    }
}

#[expect(clippy::disallowed_methods, reason = "the stand-in's own clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let cloud = Cloud::new(&url);
    let cloud = match options.state()? {
        None => Journaled::in_memory(cloud),
        Some(path) => Journaled::open(cloud, &path)?,
    };
    println!("{url}");
    serve(listener, cloud, now).await?;
    Ok(())
}
