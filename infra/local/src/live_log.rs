//! The log for people who watch: one line per dispatch, start and finish.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::ChronoUtc;

/// Everything of ours, the lines that follow single executions included; of others, only what is wrong.
const DEFAULT_LEVELS: &str = "warn,punctual=info,punctual::live=debug,punctual_api=info,punctual_dlq=info,\
    punctual_local=info,punctual_reconciler=info,punctual_scanner=info,punctual_worker=info";

/// Starts logging to the terminal, at the levels that `RUST_LOG` names, or those that follow single executions.
pub fn start_live_log() {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_LEVELS));
    // Refused only if a subscriber is set already, and then logs have a place to go.
    let _ = tracing_subscriber::fmt()
        .with_timer(ChronoUtc::new("%H:%M:%S%.3f".to_owned()))
        .with_target(false)
        .with_ansi(std::io::stdout().is_terminal())
        .compact()
        .with_env_filter(filter)
        .try_init();
}
