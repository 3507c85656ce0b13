//! A recurrence rule as RFC 5545 writes it (section 3.3.10), read into parts. What the standard forbids is refused with
//! the part's name; so is what would be expensive to search, and what the engine is known to get wrong.

use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};

/// How long a period is. Shorter ones are left to cron and to `every`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Frequency {
    Yearly,
    Monthly,
    Weekly,
    Daily,
    Hourly,
}

/// Where a rule ends. Its last time may be the end itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Never,
    /// After so many times.
    Count(u16),
    /// At a time on the wall clock.
    Local(NaiveDateTime),
    /// At an instant.
    At(DateTime<Utc>),
}

/// A day of the week; of a month or a year, if `nth` is given: the first is 1, the last is -1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) nth: Option<i16>,
    pub(crate) weekday: Weekday,
}

/// The parts of a rule. Lists are sorted and have no duplicates; an empty one was not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) frequency: Frequency,
    pub(crate) interval: u16,
    pub(crate) end: End,
    pub(crate) week_start: Weekday,
    pub(crate) months: Vec<u8>,
    pub(crate) weeks: Vec<i8>,
    pub(crate) year_days: Vec<i16>,
    pub(crate) month_days: Vec<i8>,
    pub(crate) days: Vec<Day>,
    pub(crate) hours: Vec<u8>,
    pub(crate) minutes: Vec<u8>,
    pub(crate) seconds: Vec<u8>,
    pub(crate) positions: Vec<i32>,
}

const MAX_LENGTH: usize = 512;

/// A rule that ends by its count is enumerated whenever it is read.
const MAX_COUNT: u16 = 1_000;

/// The engine makes a list of all times in a period. This many take it well below a millisecond.
const MAX_TIMES_IN_A_PERIOD: usize = 5_000;

impl Rule {
    /// How many times lie in a day, at the most.
    pub(crate) fn times_a_day(&self) -> u64 {
        let count = |list: &[u8]| list.len().max(1) as u64;
        let hours = match self.frequency {
            Frequency::Hourly => 24_u64.div_ceil(self.interval.clamp(1, 24).into()),
            _ => count(&self.hours),
        };
        hours * count(&self.minutes) * count(&self.seconds)
    }

    /// Reads `text`, with or without the leading `RRULE:`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("must be at most {MAX_LENGTH} characters"));
        }
        let upper = text.trim().to_ascii_uppercase();
        let mut parts = Vec::new();
        for part in upper.strip_prefix("RRULE:").unwrap_or(&upper).split(';') {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| format!("{part:?} is not of the form NAME=VALUE"))?;
            if parts.iter().any(|(known, _)| *known == name) {
                return Err(format!("{name} is given twice"));
            }
            parts.push((name, value));
        }
        let mut rule = Self {
            frequency: frequency(&parts)?,
            interval: 1,
            end: End::Never,
            week_start: Weekday::Mon,
            months: Vec::new(),
            weeks: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            days: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            positions: Vec::new(),
        };
        for (name, value) in parts {
            rule.take(name, value)?;
        }
        rule.check()?;
        Ok(rule)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        let ended = self.end != End::Never;
        match name {
            "FREQ" => {}
            "COUNT" | "UNTIL" if ended => return Err("has both COUNT and UNTIL".to_owned()),
            "COUNT" => self.end = End::Count(one(name, value, 1..=MAX_COUNT.into())?),
            "UNTIL" => self.end = until(value)?,
            "INTERVAL" => self.interval = one(name, value, 1..=1_000)?,
            "WKST" => self.week_start = weekday(value).ok_or_else(|| not_a_day(name, value))?,
            "BYMONTH" => self.months = numbers(name, value, 1..=12)?,
            "BYWEEKNO" => self.weeks = numbers(name, value, -53..=53)?,
            "BYYEARDAY" => self.year_days = numbers(name, value, -366..=366)?,
            "BYMONTHDAY" => self.month_days = numbers(name, value, -31..=31)?,
            "BYDAY" => self.days = days(value)?,
            "BYHOUR" => self.hours = numbers(name, value, 0..=23)?,
            "BYMINUTE" => self.minutes = numbers(name, value, 0..=59)?,
            "BYSECOND" => self.seconds = numbers(name, value, 0..=59)?,
            "BYSETPOS" => self.positions = numbers(name, value, -366..=366)?,
            _ => {
                return Err(format!(
                    "{name:?} is not a part of a rule that is known here"
                ));
            }
        }
        Ok(())
    }

    /// What the parts may not be together.
    fn check(&self) -> Result<(), String> {
        use Frequency::{Monthly, Weekly, Yearly};
        let frequency = self.frequency;
        let refuse = |reason: &str| Err(reason.to_owned());
        if !self.weeks.is_empty() && frequency != Yearly {
            return refuse("BYWEEKNO needs FREQ=YEARLY");
        }
        if !self.year_days.is_empty() && (Monthly..=Frequency::Daily).contains(&frequency) {
            return refuse("BYYEARDAY needs FREQ=YEARLY or HOURLY");
        }
        if !self.month_days.is_empty() && frequency == Weekly {
            return refuse("BYMONTHDAY cannot be used with FREQ=WEEKLY");
        }
        let numbered = self.days.iter().filter(|day| day.nth.is_some()).count();
        if numbered > 0 && (frequency > Monthly || !self.weeks.is_empty()) {
            return refuse("BYDAY with a number needs FREQ=MONTHLY or YEARLY, without BYWEEKNO");
        }
        if numbered > 0 && numbered < self.days.len() {
            return refuse("BYDAY mixes days with and without a number; make them two schedules");
        }
        if !self.positions.is_empty() && !self.expands() {
            return refuse("BYSETPOS needs another part that begins with BY");
        }
        if self.times_in_a_period() > MAX_TIMES_IN_A_PERIOD {
            return Err(format!(
                "may name more than {MAX_TIMES_IN_A_PERIOD} times in one period; choose a shorter FREQ"
            ));
        }
        Ok(())
    }

    fn expands(&self) -> bool {
        self.names_days()
            || !self.months.is_empty()
            || !self.hours.is_empty()
            || !self.minutes.is_empty()
            || !self.seconds.is_empty()
    }

    /// Whether a part says which days, so that the start's day does not.
    pub(crate) fn names_days(&self) -> bool {
        !self.weeks.is_empty()
            || !self.year_days.is_empty()
            || !self.month_days.is_empty()
            || !self.days.is_empty()
    }

    /// No fewer than there can be.
    fn times_in_a_period(&self) -> usize {
        let months = match self.months.len() {
            0 => 12,
            some => some,
        };
        let days = match self.frequency {
            Frequency::Yearly if self.names_days() => 31 * months,
            Frequency::Yearly => months,
            Frequency::Monthly if self.names_days() => 31,
            Frequency::Weekly => 7,
            _ => 1,
        };
        let hours = match self.frequency {
            Frequency::Hourly => 1,
            _ => self.hours.len().max(1),
        };
        days * hours * self.minutes.len().max(1) * self.seconds.len().max(1)
    }
}

fn frequency(parts: &[(&str, &str)]) -> Result<Frequency, String> {
    let named = parts.iter().find(|(name, _)| *name == "FREQ");
    match named.map(|(_, value)| *value) {
        Some("YEARLY") => Ok(Frequency::Yearly),
        Some("MONTHLY") => Ok(Frequency::Monthly),
        Some("WEEKLY") => Ok(Frequency::Weekly),
        Some("DAILY") => Ok(Frequency::Daily),
        Some("HOURLY") => Ok(Frequency::Hourly),
        Some(short @ ("MINUTELY" | "SECONDLY")) => Err(format!(
            "FREQ={short} is not supported; say it as cron or as every"
        )),
        Some(other) => Err(format!(
            "FREQ: {other:?} is not YEARLY, MONTHLY, WEEKLY, DAILY or HOURLY"
        )),
        None => Err("has no FREQ".to_owned()),
    }
}

/// A list of whole numbers; 0 only where the range begins with it.
fn numbers<T: TryFrom<i32> + Ord>(
    name: &str,
    text: &str,
    range: RangeInclusive<i32>,
) -> Result<Vec<T>, String> {
    let one = |text| one(name, text, range.clone());
    let mut all = text.split(',').map(one).collect::<Result<Vec<T>, _>>()?;
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

fn one<T: TryFrom<i32>>(name: &str, text: &str, range: RangeInclusive<i32>) -> Result<T, String> {
    let number = text.parse().ok().filter(|number| {
        range.contains(number) && (*number != 0 || *range.start() == 0) && text.len() <= 5
    });
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| {
            let (start, end) = (range.start(), range.end());
            let zero = if *start < 0 { ", without 0" } else { "" };
            format!("{name}: {text:?} is not in {start} to {end}{zero}")
        })
}

fn days(text: &str) -> Result<Vec<Day>, String> {
    let mut all = Vec::new();
    for item in text.split(',') {
        let day = item
            .len()
            .checked_sub(2)
            .and_then(|split| item.split_at_checked(split))
            .and_then(|(nth, name)| Some((nth, weekday(name)?)));
        let (nth, weekday) = day.ok_or_else(|| not_a_day("BYDAY", item))?;
        let nth = match nth {
            "" => None,
            nth => Some(one("BYDAY", nth, -53..=53)?),
        };
        all.push(Day { nth, weekday });
    }
    all.sort_unstable_by_key(|day| (day.nth, day.weekday.num_days_from_monday()));
    all.dedup();
    Ok(all)
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    })
}

fn not_a_day(name: &str, text: &str) -> String {
    format!("{name}: {text:?} is not a day such as MO or -1FR")
}

/// A date alone means its whole day.
fn until(text: &str) -> Result<End, String> {
    if let Some(utc) = text.strip_suffix('Z')
        && let Ok(at) = NaiveDateTime::parse_from_str(utc, "%Y%m%dT%H%M%S")
    {
        return Ok(End::At(at.and_utc()));
    }
    if let Ok(local) = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S") {
        return Ok(End::Local(local));
    }
    let last_second = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
    NaiveDate::parse_from_str(text, "%Y%m%d")
        .map(|date| End::Local(date.and_time(last_second)))
        .map_err(|_| {
            format!(
                "UNTIL: {text:?} is not of the form 20261231, 20261231T235959 or 20261231T225959Z"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_period_and_a_day_can_hold_follows_from_the_parts() {
        for (rule, in_a_period, in_a_day) in [
            ("FREQ=YEARLY;BYMONTH=3,6", 2, 1),
            ("FREQ=YEARLY;BYDAY=MO", 12 * 31, 1),
            ("FREQ=YEARLY;BYMONTH=3,6;BYDAY=MO", 2 * 31, 1),
            ("FREQ=MONTHLY", 1, 1),
            ("FREQ=MONTHLY;BYMONTHDAY=1", 31, 1),
            ("FREQ=WEEKLY;BYDAY=MO,TU", 7, 1),
            ("FREQ=DAILY", 1, 1),
            (
                "FREQ=DAILY;BYHOUR=8,12;BYMINUTE=0,30;BYSECOND=0,20,40",
                12,
                12,
            ),
            ("FREQ=HOURLY", 1, 24),
            ("FREQ=HOURLY;BYHOUR=8,12;BYMINUTE=0,30", 2, 48),
            ("FREQ=HOURLY;INTERVAL=5", 1, 5),
            ("FREQ=HOURLY;INTERVAL=6", 1, 4),
            ("FREQ=HOURLY;INTERVAL=13", 1, 2),
            ("FREQ=HOURLY;INTERVAL=48", 1, 1),
        ] {
            let read = Rule::parse(rule).unwrap();
            let found = (read.times_in_a_period(), read.times_a_day());
            assert_eq!(found, (in_a_period, in_a_day), "{rule}");
        }
    }

    #[test]
    fn a_number_is_refused_with_its_range_and_with_zero_where_that_is_left_out_of_it() {
        for (part, refusal) in [
            ("BYHOUR=24", "BYHOUR: \"24\" is not in 0 to 23"),
            ("BYMONTH=0", "BYMONTH: \"0\" is not in 1 to 12"),
            (
                "BYMONTHDAY=0",
                "BYMONTHDAY: \"0\" is not in -31 to 31, without 0",
            ),
        ] {
            let read = Rule::parse(&format!("FREQ=MONTHLY;{part}"));
            assert_eq!(read.unwrap_err(), refusal);
        }
    }

    #[test]
    fn a_rule_may_be_as_long_and_name_as_many_times_as_is_said() {
        let padded = |length| format!("{:<length$}", "FREQ=DAILY");
        assert!(Rule::parse(&padded(512)).is_ok());
        assert!(Rule::parse(&padded(513)).is_err());
        let first = |count: u32| (0..count).map(|one| one.to_string()).collect::<Vec<_>>();
        let hours = |count| {
            let (hours, minutes) = (first(count).join(","), first(50).join(","));
            format!("FREQ=DAILY;BYHOUR={hours};BYMINUTE={minutes};BYSECOND=0,1,2,3,4")
        };
        // 250 of each hour.
        assert!(Rule::parse(&hours(20)).is_ok());
        assert!(Rule::parse(&hours(21)).is_err());
    }
}
