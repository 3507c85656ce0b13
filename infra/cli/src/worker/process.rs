//! A command as a process group: what it starts is ended with it, unless it left the group on purpose (`setsid`).

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use super::input::Input;
use super::tail::Tail;

/// Between being asked to end and being ended.
const GRACE: Duration = Duration::from_secs(5);

/// How long what left the group may hold the output open.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A command that runs.
pub struct Process {
    child: Child,
    group: Pid,
    tail: Arc<Mutex<Tail>>,
    readers: JoinSet<()>,
}

impl Process {
    /// Starts a command. It is told of its execution by its environment; the worker's token is not among what it gets.
    ///
    /// # Errors
    /// If the shell cannot be started.
    pub fn start(input: &Input, of_execution: &[(&str, &str)]) -> io::Result<Self> {
        let mut command = Command::new(&input.shell);
        command
            .args(["-c", &input.command])
            .env_remove("PUNCTUAL_TOKEN")
            .envs(&input.env)
            .envs(of_execution.iter().copied())
            .process_group(0)
            .kill_on_drop(true)
            .stdin(if input.stdin.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(directory) = &input.directory {
            command.current_dir(directory);
        }
        let mut child = command.spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let group = Pid::from_raw(id.ok_or_else(|| io::Error::other("the process has no id"))?);
        let tail = Arc::<Mutex<Tail>>::default();
        let mut readers = JoinSet::new();
        if let Some(output) = child.stdout.take() {
            readers.spawn(keep(output, Arc::clone(&tail)));
        }
        if let Some(output) = child.stderr.take() {
            readers.spawn(keep(output, Arc::clone(&tail)));
        }
        if let (Some(mut stdin), Some(text)) = (child.stdin.take(), input.stdin.clone()) {
            // A command need not read what it is given.
            readers.spawn(async move { drop(stdin.write_all(text.as_bytes()).await) });
        }
        Ok(Self {
            child,
            group,
            tail,
            readers,
        })
    }

    /// Waits for the command's end. May be given up, and called again.
    ///
    /// # Errors
    /// If the system does not say how it ended.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Asks the group to end, and ends it if it does not.
    pub async fn end(&mut self) {
        self.signal(Signal::SIGTERM);
        if tokio::time::timeout(GRACE, self.child.wait())
            .await
            .is_err()
        {
            self.signal(Signal::SIGKILL);
            let _ = self.child.wait().await;
        }
    }

    /// Ends whatever is left of the group, and says what the command has written.
    pub async fn output(mut self) -> (String, u64) {
        self.signal(Signal::SIGKILL);
        let read = async { while self.readers.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_WORDS, read).await;
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        (tail.text(), tail.written())
    }

    fn signal(&self, signal: Signal) {
        // Nobody may be left to be told.
        let _ = killpg(self.group, signal);
    }
}

/// A worker that is dropped in the middle leaves nothing behind.
impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
    }
}

async fn keep(mut output: impl AsyncRead + Unpin, tail: Arc<Mutex<Tail>>) {
    let mut part = vec![0; 8 * 1_024];
    while let Ok(read @ 1..) = output.read(&mut part).await {
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.write(&part[..read]);
    }
}

/// How a command ended, in words; `None` if it ended well.
pub fn in_words(status: ExitStatus) -> Option<String> {
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(code), _) => Some(format!("exit code {code}")),
        (None, Some(signal)) => match Signal::try_from(signal) {
            Ok(signal) => Some(format!("ended by {signal}")),
            Err(_) => Some(format!("ended by signal {signal}")),
        },
        (None, None) => Some("ended, nobody knows how".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn start(input: &serde_json::Value) -> Process {
        Process::start(&Input::read(input).unwrap(), &[("PUNCTUAL_ATTEMPT", "2")]).unwrap()
    }

    async fn run(input: serde_json::Value) -> (Option<String>, String) {
        let mut process = start(&input);
        let status = process.wait().await.unwrap();
        (in_words(status), process.output().await.0)
    }

    #[tokio::test]
    async fn a_command_is_told_what_it_needs_and_says_how_it_ended() {
        let said = run(
            json!({ "command": "cat; echo $A $PUNCTUAL_ATTEMPT; exit 3", "stdin": "x\n", "env": { "A": "1" } }),
        );
        assert_eq!(
            said.await,
            (Some("exit code 3".to_owned()), "x\n1 2\n".to_owned())
        );
        assert_eq!(
            run(json!({ "command": "kill -9 $$" })).await.0.as_deref(),
            Some("ended by SIGKILL")
        );
        assert_eq!(
            run(json!({ "command": "true" })).await,
            (None, String::new())
        );
    }

    #[tokio::test]
    async fn what_a_command_leaves_behind_in_its_group_is_ended_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display().to_string();
        let command = format!("(sleep 1000; touch {path}/late) & echo $! > {path}/pid");
        assert_eq!(run(json!({ "command": command })).await.0, None);
        let pid = std::fs::read_to_string(folder.path().join("pid")).unwrap();
        let pid = Pid::from_raw(pid.trim().parse().unwrap());
        // One that was killed is there until it has run for the last time, and somebody has waited for it.
        let is_there = || {
            let state = std::fs::read_to_string(format!("/proc/{pid}/stat"));
            state.is_ok_and(|state| !state.contains(") Z "))
        };
        while is_there() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn a_command_that_will_not_end_is_ended() {
        let mut process =
            start(&json!({ "command": "trap '' TERM; echo begun; sleep 1000; sleep 1000" }));
        // Its trap is set once it has said so.
        while process.tail.lock().unwrap().written() == 0 {
            tokio::task::yield_now().await;
        }
        process.end().await;
        let status = process.wait().await.unwrap();
        assert_eq!(in_words(status).as_deref(), Some("ended by SIGKILL"));
    }
}
