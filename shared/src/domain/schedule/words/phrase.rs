//! Pieces of English: lists, ordinals, names and times of day.

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// From Sunday on, as cron counts.
pub(super) const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// The month's name; a number that is none stays one.
pub(super) fn month(number: u32) -> String {
    let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
    index
        .and_then(|index| MONTHS.get(index))
        .map_or_else(|| number.to_string(), ToString::to_string)
}

/// The day's name, counted from Sunday; 7 is Sunday again.
pub(super) fn day(number: u32) -> String {
    let index = usize::try_from(number % 7).unwrap_or_default();
    DAYS.get(index)
        .map_or_else(|| number.to_string(), ToString::to_string)
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `minute 5`, `minutes 5 and 10`.
pub(super) fn numbered(unit: &str, items: &[String]) -> String {
    let plural = if items.len() == 1 { "" } else { "s" };
    format!("{unit}{plural} {}", list(items))
}

/// `1st`, `2nd`, `11th`.
pub(super) fn ordinal(number: u32) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// `1st`, `last`, `2nd last`.
pub(super) fn ordinal_from_either_end(number: i32) -> String {
    match number {
        -1 => "last".to_owned(),
        ..0 => format!("{} last", ordinal(number.unsigned_abs())),
        _ => ordinal(number.unsigned_abs()),
    }
}

/// `every hour`, `every 2 hours`.
pub(super) fn every(count: u32, unit: &str) -> String {
    match count {
        1 => format!("every {unit}"),
        _ => format!("every {count} {unit}s"),
    }
}

/// More times of day than this are told by their fields.
const MOST_TIMES: usize = 6;

/// `09:00, 12:00 and 18:30`: each combination, if they are few; with seconds, if any is not 0.
pub(super) fn times_of_day(hours: &[u32], minutes: &[u32], seconds: &[u32]) -> Option<String> {
    if hours.len() * minutes.len() * seconds.len() > MOST_TIMES {
        return None;
    }
    let mut times = Vec::new();
    for hour in hours {
        for minute in minutes {
            for second in seconds {
                times.push((*hour, *minute, *second));
            }
        }
    }
    times.sort_unstable();
    times.dedup();
    let whole = seconds.iter().all(|second| *second == 0);
    let texts: Vec<_> = times
        .into_iter()
        .map(|(hour, minute, second)| {
            if whole {
                format!("{hour:02}:{minute:02}")
            } else {
                format!("{hour:02}:{minute:02}:{second:02}")
            }
        })
        .collect();
    Some(list(&texts))
}

/// With a capital letter.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
