//! The local host. It only hosts: it calls the functions as Lambda would, with events as AWS sends them, and decides
//! nothing about scheduling.

mod data_api;
mod event_source;
mod hourly;
mod issuer;
mod live_log;
mod mail;
mod metrics;
mod scripts;
mod secret_files;
mod stand_in;
mod system;
mod ticker;
mod tokens;

pub use issuer::Issuer;
pub use live_log::start_live_log;
pub use mail::LocalMail;
pub use punctual::metrics::Function;
pub use scripts::LocalScripts;
pub use secret_files::SecretFiles;
pub use stand_in::StandIn;
pub use system::{Settings, System};
pub use tokens::{OtherIssuer, Tokens};

/// Why the host cannot go on.
pub type HostError = Box<dyn std::error::Error + Send + Sync>;
