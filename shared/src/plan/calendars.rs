//! From when on a changed calendar governs, and how often it may change. The start lies past everything that anybody may
//! be planning by the version before, so planner and worker agree on every fire time, whichever they read.

use chrono::{DateTime, TimeDelta, Utc};

use super::horizon;
use crate::domain::calendar::Calendar;
use crate::domain::{CalendarVersion, CalendarVersions, MINUTE, floor_second};

/// How long a version is kept after another one has taken its place: longer than executions are.
pub const VERSIONS_KEPT: TimeDelta = TimeDelta::days(31);

/// The most changes within [`VERSIONS_KEPT`]: who looks back must not have to read more.
pub const MAX_CHANGES: usize = 50;

/// The next version of a calendar that was known as `before`, said at `now`. `None`: it was changed too often.
///
/// The first governs all instants. A later one governs from two minutes past the direct window on: a planner that read
/// the calendar before it was written puts and sends within the put limit, and what it sends lies before that.
pub fn next_version(
    before: &CalendarVersions,
    calendar: Calendar,
    now: DateTime<Utc>,
) -> Option<CalendarVersion> {
    let oldest_counted = before.0.get(MAX_CHANGES - 1);
    if oldest_counted.is_some_and(|version| version.created_at > now - VERSIONS_KEPT) {
        return None;
    }
    let newest = before.newest();
    Some(CalendarVersion {
        number: newest.map_or(1, |newest| newest.number + 1),
        effective_from: newest.map_or(floor_second(now), |newest| {
            (horizon(now) + MINUTE * 2).max(newest.effective_from)
        }),
        created_at: now,
        calendar,
    })
}
