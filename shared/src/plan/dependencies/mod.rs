//! Jobs that run after others. What a run waits for, and whether that has ended, follows from rows and records alone:
//! nothing is counted, so nothing can be counted twice, and whoever asks again gets the same answer.

mod cycle;
mod facts;
mod gate;
mod missed;
mod nudge;
mod order;

pub use cycle::{CycleWalk, Step, stands};
pub use facts::{Facts, Need, Needs, Row};
pub use gate::{Gate, gate};
pub use missed::missed_since;
pub use nudge::{
    Gated, Nudge, gated, is_upstreams_skip, needs_gate, nudge, occasion_after, reopened, waiting,
};
pub use order::{Keyed, Levels, OrderError, levels};
