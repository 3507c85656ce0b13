//! Spread: a job's fire times are moved by an offset of its own, so that jobs of one schedule need not start together.
//! The offset derives from the job's id, or was chosen where little else starts; either way it is stable: it is kept with
//! the job, and anybody can see it.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Invalid, JobId};

/// The window, in seconds, into which a job's fire times may be moved: 0 (they are exact) to 86,400.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schema(maximum = 86_400)]
pub struct SpreadSeconds(u32);

impl SpreadSeconds {
    /// The greatest window: a day.
    pub const MAX: u32 = 86_400;

    /// Where in this window the job `id` has its place, by its id alone. `None` if its times are exact.
    pub fn of_job(self, id: JobId) -> Option<Spread> {
        (self.0 > 0).then(|| Spread {
            window_seconds: self.0,
            offset_seconds: u32::try_from(id.seed() % u64::from(self.0)).unwrap_or(0),
            placed: Placing::Hash,
        })
    }
}

/// By what a job's place in its window is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Placing {
    /// By its id: evenly, whatever else is planned.
    #[default]
    Hash,
    /// By what is planned: at the quietest second of the window. By its id, where that is not known.
    Auto,
}

impl Placing {
    /// Whether it is what is meant where nothing is said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl TryFrom<u32> for SpreadSeconds {
    type Error = Invalid;

    fn try_from(seconds: u32) -> Result<Self, Invalid> {
        if seconds <= Self::MAX {
            Ok(Self(seconds))
        } else {
            Err(Invalid::new(
                "spread_seconds",
                "must be from 0 to 86400 (a day)",
            ))
        }
    }
}

impl From<SpreadSeconds> for u32 {
    fn from(spread: SpreadSeconds) -> Self {
        spread.0
    }
}

/// A job's place in its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Spread {
    /// The window, in seconds.
    pub window_seconds: u32,
    /// How far every fire time is moved, in seconds: less than the window.
    pub offset_seconds: u32,
    /// By what it was placed there.
    #[serde(default, skip_serializing_if = "Placing::is_default")]
    pub placed: Placing,
}

impl Spread {
    /// How far every fire time is moved.
    pub fn offset(self) -> TimeDelta {
        TimeDelta::seconds(self.offset_seconds.into())
    }

    /// The window that was asked for.
    pub fn window(self) -> SpreadSeconds {
        SpreadSeconds(self.window_seconds)
    }

    /// Whether `other` was asked for in the same words: where in the window the place is was not.
    pub fn says_the_same_as(self, other: Self) -> bool {
        (self.window_seconds, self.placed) == (other.window_seconds, other.placed)
    }

    /// The same window with a place that was chosen in it: the last second of it, if `offset_seconds` lies behind that.
    #[must_use]
    pub fn at(self, offset_seconds: u32) -> Self {
        let last = self.window_seconds.saturating_sub(1);
        Self {
            offset_seconds: offset_seconds.min(last),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offset_lies_in_its_window_and_is_the_jobs_own_for_good() {
        for random in 0..1_000_u128 {
            let id =
                JobId::from_random(random.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
            let spread = SpreadSeconds(900).of_job(id).unwrap();
            assert!(spread.offset_seconds < 900);
            assert_eq!(SpreadSeconds(900).of_job(id), Some(spread));
        }
    }

    #[test]
    fn offsets_fill_their_window_evenly() {
        let mut thirds = [0; 3];
        for random in 0..3_000_u128 {
            let id =
                JobId::from_random(random.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
            let spread = SpreadSeconds(900).of_job(id).unwrap();
            thirds[(spread.offset_seconds / 300) as usize] += 1;
        }
        assert!(
            thirds.iter().all(|count| (850..1_150).contains(count)),
            "{thirds:?}"
        );
    }

    #[test]
    fn a_place_that_is_chosen_lies_in_the_window_all_the_same() {
        let spread = SpreadSeconds(900).of_job(JobId::from_random(1)).unwrap();
        assert_eq!(spread.at(17).offset_seconds, 17);
        assert_eq!(spread.at(900).offset_seconds, 899);
    }

    #[test]
    fn by_what_a_place_was_found_is_written_where_it_was_not_the_id() {
        let by_id = SpreadSeconds(900).of_job(JobId::from_random(1)).unwrap();
        let by_load = Spread {
            placed: Placing::Auto,
            ..by_id
        };
        let written = |spread| serde_json::to_value(spread).unwrap();
        assert_eq!(written(by_id).get("placed"), None);
        assert_eq!(written(by_load)["placed"], "auto");
        for spread in [by_id, by_load] {
            let read: Spread = serde_json::from_value(written(spread)).unwrap();
            assert_eq!(read, spread);
        }
        assert!(by_id.says_the_same_as(by_id.at(3)));
        assert!(!by_id.says_the_same_as(by_load));
    }

    #[test]
    fn no_window_means_exact_times() {
        assert_eq!(SpreadSeconds::default().of_job(JobId::from_random(1)), None);
    }

    #[test]
    fn a_place_moves_every_time_by_its_offset_and_is_stored_with_its_window() {
        let spread = SpreadSeconds(900).of_job(JobId::from_random(1)).unwrap();
        let placed = spread.at(17);
        assert_eq!(placed.offset(), TimeDelta::seconds(17));
        assert_eq!(placed.window(), SpreadSeconds(900));
        assert_eq!(u32::from(placed.window()), 900);
    }
}
