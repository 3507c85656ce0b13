//! A recurrence rule in words, with what its start says where its parts say nothing.

use chrono::{Datelike, NaiveDateTime, SecondsFormat, Timelike};

use super::super::recurrence::{End, Frequency, Rule};
use super::phrase::{day, every, list, month, numbered, ordinal_from_either_end, times_of_day};

pub(super) fn words(rule: &Rule, start: NaiveDateTime) -> String {
    let unit = unit(rule.frequency);
    let mut text = every(rule.interval.into(), unit);
    for part in [days(rule, start), times(rule, start)] {
        if !part.is_empty() {
            text = format!("{text} {part}");
        }
    }
    if !rule.positions.is_empty() {
        let positions: Vec<_> = rule
            .positions
            .iter()
            .map(|n| ordinal_from_either_end(*n))
            .collect();
        text = format!(
            "{text}, of these only the {} in each {unit}",
            list(&positions)
        );
    }
    text = format!("{text}, from {} on", start.format("%Y-%m-%d %H:%M"));
    match rule.end {
        End::Never => text,
        End::Count(1) => format!("{text}, once"),
        End::Count(count) => format!("{text}, {count} times"),
        End::Local(until) => format!("{text}, until {}", until.format("%Y-%m-%d %H:%M")),
        End::At(until) => {
            format!(
                "{text}, until {}",
                until.to_rfc3339_opts(SecondsFormat::Secs, true)
            )
        }
    }
}

fn unit(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Yearly => "year",
        Frequency::Monthly => "month",
        Frequency::Weekly => "week",
        Frequency::Daily => "day",
        Frequency::Hourly => "hour",
    }
}

fn days(rule: &Rule, start: NaiveDateTime) -> String {
    let months: Vec<_> = rule
        .months
        .iter()
        .map(|number| month((*number).into()))
        .collect();
    let mut parts = Vec::new();
    if rule.names_days() {
        parts.extend(named_days(rule));
    } else {
        match rule.frequency {
            Frequency::Yearly if months.is_empty() => {
                parts.push(format!("on {} {}", start.day(), month(start.month())));
            }
            Frequency::Yearly | Frequency::Monthly => parts.push(format!("on day {}", start.day())),
            Frequency::Weekly => {
                parts.push(format!(
                    "on {}",
                    day(start.weekday().num_days_from_sunday())
                ));
            }
            Frequency::Daily | Frequency::Hourly => {}
        }
    }
    if !months.is_empty() {
        parts.push(format!("in {}", list(&months)));
    }
    parts.join(" ")
}

fn named_days(rule: &Rule) -> Vec<String> {
    let ends = |numbers: &[i32]| {
        let texts: Vec<_> = numbers
            .iter()
            .map(|n| ordinal_from_either_end(*n))
            .collect();
        (list(&texts), if numbers.len() == 1 { "" } else { "s" })
    };
    let mut parts = Vec::new();
    if !rule.days.is_empty() {
        let names = rule.days.iter().map(|one| {
            let name = day(one.weekday.num_days_from_sunday());
            match one.nth {
                None => name,
                Some(nth) => format!("the {} {name}", ordinal_from_either_end(nth.into())),
            }
        });
        let names = list(&names.collect::<Vec<_>>());
        let of_year = rule.frequency == Frequency::Yearly
            && rule.months.is_empty()
            && rule.days.iter().any(|one| one.nth.is_some());
        parts.push(format!(
            "on {names}{}",
            if of_year { " of the year" } else { "" }
        ));
    }
    if !rule.month_days.is_empty() {
        let numbers: Vec<_> = rule.month_days.iter().map(|n| i32::from(*n)).collect();
        let (texts, plural) = ends(&numbers);
        parts.push(format!("on the {texts} day{plural} of the month"));
    }
    if !rule.year_days.is_empty() {
        let numbers: Vec<_> = rule.year_days.iter().map(|n| i32::from(*n)).collect();
        let (texts, plural) = ends(&numbers);
        parts.push(format!("on the {texts} day{plural} of the year"));
    }
    if !rule.weeks.is_empty() {
        let numbers: Vec<_> = rule.weeks.iter().map(|n| i32::from(*n)).collect();
        let (texts, plural) = ends(&numbers);
        parts.push(format!("in the {texts} week{plural} of the year"));
    }
    parts
}

fn times(rule: &Rule, start: NaiveDateTime) -> String {
    let or_start = |given: &[u8], of_start: u32| match given {
        [] => vec![of_start],
        given => given.iter().map(|value| u32::from(*value)).collect(),
    };
    let minutes = or_start(&rule.minutes, start.minute());
    let seconds = or_start(&rule.seconds, start.second());
    let texts = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>();
    let hourly = rule.frequency == Frequency::Hourly;
    let hours = or_start(&rule.hours, start.hour());
    if !hourly && let Some(times) = times_of_day(&hours, &minutes, &seconds) {
        return format!("at {times}");
    }
    let mut parts = Vec::new();
    if seconds != [0] {
        parts.push(numbered("second", &texts(&seconds)));
    }
    parts.push(numbered("minute", &texts(&minutes)));
    if !hourly || !rule.hours.is_empty() {
        parts.push(numbered("hour", &texts(&hours)));
    }
    format!("at {}", parts.join(" of "))
}
