//! Where the clocks of zones keep their offset, within one stretch of time: looked for once a zone, however many
//! schedules are in it.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::super::wall_time::offset;
use super::super::{end_of_years, offset_changes};

/// A part of the stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: i64,
    pub(super) until: i64,
    /// The clock's offset from UTC in seconds; nothing, around a change of it.
    pub(super) offset: Option<i64>,
}

/// The clocks of all zones within a stretch of time.
#[derive(Clone, Debug)]
pub struct Clocks {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    zones: HashMap<Tz, Vec<Stretch>>,
}

impl Clocks {
    /// From `from` up to, but not including, `until`; what lies outside the years that schedules are computed for is cut
    /// off.
    pub fn new(from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        Self {
            from: from.max(DateTime::UNIX_EPOCH),
            until: until.min(end_of_years()),
            zones: HashMap::new(),
        }
    }

    /// The whole stretch in parts, in order.
    pub(super) fn stretches(&mut self, zone: Tz) -> &[Stretch] {
        let (from, until) = (self.from, self.until);
        self.zones
            .entry(zone)
            .or_insert_with(|| stretches(zone, from, until))
    }

    /// How many seconds of it lie around changes.
    pub(super) fn searched(&mut self, zone: Tz) -> u64 {
        let around = self.stretches(zone).iter();
        let around = around.filter(|stretch| stretch.offset.is_none());
        let seconds: i64 = around.map(|stretch| stretch.until - stretch.from).sum();
        seconds.unsigned_abs()
    }
}

/// A change makes the wall clock show a stretch twice, or leaves one out, that is as long as the change is large: at an
/// instant further away than that, one wall time and one instant belong together.
fn stretches(zone: Tz, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Stretch> {
    // A change a day before may still reach into the stretch: Samoa left out a whole one.
    let reach = TimeDelta::hours(26);
    let mut found: Vec<Stretch> = Vec::new();
    let mut settled_from = from.timestamp();
    for change in offset_changes(zone, from - reach, until + reach) {
        let before = offset(zone, change - TimeDelta::seconds(1));
        let size = (offset(zone, change) - before).abs();
        let (begin, end) = (change - size, change + size);
        let begin = begin.timestamp().max(settled_from);
        found.push(Stretch {
            from: settled_from,
            until: begin,
            offset: Some(before.num_seconds()),
        });
        settled_from = end.timestamp().max(settled_from);
        found.push(Stretch {
            from: begin,
            until: settled_from,
            offset: None,
        });
    }
    let last = until.timestamp();
    found.push(Stretch {
        from: settled_from,
        until: last,
        offset: Some(offset(zone, until).num_seconds()),
    });
    for stretch in &mut found {
        stretch.from = stretch.from.min(last);
        stretch.until = stretch.until.min(last);
    }
    found
}
