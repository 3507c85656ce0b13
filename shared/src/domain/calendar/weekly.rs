//! Windows that come back every week, on the wall clock: where the clock is changed, they last as long as it shows them.

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::super::Invalid;
use super::ranges::Ranges;
use super::request::WeeklyRequest;

const DAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
const DAY: i64 = 24 * 60;
const WEEK: i64 = 7 * DAY;
const MAX_WINDOWS: usize = 100;

/// The windows as minutes since Monday, midnight.
pub(super) fn compile(windows: &[WeeklyRequest]) -> Result<Ranges, Invalid> {
    if windows.len() > MAX_WINDOWS {
        let reason = format!("must be at most {MAX_WINDOWS} windows");
        return Err(Invalid::new("weekly", reason));
    }
    let mut all = Vec::new();
    for (index, window) in windows.iter().enumerate() {
        let field = |name: &str| format!("weekly[{index}].{name}");
        let from = minutes(&window.from)
            .filter(|from| *from < DAY)
            .ok_or_else(|| Invalid::new(field("from"), "must be from 00:00 to 23:59"))?;
        let until = minutes(&window.until)
            .ok_or_else(|| Invalid::new(field("until"), "must be from 00:00 to 24:00"))?;
        if from == until {
            let reason = "is the same as from; a whole day is 00:00 to 24:00";
            return Err(Invalid::new(field("until"), reason));
        }
        if !(1..=DAYS.len()).contains(&window.days.len()) {
            return Err(Invalid::new(field("days"), "must be 1 to 7 days"));
        }
        for name in &window.days {
            let day = DAYS.iter().position(|day| day.eq_ignore_ascii_case(name));
            let day = day.and_then(|day| i64::try_from(day).ok()).ok_or_else(|| {
                Invalid::new(
                    field("days"),
                    "may hold MON, TUE, WED, THU, FRI, SAT and SUN",
                )
            })?;
            let start = day * DAY + from;
            let end = day * DAY + until + if until < from { DAY } else { 0 };
            all.push((start, end.min(WEEK)));
            // Sunday's window may reach into Monday.
            all.push((0, end - WEEK));
        }
    }
    Ok(Ranges::new(all))
}

/// Where in the week a wall time lies.
pub(super) fn minute_of_week(time: NaiveDateTime) -> i64 {
    let day = i64::from(time.weekday().num_days_from_monday());
    day * DAY + i64::from(time.hour() * 60 + time.minute())
}

/// `HH:MM` in minutes, up to 24:00.
fn minutes(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |text: &str| {
        let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<i64>().ok()).flatten()
    };
    let (hour, minute) = (two_digits(hour)?, two_digits(minute)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY).then_some(total)
}
