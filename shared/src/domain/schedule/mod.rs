//! A schedule is a pure rule that gives fire times: whole seconds in UTC, strictly increasing. Which instants a job owes
//! is decided here and nowhere else.

mod clock_changes;
mod cron;
mod diff;
mod every;
mod once;
mod recurrence;
mod request;
mod rhythm;
mod schema;
mod wall_time;
mod words;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub(in crate::domain) use self::clock_changes::offset_changes;
pub use self::clock_changes::{ClockChange, Effect, clock_changes};
pub use self::cron::CronSchedule;
use self::cron::Hashes;
pub use self::diff::{Diff, Move, diff};
pub use self::every::Every;
pub use self::once::Once;
pub use self::recurrence::Recurrence;
pub(in crate::domain) use self::recurrence::{End, Engine, Rule};
pub(super) use self::request::instant_text;
pub use self::request::{
    AfterRequest, CronRequest, EveryRequest, OnceRequest, RruleRequest, ScheduleRequest,
};
pub use self::rhythm::{Beats, Cadence, Clocks, Rhythm, Shift};
pub(in crate::domain) use self::wall_time::{instant_of_fixed, wall};
pub use self::words::words;
use super::Invalid;

/// A validated schedule. Stored and shown in the shape of the request it came from, with its defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "ScheduleRequest", into = "ScheduleRequest")]
pub enum Schedule {
    /// One instant.
    Once(Once),
    /// The times that match a cron expression in a time zone.
    Cron(CronSchedule),
    /// The times that a recurrence rule names in a time zone.
    Rrule(Recurrence),
    /// Every so many seconds from an anchor on.
    Every(Every),
    /// At no time of its own: when the jobs that it waits for have run.
    After,
}

/// Schedules are computed within these years; beyond them nothing fires.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2200;

impl Schedule {
    /// Validates what a user asked for. `now` anchors an `every` or a rule that names no anchor; `seed` chooses the value of each
    /// `H`, the same one for the same seed: [`super::JobId::seed`].
    ///
    /// # Errors
    /// [`Invalid`] names the field under `schedule`.
    pub fn from_request(
        request: &ScheduleRequest,
        now: DateTime<Utc>,
        seed: u64,
    ) -> Result<Self, Invalid> {
        Self::new(request, now, Hashes::From(seed))
    }

    fn new(request: &ScheduleRequest, now: DateTime<Utc>, hashes: Hashes) -> Result<Self, Invalid> {
        Ok(match request {
            ScheduleRequest::Once(request) => Self::Once(Once::new(request)?),
            ScheduleRequest::Cron(request) => Self::Cron(CronSchedule::new(request, hashes)?),
            ScheduleRequest::Rrule(request) => Self::Rrule(Recurrence::new(request, now)?),
            ScheduleRequest::Every(request) => Self::Every(Every::new(request, now)?),
            ScheduleRequest::After(AfterRequest {}) => Self::After,
        })
    }

    /// The first fire time at or after `instant`.
    pub fn next(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let instant = ceil_second(within_years(instant)?);
        let found = match self {
            Self::Once(once) => once.next(instant),
            Self::Cron(cron) => cron.next(instant),
            Self::Rrule(rule) => rule.next(instant),
            Self::Every(every) => every.next(instant),
            Self::After => None,
        };
        found.filter(|found| *found < end_of_years())
    }

    /// Whether `instant` is a fire time.
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.next(instant) == Some(instant)
    }

    /// The fire times from `from` up to, but not including, `until`.
    pub fn between(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        let within = move |found: &DateTime<Utc>| *found < until;
        std::iter::successors(self.next(from).filter(within), move |found| {
            self.next(*found + TimeDelta::seconds(1)).filter(within)
        })
    }

    /// The name of its kind, as in a request.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Once(_) => "once",
            Self::Cron(_) => "cron",
            Self::Rrule(_) => "rrule",
            Self::Every(_) => "every",
            Self::After => "after",
        }
    }

    /// The zone in which to show its times.
    pub fn timezone(&self) -> Tz {
        match self {
            Self::Once(once) => once.timezone(),
            Self::Cron(cron) => cron.timezone(),
            Self::Rrule(rule) => rule.timezone(),
            Self::Every(_) | Self::After => Tz::UTC,
        }
    }
}

impl TryFrom<ScheduleRequest> for Schedule {
    type Error = Invalid;

    /// What was stored names its anchor and what its `H` stand for; nothing depends on the present.
    fn try_from(request: ScheduleRequest) -> Result<Self, Invalid> {
        Self::new(&request, DateTime::UNIX_EPOCH, Hashes::Chosen)
    }
}

impl From<Schedule> for ScheduleRequest {
    fn from(schedule: Schedule) -> Self {
        match schedule {
            Schedule::Once(once) => Self::Once(once.request()),
            Schedule::Cron(cron) => Self::Cron(cron.request()),
            Schedule::Rrule(rule) => Self::Rrule(rule.request()),
            Schedule::Every(every) => Self::Every(every.request()),
            Schedule::After => Self::default(),
        }
    }
}

fn end_of_years() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(YEARS.end() + 1, 1, 1, 0, 0, 0)
        .single()
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// `instant`, or the first one that schedules are computed for, if it lies before that.
fn within_years(instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (instant < end_of_years()).then(|| instant.max(DateTime::UNIX_EPOCH))
}

fn ceil_second(instant: DateTime<Utc>) -> DateTime<Utc> {
    let floor = super::floor_second(instant);
    if floor == instant {
        floor
    } else {
        floor + TimeDelta::seconds(1)
    }
}

/// Parses the name of an IANA time zone.
fn parse_timezone(name: &str) -> Result<Tz, Invalid> {
    name.parse().map_err(|_| {
        Invalid::new(
            "schedule.timezone",
            "is not an IANA time zone such as Europe/Berlin",
        )
    })
}

#[cfg(test)]
mod tests;
