//! An expression as sets of numbers: what a stretch of fire times is told from at once, day by day. It says nothing of
//! clocks that change.

use chrono::{Datelike, NaiveDate};

use super::fields::Fields;

/// The values that each field allows, one bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Table {
    seconds: u64,
    minutes: u64,
    hours: u64,
    days_of_month: u64,
    months: u64,
    days_of_week: u64,
    either_day: bool,
}

/// Of a field whose every value is allowed.
const fn all(from: u32, to: u32) -> u64 {
    (u64::MAX >> (63 - to)) & (u64::MAX << from)
}

const DAYS_OF_MONTH: u64 = all(1, 31);
const MONTHS: u64 = all(1, 12);
const DAYS_OF_WEEK: u64 = all(0, 6);

/// The values that a set has, in order.
fn values(set: u64) -> impl Iterator<Item = u32> + Clone {
    (0..u64::BITS).filter(move |value| set & (1 << value) != 0)
}

/// How many a set has.
fn count(set: u64) -> u64 {
    set.count_ones().into()
}

impl Table {
    /// Of an expression in which no `H` is left.
    pub(in super::super) fn read(expression: &str) -> Result<Self, String> {
        let fields = Fields::read_long(expression)?;
        if fields.has_hash() {
            return Err("still has an H".to_owned());
        }
        Ok(Self {
            seconds: fields.second.allowed(),
            minutes: fields.minute.allowed(),
            hours: fields.hour.allowed(),
            days_of_month: fields.day_of_month.allowed(),
            months: fields.month.allowed(),
            days_of_week: fields.day_of_week.allowed(),
            either_day: fields.either_day(),
        })
    }

    /// Whether anything is due on `day`.
    pub(in super::super) fn is_due_on(&self, day: NaiveDate) -> bool {
        let of_month = self.days_of_month & (1 << day.day()) != 0;
        let of_week = self.days_of_week & (1 << day.weekday().num_days_from_sunday()) != 0;
        let is_due = if self.either_day {
            of_month || of_week
        } else {
            of_month && of_week
        };
        is_due && self.months & (1 << day.month()) != 0
    }

    /// The seconds of a day at which something is due, in order.
    pub(in super::super) fn times_of_day(&self) -> impl Iterator<Item = i64> {
        let Self {
            seconds, minutes, ..
        } = *self;
        values(self.hours).flat_map(move |hour| {
            values(minutes).flat_map(move |minute| {
                values(seconds).map(move |second| i64::from(hour * 3_600 + minute * 60 + second))
            })
        })
    }

    /// How many times are due on a day that is due at all.
    pub(in super::super) fn times_a_day(&self) -> u64 {
        count(self.hours) * count(self.minutes) * count(self.seconds)
    }

    /// Whether every day is due.
    pub(in super::super) fn is_due_daily(&self) -> bool {
        let by_month = self.days_of_month == DAYS_OF_MONTH;
        let by_week = self.days_of_week == DAYS_OF_WEEK;
        let days = if self.either_day {
            by_month || by_week
        } else {
            by_month && by_week
        };
        days && self.months == MONTHS
    }

    /// How many days of a week are due, if nothing but the day of the week decides.
    pub(in super::super) fn days_a_week(&self) -> Option<u64> {
        let by_week = self.days_of_month == DAYS_OF_MONTH && self.months == MONTHS;
        by_week.then(|| count(self.days_of_week))
    }

    /// Whether it is due in every month.
    pub(in super::super) fn is_due_monthly(&self) -> bool {
        self.months == MONTHS
    }
}
