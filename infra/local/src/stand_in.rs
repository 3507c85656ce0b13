//! The stand-in for AWS: a child process on loopback that dies with its host. It saves its state only when it ends
//! cleanly, so it is told to end, waited for, and never killed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use punctual::aws::LOCAL_KEY;
use tokio::process::{Child, Command};

use crate::HostError;

/// How often, and how many times, readiness and ends are looked for: 30 s in all.
const POLL: Duration = Duration::from_millis(100);
const POLLS: u32 = 300;

/// The programs that can stand in. Both take their port and the folder of their state from the same variables; the second
/// is faster by far, keeps its state even if it is killed, and stands in for tables, queues and results only.
const PROGRAMS: [&str; 2] = ["ministack", "punctual-stand-in"];

/// A running stand-in.
pub struct StandIn {
    child: Child,
    port: u16,
    pid_file: Option<PathBuf>,
}

impl StandIn {
    /// Starts `program` on `port` of loopback. With a `data_dir`, its state outlives it; one that an earlier host left
    /// behind there is told to end first.
    ///
    /// # Errors
    /// If it cannot be started, or does not answer within 30 s.
    pub async fn start(
        program: &Path,
        port: u16,
        data_dir: Option<&Path>,
    ) -> Result<Self, HostError> {
        let mut command = Command::new(program);
        command
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env(
                "SERVICES",
                "dynamodb,sqs,events,sns,lambda,states,ses,sts,s3,rds-data",
            )
            // It verifies links to results by the key that they were signed with, and by no other.
            .env("AWS_ACCESS_KEY_ID", LOCAL_KEY)
            .env("AWS_SECRET_ACCESS_KEY", LOCAL_KEY)
            .env_remove("AWS_SESSION_TOKEN")
            // Both would listen on every interface.
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("LOG_LEVEL", "WARNING")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // A Ctrl-C is for the host, which ends the functions before the stand-in.
            .process_group(0);
        let pid_file = match data_dir {
            None => {
                command.stderr(Stdio::null()).kill_on_drop(true);
                None
            }
            Some(data_dir) => {
                tokio::fs::create_dir_all(data_dir).await?;
                let data_dir = tokio::fs::canonicalize(data_dir).await?;
                let pid_file = data_dir.join("stand-in.pid");
                end_predecessor(&pid_file).await;
                let log = std::fs::File::create(data_dir.join("stand-in.log"))?;
                command
                    .env("PERSIST_STATE", "1")
                    .env("STATE_DIR", data_dir.join("state"))
                    .stderr(log);
                Some(pid_file)
            }
        };
        refuse_taken_port(port).await?;
        let child = command
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
        if let (Some(pid_file), Some(pid)) = (&pid_file, child.id()) {
            tokio::fs::write(pid_file, pid.to_string()).await?;
        }
        let mut stand_in = Self {
            child,
            port,
            pid_file,
        };
        stand_in.wait_until_ready().await?;
        Ok(stand_in)
    }

    /// Its address.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    async fn wait_until_ready(&mut self) -> Result<(), HostError> {
        for _ in 0..POLLS {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the stand-in ended at once: {status}").into());
            }
            if answers(self.port).await {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
        Err("the stand-in does not answer".into())
    }

    /// Has it save its state and end.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn stop(mut self) -> Result<(), HostError> {
        if let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) {
            kill(Pid::from_raw(pid), Signal::SIGTERM)?;
        }
        self.child.wait().await?;
        if let Some(pid_file) = &self.pid_file {
            tokio::fs::remove_file(pid_file).await?;
        }
        Ok(())
    }
}

async fn answers(port: u16) -> bool {
    tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .is_ok()
}

async fn refuse_taken_port(port: u16) -> Result<(), HostError> {
    if answers(port).await {
        return Err(format!("port {port} is taken; name another with --stand-in-port").into());
    }
    Ok(())
}

/// A host that was killed leaves its stand-in running, with state that is not saved yet.
async fn end_predecessor(pid_file: &Path) {
    let Ok(text) = tokio::fs::read_to_string(pid_file).await else {
        return;
    };
    let Ok(pid) = text.trim().parse::<i32>() else {
        return;
    };
    // The number may belong to another process by now.
    let name = tokio::fs::read_to_string(format!("/proc/{pid}/cmdline")).await;
    if !name.is_ok_and(|name| PROGRAMS.iter().any(|program| name.contains(program))) {
        return;
    }
    let pid = Pid::from_raw(pid);
    for _ in 0..POLLS {
        if kill(pid, Signal::SIGTERM).is_err() {
            return;
        }
        tokio::time::sleep(POLL).await;
    }
}
