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
            _ if table.is_due_daily() => Self::of_times(&table.times_of_day().collect::<Vec<_>>()),
            Some(1) if table.times_a_day() == 1 => Self::Every(WEEK),
            Some(_) => Self::SomeDays,
            None if table.is_due_monthly() => Self::Monthly,
            None => Self::Yearly,
        }
    }

    pub(super) fn of_rule(rule: &Rule) -> Self {
        let interval = u64::from(rule.interval);
        let is_of_a_year =
            !(rule.months.is_empty() && rule.weeks.is_empty() && rule.year_days.is_empty());
        let is_of_a_month = !rule.month_days.is_empty();
        match rule.frequency {
            Frequency::Yearly => Self::Yearly,
            _ if is_of_a_year => Self::Yearly,
            Frequency::Monthly => Self::Monthly,
            _ if is_of_a_month => Self::Monthly,
            Frequency::Weekly if rule.days.len() <= 1 && rule.times_a_day() == 1 => {
                Self::Every(WEEK * interval)
            }
            Frequency::Weekly => Self::SomeDays,
            // What is left out of each period, or lies within hours that are counted, has no word of its own.
            _ if !rule.positions.is_empty() => Self::SomeDays,
            Frequency::Hourly if interval > 1 && !rule.hours.is_empty() => Self::SomeDays,
            Frequency::Daily | Frequency::Hourly if !rule.days.is_empty() => Self::SomeDays,
            Frequency::Daily if rule.times_a_day() == 1 => Self::Every(DAY * interval),
            Frequency::Daily if interval > 1 => Self::SomeDays,
            Frequency::Hourly if rule.hours.is_empty() && times_of(rule, &[0]).len() == 1 => {
                Self::Every(3_600 * interval)
            }
            Frequency::Hourly if interval > 24 => Self::SomeDays,
            Frequency::Hourly if rule.hours.is_empty() => {
                let hours: Vec<_> = (0..24).step_by(rule.interval.into()).collect();
                Self::of_times(&times_of(rule, &hours))
            }
            Frequency::Daily | Frequency::Hourly => Self::of_times(&times_of(rule, &rule.hours)),
        }
    }

    /// Of one that is due at these times of every day, in order.
    fn of_times(times: &[i64]) -> Self {
        let count = times.len() as u64;
        let gap = DAY / count.max(1);
        let is_even = DAY.is_multiple_of(count.max(1))
            && times
                .windows(2)
                .all(|pair| pair[0].abs_diff(pair[1]) == gap);
        if is_even {
            Self::Every(gap)
        } else {
            Self::TimesADay(count)
        }
    }
}

/// The times of a day that `rule` has in these `hours`; in one that does not matter, if there are none. What its start says
/// moves them all alike.
fn times_of(rule: &Rule, hours: &[u8]) -> Vec<i64> {
    let or_one = |list: &[u8]| {
        if list.is_empty() {
            vec![0]
        } else {
            list.to_vec()
        }
    };
    let (minutes, seconds) = (or_one(&rule.minutes), or_one(&rule.seconds));
    let mut times = Vec::new();
    for hour in or_one(hours) {
        for minute in &minutes {
            let within = seconds.iter().map(|second| i64::from(*second));
            let begin = i64::from(hour) * 3_600 + i64::from(*minute) * 60;
            times.extend(within.map(|second| begin + second));
        }
    }
    times
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
