//! Every so many seconds from an anchor on: the anchor plus whole multiples of the period, whatever clocks and runs do.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};

use super::super::{Invalid, floor_second};
use super::YEARS;
use super::request::EveryRequest;

const SECONDS: std::ops::RangeInclusive<i64> = 10..=31_536_000;

/// A schedule with a fixed period.
#[derive(Clone, Debug, PartialEq)]
pub struct Every {
    seconds: i64,
    anchor: DateTime<Utc>,
}

impl Every {
    pub(super) fn new(request: &EveryRequest, now: DateTime<Utc>) -> Result<Self, Invalid> {
        if !SECONDS.contains(&request.seconds) {
            return Err(Invalid::new(
                "schedule.seconds",
                "must be from 10 to 31536000 (a year)",
            ));
        }
        let anchor = request.anchor_at.unwrap_or_else(|| floor_second(now));
        if anchor.nanosecond() != 0 {
            return Err(Invalid::new("schedule.anchor_at", "must be a whole second"));
        }
        if !YEARS.contains(&anchor.year()) {
            return Err(Invalid::new(
                "schedule.anchor_at",
                "must lie in the years 1970 to 2200",
            ));
        }
        Ok(Self {
            seconds: request.seconds,
            anchor,
        })
    }

    pub(super) fn next(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let behind = (instant - self.anchor).num_seconds();
        if behind <= 0 {
            return Some(self.anchor);
        }
        let periods = (behind + self.seconds - 1) / self.seconds;
        self.anchor
            .checked_add_signed(TimeDelta::seconds(periods * self.seconds))
    }

    pub(super) fn seconds(&self) -> i64 {
        self.seconds
    }

    pub(super) fn anchor(&self) -> DateTime<Utc> {
        self.anchor
    }

    pub(super) fn request(&self) -> EveryRequest {
        EveryRequest {
            seconds: self.seconds,
            anchor_at: Some(self.anchor),
        }
    }
}
