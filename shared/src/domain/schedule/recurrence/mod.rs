//! Recurrence rules (RFC 5545). A rule is evaluated on a bare wall clock; from there to instants it goes by the same
//! daylight-saving rule as a cron expression with fixed times.

mod engine;
mod rule;

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};
use chrono_tz::Tz;

pub(crate) use self::engine::Engine;
pub(crate) use self::rule::{End, Frequency, Rule};
use super::super::{Invalid, floor_second};
use super::request::RruleRequest;
use super::wall_time::{WallTimes, next_fixed, wall};
use super::{YEARS, parse_timezone};

/// A schedule by a recurrence rule.
#[derive(Clone, Debug)]
pub struct Recurrence {
    text: String,
    start: NaiveDateTime,
    timezone: Tz,
    rule: Arc<Rule>,
    engine: Arc<Engine>,
}

impl PartialEq for Recurrence {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.start == other.start && self.timezone == other.timezone
    }
}

impl Recurrence {
    pub(super) fn new(request: &RruleRequest, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let timezone = match &request.timezone {
            None => Tz::UTC,
            Some(name) => parse_timezone(name)?,
        };
        let start = request
            .starts_at_local
            .unwrap_or_else(|| wall(timezone, floor_second(now)));
        let refuse_start = |reason| Err(Invalid::new("schedule.starts_at_local", reason));
        if start.nanosecond() != 0 {
            return refuse_start("must be a whole second");
        }
        if !YEARS.contains(&start.year()) {
            return refuse_start("must lie in the years 1970 to 2200");
        }
        let refuse = |reason| Invalid::new("schedule.rule", reason);
        let rule = Rule::parse(&request.rule).map_err(refuse)?;
        let engine = Engine::new(&rule, start).map_err(refuse)?;
        let recurrence = Self {
            text: request.rule.clone(),
            start,
            timezone,
            rule: rule.into(),
            engine: engine.into(),
        };
        if recurrence.next(DateTime::UNIX_EPOCH).is_none() {
            return Err(refuse("can never fire from its start on".to_owned()));
        }
        Ok(recurrence)
    }

    pub(super) fn next(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let found = next_fixed(&*self.engine, self.timezone, instant)?;
        match self.rule.end {
            End::At(until) if found > until => None,
            _ => Some(found),
        }
    }

    /// What it says, and from when on.
    pub(super) fn said(&self) -> (&Rule, NaiveDateTime) {
        (&self.rule, self.start)
    }

    /// Its times on a bare wall clock, those after an end at an instant among them.
    pub(super) fn wall_times(&self) -> &impl WallTimes {
        &*self.engine
    }

    /// Its times on a bare wall clock from `from` on, those after an end at an instant among them.
    pub(super) fn walls(&self, from: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> {
        self.engine.from(from)
    }

    /// Nothing is due after this, if it ends at an instant.
    pub(super) fn ends_at(&self) -> Option<DateTime<Utc>> {
        match self.rule.end {
            End::At(until) => Some(until),
            _ => None,
        }
    }

    pub(super) fn timezone(&self) -> Tz {
        self.timezone
    }

    pub(super) fn request(&self) -> RruleRequest {
        RruleRequest {
            rule: self.text.clone(),
            starts_at_local: Some(self.start),
            timezone: Some(self.timezone.name().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
