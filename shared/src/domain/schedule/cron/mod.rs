//! Cron expressions. The `cron` crate searches, on a bare wall clock; what an expression means, and what daylight saving
//! does to it, is decided here.

mod field;
mod fields;
mod table;
mod term;
mod translation;

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

pub(super) use self::field::Parsed;
pub(super) use self::fields::Fields;
pub(super) use self::table::Table;
pub(super) use self::term::Term;
use self::translation::Translation;
use super::super::Invalid;
use super::parse_timezone;
use super::request::CronRequest;
use super::wall_time::{WallTimes, next_fixed, next_real_time};

/// A schedule by a cron expression.
#[derive(Clone, Debug)]
pub struct CronSchedule {
    expression: String,
    /// The expression with each `H` replaced, if it has any.
    resolved: Option<String>,
    timezone: Tz,
    fields: Arc<Fields>,
    translation: Translation,
}

impl PartialEq for CronSchedule {
    fn eq(&self, other: &Self) -> bool {
        self.expression == other.expression
            && self.resolved == other.resolved
            && self.timezone == other.timezone
    }
}

/// Where the value of an `H` comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hashes {
    /// It follows from a seed, whatever the request says it is.
    From(u64),
    /// It was chosen before, and is stored in `resolved`.
    Chosen,
}

impl CronSchedule {
    pub(super) fn new(request: &CronRequest, hashes: Hashes) -> Result<Self, Invalid> {
        let timezone = match &request.timezone {
            None => Tz::UTC,
            Some(name) => parse_timezone(name)?,
        };
        let refuse = |reason| Invalid::new("schedule.expression", reason);
        let fields = Fields::read(&request.expression).map_err(refuse)?;
        let resolved = match hashes {
            _ if !fields.has_hash() => None,
            Hashes::From(seed) => {
                Some(fields::resolved(&request.expression, seed).map_err(refuse)?)
            }
            Hashes::Chosen => Some(chosen(request)?),
        };
        let translation = match &resolved {
            None => Translation::new(&fields),
            Some(resolved) => {
                Fields::read_long(resolved).and_then(|fields| Translation::new(&fields))
            }
        };
        let translation = translation.map_err(refuse)?;
        if translation
            .next_wall(DateTime::UNIX_EPOCH.naive_utc())
            .is_none()
        {
            return Err(refuse("can never fire: no such day exists".to_owned()));
        }
        Ok(Self {
            expression: request.expression.clone(),
            resolved,
            timezone,
            fields: fields.into(),
            translation,
        })
    }

    pub(super) fn next(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.follows_real_time() {
            next_real_time(&self.translation, self.timezone, instant)
        } else {
            next_fixed(&self.translation, self.timezone, instant)
        }
    }

    /// Its fields as they were said.
    pub(super) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Its times on a bare wall clock.
    pub(super) fn wall_times(&self) -> &impl WallTimes {
        &self.translation
    }

    pub(super) fn follows_real_time(&self) -> bool {
        self.fields.follows_real_time()
    }

    pub(super) fn timezone(&self) -> Tz {
        self.timezone
    }

    pub(super) fn request(&self) -> CronRequest {
        CronRequest {
            expression: self.expression.clone(),
            timezone: Some(self.timezone.name().to_owned()),
            resolved: self.resolved.clone(),
        }
    }
}

/// What each `H` of a stored schedule stands for.
fn chosen(request: &CronRequest) -> Result<String, Invalid> {
    let refuse = |reason: String| Invalid::new("schedule.resolved", reason);
    let resolved = request.resolved.as_deref();
    let resolved = resolved.ok_or_else(|| refuse("is missing beside an H".to_owned()))?;
    let fields = Fields::read_long(resolved).map_err(refuse)?;
    if fields.has_hash() {
        return Err(refuse("still has an H".to_owned()));
    }
    Ok(resolved.to_owned())
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

#[cfg(test)]
mod tests;
