//! The log for people who watch: one line per dispatch, start and finish. And the protocol's events for programs that
//! check them, if somebody asks for them: each process writes a file of its own, a line at once, so that what was written
//! survives its end, whichever it is.

use std::fs::{File, OpenOptions};
use std::io::IsTerminal;
use std::path::Path;

use punctual::trace::PROTOCOL;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::time::ChronoUtc;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::HostError;

/// Everything of ours, the lines that follow single executions included; of others, only what is wrong.
const DEFAULT_LEVELS: &str = "warn,punctual=info,punctual::live=debug,punctual_api=info,punctual_dlq=info,\
    punctual_local=info,punctual_reconciler=info,punctual_scanner=info,punctual_worker=info";

/// Names the folder into which the protocol's events are to be written.
const TRACE_FOLDER: &str = "PUNCTUAL_TRACE";

/// Starts logging to the terminal, at the levels that `RUST_LOG` names, or those that follow single executions. If
/// `PUNCTUAL_TRACE` names a folder, the protocol's events go to a file in it, `<process>-<pid>.jsonl`.
///
/// # Errors
/// If that file cannot be made.
pub fn start_live_log(process: &str) -> Result<(), HostError> {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_LEVELS));
    let live = fmt::layer()
        .with_timer(ChronoUtc::new("%H:%M:%S%.3f".to_owned()))
        .with_target(false)
        .with_ansi(std::io::stdout().is_terminal())
        .compact()
        .with_filter(filter);
    let trace = match std::env::var_os(TRACE_FOLDER) {
        None => None,
        Some(folder) => Some(
            fmt::layer()
                .json()
                .flatten_event(true)
                .with_current_span(false)
                .with_span_list(false)
                .with_timer(ChronoUtc::new("%Y-%m-%dT%H:%M:%S%.6fZ".to_owned()))
                .with_writer(trace_file(Path::new(&folder), process)?)
                .with_filter(Targets::new().with_target(PROTOCOL, Level::DEBUG)),
        ),
    };
    // Refused only if a subscriber is set already, and then logs have a place to go.
    let _ = tracing_subscriber::registry()
        .with(live)
        .with(trace)
        .try_init();
    Ok(())
}

fn trace_file(folder: &Path, process: &str) -> Result<File, HostError> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(format!("{process}-{}.jsonl", std::process::id()));
    let file = OpenOptions::new().create(true).append(true).open(&path);
    file.map_err(|error| format!("{}: {error}", path.display()).into())
}
