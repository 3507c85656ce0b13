//! How often something fires, roughly enough to be said in a word: what the starts of one second have in common.

use std::fmt;

use super::super::cron::Table;
use super::super::recurrence::{Frequency, Rule};

const DAY: u64 = 86_400;
const WEEK: u64 = 7 * DAY;

/// How often a rhythm beats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cadence {
    /// Once.
    Once,
    /// Every so many seconds; those of a day or a week by the clock, too.
    Every(u64),
    /// So many times a day, not evenly.
    TimesADay(u64),
    /// On some days of a week.
    SomeDays,
    /// On some days of a month.
    Monthly,
    /// In some months of a year.
    Yearly,
}

impl Cadence {
    pub(super) fn of_table(table: &Table) -> Self {
        match table.days_a_week() {
            _ if table.is_due_daily() => Self::of_day(table),
            Some(1) if table.times_a_day() == 1 => Self::Every(WEEK),
            Some(_) => Self::SomeDays,
            None if table.is_due_monthly() => Self::Monthly,
            None => Self::Yearly,
        }
    }

    /// Of one that is due on every day.
    fn of_day(table: &Table) -> Self {
        let count = table.times_a_day();
        let mut times = table.times_of_day();
        let Some(first) = times.next() else {
            return Self::TimesADay(0);
        };
        let gap = DAY / count.max(1);
        let mut last = first;
        let is_even = DAY.is_multiple_of(count.max(1))
            && times.all(|time| {
                let even = time.abs_diff(last) == gap;
                last = time;
                even
            });
        if is_even {
            Self::Every(gap)
        } else {
            Self::TimesADay(count)
        }
    }

    pub(super) fn of_rule(rule: &Rule) -> Self {
        let is_plain = rule.hours.len().max(1) * rule.minutes.len().max(1) == 1;
        let interval = u64::from(rule.interval);
        match rule.frequency {
            Frequency::Hourly if is_plain && rule.days.is_empty() => Self::Every(3_600 * interval),
            Frequency::Daily if is_plain && rule.days.is_empty() => Self::Every(DAY * interval),
            Frequency::Weekly if is_plain && rule.days.len() <= 1 => Self::Every(WEEK * interval),
            Frequency::Hourly | Frequency::Daily | Frequency::Weekly => Self::SomeDays,
            Frequency::Monthly => Self::Monthly,
            Frequency::Yearly => Self::Yearly,
        }
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let every = |f: &mut fmt::Formatter<'_>, count: u64, unit: &str| match count {
            1 => write!(f, "every {unit}"),
            _ => write!(f, "every {count} {unit}s"),
        };
        match *self {
            Self::Once => f.write_str("once"),
            Self::Every(3_600) => f.write_str("hourly"),
            Self::Every(DAY) => f.write_str("daily"),
            Self::Every(WEEK) => f.write_str("weekly"),
            Self::Every(seconds) if seconds.is_multiple_of(DAY) => every(f, seconds / DAY, "day"),
            Self::Every(seconds) if seconds.is_multiple_of(3_600) => {
                every(f, seconds / 3_600, "hour")
            }
            Self::Every(seconds) if seconds.is_multiple_of(60) => every(f, seconds / 60, "minute"),
            Self::Every(seconds) => every(f, seconds, "second"),
            Self::TimesADay(count) => write!(f, "{count} times a day"),
            Self::SomeDays => f.write_str("on some days of the week"),
            Self::Monthly => f.write_str("monthly"),
            Self::Yearly => f.write_str("yearly"),
        }
    }
}
