//! Cron expressions. The `cron` crate searches, on a bare wall clock; what an expression means, and what daylight saving
//! does to it, is decided here.

mod field;
mod translation;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use self::translation::{Translation, translate};
use super::super::Invalid;
use super::parse_timezone;
use super::request::CronRequest;
use super::wall_time::{WallTimes, next_fixed, next_real_time};

/// A schedule by a cron expression.
#[derive(Clone, Debug)]
pub struct CronSchedule {
    expression: String,
    timezone: Tz,
    translation: Translation,
}

impl PartialEq for CronSchedule {
    fn eq(&self, other: &Self) -> bool {
        self.expression == other.expression && self.timezone == other.timezone
    }
}

impl CronSchedule {
    pub(super) fn new(request: &CronRequest) -> Result<Self, Invalid> {
        let timezone = match &request.timezone {
            None => Tz::UTC,
            Some(name) => parse_timezone(name)?,
        };
        let refuse = |reason| Invalid::new("schedule.expression", reason);
        let translation = translate(&request.expression).map_err(refuse)?;
        if translation.next_wall(DateTime::UNIX_EPOCH.naive_utc()).is_none() {
            return Err(refuse("can never fire: no such day exists".to_owned()));
        }
        Ok(Self {
            expression: request.expression.clone(),
            timezone,
            translation,
        })
    }

    pub(super) fn next(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.translation.follows_real_time {
            next_real_time(&self.translation, self.timezone, instant)
        } else {
            next_fixed(&self.translation, self.timezone, instant)
        }
    }

    pub(super) fn timezone(&self) -> Tz {
        self.timezone
    }

    pub(super) fn request(&self) -> CronRequest {
        CronRequest {
            expression: self.expression.clone(),
            timezone: Some(self.timezone.name().to_owned()),
        }
    }
}

impl WallTimes for Translation {
    fn next_wall(&self, from: NaiveDateTime) -> Option<NaiveDateTime> {
        // The engine looks strictly after an instant of a zone; in UTC every wall time is one.
        let before = (from - TimeDelta::seconds(1)).and_utc();
        let found = self
            .engines
            .iter()
            .filter_map(|engine| engine.after(&before).next());
        found.min().map(|found| found.naive_utc())
    }
}
