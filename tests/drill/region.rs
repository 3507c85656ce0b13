//! A region: a stand-in that keeps its state when it is killed, and every function as a process of its own.

use std::fs::OpenOptions;
use std::net::Ipv4Addr;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use punctual::aws::{AwsPorts, Clients, Endpoint, Meter, connect};
use punctual::edge::Config;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::Broken;

/// Both regions' tables and queues have the same names, as those of global tables do.
pub const NAMESPACE: &str = "drill";

/// In how many shards a minute's hints lie.
const SHARDS: NonZeroU16 = NonZeroU16::new(4).unwrap();

const FUNCTIONS: [&str; 5] = ["api", "scanner", "worker", "dlq", "reconciler"];

const POLL: Duration = Duration::from_millis(100);
const POLLS: u32 = 600;

/// A region, running or not.
pub struct Region {
    /// Its name, as terms have it.
    pub name: &'static str,
    /// Its stand-in's address.
    pub endpoint: String,
    /// Its API's address.
    pub api: String,
    /// The clients for its tables.
    pub clients: Clients,
    /// Its tables and queues, to look behind the API.
    pub ports: AwsPorts,
    folder: PathBuf,
    ports_used: (u16, u16),
    stand_in: Option<Child>,
    functions: Vec<Child>,
}

impl Region {
    /// A region that does not run yet, with its state in `folder`, at `port` and the one after it.
    pub async fn new(name: &'static str, folder: &Path, port: u16) -> Result<Self, Broken> {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder)?;
        let endpoint = format!("http://127.0.0.1:{port}");
        let clients = Clients::new(Some(&Endpoint(endpoint.clone()))).await;
        let config = Config {
            namespace: NAMESPACE.to_owned(),
            queue_base_url: format!("{endpoint}/000000000000"),
            shards: SHARDS,
            region: Some(name.to_owned()),
            event_bus: None,
            mail_from: None,
            results_bucket: None,
        };
        let (ports, _) = connect(&clients, &config, &Arc::new(Meter::default()));
        Ok(Self {
            name,
            endpoint,
            api: format!("http://127.0.0.1:{}", port + 1),
            clients,
            ports,
            folder,
            ports_used: (port, port + 1),
            stand_in: None,
            functions: Vec::new(),
        })
    }

    /// Where its keys are.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts its tables and queues, with what they held when they were killed.
    pub async fn start_stand_in(&mut self) -> Result<(), Broken> {
        let port = self.ports_used.0;
        if answers(port).await {
            return Err(format!("port {port} is taken: name another with --port").into());
        }
        let mut command = Command::new(program("punctual-stand-in")?);
        command
            .args(["--port", &port.to_string(), "--state"])
            .arg(self.folder.join("journal"));
        self.stand_in = Some(self.spawn("stand-in", command)?);
        until_it_answers(port).await
    }

    /// Starts its functions.
    pub async fn start_functions(&mut self) -> Result<(), Broken> {
        for function in FUNCTIONS {
            let mut command = Command::new(program("punctual-local")?);
            command
                .args(["function", function, "--endpoint", &self.endpoint])
                .args(["--namespace", NAMESPACE, "--region", self.name])
                .args(["--shards", &SHARDS.to_string()])
                .args(["--port", &self.ports_used.1.to_string()])
                .arg("--data-dir")
                .arg(self.data());
            self.functions.push(self.spawn(function, command)?);
            if function == "api" {
                // It makes the tables and queues.
                until_it_answers(self.ports_used.1).await?;
            }
        }
        Ok(())
    }

    /// Kills everything of it, as the loss of a region does: no process ends cleanly.
    pub async fn kill(&mut self) -> Result<(), Broken> {
        for process in self.stand_in.iter_mut().chain(&mut self.functions) {
            process.start_kill()?;
        }
        for mut process in self
            .stand_in
            .take()
            .into_iter()
            .chain(self.functions.drain(..))
        {
            process.wait().await?;
        }
        Ok(())
    }

    /// Runs the operator's tool on it, and prints what it says.
    pub async fn recover(&self, arguments: &[&str]) -> Result<(), Broken> {
        let mut command = Command::new(program("recovery")?);
        command
            .args(["--endpoint", &self.endpoint, "--namespace", NAMESPACE])
            .args(["--shards", &SHARDS.to_string()])
            .args(arguments)
            .stderr(Stdio::null());
        println!("  $ recovery ... {}", arguments.join(" "));
        let mut output = command.output().await?;
        if !output.status.success() {
            // What it does may be done again: a busy machine answers late.
            output = command.output().await?;
        }
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            println!("    {line}");
        }
        if !output.status.success() {
            return Err(format!("recovery {} failed", arguments.join(" ")).into());
        }
        Ok(())
    }

    fn spawn(&self, name: &str, mut command: Command) -> Result<Child, Broken> {
        let log = self.folder.join(format!("{name}.log"));
        let log = OpenOptions::new().create(true).append(true).open(log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        Ok(child)
    }
}

/// A program that was built beside this one.
fn program(name: &str) -> Result<PathBuf, Broken> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() {
        Ok(path)
    } else {
        Err(format!("{} is missing: make drill builds it", path.display()).into())
    }
}

async fn answers(port: u16) -> bool {
    let connected = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await;
    connected.is_ok()
}

async fn until_it_answers(port: u16) -> Result<(), Broken> {
    for _ in 0..POLLS {
        if answers(port).await {
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
    Err(format!("nothing answers at port {port}").into())
}
