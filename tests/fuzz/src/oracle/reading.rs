//! An expression as six sets, or why it is none.

use std::collections::BTreeSet;

/// Why an expression is not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Crontab's rules refuse it.
    Wrong,
    /// It leaves a value to a hash, which only the product can choose.
    Hashed,
}

/// What an expression allows.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(super) second: BTreeSet<u32>,
    pub(super) minute: BTreeSet<u32>,
    pub(super) hour: BTreeSet<u32>,
    pub(super) day: BTreeSet<u32>,
    pub(super) month: BTreeSet<u32>,
    pub(super) weekday: BTreeSet<u32>,
    /// Neither day field begins with a star: a day is due that is in either.
    pub(super) either_day: bool,
    /// The minute or the hour begins with a star: it follows real time.
    pub(super) real_time: bool,
}

/// The least and the greatest value of a field, and its names from the least on.
struct Bounds(u32, u32, &'static str);

const PLAIN: &str = "";
const MONTHS: &str = "jan feb mar apr may jun jul aug sep oct nov dec";
const DAYS: &str = "sun mon tue wed thu fri sat";

impl Reading {
    pub(crate) fn new(expression: &str) -> Result<Self, Refusal> {
        if expression.len() > 256 {
            return Err(Refusal::Wrong);
        }
        let text = expression.trim().to_ascii_lowercase();
        let text = match text.as_str() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * sun",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let mut texts: Vec<&str> = text
            .split([' ', '\t', '\n', '\r', '\x0c'])
            .filter(|text| !text.is_empty())
            .collect();
        if texts.len() == 5 {
            texts.insert(0, "0");
        }
        let [second, minute, hour, day, month, weekday] = texts[..] else {
            return Err(Refusal::Wrong);
        };
        let any = |text: &str| text.starts_with(['*', '?']);
        let mut weekdays = set(weekday, &Bounds(0, 7, DAYS), true)?;
        if weekdays.remove(&7) {
            weekdays.insert(0);
        }
        let reading = Self {
            second: set(second, &Bounds(0, 59, PLAIN), false)?,
            minute: set(minute, &Bounds(0, 59, PLAIN), false)?,
            hour: set(hour, &Bounds(0, 23, PLAIN), false)?,
            day: set(day, &Bounds(1, 31, PLAIN), true)?,
            month: set(month, &Bounds(1, 12, MONTHS), false)?,
            weekday: weekdays,
            either_day: !any(day) && !any(weekday),
            real_time: minute.starts_with('*') || hour.starts_with('*'),
        };
        if reading.has_a_day() {
            Ok(reading)
        } else {
            Err(Refusal::Wrong)
        }
    }

    /// Whether some month has one of its days.
    fn has_a_day(&self) -> bool {
        let longest = |month: &u32| match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let first = self.day.first().copied().unwrap_or(31);
        self.either_day || self.month.iter().any(|month| longest(month) >= first)
    }
}

fn set(text: &str, bounds: &Bounds, is_day: bool) -> Result<BTreeSet<u32>, Refusal> {
    let mut values = BTreeSet::new();
    for item in text.split(',') {
        if item.starts_with('h') {
            return Err(Refusal::Hashed);
        }
        values.extend(range(item, bounds, is_day).ok_or(Refusal::Wrong)?);
    }
    Ok(values)
}

fn range(item: &str, bounds: &Bounds, is_day: bool) -> Option<Vec<u32>> {
    let Bounds(least, greatest, names) = *bounds;
    // The day of the week counts 0 to 6 where it is a star, and to 7 where it is written.
    let end = if names == DAYS { 6 } else { greatest };
    let value = |text: &str| -> Option<(u32, bool)> {
        if let Some(index) = names
            .split(' ')
            .position(|name| name == text && !name.is_empty())
        {
            return Some((least + u32::try_from(index).ok()?, true));
        }
        let digits = text.chars().all(|letter| letter.is_ascii_digit());
        let number = text
            .parse()
            .ok()
            .filter(|number| digits && (least..=greatest).contains(number))?;
        Some((number, false))
    };
    let (span, step) = match item.split_once('/') {
        None => (item, None),
        Some((span, step)) => {
            let digits = step.chars().all(|letter| letter.is_ascii_digit());
            let step: u32 = step
                .parse()
                .ok()
                .filter(|step| digits && (1..=greatest).contains(step))?;
            (span, Some(step))
        }
    };
    let (from, to) = if span == "*" || (span == "?" && is_day && step.is_none()) {
        (least, end)
    } else if let Some((from, to)) = span.split_once('-') {
        let ((from, by_name), (to, also_by_name)) = (value(from)?, value(to)?);
        if from <= to {
            (from, to)
        } else if by_name && also_by_name {
            // FRI-SUN goes around.
            let size = end - least + 1;
            return Some(
                (from..=to + size)
                    .step_by(step.unwrap_or(1) as usize)
                    .map(|value| least + (value - least) % size)
                    .collect(),
            );
        } else {
            return None;
        }
    } else {
        let (from, _) = value(span)?;
        (from, if step.is_some() { end.max(from) } else { from })
    };
    Some((from..=to).step_by(step.unwrap_or(1) as usize).collect())
}
