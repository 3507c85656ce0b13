//! Decisions. Each takes what was read and the time it was read at, and returns what to do; nothing here does anything.

pub mod admission;
mod barrier;
mod calendars;
mod chain;
mod claim;
mod dead_letter;
pub mod dependencies;
mod digest;
mod failures;
mod finish;
mod fires;
pub mod forecast;
mod history;
mod hold;
mod host_breaker;
pub mod ledger;
mod notice;
mod overlap;
pub mod pressure;
mod pull;
mod pulse;
mod redrive;
mod scan;
mod skips;
mod slots;

pub use barrier::Barrier;
pub use calendars::{MAX_CHANGES, VERSIONS_KEPT, next_version};
pub use chain::{hints_of_chain, unscanned};
pub use claim::{
    CLOCK_MARGIN, ClaimDecision, Delivery, Judgement, claim, due, judge, lease, supersede,
};
pub use dead_letter::{Burial, bury};
pub use digest::digest as day_digest;
pub use failures::{look_back, may_pause, pause_for_failures};
pub use finish::{Ended, FollowUp, complete, end_unrun, finish, follow_up, next_attempt_at};
use fires::MAX_COUNTED;
pub use fires::{FirePlan, PUT_LIMIT, PlannedFire, horizon, plan_fires};
pub use history::{applied, versions_below};
pub use hold::{
    HoldStep, after_look, fires_until, held_by, hold_back, let_go, pause_hold, release_share,
    start_release,
};
pub use host_breaker::{Pass, RecentCalls, after_call, fared, pass};
pub use notice::{
    ALONE, DIGEST_DELAY, Digest, NoSuchSecret, Notice, Place, Revealed, attempt_of, digest,
    digest_parcel, late_by, notice_parcel, one_line, pace_minute, place, to_announce,
    to_announce_of_death,
};
pub use overlap::{Refused, Turn, holds_on, may_wait_for_turn, needs_lock, refused, turn};
pub use pull::{Standing, Take, hand_back, heartbeat, offer, report, standing, still_wanted, take};
pub use pulse::{Pulse, has_lapsed, prolonged_to_start, silence};
pub use redrive::{
    Redrive, RedriveOrder, WhyNoRedrive, allowance, redrive, release_time, return_hint,
    return_message,
};
pub use scan::{LOOKAHEAD_MINUTES, low_water_after, minutes_to_scan};
pub use skips::{skip, unskip};
pub use slots::{SlotTake, take_slot};

#[cfg(test)]
mod tests;
