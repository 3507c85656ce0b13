//! A cron expression in words, from its fields as they were said: `*/10` is "every 10 minutes" and not a list of six.

use super::super::cron::{Fields, Parsed, Term};
use super::phrase::{day, every, list, month, numbered, ordinal, times_of_day};

pub(super) fn words(fields: &Fields) -> String {
    let (time, daily) = time(fields);
    let days = days(fields);
    match (days.is_empty(), daily) {
        (true, true) => format!("{time} every day"),
        (true, false) => time,
        (false, _) => format!("{time} {days}"),
    }
}

/// The time of day, and whether it needs to be said that it comes every day.
fn time(fields: &Fields) -> (String, bool) {
    let (second, minute, hour) = (&fields.second, &fields.minute, &fields.hour);
    if let (Some(hours), Some(minutes), Some(seconds)) = (ones(hour), ones(minute), ones(second))
        && let Some(times) = times_of_day(&hours, &minutes, &seconds)
    {
        return (format!("at {times}"), true);
    }
    let whole_minute = ones(second).is_some_and(|seconds| seconds == [0]);
    let whole_hour = whole_minute && ones(minute).is_some_and(|minutes| minutes == [0]);
    // Only a step that divides the field evenly goes on at the same pace in the next minute, hour or day.
    let pace = if let (Some(step), true, true) = (pace(second, 60), all(minute), all(hour)) {
        Some(every(step, "second"))
    } else if let (true, Some(step), true) = (whole_minute, pace(minute, 60), all(hour)) {
        Some(every(step, "minute"))
    } else if let (true, Some(step)) = (whole_hour, pace(hour, 24)) {
        Some(every(step, "hour"))
    } else {
        None
    };
    if let Some(pace) = pace {
        return (pace, false);
    }
    if let (
        [
            Term::Hashed {
                step: None,
                from: 0,
                to: 59,
            },
        ],
        [
            Term::Hashed {
                step: None,
                from: 0,
                to: 23,
            },
        ],
        true,
    ) = (&minute.terms[..], &hour.terms[..], whole_minute)
    {
        return ("at a time of day fixed for the job".to_owned(), true);
    }
    let mut parts = Vec::new();
    if !whole_minute {
        parts.push(values(second, "second", (0, 59)));
    }
    parts.push(values(minute, "minute", (0, 59)));
    parts.push(values(hour, "hour", (0, 23)));
    (format!("at {}", parts.join(" of ")), !all(hour))
}

/// The values, if each was said by itself.
fn ones(field: &Parsed) -> Option<Vec<u32>> {
    let one = |term: &Term| match term {
        Term::One(value) => Some(*value),
        _ => None,
    };
    field.terms.iter().map(one).collect()
}

/// Whether every value was said.
fn all(field: &Parsed) -> bool {
    field.terms.contains(&Term::Every { step: 1 })
}

/// The step, if it is all that was said and goes into `size`.
fn pace(field: &Parsed, size: u32) -> Option<u32> {
    match field.terms[..] {
        [Term::Every { step }] if size.is_multiple_of(step) => Some(step),
        _ => None,
    }
}

/// `minute 5`, `minutes 5 and 10`, `every hour from 9 to 17`, `every 2nd hour`, `a minute fixed for the job`.
fn values(field: &Parsed, unit: &str, whole: (u32, u32)) -> String {
    let mut singles = Vec::new();
    let mut phrases = Vec::new();
    for term in &field.terms {
        match *term {
            Term::One(value) => singles.push(value.to_string()),
            term => phrases.push(stepped(term, unit, whole, u32::to_string)),
        }
    }
    if !singles.is_empty() {
        phrases.insert(0, numbered(unit, &singles));
    }
    list(&phrases)
}

/// A term of more than one value; `name` says how a value is called.
fn stepped(term: Term, unit: &str, whole: (u32, u32), name: fn(&u32) -> String) -> String {
    let each = |step: u32| match step {
        1 => format!("every {unit}"),
        step => format!("every {} {unit}", ordinal(step)),
    };
    let range = |from: u32, to: u32| {
        if (from, to) == whole {
            String::new()
        } else {
            format!(" from {} to {}", name(&from), name(&to))
        }
    };
    match term {
        Term::One(value) => name(&value),
        Term::Every { step } => each(step),
        Term::Range { from, to, step } => each(step) + &range(from, to),
        Term::Hashed {
            from,
            to,
            step: None,
        } => {
            let article = if unit == "hour" { "an" } else { "a" };
            format!("{article} {unit}{} fixed for the job", range(from, to))
        }
        Term::Hashed {
            from,
            to,
            step: Some(step),
        } => {
            format!(
                "{}{} with a start fixed for the job",
                each(step),
                range(from, to)
            )
        }
    }
}

/// The days; empty, if they are all days.
fn days(fields: &Fields) -> String {
    let (of_month, of_week) = (&fields.day_of_month, &fields.day_of_week);
    if let ([Term::One(date)], [Term::One(number)], true) =
        (&of_month.terms[..], &fields.month.terms[..], all(of_week))
    {
        return format!("on {date} {}", month(*number));
    }
    let dates = (!all(of_month)).then(|| dates(of_month));
    let weekdays = (!all(of_week)).then(|| weekdays(of_week));
    let days = match (dates, weekdays) {
        (None, None) => None,
        (Some(dates), None) => Some(format!("on {dates}")),
        (None, Some(weekdays)) => Some(format!("on {weekdays}")),
        (Some(dates), Some(weekdays)) if fields.either_day() => {
            Some(format!("on {dates} or on {weekdays}"))
        }
        (Some(dates), Some(weekdays)) => Some(format!("on {dates} that is also {weekdays}")),
    };
    let months = (!all(&fields.month)).then(|| months(&fields.month));
    let parts: Vec<_> = days.into_iter().chain(months).collect();
    parts.join(" ")
}

fn dates(field: &Parsed) -> String {
    let mut singles = Vec::new();
    let mut phrases = Vec::new();
    for term in &field.terms {
        match *term {
            Term::One(value) => singles.push(value.to_string()),
            Term::Range { from, to, step: 1 } => singles.push(format!("{from} to {to}")),
            term => phrases.push(stepped(term, "day", (1, 31), u32::to_string)),
        }
    }
    if !singles.is_empty() {
        let single = matches!(field.terms[..], [Term::One(_)]);
        let unit = if single { "day" } else { "days" };
        phrases.insert(0, format!("{unit} {}", list(&singles)));
    }
    format!("{} of the month", list(&phrases))
}

fn weekdays(field: &Parsed) -> String {
    let phrase = |term: &Term| match *term {
        Term::Range { from, to, step: 1 } => format!("{} to {}", day(from), day(to)),
        Term::Hashed {
            from: 0,
            to: 6,
            step: None,
        } => "a day of the week fixed for the job".to_owned(),
        term => stepped(term, "day", (0, 6), |value| day(*value)),
    };
    list(&field.terms.iter().map(phrase).collect::<Vec<_>>())
}

fn months(field: &Parsed) -> String {
    let phrase = |term: &Term| match *term {
        Term::Range { from, to, step: 1 } => format!("{} to {}", month(from), month(to)),
        term => stepped(term, "month", (1, 12), |value| month(*value)),
    };
    let phrases: Vec<_> = field.terms.iter().map(phrase).collect();
    format!("in {}", list(&phrases))
}
