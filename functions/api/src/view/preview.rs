//! What a schedule would do, as whoever is about to save it sees it.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use punctual::domain::schedule::{ClockChange, ScheduleRequest};
use punctual::domain::{Schedule, Timetable};
use punctual::usecase::Preview;
use serde::Serialize;
use utoipa::ToSchema;

use super::spread::SpreadView;
use super::{local, utc};

/// What a schedule would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Preview)]
pub struct PreviewView {
    /// The schedule in words.
    #[schema(example = "At 09:00 on Monday to Friday, Europe/Berlin")]
    description: String,
    /// The schedule as a job would keep it.
    #[schema(value_type = ScheduleRequest)]
    schedule: Schedule,
    /// The zone of the local times.
    #[schema(format = "iana-time-zone")]
    timezone: &'static str,
    /// Null where the fire times are exact.
    #[schema(required)]
    spread: Option<SpreadView>,
    fire_times: Vec<PlannedTime>,
    /// The changes of the clock within a year that the schedule meets.
    clock_changes: Vec<ClockChangeView>,
}

/// One fire time of a preview.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlannedTime {
    #[schema(format = DateTime)]
    utc: String,
    /// The same instant, with the zone's offset.
    #[schema(format = DateTime)]
    local: String,
    /// The schedule's own time for it, before the spread.
    #[schema(format = DateTime)]
    nominal: String,
}

/// A change of the clock that a schedule meets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClockChange)]
pub struct ClockChangeView {
    /// The first instant after it.
    #[schema(format = DateTime)]
    at: String,
    kind: ClockChangeKind,
    /// The first wall time that is left out, or comes twice,
    #[schema(example = "2027-03-28T02:00:00")]
    local_from: String,
    /// and the first one after it that is not.
    #[schema(example = "2027-03-28T03:00:00")]
    local_until: String,
    /// What the schedule does there, in a sentence.
    description: String,
}

/// Which way the clock goes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockChangeKind {
    /// Forward: wall times are left out.
    Gap,
    /// Back: wall times come twice.
    Fold,
}

impl From<Preview> for PreviewView {
    fn from(preview: Preview) -> Self {
        let Timetable {
            schedule, spread, ..
        } = preview.timetable.clone();
        let timezone = schedule.timezone();
        let planned = |at| planned(&preview.timetable, at, timezone);
        Self {
            description: preview.words,
            fire_times: preview.fire_times.into_iter().map(planned).collect(),
            clock_changes: preview.clock_changes.into_iter().map(Into::into).collect(),
            timezone: timezone.name(),
            schedule,
            spread: spread.map(Into::into),
        }
    }
}

fn planned(timetable: &Timetable, at: DateTime<Utc>, timezone: Tz) -> PlannedTime {
    PlannedTime {
        utc: utc(at),
        local: local(at, timezone),
        nominal: utc(timetable.nominal(at)),
    }
}

impl From<ClockChange> for ClockChangeView {
    fn from(change: ClockChange) -> Self {
        let forward = change.after.local_minus_utc() > change.before.local_minus_utc();
        let wall = |time: NaiveDateTime| time.format("%Y-%m-%dT%H:%M:%S").to_string();
        Self {
            at: utc(change.at),
            kind: if forward {
                ClockChangeKind::Gap
            } else {
                ClockChangeKind::Fold
            },
            local_from: wall(change.local.0),
            local_until: wall(change.local.1),
            description: change.words,
        }
    }
}
