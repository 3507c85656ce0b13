//! The log for people who watch: one line per dispatch, start and finish.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::ChronoUtc;

/// Starts logging to the terminal, at the levels that `RUST_LOG` names, or those that follow single executions.
pub fn start_live_log() {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,punctual=info,punctual::live=debug,punctual_api=info,punctual_dlq=info,punctual_local=info,punctual_scanner=info,punctual_worker=info"));
    // Refused only if a subscriber is set already, and then logs have a place to go.
    let _ = tracing_subscriber::fmt()
        .with_timer(ChronoUtc::new("%H:%M:%S%.3f".to_owned()))
        .with_target(false)
        .compact()
        .with_env_filter(filter)
        .try_init();
}
