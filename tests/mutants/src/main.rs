//! Runs cargo-mutants' list of changes from one build. Built one by one, each change costs a build of the core; here all of
//! them are compiled in, each behind a switch, and only the tests that reach a change are run while it is in force.

mod list;
mod report;
mod sites;
mod tree;
mod trial;
mod weave;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Parser;

use crate::list::Mutant;
use crate::report::{Ending, table};
use crate::tree::{PROGRAMS, Tree};
use crate::trial::{Fate, Reach, abreast};

/// Changes the code in every way that cargo-mutants lists, and says which changes no test notices
#[derive(Parser)]
struct Arguments {
    /// The list: what `cargo mutants --list --json` prints
    list: PathBuf,
    /// Where the changed copy is built
    #[arg(long, default_value = "target/mutants")]
    at: PathBuf,
    /// How many changes are tried at once
    #[arg(long, default_value = "2")]
    threads: NonZeroUsize,
    /// Leave the API's tests out: sooner, and more changes are reached by no test
    #[arg(long)]
    core_only: bool,
    /// Only changes whose description contains this
    #[arg(long)]
    only: Option<String>,
}

/// Why the trial came to no end.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("a file or a program: {0}")]
    Io(#[from] std::io::Error),
    #[error("the list cannot be read: {0}")]
    List(#[from] serde_json::Error),
    #[error("a source cannot be parsed: {0}")]
    Source(#[from] syn::Error),
    #[error("the compiler finds fault with what no change has made:\n{0}")]
    Compiler(String),
    #[error("{0} fails without any change")]
    Failing(String),
    #[error("a thread panicked")]
    Panicked,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::FAILURE
        }
    }
}

/// Whether no change survived.
fn run(arguments: &Arguments) -> Result<bool, Trouble> {
    let mut mutants: Vec<Mutant> = serde_json::from_slice(&std::fs::read(&arguments.list)?)?;
    if let Some(part) = &arguments.only {
        mutants.retain(|mutant| mutant.name.contains(part.as_str()));
    }
    let source = Path::new(".").canonicalize()?;
    std::fs::create_dir_all(&arguments.at)?;
    let at = arguments.at.canonicalize()?;
    let tree = Tree::copy(&source, &at)?;
    let programs = if arguments.core_only {
        &PROGRAMS[..1]
    } else {
        &PROGRAMS[..]
    };
    let built = tree.build(&source, &mutants, programs)?;
    let threads = arguments.threads.get();
    eprintln!("running every test once, to see what it reaches");
    let reach = Reach::find(&built, &at, threads)?;

    let mut endings = BTreeMap::new();
    for number in &built.unviable {
        endings.insert(*number, Ending::DoesNotCompile);
    }
    for number in &built.without {
        endings.insert(*number, Ending::NotTried);
    }
    let numbers: Vec<usize> = (0..mutants.len())
        .filter(|number| !endings.contains_key(number))
        .collect();
    let endings = Mutex::new(endings);
    let done = AtomicUsize::new(0);
    abreast(&numbers, threads, |_, number| {
        let fate = reach.try_change(&built, *number)?;
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if fate != Fate::Caught {
            eprintln!(
                "{done} of {}: {fate:?}: {}",
                numbers.len(),
                mutants[*number].name
            );
        } else if done.is_multiple_of(100) {
            eprintln!("{done} of {}", numbers.len());
        }
        if let Ok(mut endings) = endings.lock() {
            endings.insert(*number, Ending::Tried(fate));
        }
        Ok(())
    })?;
    let endings = endings.into_inner().unwrap_or_default();
    println!("{}", table(&mutants, &endings));
    let is_bad = |ending: &Ending| matches!(ending, Ending::Tried(fate) if *fate != Fate::Caught);
    Ok(!endings.values().any(is_bad))
}
