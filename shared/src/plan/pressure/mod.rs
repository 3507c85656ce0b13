//! How much may be sent to each queue, and in which order: pure rules over what was counted and measured. None of it is
//! needed for correctness. What is deferred stays owed, and whatever is sent once too often collapses at the claim.

mod breaker;
mod capacity;
mod level;
mod order;

pub use breaker::{OPEN_FOR, next_breaker, probe};
pub use capacity::{Load, MEASURED_MINUTES, capacity, room, worth_noting};
pub use level::next_level;
pub use order::{Admitted, Candidate, admit, in_fair_order, release};
