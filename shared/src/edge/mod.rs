//! What the functions share at their outer edge: configuration, telemetry and the isolation of a batch's records. Every
//! reading of the environment happens here, once, at start.

mod batch;
mod clock;
mod config;
mod operators_client;
mod perimeter;
mod places;
mod plans;
mod remembered_secrets;
mod reporter;
mod scripts;
mod telemetry;

pub use batch::{Handled, Verdict, each_record};
pub use clock::{RandomEntropy, SystemClock};
pub use config::{Config, ConfigError};
pub use operators_client::http_client;
pub use perimeter::perimeter_from_env;
pub use places::{MESSAGES_PER_INVOCATION, places_from_env, variable as concurrency_variable};
pub use plans::plans_from_env;
pub use remembered_secrets::{RememberedSecrets, SECRET_LIFETIME};
pub use reporter::Reporter;
pub use scripts::scripts_from_env;
pub use telemetry::{error_chain, start_telemetry};
