//! One field of a cron expression, as the list of what it allows. Whatever cannot be read is refused with its range;
//! nothing is guessed.

use super::term::Term;

/// What a field may hold.
#[derive(Debug)]
pub(in super::super) struct Field {
    name: &'static str,
    min: u32,
    /// The greatest value that may be written; 7 for the day of the week.
    max: u32,
    /// The greatest value of the set; 6 for the day of the week.
    last: u32,
    /// The greatest value that `H` stands for, if no range is given: 28 for the day of the month, which every month has.
    last_hashed: u32,
    /// Names of values, from `min` on.
    names: &'static [&'static str],
    takes_question_mark: bool,
}

/// A field as it was said.
#[derive(Debug)]
pub(in super::super) struct Parsed {
    field: &'static Field,
    /// The list; any of them allows a value.
    pub(in super::super) terms: Vec<Term>,
    /// What decides between "either day" and "both", and between fixed times and real time.
    pub(in super::super) begins_with_star: bool,
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
        last_hashed: max,
        names: &[],
        takes_question_mark: false,
    }
}

pub(super) static SECOND: Field = numeric("second", 0, 59);
pub(super) static MINUTE: Field = numeric("minute", 0, 59);
pub(super) static HOUR: Field = numeric("hour", 0, 23);
pub(super) static DAY_OF_MONTH: Field = Field {
    last_hashed: 28,
    takes_question_mark: true,
    ..numeric("day of month", 1, 31)
};
pub(super) static MONTH: Field = Field {
    names: &MONTHS,
    ..numeric("month", 1, 12)
};
pub(super) static DAY_OF_WEEK: Field = Field {
    last: 6,
    last_hashed: 6,
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
        Parsed {
            field: self,
            terms: vec![Term::Every { step: 1 }],
            begins_with_star: true,
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
        let terms: Result<_, _> = text.split(',').map(|item| self.parse_item(item)).collect();
        Ok(Parsed {
            field: self,
            terms: terms?,
            begins_with_star: text.starts_with('*') || text == "?",
        })
    }

    /// The text of the field with each `H` replaced by what it stands for with `seed`.
    pub(super) fn resolved(&self, text: &str, seed: u64) -> Result<String, String> {
        let items: Result<Vec<_>, _> = text
            .split(',')
            .map(|item| {
                let resolved = self.parse_item(item)?.resolved(self.name, seed);
                Ok::<_, String>(resolved.unwrap_or_else(|| item.to_owned()))
            })
            .collect();
        Ok(items?.join(","))
    }

    fn parse_item(&self, item: &str) -> Result<Term, String> {
        if item.is_empty() {
            return Err(format!("{}: an item of the list is empty", self.name));
        }
        let (range, step) = match item.split_once('/') {
            None => (item, None),
            Some((range, step)) => (range, Some(self.parse_step(step)?)),
        };
        if range == "*" || (range == "?" && self.takes_question_mark && step.is_none()) {
            let step = step.unwrap_or(1);
            return Ok(Term::Every { step });
        }
        if let Some((from, to)) = self.parse_hash(range)? {
            return Ok(Term::Hashed { from, to, step });
        }
        if let Some((from, to)) = range.split_once('-') {
            let (from, to) = (self.parse_value(from)?, self.parse_value(to)?);
            return Ok(Term::Range {
                from: from.number,
                to: self.range_end(from, to)?,
                step: step.unwrap_or(1),
            });
        }
        let from = self.parse_value(range)?.number;
        Ok(match step {
            None => Term::One(from),
            // `5/10` runs from 5 to the end.
            Some(step) => Term::Range {
                from,
                to: self.last.max(from),
                step,
            },
        })
    }

    /// The range of `H` or `H(0-29)`; nothing, if `text` is neither.
    fn parse_hash(&self, text: &str) -> Result<Option<(u32, u32)>, String> {
        let Some(rest) = text.strip_prefix(['H', 'h']) else {
            return Ok(None);
        };
        if rest.is_empty() {
            return Ok(Some((self.min, self.last_hashed)));
        }
        let inside = rest
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
            .and_then(|inside| inside.split_once('-'));
        let Some((from, to)) = inside else {
            let name = self.name;
            return Err(format!("{name}: {text:?} is not H, H(5-20) or H/15"));
        };
        let (from, to) = (self.parse_value(from)?.number, self.parse_value(to)?.number);
        if from > to {
            return Err(format!("{}: the range {text:?} runs backwards", self.name));
        }
        Ok(Some((from, to)))
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
    /// Whether a value is left to a hash.
    pub(super) fn has_hash(&self) -> bool {
        let hashed = |term: &Term| matches!(term, Term::Hashed { .. });
        self.terms.iter().any(hashed)
    }

    /// The values that are allowed, one bit for each.
    pub(super) fn allowed(&self) -> u64 {
        let Field { min, last, .. } = *self.field;
        let said = self.terms.iter().flat_map(|term| term.values(min, last));
        said.fold(0, |allowed, value| allowed | 1 << self.field.wrapped(value))
    }

    /// The set as the engine reads it. Days of the week go by name: its numbers are not ours.
    pub(super) fn engine_text(&self) -> String {
        let Field { min, last, .. } = *self.field;
        let set = self.allowed();
        let allowed: Vec<u32> = (min..=last)
            .filter(|value| set & (1 << value) != 0)
            .collect();
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
