//! Runs the tests that reach a change while it is in force. A test that does not reach a change cannot notice it: a change
//! that no test reaches has survived without a run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::Trouble;
use crate::tree::{Built, Program};

/// How a change fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A test failed, or used more processor time than any does without it.
    Caught,
    /// All tests that reach it passed.
    Survived,
    /// No test reaches it.
    Unreached,
}

/// Which tests reach which change, the quickest first.
#[derive(Debug)]
pub struct Reach {
    by_change: BTreeMap<usize, Vec<Go>>,
}

/// Tests of one program that run in one go.
#[derive(Debug)]
struct Go {
    program: usize,
    names: Vec<String>,
    takes: Duration,
}

/// How long a test took, which one it was, by program and name, and what it reached.
type Run<'a> = (Duration, &'a (usize, String), BTreeSet<usize>);

/// Processor time, in seconds, after which a test has noticed a change that keeps it busy for ever.
const PATIENCE_SECONDS: &str = "30";

/// Tests run in one go as long as they take no more than this together: most changes are noticed by the first few.
const ONE_GO: Duration = Duration::from_millis(300);

fn tests(program: &Program) -> Command {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            r#"ulimit -t "$0" && ulimit -v 8000000 && exec "$@""#,
            PATIENCE_SECONDS,
        ])
        .arg(&program.path)
        .args(["--exact", "--quiet", "--test-threads", "1"])
        .current_dir(&program.folder)
        .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true")
        // That a test fails is all that counts, not by how small a case.
        .env("PROPTEST_MAX_SHRINK_ITERS", "0")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

impl Reach {
    /// Runs every test once, with nothing in force.
    ///
    /// # Errors
    /// If one fails.
    pub fn find(built: &Built, at: &Path, threads: usize) -> Result<Self, Trouble> {
        let mut all = Vec::new();
        for (number, program) in built.programs.iter().enumerate() {
            let listed = Command::new(&program.path)
                .args(["--list", "--format", "terse"])
                .output()?;
            let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
            let names = listed
                .lines()
                .filter_map(|line| line.strip_suffix(": test"));
            all.extend(names.map(|name| (number, name.to_owned())));
        }
        let found: Mutex<Vec<Run>> = Mutex::default();
        abreast(&all, threads, |index, (program, name)| {
            let record = at.join(format!("reached-{index}"));
            let begun = Instant::now();
            let status = tests(&built.programs[*program])
                .arg(name)
                .env("PUNCTUAL_MUTANTS_REACHED", &record)
                .status()?;
            if !status.success() {
                return Err(Trouble::Failing(name.clone()));
            }
            let reached = fs::read_to_string(&record).unwrap_or_default();
            fs::remove_file(&record).ok();
            let reached = reached.lines().filter_map(|line| line.parse().ok());
            if let Ok(mut found) = found.lock() {
                found.push((begun.elapsed(), &all[index], reached.collect()));
            }
            Ok(())
        })?;
        let mut found = found.into_inner().unwrap_or_default();
        found.sort();
        let mut by_change: BTreeMap<usize, Vec<Go>> = BTreeMap::new();
        for (took, (program, name), reached) in found {
            for change in reached {
                let goes = by_change.entry(change).or_default();
                let fitting = goes
                    .last_mut()
                    .filter(|go| go.program == *program && go.takes.saturating_add(took) <= ONE_GO);
                if let Some(go) = fitting {
                    go.names.push(name.clone());
                    go.takes += took;
                } else {
                    goes.push(Go {
                        program: *program,
                        names: vec![name.clone()],
                        takes: took,
                    });
                }
            }
        }
        Ok(Self { by_change })
    }

    /// Runs the tests that reach `change`, until one of them notices it.
    ///
    /// # Errors
    /// If they cannot be run.
    pub fn try_change(&self, built: &Built, change: usize) -> Result<Fate, Trouble> {
        let Some(goes) = self.by_change.get(&change) else {
            return Ok(Fate::Unreached);
        };
        for go in goes {
            let status = tests(&built.programs[go.program])
                .args(&go.names)
                .env("PUNCTUAL_MUTANT", change.to_string())
                .status()?;
            if !status.success() {
                return Ok(Fate::Caught);
            }
        }
        Ok(Fate::Survived)
    }
}

/// Does `each` for all of `items`, on a few threads.
///
/// # Errors
/// The first that there is.
pub fn abreast<T: Sync>(
    items: &[T],
    threads: usize,
    each: impl Fn(usize, &T) -> Result<(), Trouble> + Sync,
) -> Result<(), Trouble> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        loop {
            let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(item) = items.get(index) else {
                return Ok(());
            };
            each(index, item)?;
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or(Err(Trouble::Panicked)))
    })
}
