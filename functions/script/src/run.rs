//! The function's part of a run: a fresh folder, a copy of the program, a clean environment, and a keeper. The folder is
//! gone when the run is over.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use punctual::domain::{ScriptCall, ScriptReport};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::cell::CellOrder;
use crate::keeper::KeeperOrder;
use crate::{Catalog, Entry, KEEPER};

/// The first of the users that scripts run as, where the function may choose: far from any that exist.
const FIRST_USER: u32 = 1_000_000_000;

/// Runs the scripts of a catalog.
#[derive(Clone, Debug)]
pub struct Runner {
    /// What can be run.
    pub catalog: Catalog,
    /// A program that calls [`become_what_the_arguments_say`](crate::become_what_the_arguments_say) first.
    pub program: PathBuf,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// No folder for the run.
    #[error("the run has no folder")]
    Folder(#[source] io::Error),
    /// No keeper.
    #[error("the keeper could not be asked")]
    Keeper(#[source] io::Error),
    /// The keeper said nothing that can be read.
    #[error("the keeper gave no report: {0}")]
    NoReport(String),
}

impl Runner {
    /// The scripts that are built in, kept by this very program.
    ///
    /// # Errors
    /// If either cannot be found.
    pub fn embedded() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self {
            catalog: Catalog::embedded()?,
            program: std::env::current_exe()?,
        })
    }

    /// Runs a script. When the future is dropped, the run ends, with all that it has started.
    ///
    /// # Errors
    /// If nothing can be said of the run.
    pub async fn run(&self, call: ScriptCall) -> Result<ScriptReport, RunnerError> {
        let Some(entry) = self.catalog.find(&call.script) else {
            let detail = format!("no script {:?} is registered", call.script.as_str());
            return Ok(ScriptReport::not_started(detail, false));
        };
        let folder = Folder::for_run(entry).map_err(RunnerError::Folder)?;
        let order = KeeperOrder {
            cell: CellOrder {
                program: folder.program(),
                args: call.args,
                environment: vec![
                    ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned()),
                    ("LANG".to_owned(), "C.UTF-8".to_owned()),
                    ("HOME".to_owned(), folder.work().display().to_string()),
                    ("TMPDIR".to_owned(), folder.work().display().to_string()),
                    (
                        "PUNCTUAL_EXECUTION_ID".to_owned(),
                        call.execution.to_string(),
                    ),
                    ("PUNCTUAL_ATTEMPT".to_owned(), call.attempt.to_string()),
                    ("PUNCTUAL_FIRE_TIME".to_owned(), call.fire_time),
                ],
                folder: folder.work(),
                limits: entry.limits,
                user: folder.user,
            },
            input: call.input,
            wall_ms: call.wall_ms,
        };
        self.keep(&order).await
    }

    async fn keep(&self, order: &KeeperOrder) -> Result<ScriptReport, RunnerError> {
        let mut line = serde_json::to_vec(order)
            .map_err(|error| RunnerError::Keeper(io::Error::other(error)))?;
        line.push(b'\n');
        let mut keeper = Command::new(&self.program)
            .arg(KEEPER)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(RunnerError::Keeper)?;
        // Held open until the report is there: closing it is how a run is called off.
        let mut stdin = keeper.stdin.take();
        if let Some(stdin) = &mut stdin {
            stdin.write_all(&line).await.map_err(RunnerError::Keeper)?;
        }
        let output = keeper
            .wait_with_output()
            .await
            .map_err(RunnerError::Keeper)?;
        drop(stdin);
        serde_json::from_slice(&output.stdout).map_err(|_| {
            let said = String::from_utf8_lossy(&output.stderr);
            RunnerError::NoReport(said.chars().take(500).collect())
        })
    }
}

/// A run's folder: the program, which the script can read but not change, and `work`, which is the script's.
struct Folder {
    root: TempDir,
    user: Option<u32>,
}

impl Folder {
    fn for_run(entry: &Entry) -> io::Result<Self> {
        let root = tempfile::Builder::new()
            .prefix("punctual-script-")
            .tempdir()?;
        let folder = Self {
            user: user_for(root.path()),
            root,
        };
        fs::write(folder.program(), &entry.program)?;
        mode(&folder.program(), 0o555)?;
        fs::create_dir(folder.work())?;
        mode(&folder.work(), 0o700)?;
        if folder.user.is_some() {
            chown(folder.work(), folder.user, folder.user)?;
        }
        mode(folder.root.path(), 0o711)?;
        Ok(folder)
    }

    fn program(&self) -> PathBuf {
        self.root.path().join("program")
    }

    fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }
}

fn mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// A user of its own for the run, where this process may choose one. Its limit of processes then counts its own only.
fn user_for(folder: &Path) -> Option<u32> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    nix::unistd::geteuid().is_root().then(|| {
        // The folder's name is fresh, so this is: no counter has to be kept.
        let mut hasher = DefaultHasher::new();
        folder.hash(&mut hasher);
        FIRST_USER + u32::try_from(hasher.finish() % 500_000_000).unwrap_or_default()
    })
}
