//! When a job fires: the times of its schedule, moved by its spread, inside its window. Whoever asks for fire times asks
//! here: a time of the bare schedule is nobody's fire time.

use chrono::serde::ts_milliseconds_option;
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Serialize};

use super::calendar::CalendarName;
use super::schedule::{Schedule, ScheduleRequest};
use super::{Invalid, JobId, JobRequest, Placing, Spread};

/// The most runs that a job may be limited to: counting them when the job is made takes bounded time.
pub const MAX_RUNS: u32 = 10_000;

/// The most calendars that a job may name.
pub const MAX_EXCLUDE_CALENDARS: usize = 5;

/// A job's fire times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timetable {
    /// The rule.
    pub schedule: Schedule,
    /// How far, and within which window, its times are moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
    /// No fire time lies before this.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub starts_at: Option<DateTime<Utc>>,
    /// No fire time lies after this.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub ends_at: Option<DateTime<Utc>>,
    /// The calendars at whose times it does not fire, by name. Fire times they are all the same: the chain runs over them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_calendars: Vec<CalendarName>,
    /// How many fire times there are, counted from when the timetable began to govern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_runs: Option<u32>,
    /// The last of them. Counted once, so that membership can be told without counting.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_fire_at: Option<DateTime<Utc>>,
}

/// The spread that `request` asks for, at the place that the id gives.
fn spread_of(request: &JobRequest, id: JobId) -> Result<Option<Spread>, Invalid> {
    match (request.spread, request.spread_seconds.of_job(id)) {
        (Placing::Auto, None) => Err(Invalid::new(
            "spread",
            "auto needs a window to place the job in: say spread_seconds",
        )),
        (placed, spread) => Ok(spread.map(|spread| Spread { placed, ..spread })),
    }
}

impl Timetable {
    /// What `request` asks for on behalf of the job `id`, with its runs not counted yet, and at the place in its window that
    /// the id gives. `now` anchors an `every` that names no anchor.
    ///
    /// # Errors
    /// [`Invalid`] names the field.
    pub fn from_request(
        request: &JobRequest,
        id: JobId,
        now: DateTime<Utc>,
    ) -> Result<Self, Invalid> {
        let timetable = Self {
            schedule: Schedule::from_request(&request.schedule, now, id.seed())?,
            spread: spread_of(request, id)?,
            starts_at: request.starts_at,
            ends_at: request.ends_at,
            exclude_calendars: request.exclude_calendars.clone(),
            max_runs: request.max_runs,
            last_fire_at: None,
        };
        timetable.check_window(&request.schedule)?;
        timetable.check_calendars()?;
        Ok(timetable)
    }

    /// The same timetable, at a place that was chosen in its window.
    #[must_use]
    pub fn placed_at(self, offset_seconds: u32) -> Self {
        Self {
            spread: self.spread.map(|spread| spread.at(offset_seconds)),
            ..self
        }
    }

    fn check_window(&self, schedule: &ScheduleRequest) -> Result<(), Invalid> {
        let recurs = !matches!(
            schedule,
            ScheduleRequest::Once(_) | ScheduleRequest::After(_)
        );
        for (field, given) in [
            ("starts_at", self.starts_at.is_some()),
            ("ends_at", self.ends_at.is_some()),
            ("max_runs", self.max_runs.is_some()),
        ] {
            if given && !recurs {
                return Err(Invalid::new(field, "is for schedules that recur"));
            }
        }
        if self.schedule == Schedule::After {
            for (field, given) in [
                ("spread_seconds", self.spread.is_some()),
                ("exclude_calendars", !self.exclude_calendars.is_empty()),
            ] {
                if given {
                    return Err(Invalid::new(
                        field,
                        "is for jobs with a schedule of their own",
                    ));
                }
            }
        }
        for (field, instant) in [("starts_at", self.starts_at), ("ends_at", self.ends_at)] {
            if instant.is_some_and(|instant| instant.nanosecond() != 0) {
                return Err(Invalid::new(field, "must be a whole second"));
            }
        }
        if let (Some(start), Some(end)) = (self.starts_at, self.ends_at)
            && end < start
        {
            return Err(Invalid::new("ends_at", "must not lie before starts_at"));
        }
        if self
            .max_runs
            .is_some_and(|runs| !(1..=MAX_RUNS).contains(&runs))
        {
            return Err(Invalid::new("max_runs", "must be from 1 to 10000"));
        }
        Ok(())
    }

    fn check_calendars(&self) -> Result<(), Invalid> {
        let names = &self.exclude_calendars;
        if names.len() > MAX_EXCLUDE_CALENDARS {
            let reason = format!("must be at most {MAX_EXCLUDE_CALENDARS} calendars");
            return Err(Invalid::new("exclude_calendars", reason));
        }
        let twice = (1..names.len()).find(|index| names[..*index].contains(&names[*index]));
        match twice {
            Some(index) => Err(Invalid::new(
                format!("exclude_calendars[{index}]"),
                "is named twice",
            )),
            None => Ok(()),
        }
    }

    /// The same timetable, governing from `from` on: its runs are counted from there.
    ///
    /// # Errors
    /// [`Invalid`] if nothing would ever fire.
    pub fn governing_from(self, from: DateTime<Utc>) -> Result<Self, Invalid> {
        let uncounted = Self {
            last_fire_at: None,
            ..self
        };
        if uncounted.schedule == Schedule::After {
            return Ok(uncounted);
        }
        if uncounted.next(from).is_none() {
            return Err(uncounted.never_fires());
        }
        let last_fire_at = uncounted.max_runs.and_then(|runs| {
            let runs = usize::try_from(runs).unwrap_or(usize::MAX);
            uncounted.from(from).nth(runs.saturating_sub(1))
        });
        Ok(Self {
            last_fire_at,
            ..uncounted
        })
    }

    fn never_fires(&self) -> Invalid {
        match (self.ends_at, self.starts_at) {
            (Some(_), _) => Invalid::new("ends_at", "leaves no time at which the job could fire"),
            (None, Some(_)) => Invalid::new("starts_at", "lies after the schedule's last time"),
            (None, None) => Invalid::new("schedule", "has no time left at which it could fire"),
        }
    }

    /// Whether `other` was asked for in the same words; where its runs end, and where in its window it was placed, does not
    /// matter.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let words = |timetable: &Self| Self {
            last_fire_at: None,
            ..timetable.clone().placed_at(0)
        };
        words(self) == words(other)
    }

    fn offset(&self) -> TimeDelta {
        self.spread.map_or(TimeDelta::zero(), Spread::offset)
    }

    /// No fire time lies after this.
    pub fn end(&self) -> Option<DateTime<Utc>> {
        match (self.ends_at, self.last_fire_at) {
            (Some(end), Some(last)) => Some(end.min(last)),
            (end, last) => end.or(last),
        }
    }

    /// The first fire time at or after `instant`.
    pub fn next(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let instant = self.starts_at.map_or(instant, |start| instant.max(start));
        let found = self.schedule.next(instant - self.offset())? + self.offset();
        self.end().is_none_or(|end| found <= end).then_some(found)
    }

    /// The time that the schedule itself gives for `fire_time`, before its spread.
    pub fn nominal(&self, fire_time: DateTime<Utc>) -> DateTime<Utc> {
        fire_time - self.offset()
    }

    /// Whether `instant` is a fire time.
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.next(instant) == Some(instant)
    }

    /// The fire times from `from` on.
    pub fn from(&self, from: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        std::iter::successors(self.next(from), |found| {
            self.next(*found + TimeDelta::seconds(1))
        })
    }

    /// The fire times from `from` up to, but not including, `until`.
    pub fn between(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        self.from(from).take_while(move |found| *found < until)
    }
}
