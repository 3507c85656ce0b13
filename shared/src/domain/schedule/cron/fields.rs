//! An expression as its fields, in the dialect that cron's users know. Nothing is known here of how they are searched.

use super::field::{DAY_OF_MONTH, DAY_OF_WEEK, Field, HOUR, MINUTE, MONTH, Parsed, SECOND};

/// The fields of an expression.
#[derive(Debug)]
pub(in super::super) struct Fields {
    pub(in super::super) second: Parsed,
    pub(in super::super) minute: Parsed,
    pub(in super::super) hour: Parsed,
    pub(in super::super) day_of_month: Parsed,
    pub(in super::super) month: Parsed,
    pub(in super::super) day_of_week: Parsed,
}

/// The greatest length of an expression that a user gives.
const MAX_LENGTH: usize = 256;

static IN_ORDER: [&Field; 6] = [&SECOND, &MINUTE, &HOUR, &DAY_OF_MONTH, &MONTH, &DAY_OF_WEEK];

impl Fields {
    /// Reads `expression`, or says what is wrong with it.
    pub(super) fn read(expression: &str) -> Result<Self, String> {
        if expression.len() > MAX_LENGTH {
            return Err(format!("must be at most {MAX_LENGTH} characters"));
        }
        Self::read_long(expression)
    }

    /// Reads an expression of any length: one in which `H` was replaced is longer than what the user said.
    pub(super) fn read_long(expression: &str) -> Result<Self, String> {
        let texts = split(expression)?;
        let (second, [minute, hour, day_of_month, month, day_of_week]) = match texts[..] {
            [minute, hour, dom, month, dow] => ("0", [minute, hour, dom, month, dow]),
            [second, minute, hour, dom, month, dow] => (second, [minute, hour, dom, month, dow]),
            _ => {
                let count = texts.len();
                return Err(format!(
                    "has {count} fields; five are expected (minute, hour, day of month, month, day of week), or six with seconds first"
                ));
            }
        };
        Ok(Self {
            second: SECOND.parse(second)?,
            minute: MINUTE.parse(minute)?,
            hour: HOUR.parse(hour)?,
            day_of_month: DAY_OF_MONTH.parse(day_of_month)?,
            month: MONTH.parse(month)?,
            day_of_week: DAY_OF_WEEK.parse(day_of_week)?,
        })
    }

    /// Whether both day fields are restricted, so that either makes a day due.
    pub(in super::super) fn either_day(&self) -> bool {
        !self.day_of_month.begins_with_star && !self.day_of_week.begins_with_star
    }

    /// Whether the minute or the hour field begins with `*`.
    pub(in super::super) fn follows_real_time(&self) -> bool {
        self.minute.begins_with_star || self.hour.begins_with_star
    }

    /// Whether a value is left to a hash.
    pub(super) fn has_hash(&self) -> bool {
        let all = [
            &self.second,
            &self.minute,
            &self.hour,
            &self.day_of_month,
            &self.month,
            &self.day_of_week,
        ];
        all.into_iter().any(Parsed::has_hash)
    }
}

/// `expression` with each `H` replaced by what it stands for with `seed`.
pub(super) fn resolved(expression: &str, seed: u64) -> Result<String, String> {
    let texts = split(expression)?;
    let fields = IN_ORDER
        .iter()
        .skip(IN_ORDER.len().saturating_sub(texts.len()));
    let texts: Result<Vec<_>, _> = fields
        .zip(texts)
        .map(|(field, text)| field.resolved(text, seed))
        .collect();
    Ok(texts?.join(" "))
}

fn split(expression: &str) -> Result<Vec<&str>, String> {
    Ok(expand(expression.trim())?
        .split_ascii_whitespace()
        .collect())
}

fn expand(expression: &str) -> Result<&str, String> {
    if !expression.starts_with('@') {
        return Ok(expression);
    }
    match expression.to_ascii_lowercase().as_str() {
        "@yearly" | "@annually" => Ok("0 0 1 1 *"),
        "@monthly" => Ok("0 0 1 * *"),
        "@weekly" => Ok("0 0 * * 0"),
        "@daily" | "@midnight" => Ok("0 0 * * *"),
        "@hourly" => Ok("0 * * * *"),
        "@reboot" => Err("@reboot has no meaning here: nothing reboots".to_owned()),
        _ => Err(
            "is not one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly"
                .to_owned(),
        ),
    }
}
