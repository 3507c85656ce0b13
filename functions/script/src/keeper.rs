//! The keeper: nothing that a run started outlives it. The keeper adopts what the script leaves behind (it is their
//! "subreaper"), so a process that has left the script's group, or detached itself, is found and killed all the same.

use std::io::{BufRead, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::time::TimeValLike;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use punctual::domain::{ScriptEnd, ScriptNetwork, ScriptReport};
use serde::{Deserialize, Serialize};

use crate::CELL;
use crate::capture::{STDERR_KEPT, STDOUT_KEPT, capture};
use crate::cell::{CellOrder, NOT_ENTERED, ORDER};

/// What the function asks of the keeper: one line of JSON on standard input, which then stays open.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeeperOrder {
    /// What is to run.
    pub(crate) cell: CellOrder,
    /// What it reads from standard input.
    pub(crate) input: String,
    /// When it is killed.
    pub(crate) wall_ms: u64,
}

/// What ends a run.
enum Event {
    Ended(std::io::Result<ExitStatus>),
    /// Nobody waits for the report any more.
    Abandoned,
}

/// Keeps one run: reads the order, prints the report. Returns the program's exit code.
pub fn keep() -> i32 {
    let mut line = String::new();
    let order: KeeperOrder = match std::io::stdin().lock().read_line(&mut line) {
        Ok(_) => match serde_json::from_str(&line) {
            Ok(order) => order,
            Err(error) => return say(&format!("not an order: {error}")),
        },
        Err(error) => return say(&format!("no order: {error}")),
    };
    let report = run(&order)
        .unwrap_or_else(|error| ScriptReport::not_started(format!("no cell: {error}"), true));
    let written = serde_json::to_writer(std::io::stdout().lock(), &report);
    written.map_or_else(|error| say(&format!("no report: {error}")), |()| 0)
}

fn say(trouble: &str) -> i32 {
    eprintln!("{trouble}");
    1
}

fn run(order: &KeeperOrder) -> std::io::Result<ScriptReport> {
    let network = isolate()?;
    let cell = serde_json::to_string(&order.cell).map_err(std::io::Error::other)?;
    let mut child = Command::new(std::env::current_exe()?)
        .arg(CELL)
        .env_clear()
        .env(ORDER, cell)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let group = Pid::from_raw(i32::try_from(child.id()).map_err(std::io::Error::other)?);

    let stdin = child.stdin.take();
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    let input = order.input.clone().into_bytes();
    // Not joined: a script need not read, and the pipe breaks when it ends.
    thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
    let stdout = thread::spawn(move || stdout.map(|stream| capture(stream, STDOUT_KEPT)));
    let stderr = thread::spawn(move || stderr.map(|stream| capture(stream, STDERR_KEPT)));

    let ended = wait(child, Duration::from_millis(order.wall_ms));
    // A group whose last member is gone is no trouble.
    let _ = killpg(group, Signal::SIGKILL);
    let ended = match ended {
        Waited::Ended(status) => Some(status?),
        Waited::TimedOut(events) => {
            // It has been killed, so it ends.
            let _ = events.recv();
            None
        }
        Waited::Abandoned => {
            kill_all_descendants();
            std::process::exit(0);
        }
    };
    // Before the pipes are read to their end: whoever was left behind may hold them open.
    kill_all_descendants();
    let stdout = stdout.join().ok().flatten().unwrap_or_default();
    let stderr = stderr.join().ok().flatten().unwrap_or_default();

    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu_ms = usage.user_time().num_milliseconds() + usage.system_time().num_milliseconds();
    let end = match ended {
        None => ScriptEnd::TimedOut,
        Some(status) => match status.code() {
            Some(NOT_ENTERED) => ScriptEnd::NotStarted {
                detail: stderr.text.trim_end().to_owned(),
                may_pass: true,
            },
            Some(code) => ScriptEnd::Exited { code },
            None => ScriptEnd::Killed {
                signal: signal_name(status),
            },
        },
    };
    Ok(ScriptReport {
        end,
        cut: stdout.cut || stderr.cut,
        stdout: stdout.text,
        stderr: stderr.text,
        cpu_ms: u64::try_from(cpu_ms).unwrap_or_default(),
        memory_kib: u64::try_from(usage.max_rss()).unwrap_or_default(),
        network,
    })
}

enum Waited {
    Ended(std::io::Result<ExitStatus>),
    /// Its end is still to come.
    TimedOut(Receiver<Event>),
    Abandoned,
}

fn wait(mut child: Child, wall: Duration) -> Waited {
    let (events, happened): (Sender<Event>, _) = channel();
    let abandoned = events.clone();
    thread::spawn(move || {
        // The function writes nothing after its order: this returns when it lets go.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = abandoned.send(Event::Abandoned);
    });
    thread::spawn(move || events.send(Event::Ended(child.wait())));
    match happened.recv_timeout(wall) {
        Ok(Event::Ended(status)) => Waited::Ended(status),
        Ok(Event::Abandoned) | Err(RecvTimeoutError::Disconnected) => Waited::Abandoned,
        Err(RecvTimeoutError::Timeout) => Waited::TimedOut(happened),
    }
}

fn signal_name(status: ExitStatus) -> String {
    let signal = status
        .signal()
        .and_then(|number| Signal::try_from(number).ok());
    signal.map_or_else(
        || "an unknown signal".to_owned(),
        |signal| signal.to_string(),
    )
}

/// Takes away what the platform lets be taken away.
#[cfg(target_os = "linux")]
fn isolate() -> nix::Result<ScriptNetwork> {
    use nix::sched::{CloneFlags, unshare};
    use nix::sys::prctl::{set_child_subreaper, set_dumpable};
    // The script must not reach into the keeper, whose report is believed.
    set_dumpable(false)?;
    set_child_subreaper(true)?;
    // With rights, a network of its own; without, one inside a user namespace of its own, where those are allowed.
    let alone = unshare(CloneFlags::CLONE_NEWNET)
        .or_else(|_| unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET));
    Ok(match alone {
        Ok(()) => ScriptNetwork::None,
        Err(_) => ScriptNetwork::Platform,
    })
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn isolate() -> nix::Result<ScriptNetwork> {
    Ok(ScriptNetwork::Platform)
}

/// Kills and reaps until nobody is left: each kill may leave orphans, who then are the keeper's own children. It waits for
/// nobody in particular: who became a child behind the look must be seen by the next one.
fn kill_all_descendants() {
    loop {
        for child in children() {
            let _ = kill(child, Signal::SIGKILL);
        }
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => thread::sleep(Duration::from_millis(2)),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return,
        }
    }
}

/// This process's children, by the process table.
fn children() -> Vec<Pid> {
    let me = std::process::id();
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| parent_of(*pid) == Some(me))
        .map(Pid::from_raw)
        .collect()
}

fn parent_of(pid: i32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the name, which is in parentheses and may hold anything: the state, then the parent.
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}
