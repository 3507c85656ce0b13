//! The cell: gives up what the script is not to have, sets its limits, and becomes the script. Everything here happens
//! in a process that exists for one run, so nothing has to be undone.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use nix::sys::stat::{Mode, umask};
use nix::unistd::{Gid, Uid, setsid};
use serde::{Deserialize, Serialize};

use crate::Limits;

/// Where the keeper leaves the order for the cell. The script's own environment does not have it.
pub(crate) const ORDER: &str = "PUNCTUAL_CELL";

/// The exit code of a cell that could not become the script; its standard error says why.
pub(crate) const NOT_ENTERED: i32 = 125;

/// What the cell is to become.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CellOrder {
    /// The program.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) args: Vec<String>,
    /// Its whole environment.
    pub(crate) environment: Vec<(String, String)>,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// What it may use.
    pub(crate) limits: Limits,
    /// As whom it runs, if the keeper may choose: a user and group that nobody else has.
    pub(crate) user: Option<u32>,
}

/// Becomes the script. Returns only if it could not.
pub(crate) fn enter() -> i32 {
    let error = match order() {
        Ok(order) => become_script(order),
        Err(error) => error,
    };
    eprintln!("the script could not be started: {error}");
    NOT_ENTERED
}

fn order() -> io::Result<CellOrder> {
    let text = std::env::var(ORDER).map_err(io::Error::other)?;
    serde_json::from_str(&text).map_err(io::Error::other)
}

fn become_script(order: CellOrder) -> io::Error {
    if let Err(error) = confine(&order) {
        return error.into();
    }
    Command::new(&order.program)
        .args(&order.args)
        .env_clear()
        .envs(order.environment)
        .current_dir(&order.folder)
        .exec()
}

fn confine(order: &CellOrder) -> nix::Result<()> {
    // A session of its own: no terminal, and one group to kill.
    setsid()?;
    if let Some(user) = order.user {
        drop_to(Uid::from_raw(user), Gid::from_raw(user))?;
    }
    #[cfg(target_os = "linux")]
    {
        // After the change of user, which clears both.
        nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
        nix::sys::prctl::set_no_new_privs()?;
    }
    umask(Mode::from_bits_truncate(0o077));
    order.limits.set()
}

#[cfg(target_os = "linux")]
fn drop_to(user: Uid, group: Gid) -> nix::Result<()> {
    nix::unistd::setgroups(&[])?;
    nix::unistd::setresgid(group, group, group)?;
    nix::unistd::setresuid(user, user, user)
}

#[cfg(not(target_os = "linux"))]
fn drop_to(user: Uid, group: Gid) -> nix::Result<()> {
    nix::unistd::setgid(group)?;
    nix::unistd::setuid(user)
}
