//! Decisions. Each takes what was read and the time it was read at, and returns what to do; nothing here does anything.

pub mod admission;
mod claim;
mod dead_letter;
mod finish;
mod fires;
mod history;
mod scan;

pub use claim::{CLOCK_MARGIN, ClaimDecision, Delivery, Judgement, claim, judge, lease, supersede};
pub use dead_letter::{Burial, bury};
pub use finish::{Ended, FollowUp, complete, end_unrun, finish, follow_up};
pub use fires::{FirePlan, PUT_LIMIT, PlannedFire, horizon, plan_fires};
pub use history::{applied, versions_below};
pub use scan::{LOOKAHEAD_MINUTES, low_water_after, minutes_to_scan};

#[cfg(test)]
mod tests;
