//! Simulated time: whole microseconds, so that the order of events never hangs on rounding.

/// Microseconds since the simulation began, or a length of time in them.
pub type Micros = u64;

/// A second.
pub const SECOND: Micros = 1_000_000;
/// A minute.
pub const MINUTE: Micros = 60 * SECOND;

/// `ms` milliseconds.
pub fn from_ms(ms: f64) -> Micros {
    from_seconds(ms / 1_000.0)
}

/// `seconds` seconds; what is negative is nothing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and no simulation lasts so long"
)]
pub fn from_seconds(seconds: f64) -> Micros {
    (seconds * 1e6).round() as Micros
}

/// In seconds.
#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 2^53 microseconds, three centuries"
)]
pub fn seconds(time: Micros) -> f64 {
    time as f64 / 1e6
}
