//! The fleet's load before it happens. What is forecast is what the timetables on an agenda say, by the same planner that
//! the scanner goes by; every shortcut on the way gives the seconds that it would give. Nothing is guessed but what is
//! said to be: jobs that run after others are left out, calendars exclude nothing, nothing is paused, failed or made.

mod causes;
mod fleet;
mod load;
mod minute;
mod outlook;
mod quietest;
mod ranking;
pub mod what_if;

use std::num::NonZeroU64;

use crate::domain::{Agenda, AgendaEntry, UserId, Window};

pub use self::causes::Causes;
use self::fleet::Fleet;
pub use self::load::Load;
pub use self::minute::{MinuteLoad, Series, minute};
#[cfg(test)]
pub(super) use self::outlook::forecast_within;
pub use self::outlook::{Forecast, Peak, forecast};
pub use self::quietest::{MAX_OCCURRENCES, nominal_times, quietest};
pub use self::ranking::{LISTED, Ranking, Share};

/// The work of one sweep through all jobs, at the most: about as many additions. Beyond it, some jobs stand for others.
pub const BUDGET: u64 = 120_000_000;

/// Whose starts are counted: everybody's, if nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this user's jobs.
    pub user: Option<UserId>,
    /// Of jobs of this type.
    pub job_type: Option<String>,
    /// Of jobs that call this host.
    pub target: Option<String>,
}

impl Filter {
    /// Whether `entry` is one of those asked for.
    pub fn admits(&self, entry: &AgendaEntry) -> bool {
        fn is<T: PartialEq>(asked: Option<&T>, has: Option<&T>) -> bool {
            asked.is_none() || asked == has
        }
        is(self.user.as_ref(), Some(&entry.user))
            && is(self.job_type.as_ref(), Some(&entry.job_type))
            && is(self.target.as_ref(), entry.target.as_ref())
    }
}

/// Jobs of which a forecast does not tell all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// They run when others have: at no second that could be told.
    pub after_others: u64,
    /// Counted as if their calendars excluded nothing.
    pub calendars: u64,
    /// What is stored of them cannot be read.
    pub unreadable: u64,
}

/// Of which jobs not every one was looked at, because that would have been too much work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// So many jobs: those that are the most work each.
    pub jobs: NonZeroU64,
    /// One of so many of them was looked at, and stands for the others.
    pub one_of: u32,
}

impl Fleet<'_> {
    fn sample(&self) -> Option<Sample> {
        let jobs = NonZeroU64::new(self.estimated_jobs)?;
        let one_of = self.sampled;
        Some(Sample { jobs, one_of })
    }
}

/// The jobs of `agenda`, each where it is placed.
fn fleet<'a>(agenda: &'a Agenda, filter: &Filter, window: Window, budget: u64) -> Fleet<'a> {
    let placed = |_, entry: &AgendaEntry| entry.offset_seconds();
    Fleet::of(&agenda.entries, filter, window, budget, placed)
}
