//! A walk through real time, minute by minute, with a book of the wall times that have been shown.

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

use super::Reading;

/// Longer than any jump, and than any repeated stretch: the book is complete where the answer begins.
const HEAD_START: i64 = 26 * 60;

impl Reading {
    /// Whether the wall minute is due.
    fn is_due(&self, wall: NaiveDateTime) -> bool {
        let day = self.day.contains(&wall.day());
        let weekday = self
            .weekday
            .contains(&wall.weekday().num_days_from_sunday());
        let of_day = if self.either_day {
            day || weekday
        } else {
            day && weekday
        };
        of_day
            && self.month.contains(&wall.month())
            && self.hour.contains(&wall.hour())
            && self.minute.contains(&wall.minute())
    }

    /// The fire times of the `minutes` from `from`, a whole minute, on; nothing, if the zone's offset is at some time no
    /// whole number of minutes.
    pub(crate) fn walk(
        &self,
        zone: Tz,
        from: DateTime<Utc>,
        minutes: i64,
    ) -> Option<Vec<DateTime<Utc>>> {
        let wall_at = |instant: DateTime<Utc>| {
            let offset = zone
                .offset_from_utc_datetime(&instant.naive_utc())
                .fix()
                .local_minus_utc();
            (offset % 60 == 0).then(|| instant.naive_utc() + TimeDelta::seconds(offset.into()))
        };
        let begin = from - TimeDelta::minutes(HEAD_START);
        let mut furthest = wall_at(begin - TimeDelta::minutes(1))?;
        let mut fires = Vec::new();
        for minute in 0..HEAD_START + minutes {
            let instant = begin + TimeDelta::minutes(minute);
            let wall = wall_at(instant)?;
            if self.real_time {
                if self.is_due(wall) {
                    fires.extend(
                        self.second
                            .iter()
                            .map(|second| instant + TimeDelta::seconds((*second).into())),
                    );
                }
            } else if wall > furthest {
                // What the clock has jumped over is due at the jump, at its first second.
                let mut skipped = furthest + TimeDelta::minutes(1);
                let mut any = false;
                while skipped < wall {
                    any |= self.is_due(skipped);
                    skipped += TimeDelta::minutes(1);
                }
                if any {
                    fires.push(instant);
                }
                if self.is_due(wall) {
                    fires.extend(
                        self.second
                            .iter()
                            .map(|second| instant + TimeDelta::seconds((*second).into())),
                    );
                }
            }
            furthest = furthest.max(wall);
        }
        fires.dedup();
        fires.retain(|fire| *fire >= from);
        Some(fires)
    }
}
