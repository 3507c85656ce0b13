//! Rhythms: what schedules that differ by a shift alone have in common, and all of its beats within a stretch at once. A
//! beat, moved by a job's shift, is a fire time as [`Schedule::next`] finds it: whatever is told from less than that is
//! told only where no clock changes.

mod cadence;
mod clocks;
#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

pub use self::cadence::Cadence;
pub use self::clocks::Clocks;
use super::cron::{CronSchedule, Hashes, Table};
use super::recurrence::Recurrence;
use super::request::{CronRequest, RruleRequest, ScheduleRequest};
use super::{Schedule, parse_timezone};
use crate::domain::Invalid;

/// What one beat costs that is searched for, counted in beats that are told.
const SEARCHED: u64 = 200;

/// The same of a beat of a recurrence rule, which is enumerated on a bare wall clock.
const ENUMERATED: u64 = 50;

/// What it costs to make a schedule ready to be searched.
const READIED: u64 = 5_000;

const DAY: i64 = 86_400;

/// What is common to the schedules that share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rhythm<'a> {
    /// One beat, at the beginning of time: any instant is that, shifted.
    Moment,
    /// Every so many seconds from the beginning of time on.
    Every(i64),
    /// By an expression, in its zone.
    Cron(&'a CronRequest),
    /// By a rule, from its start, in its zone.
    Rrule(&'a RruleRequest),
}

/// By how much a schedule's fire times lie behind its rhythm's beats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    /// So many seconds.
    pub seconds: i64,
    /// No fire time lies before this, in seconds since 1970.
    pub from: Option<i64>,
}

impl ScheduleRequest {
    /// The rhythm of a schedule that is stored, and its shift. `None`: it has no times of its own, or was never stored.
    pub fn rhythm(&self) -> Option<(Rhythm<'_>, Shift)> {
        match self {
            Self::Once(once) => {
                let seconds = once.at?.timestamp();
                Some((
                    Rhythm::Moment,
                    Shift {
                        seconds,
                        from: None,
                    },
                ))
            }
            Self::Every(every) => {
                let anchor = every.anchor_at?.timestamp();
                let shift = Shift {
                    seconds: anchor.rem_euclid(every.seconds.max(1)),
                    from: Some(anchor),
                };
                Some((Rhythm::Every(every.seconds.max(1)), shift))
            }
            Self::Cron(cron) => Some((Rhythm::Cron(cron), Shift::default())),
            Self::Rrule(rule) => Some((Rhythm::Rrule(rule), Shift::default())),
            Self::After(_) => None,
        }
    }
}

/// A rhythm that has been read.
#[derive(Clone, Debug)]
pub struct Beats<'a>(Kind<'a>);

#[derive(Clone, Debug)]
enum Kind<'a> {
    Moment,
    Every(i64),
    Cron {
        said: &'a CronRequest,
        table: Table,
        zone: Tz,
    },
    Rrule(Box<Recurrence>),
}

impl<'a> Rhythm<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// [`Invalid`] names the field under `schedule`: it was stored by other rules than today's.
    pub fn read(self) -> Result<Beats<'a>, Invalid> {
        Ok(Beats(match self {
            Self::Moment => Kind::Moment,
            Self::Every(seconds) => Kind::Every(seconds.max(1)),
            Self::Cron(said) => {
                let expression = said.resolved.as_deref().unwrap_or(&said.expression);
                let table = Table::read(expression);
                Kind::Cron {
                    said,
                    table: table.map_err(|why| Invalid::new("schedule.expression", why))?,
                    zone: match &said.timezone {
                        None => Tz::UTC,
                        Some(name) => parse_timezone(name)?,
                    },
                }
            }
            // What was stored names its start; nothing depends on the present.
            Self::Rrule(said) => {
                let recurrence = Recurrence::new(said, DateTime::UNIX_EPOCH)?;
                Kind::Rrule(Box::new(recurrence))
            }
        }))
    }
}

impl Beats<'_> {
    /// How often it beats.
    pub fn cadence(&self) -> Cadence {
        match &self.0 {
            Kind::Moment => Cadence::Once,
            Kind::Every(seconds) => Cadence::Every(seconds.unsigned_abs()),
            Kind::Cron { table, .. } => Cadence::of_table(table),
            Kind::Rrule(recurrence) => Cadence::of_rule(recurrence.said().0),
        }
    }

    /// How many beats `seconds` in a row have, at the most.
    pub fn most(&self, seconds: i64) -> u64 {
        let span = u64::try_from(seconds).unwrap_or_default();
        let days = span / DAY.unsigned_abs() + 2;
        match &self.0 {
            Kind::Moment => 1,
            Kind::Every(period) => span / period.unsigned_abs() + 1,
            Kind::Cron { table, .. } => days * table.times_a_day(),
            Kind::Rrule(recurrence) => days * recurrence.said().0.times_a_day(),
        }
        .min(span.max(1))
    }

    /// About how much work it is to tell the beats of `seconds` in a row, at the most: one for each, if they are told.
    pub fn work(&self, seconds: i64, clocks: &mut Clocks) -> u64 {
        let days = u64::try_from(seconds).unwrap_or_default() / DAY.unsigned_abs() + 2;
        let most = self.most(seconds);
        // Around a change, as much as lies around it of a day's times.
        let around = |a_day: u64, searched: u64| (a_day * searched).div_ceil(DAY.unsigned_abs());
        match &self.0 {
            Kind::Moment | Kind::Every(_) => most,
            Kind::Cron { table, zone, .. } => match clocks.searched(*zone) {
                0 => days + most,
                searched => {
                    days + most + READIED + around(table.times_a_day(), searched) * SEARCHED
                }
            },
            Kind::Rrule(recurrence) => {
                let searched = clocks.searched(recurrence.timezone());
                let a_day = recurrence.said().0.times_a_day();
                READIED + most * ENUMERATED + around(a_day, searched) * SEARCHED
            }
        }
    }

    /// Its beats from `from` up to, but not including, `until`, in order; both, and each, in seconds since 1970. `clocks`
    /// must know the stretch.
    pub fn between(&self, from: i64, until: i64, clocks: &mut Clocks) -> Vec<i64> {
        match &self.0 {
            Kind::Moment => Vec::from_iter((from <= 0 && 0 < until).then_some(0)),
            Kind::Every(period) => {
                let first = from.div_euclid(*period) + i64::from(from.rem_euclid(*period) != 0);
                let last = (until - 1).div_euclid(*period);
                (first..=last).map(|number| number * period).collect()
            }
            Kind::Cron { said, table, zone } => {
                let readied = || {
                    Some(Schedule::Cron(
                        CronSchedule::new(said, Hashes::Chosen).ok()?,
                    ))
                };
                of_clock(
                    *zone,
                    (from, until),
                    clocks,
                    readied,
                    |from, until, walls| {
                        told(table, from, until, walls);
                    },
                )
            }
            Kind::Rrule(recurrence) => {
                let readied = || Some(Schedule::Rrule(Recurrence::clone(recurrence)));
                let zone = recurrence.timezone();
                let on_wall = |from, until, walls: &mut Vec<i64>| {
                    let found = recurrence.walls(shown(from));
                    let found = found.map(|wall| wall.and_utc().timestamp());
                    walls.extend(found.take_while(|wall| *wall < until));
                };
                let mut beats = of_clock(zone, (from, until), clocks, readied, on_wall);
                if let Some(end) = recurrence.ends_at() {
                    beats.retain(|beat| *beat <= end.timestamp());
                }
                beats
            }
        }
    }
}

/// What a clock shows, in seconds since it showed the beginning of 1970.
fn shown(wall: i64) -> NaiveDateTime {
    DateTime::<Utc>::from_timestamp(wall, 0)
        .unwrap_or_default()
        .naive_utc()
}

/// Beats by a clock: where it keeps its offset, `on_wall` pushes their times on the wall; around its changes the schedule
/// is searched, as it is everywhere else.
fn of_clock(
    zone: Tz,
    (from, until): (i64, i64),
    clocks: &mut Clocks,
    readied: impl Fn() -> Option<Schedule>,
    on_wall: impl Fn(i64, i64, &mut Vec<i64>),
) -> Vec<i64> {
    let mut beats = Vec::new();
    for stretch in clocks.stretches(zone) {
        let (from, until) = (from.max(stretch.from), until.min(stretch.until));
        if from >= until {
            continue;
        }
        if let Some(offset) = stretch.offset {
            let begin = beats.len();
            on_wall(from + offset, until + offset, &mut beats);
            for beat in &mut beats[begin..] {
                *beat -= offset;
            }
        } else if let Some(schedule) = readied() {
            let instant = |second| DateTime::<Utc>::from_timestamp(second, 0).unwrap_or_default();
            let found = schedule.between(instant(from), instant(until));
            beats.extend(found.map(|found| found.timestamp()));
        }
    }
    beats
}

/// The times on the wall that `table` allows.
fn told(table: &Table, from: i64, until: i64, walls: &mut Vec<i64>) {
    for day in from.div_euclid(DAY)..=(until - 1).div_euclid(DAY) {
        let midnight = day * DAY;
        if !table.is_due_on(shown(midnight).date()) {
            continue;
        }
        if from <= midnight && midnight + DAY <= until {
            walls.extend(table.times_of_day().map(|time| midnight + time));
        } else {
            let times = table.times_of_day().map(|time| midnight + time);
            walls.extend(times.filter(|wall| (from..until).contains(wall)));
        }
    }
}
