//! A rule on a bare wall clock. The `rrule` crate enumerates from a rule's start; here the start is moved ahead by whole
//! periods first, so that what is due next costs the same after a day and after a century.

use chrono::{DateTime, Datelike, Month, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use rrule::{NWeekday, RRule, RRuleSet, Tz, Validated};

use super::super::YEARS;
use super::super::wall_time::WallTimes;
use super::rule::{End, Frequency, Rule};

/// A rule with a start, ready to be searched.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    /// With everything filled in that follows from the start, and without an end.
    rule: RRule<Validated>,
    frequency: Frequency,
    interval: i64,
    start: NaiveDateTime,
    /// Nothing is due after this.
    last: NaiveDateTime,
}

impl Engine {
    /// Anchors `rule` at `start`, or says why the two do not go together. An end at an instant is the caller's to keep:
    /// here there are no instants.
    pub(crate) fn new(rule: &Rule, start: NaiveDateTime) -> Result<Self, String> {
        let mut engine = Self {
            rule: filled_in(rule, start)?,
            frequency: rule.frequency,
            interval: rule.interval.into(),
            start,
            last: end_of_years(),
        };
        match rule.end {
            End::Never | End::At(_) => {}
            End::Local(until) => engine.last = engine.last.min(until),
            End::Count(count) => {
                let counted = engine.from(start).take(count.into());
                engine.last = counted.last().unwrap_or(start);
            }
        }
        Ok(engine)
    }

    /// The times at or after `from`, in order.
    pub(crate) fn from(&self, from: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> {
        let from = from.max(self.start);
        let last = self.last;
        // `limit` ends the search after 100,000 periods without a time: more than there are days in the years.
        RRuleSet::new(self.origin(from).and_utc().with_timezone(&Tz::UTC))
            .rrule(self.rule.clone())
            .limit()
            .into_iter()
            .map(|found| found.naive_utc())
            .take_while(move |found| *found <= last)
            .filter(move |found| *found >= from)
    }

    /// A start from which the rule gives the same times from `from` on: the start itself, or a later one by a multiple of
    /// the interval. It lies at least an interval before `from`, as the period in which a search starts is cut short.
    fn origin(&self, from: NaiveDateTime) -> NaiveDateTime {
        let start = self.start;
        let months = |time: NaiveDateTime| i64::from(time.year()) * 12 + i64::from(time.month0());
        let periods = match self.frequency {
            Frequency::Yearly => i64::from(from.year() - start.year()),
            Frequency::Monthly => months(from) - months(start),
            Frequency::Weekly => (from - start).num_weeks(),
            Frequency::Daily => (from - start).num_days(),
            Frequency::Hourly => (from - start).num_hours(),
        };
        let ahead = (periods / self.interval - 1) * self.interval;
        if ahead < self.interval {
            return start;
        }
        match self.frequency {
            // The first day of a month or year: the day of the start need not exist in this one.
            Frequency::Yearly => first_of(months(start) / 12 * 12 + ahead * 12),
            Frequency::Monthly => first_of(months(start) + ahead),
            Frequency::Weekly => TimeDelta::try_weeks(ahead).map(|ahead| start + ahead),
            Frequency::Daily => TimeDelta::try_days(ahead).map(|ahead| start + ahead),
            Frequency::Hourly => TimeDelta::try_hours(ahead).map(|ahead| start + ahead),
        }
        .unwrap_or(start)
    }
}

impl WallTimes for Engine {
    fn next_wall(&self, from: NaiveDateTime) -> Option<NaiveDateTime> {
        self.from(from).next()
    }
}

/// The first day of a month that is given as a number of months since the year 0.
fn first_of(month: i64) -> Option<NaiveDateTime> {
    let year = i32::try_from(month.div_euclid(12)).ok()?;
    let month = u32::try_from(month.rem_euclid(12)).ok()?;
    let day = NaiveDate::from_ymd_opt(year, month + 1, 1)?;
    Some(day.and_time(NaiveTime::MIN))
}

fn end_of_years() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(*YEARS.end(), 12, 31)
        .and_then(|day| day.and_hms_opt(23, 59, 59))
        .unwrap_or(DateTime::UNIX_EPOCH.naive_utc())
}

/// The engine's rule, in which the start has said what the parts leave open.
fn filled_in(rule: &Rule, start: NaiveDateTime) -> Result<RRule<Validated>, String> {
    let frequency = match rule.frequency {
        Frequency::Yearly => rrule::Frequency::Yearly,
        Frequency::Monthly => rrule::Frequency::Monthly,
        Frequency::Weekly => rrule::Frequency::Weekly,
        Frequency::Daily => rrule::Frequency::Daily,
        Frequency::Hourly => rrule::Frequency::Hourly,
    };
    let months = rule.months.iter();
    let months: Vec<_> = months
        .filter_map(|month| Month::try_from(*month).ok())
        .collect();
    let days = rule.days.iter();
    let days = days.map(|day| NWeekday::new(day.nth, day.weekday));
    RRule::new(frequency)
        .interval(rule.interval)
        .week_start(rule.week_start)
        .by_month(&months)
        .by_week_no(rule.weeks.clone())
        .by_year_day(rule.year_days.clone())
        .by_month_day(rule.month_days.clone())
        .by_weekday(days.collect())
        .by_hour(rule.hours.clone())
        .by_minute(rule.minutes.clone())
        .by_second(rule.seconds.clone())
        .by_set_pos(rule.positions.clone())
        .validate(start.and_utc().with_timezone(&Tz::UTC))
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_begins_one_to_two_intervals_before_what_is_asked_for_however_old_the_rule_is() {
        for (rule, start, from, origin) in [
            // 26 years are 8 intervals and a part of one: 7 of them are gone ahead.
            (
                "FREQ=YEARLY;INTERVAL=3",
                "2000-05-20T09:00:00",
                "2026-11-29T00:00:00",
                "2021-01-01T00:00:00",
            ),
            // 79 months, 14 of 15 intervals.
            (
                "FREQ=MONTHLY;INTERVAL=5",
                "2020-04-10T09:00:00",
                "2026-11-29T00:00:00",
                "2026-02-01T00:00:00",
            ),
            // 47 weeks, 22 of 23 intervals.
            (
                "FREQ=WEEKLY;INTERVAL=2",
                "2026-01-01T09:00:00",
                "2026-11-29T00:00:00",
                "2026-11-05T09:00:00",
            ),
            // 331 days, 32 of 33 intervals.
            (
                "FREQ=DAILY;INTERVAL=10",
                "2026-01-01T09:00:00",
                "2026-11-29T00:00:00",
                "2026-11-17T09:00:00",
            ),
            // 24 hours, 2 of 3 intervals.
            (
                "FREQ=HOURLY;INTERVAL=7",
                "2026-11-28T00:00:00",
                "2026-11-29T00:00:00",
                "2026-11-28T14:00:00",
            ),
            (
                "FREQ=DAILY",
                "2026-11-27T09:00:00",
                "2026-11-29T09:00:00",
                "2026-11-28T09:00:00",
            ),
            (
                "FREQ=DAILY",
                "2026-11-27T09:00:00",
                "2026-11-29T08:59:59",
                "2026-11-27T09:00:00",
            ),
            (
                "FREQ=DAILY",
                "2026-11-27T09:00:00",
                "2026-11-27T09:00:00",
                "2026-11-27T09:00:00",
            ),
        ] {
            let wall = |text: &str| -> NaiveDateTime { text.parse().unwrap() };
            let engine = Engine::new(&Rule::parse(rule).unwrap(), wall(start)).unwrap();
            assert_eq!(
                engine.origin(wall(from)),
                wall(origin),
                "{rule} from {from}"
            );
        }
    }
}
