//! The processes of a run: the stand-in, the target, and each function by itself, as separate Lambda functions are. What
//! carries out work is nicer than the API and the stand-in, for on AWS it would take no processor of theirs.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use punctual::edge::Config;
use punctual_local::HostError;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// In how many shards a minute's hints lie.
pub const SHARDS: NonZeroU16 = NonZeroU16::new(8).unwrap();

/// How often, and how many times, readiness and ends are looked for: 30 s in all.
const POLL: Duration = Duration::from_millis(100);
const POLLS: u32 = 300;

/// How a process is placed among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// As this machine runs everything.
    Usual,
    /// It steps back where the others want the processor.
    Nice,
}

/// Where everything of a run is: the programs, the logs, the issuer's key.
pub struct Fleet {
    folder: PathBuf,
    processes: Vec<Process>,
}

struct Process {
    name: String,
    child: Child,
}

impl Fleet {
    /// No process yet; logs go to `folder`, and what an earlier run has left there goes.
    pub fn new(folder: &Path) -> Result<Self, HostError> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            processes: Vec::new(),
        })
    }

    /// Where logs and keys are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts a process, which dies with this one.
    pub fn start(
        &mut self,
        name: &str,
        share: Share,
        program: &Path,
        arguments: &[String],
        environment: &[(&str, &str)],
    ) -> Result<(), HostError> {
        let log = File::create(self.folder.join(format!("{name}.log")))?;
        let mut command = match share {
            Share::Usual => Command::new(program),
            Share::Nice => {
                let mut nice = Command::new("nice");
                nice.arg("-n").arg("10").arg(program);
                nice
            }
        };
        let child = command
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
        let name = name.to_owned();
        self.processes.push(Process { name, child });
        Ok(())
    }

    /// Waits until something listens on `port`, and nothing that was started has ended.
    pub async fn wait_for(&mut self, port: u16) -> Result<(), HostError> {
        for _ in 0..POLLS {
            self.check()?;
            let connected = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await;
            if connected.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
        Err(format!("nothing listens on port {port}").into())
    }

    /// Whether all that was started still runs.
    pub fn check(&mut self) -> Result<(), HostError> {
        for process in &mut self.processes {
            if let Some(status) = process.child.try_wait()? {
                let log = self.folder.join(format!("{}.log", process.name));
                let name = &process.name;
                return Err(format!("{name} has ended: {status}; see {}", log.display()).into());
            }
        }
        Ok(())
    }

    /// Ends everything, the last first: what works may still need what it works with.
    pub async fn stop(mut self) -> Result<(), HostError> {
        while let Some(mut process) = self.processes.pop() {
            let pid = process.child.id().and_then(|pid| i32::try_from(pid).ok());
            if let Some(pid) = pid {
                kill(Pid::from_raw(pid), Signal::SIGTERM)?;
            }
            let ended = tokio::time::timeout(POLL * POLLS, process.child.wait()).await;
            if ended.is_err() {
                process.child.kill().await?;
            }
        }
        Ok(())
    }
}

/// Lets this process and those that it starts open as many connections as the machine lets them: the naive dispatcher is
/// to fail by what it does, and not by a default of the shell.
pub fn open_as_many_as_allowed() -> Result<(), HostError> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    Ok(())
}

/// How the ports of a namespace are made.
pub fn config(endpoint: &str, namespace: &str) -> Config {
    Config {
        namespace: namespace.to_owned(),
        queue_base_url: format!("{endpoint}/000000000000"),
        shards: SHARDS,
        region: None,
        event_bus: None,
        mail_from: None,
        results_bucket: None,
    }
}

/// A port of loopback that nobody listens on.
pub fn free_port() -> Result<u16, HostError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// A program that is built beside this one.
pub fn beside(name: &str) -> Result<PathBuf, HostError> {
    let mut path = std::env::current_exe()?;
    path.set_file_name(name);
    if path.exists() {
        Ok(path)
    } else {
        Err(format!("{} is missing: `make herd` builds it", path.display()).into())
    }
}
