//! One instant. A local time is resolved once, when it is asked for: a later change of the zone's rules does not move
//! what was promised.

use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Tz;

use super::super::Invalid;
use super::request::OnceRequest;
use super::wall_time::instant_of_fixed;
use super::{YEARS, parse_timezone};

/// A schedule of one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Once {
    at: DateTime<Utc>,
    timezone: Option<Tz>,
}

impl Once {
    pub(super) fn new(request: &OnceRequest) -> Result<Self, Invalid> {
        let timezone = request
            .timezone
            .as_deref()
            .map(parse_timezone)
            .transpose()?;
        let (field, at) = match (request.at, request.local, timezone) {
            (Some(at), None, _) => ("schedule.at", at),
            (None, Some(local), Some(zone)) => {
                if !YEARS.contains(&local.year()) {
                    return Err(Invalid::new(
                        "schedule.local",
                        "must lie in the years 1970 to 2200",
                    ));
                }
                ("schedule.local", instant_of_fixed(zone, local))
            }
            (None, Some(_), None) => {
                let reason = "is needed to tell which instant schedule.local is";
                return Err(Invalid::new("schedule.timezone", reason));
            }
            (Some(_), Some(_), _) => {
                let reason = "says the same as schedule.local; give one of the two";
                return Err(Invalid::new("schedule.at", reason));
            }
            (None, None, _) => {
                let reason = "is missing; give it, or schedule.local with schedule.timezone";
                return Err(Invalid::new("schedule.at", reason));
            }
        };
        if !YEARS.contains(&at.year()) {
            return Err(Invalid::new(field, "must lie in the years 1970 to 2200"));
        }
        if at.nanosecond() != 0 {
            return Err(Invalid::new(field, "must be a whole second"));
        }
        Ok(Self { at, timezone })
    }

    pub(super) fn next(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        (instant <= self.at).then_some(self.at)
    }

    pub(super) fn at(&self) -> DateTime<Utc> {
        self.at
    }

    pub(super) fn timezone(&self) -> Tz {
        self.timezone.unwrap_or(Tz::UTC)
    }

    pub(super) fn request(&self) -> OnceRequest {
        OnceRequest {
            at: Some(self.at),
            local: None,
            timezone: self.timezone.map(|zone| zone.name().to_owned()),
        }
    }
}
