//! A hold as operators see it.

use punctual::domain::{HeldBy, Hold, HoldId, HoldKind, HoldState, UserId};
use punctual::usecase::{MOST_COUNTED, ShownHold};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Page, utc, utc_ms};

/// A hold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hold)]
pub struct HoldView {
    id: HoldId,
    kind: HoldKind,
    value: String,
    note: String,
    /// Who placed it.
    by: UserId,
    state: HoldState,
    #[schema(format = DateTime)]
    placed_at: String,
    /// It is released by itself then, if it is not before.
    #[schema(format = DateTime)]
    until: String,
    /// How many it lets go in a minute at most; `null`: as many as there is capacity for.
    #[schema(required)]
    release_per_minute: Option<u32>,
    /// Since when what is new starts at once.
    #[schema(required, format = DateTime)]
    lifted_at: Option<String>,
    /// Executions that wait for it.
    held: u64,
    /// Whether there are more of them than were counted.
    held_is_more: bool,
    /// When the oldest of those that were counted was due.
    #[schema(required, format = DateTime)]
    oldest_fire_time: Option<String>,
    /// Executions that it has let go.
    released: u64,
}

/// A part of a list of holds.
pub type HoldPage = Page<HoldView>;

impl From<ShownHold> for HoldView {
    fn from(shown: ShownHold) -> Self {
        let ShownHold { hold, waiting } = shown;
        Self {
            held: waiting.count.min(MOST_COUNTED),
            held_is_more: waiting.count >= MOST_COUNTED,
            oldest_fire_time: waiting.oldest.map(utc),
            placed_at: utc_ms(hold.id.ordered_at()),
            until: utc_ms(hold.until),
            lifted_at: hold.lifted_at.map(utc_ms),
            release_per_minute: hold.per_minute,
            released: hold.released,
            state: hold.state,
            id: hold.id,
            kind: hold.thing.kind,
            value: hold.thing.value,
            note: hold.note,
            by: hold.by,
        }
    }
}

impl From<Hold> for HoldView {
    /// One for which nothing waits yet.
    fn from(hold: Hold) -> Self {
        let waiting = punctual::port::Waiting::default();
        ShownHold { hold, waiting }.into()
    }
}

/// What keeps an execution from starting.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldBy)]
pub struct HeldByView {
    id: HoldId,
    /// What the operator who placed the hold said.
    note: String,
    /// Since when this execution is held.
    #[schema(format = DateTime)]
    since: String,
}

impl From<HeldBy> for HeldByView {
    fn from(held: HeldBy) -> Self {
        Self {
            id: held.hold,
            note: held.note,
            since: utc_ms(held.since),
        }
    }
}
