//! One process of the system: started, killed, frozen and started again, with its output in a file of its own.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use crate::Broken;

/// A process that is to run, whatever befalls it.
pub struct Process {
    /// What it is called.
    pub name: String,
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    log: PathBuf,
    child: Option<Child>,
    /// A strike keeps it down: it is not started again before that is over.
    is_held_down: bool,
}

impl Process {
    /// A process that is not started yet.
    pub fn new(name: &str, program: PathBuf, arguments: Vec<String>, log: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            program,
            arguments,
            environment: Vec::new(),
            log,
            child: None,
            is_held_down: false,
        }
    }

    /// The same with one more variable in its environment.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it, unless it runs.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(&mut self) -> Result<(), Broken> {
        self.is_held_down = false;
        if self.is_running() {
            return Ok(());
        }
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)?;
        let spawned = Command::new(&self.program)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // A Ctrl-C is for this program, which ends the others.
            .process_group(0)
            .kill_on_drop(true)
            .spawn();
        let spawned = spawned.map_err(|error| format!("{}: {error}", self.program.display()));
        self.child = Some(spawned?);
        Ok(())
    }

    /// Whether it runs, as far as the system knows; frozen ones do.
    pub fn is_running(&mut self) -> bool {
        let status = self.child.as_mut().map(Child::try_wait);
        matches!(status, Some(Ok(None)))
    }

    /// Ends it by `signal`, waits until it is gone, and keeps it down until the next start.
    pub async fn end(&mut self, signal: Signal) {
        self.is_held_down = true;
        self.signal(signal);
        if let Some(mut child) = self.child.take() {
            // It is gone either way.
            let _ = child.wait().await;
        }
    }

    /// Starts it again if it ended by itself, as a supervisor would. Returns whether it did.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn supervise(&mut self) -> Result<bool, Broken> {
        if self.is_held_down || self.is_running() {
            return Ok(false);
        }
        self.start()?;
        Ok(true)
    }

    /// Sends it a signal, if it runs.
    pub fn signal(&self, signal: Signal) {
        let pid = self.child.as_ref().and_then(Child::id);
        if let Some(pid) = pid.and_then(|pid| i32::try_from(pid).ok()) {
            // One that has just ended needs no signal.
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }
}
