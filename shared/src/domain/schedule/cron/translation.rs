//! From the dialect that cron's users know to the engine's. The engine counts Sunday as 1, wants a seconds field, and
//! takes both day fields together; users count Sunday as 0 or 7, and two restricted day fields mean "either".

use std::str::FromStr;
use std::sync::Arc;

use cron::Schedule as Engine;

use super::field::{DAY_OF_MONTH, DAY_OF_WEEK, HOUR, MINUTE, MONTH, Parsed, SECOND};

/// An expression, ready to be searched.
#[derive(Clone, Debug)]
pub(super) struct Translation {
    /// Either matches.
    pub(super) engines: Arc<[Engine]>,
    /// Whether the minute or the hour field begins with `*`.
    pub(super) follows_real_time: bool,
}

const MAX_LENGTH: usize = 256;

/// Translates `expression`, or says what is wrong with it.
pub(super) fn translate(expression: &str) -> Result<Translation, String> {
    if expression.len() > MAX_LENGTH {
        return Err(format!("must be at most {MAX_LENGTH} characters"));
    }
    let expanded = expand(expression.trim())?;
    let texts: Vec<_> = expanded.split_ascii_whitespace().collect();
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
    let second = SECOND.parse(second)?;
    let minute = MINUTE.parse(minute)?;
    let hour = HOUR.parse(hour)?;
    let day_of_month = DAY_OF_MONTH.parse(day_of_month)?;
    let month = MONTH.parse(month)?;
    let day_of_week = DAY_OF_WEEK.parse(day_of_week)?;

    let engine = |day_of_month: &Parsed, day_of_week: &Parsed| {
        let fields = [&second, &minute, &hour, day_of_month, &month, day_of_week];
        let text = fields.map(Parsed::engine_text).join(" ");
        Engine::from_str(&text).map_err(|error| format!("cannot be evaluated: {error}"))
    };
    let either = !day_of_month.begins_with_star && !day_of_week.begins_with_star;
    let engines = if either {
        vec![
            engine(&day_of_month, &DAY_OF_WEEK.every())?,
            engine(&DAY_OF_MONTH.every(), &day_of_week)?,
        ]
    } else {
        vec![engine(&day_of_month, &day_of_week)?]
    };
    Ok(Translation {
        engines: engines.into(),
        follows_real_time: minute.begins_with_star || hour.begins_with_star,
    })
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
