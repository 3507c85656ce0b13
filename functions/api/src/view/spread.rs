//! A job's place in its window, as its owner sees it.

use punctual::domain::{Placing, Spread};
use serde::Serialize;
use utoipa::ToSchema;

/// A job's place in its window.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Spread)]
pub struct SpreadView {
    /// The window, in seconds.
    #[schema(maximum = 86_400)]
    window_seconds: u32,
    /// How far every fire time is moved, in seconds: less than the window.
    #[schema(maximum = 86_399)]
    offset_seconds: u32,
    /// By what the place was found.
    placed: Placing,
}

impl From<Spread> for SpreadView {
    fn from(spread: Spread) -> Self {
        Self {
            window_seconds: spread.window_seconds,
            offset_seconds: spread.offset_seconds,
            placed: spread.placed,
        }
    }
}
