//! How long an exclusion lasts: so that who looks for the next time that is not excluded need not try each.

use chrono::{DateTime, Offset, TimeDelta, Timelike, Utc};

use super::{Calendar, wall, weekly};

impl Calendar {
    /// If jobs that name this calendar do not fire at `instant`, a later instant up to which they do not either. It may
    /// lie before the end of the exclusion, but never beyond it.
    pub fn excluded_until(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let of_ranges = self
            .excluded
            .end_containing(instant.timestamp())
            .and_then(|end| DateTime::from_timestamp(end, 0));
        of_ranges.max(self.weekly_until(instant))
    }

    fn weekly_until(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = wall(self.timezone, instant);
        let minute = weekly::minute_of_week(local);
        let minutes_left = self.weekly.end_containing(minute)? - minute;
        let elapsed = i64::from(local.second());
        let end = instant + TimeDelta::seconds(minutes_left * 60 - elapsed);
        // On a wall clock that is put forward meanwhile, the end comes sooner.
        let offset = |at: DateTime<Utc>| {
            let local = at.with_timezone(&self.timezone);
            i64::from(local.offset().fix().local_minus_utc())
        };
        let sooner = (offset(end) - offset(instant)).abs();
        Some((end - TimeDelta::seconds(sooner)).max(instant + TimeDelta::seconds(1)))
    }
}
