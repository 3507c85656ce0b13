//! One field of a cron expression, as the set of values it allows. Whatever cannot be read is refused with its range;
//! nothing is guessed.

/// What a field may hold.
pub(super) struct Field {
    name: &'static str,
    min: u32,
    /// The greatest value that may be written; 7 for the day of the week.
    max: u32,
    /// The greatest value of the set; 6 for the day of the week.
    last: u32,
    /// Names of values, from `min` on.
    names: &'static [&'static str],
    takes_question_mark: bool,
}

/// A field's values.
pub(super) struct Parsed {
    field: &'static Field,
    /// Bit `n` for the value `n`.
    values: u64,
    /// What decides between "either day" and "both", and between fixed times and real time.
    pub(super) begins_with_star: bool,
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const fn numeric(name: &'static str, min: u32, max: u32) -> Field {
    Field {
        name,
        min,
        max,
        last: max,
        names: &[],
        takes_question_mark: false,
    }
}

pub(super) static SECOND: Field = numeric("second", 0, 59);
pub(super) static MINUTE: Field = numeric("minute", 0, 59);
pub(super) static HOUR: Field = numeric("hour", 0, 23);
pub(super) static DAY_OF_MONTH: Field = Field {
    takes_question_mark: true,
    ..numeric("day of month", 1, 31)
};
pub(super) static MONTH: Field = Field {
    names: &MONTHS,
    ..numeric("month", 1, 12)
};
pub(super) static DAY_OF_WEEK: Field = Field {
    last: 6,
    names: &DAYS,
    takes_question_mark: true,
    ..numeric("day of week", 0, 7)
};

/// A value as written: names may wrap around in a range, numbers may not.
#[derive(Clone, Copy)]
struct Value {
    number: u32,
    is_name: bool,
}

impl Field {
    /// Every value.
    pub(super) fn every(&'static self) -> Parsed {
        self.set(self.min, self.last, 1, true)
    }

    fn set(&'static self, from: u32, to: u32, step: u32, begins_with_star: bool) -> Parsed {
        let mut values = 0;
        let mut value = from;
        while value <= to {
            values |= 1 << self.wrapped(value);
            value += step;
        }
        Parsed {
            field: self,
            values,
            begins_with_star,
        }
    }

    /// Sunday may be written as 7, and ranges of names may run past the end.
    fn wrapped(&self, value: u32) -> u32 {
        if value > self.last {
            value - self.last - 1 + self.min
        } else {
            value
        }
    }

    /// Reads the field.
    pub(super) fn parse(&'static self, text: &str) -> Result<Parsed, String> {
        let mut all = Parsed {
            field: self,
            values: 0,
            begins_with_star: text.starts_with('*') || text == "?",
        };
        for item in text.split(',') {
            all.values |= self.parse_item(item)?.values;
        }
        Ok(all)
    }

    fn parse_item(&'static self, item: &str) -> Result<Parsed, String> {
        if item.is_empty() {
            return Err(format!("{}: an item of the list is empty", self.name));
        }
        let (range, step) = match item.split_once('/') {
            None => (item, None),
            Some((range, step)) => (range, Some(self.parse_step(step)?)),
        };
        if range == "*" || (range == "?" && self.takes_question_mark && step.is_none()) {
            return Ok(self.set(self.min, self.last, step.unwrap_or(1), true));
        }
        let (from, to) = if let Some((from, to)) = range.split_once('-') {
            let (from, to) = (self.parse_value(from)?, self.parse_value(to)?);
            (from.number, self.range_end(from, to)?)
        } else {
            let from = self.parse_value(range)?.number;
            // `5/10` runs from 5 to the end; a value alone is itself alone.
            let to = if step.is_some() {
                self.last.max(from)
            } else {
                from
            };
            (from, to)
        };
        Ok(self.set(from, to, step.unwrap_or(1), false))
    }

    fn range_end(&self, from: Value, to: Value) -> Result<u32, String> {
        if from.number <= to.number {
            return Ok(to.number);
        }
        if from.is_name && to.is_name {
            return Ok(to.number + self.last - self.min + 1);
        }
        let name = self.name;
        Err(format!(
            "{name}: the range {}-{} runs backwards",
            from.number, to.number
        ))
    }

    fn parse_step(&self, text: &str) -> Result<u32, String> {
        Self::digits(text)
            .filter(|step| (1..=self.max).contains(step))
            .ok_or_else(|| format!("{}: the step {text:?} is not in 1–{}", self.name, self.max))
    }

    fn parse_value(&self, text: &str) -> Result<Value, String> {
        let named = self
            .names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        if let Some(index) = named.and_then(|index| u32::try_from(index).ok()) {
            return Ok(Value {
                number: self.min + index,
                is_name: true,
            });
        }
        if text
            .chars()
            .any(|letter| matches!(letter, 'L' | 'W' | '#' | 'l' | 'w'))
        {
            return Err(format!(
                "{}: L, W and # are not supported ({text:?})",
                self.name
            ));
        }
        Self::digits(text)
            .filter(|number| (self.min..=self.max).contains(number))
            .map(|number| Value {
                number,
                is_name: false,
            })
            .ok_or_else(|| {
                let (min, max) = (self.min, self.max);
                format!("{}: {text:?} is not in {min}–{max}", self.name)
            })
    }

    /// Only digits: Rust's own parser would take a sign.
    fn digits(text: &str) -> Option<u32> {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten()
    }
}

impl Parsed {
    /// The set as the engine reads it. Days of the week go by name: its numbers are not ours.
    pub(super) fn engine_text(&self) -> String {
        let Field { min, last, .. } = *self.field;
        let allowed: Vec<u32> = (min..=last).filter(|n| self.values >> n & 1 == 1).collect();
        if allowed.len() == (last - min + 1) as usize {
            return "*".to_owned();
        }
        let by_name = self.field.names == DAYS;
        let texts = allowed.into_iter().map(|value| {
            if by_name {
                DAYS[value as usize].to_owned()
            } else {
                value.to_string()
            }
        });
        texts.collect::<Vec<_>>().join(",")
    }
}
