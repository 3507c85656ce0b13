//! Logs: one JSON object a line on AWS. An error is logged once, where it is handled, with all its causes.

use std::error::Error;

use tracing_subscriber::EnvFilter;

/// Starts logging as JSON, at the level that `RUST_LOG` names, or `info`.
pub fn start_telemetry() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Refused only if a subscriber is set already, and then logs have a place to go.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_env_filter(filter)
        .try_init();
}

/// An error and its causes in one line.
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
