//! What becomes of an occurrence that was not dispatched in time. One law, asked by the planner and by the worker alike,
//! so that a late message and a late scan end the same way.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Invalid, Owed};

/// Up to this late, an occurrence is merely late and fires under every policy; beyond it, it is a misfire.
pub const GRACE: TimeDelta = TimeDelta::seconds(60);

/// What a misfire does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MisfirePolicy {
    /// Every missed occurrence fires.
    FireAll,
    /// The latest missed occurrence fires, and stands for those before it.
    #[default]
    FireLatest,
    /// None fires.
    Skip,
}

/// The oldest age, in seconds, at which a missed occurrence may still fire: 60 to 604,800 (seven days).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schema(minimum = 60, maximum = 604_800)]
pub struct CatchUpWindow(u32);

impl CatchUpWindow {
    /// As a duration.
    pub fn duration(self) -> TimeDelta {
        TimeDelta::seconds(self.0.into())
    }
}

impl Default for CatchUpWindow {
    fn default() -> Self {
        Self(86_400)
    }
}

impl TryFrom<u32> for CatchUpWindow {
    type Error = Invalid;

    fn try_from(seconds: u32) -> Result<Self, Invalid> {
        if (60..=604_800).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(Invalid::new(
                "misfire.catch_up_window_seconds",
                "must be from 60 to 604800 (seven days)",
            ))
        }
    }
}

impl From<CatchUpWindow> for u32 {
    fn from(window: CatchUpWindow) -> Self {
        window.0
    }
}

/// A job's choice for its misfires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Misfire {
    /// What a misfire does.
    pub policy: MisfirePolicy,
    /// How old it may be and still fire.
    pub catch_up_window_seconds: CatchUpWindow,
}

impl Misfire {
    /// Whether the occurrence at `fire_time` is young enough, at `now`, to be made up for at all.
    pub fn may_catch_up(&self, fire_time: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now - fire_time <= self.catch_up_window_seconds.duration()
    }

    /// Whether the occurrence at `fire_time` may still fire at `now`; `owed` is what its job owes.
    pub fn still_fires(
        &self,
        owed: Owed<'_>,
        fire_time: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> bool {
        if now - fire_time <= GRACE {
            return true;
        }
        if !self.may_catch_up(fire_time, now) {
            return false;
        }
        match self.policy {
            MisfirePolicy::FireAll => true,
            MisfirePolicy::Skip => false,
            MisfirePolicy::FireLatest => owed
                .next(fire_time + TimeDelta::seconds(1))
                .is_none_or(|later| later > now),
        }
    }
}
