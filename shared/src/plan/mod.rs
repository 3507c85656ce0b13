//! Decisions. Each takes what was read and the time it was read at, and returns what to do; nothing here does anything.

pub mod admission;
mod calendars;
mod chain;
mod claim;
mod dead_letter;
mod digest;
mod failures;
mod finish;
mod fires;
mod history;
pub mod ledger;
mod overlap;
mod scan;
mod skips;

pub use calendars::{MAX_CHANGES, VERSIONS_KEPT, next_version};
pub use chain::{hints_of_chain, unscanned};
pub use claim::{CLOCK_MARGIN, ClaimDecision, Delivery, Judgement, claim, judge, lease, supersede};
pub use dead_letter::{Burial, bury};
pub use digest::digest;
pub use failures::{look_back, may_pause, pause_for_failures};
pub use finish::{Ended, FollowUp, complete, end_unrun, finish, follow_up};
use fires::MAX_COUNTED;
pub use fires::{FirePlan, PUT_LIMIT, PlannedFire, horizon, plan_fires};
pub use history::{applied, versions_below};
pub use overlap::{Refused, Turn, holds_on, needs_lock, refused, turn};
pub use scan::{LOOKAHEAD_MINUTES, low_water_after, minutes_to_scan};
pub use skips::{skip, unskip};

#[cfg(test)]
mod tests;
