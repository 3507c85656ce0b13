//! The brief's schedule fields to the model's schedule. A recurring schedule becomes a five-field cron expression in
//! which every field smaller than the greatest one given starts at its minimum, and every greater one is `*`.

use chrono::NaiveDate;
use punctual::domain::schedule::ScheduleRequest;
use punctual::domain::{Invalid, Root, read};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::days::{cron_field, days_of_week};
use super::names::renamed;

/// The brief's `job_schedule_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Recurrence {
    /// At one instant.
    #[serde(rename = "ONCE")]
    Once,
    /// By a cron expression. Spelt as the brief spells it; `RECURRING` is taken, too.
    #[serde(rename = "RECCURING", alias = "RECURRING")]
    Recurring,
}

/// The brief's `job_schedule`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BriefSchedule {
    /// Of a one-time job, which needs it; no other has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1970, maximum = 9999)]
    pub year: Option<i64>,
    /// A one-time job needs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 12)]
    pub month: Option<i64>,
    /// The day of the month. A one-time job needs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 31)]
    pub date: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 23)]
    pub hour: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 59)]
    pub minute: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = days_of_week)]
    pub days_of_week: Vec<Value>,
}

/// The model's schedule for the brief's.
///
/// # Errors
/// [`Invalid`], in the brief's names.
pub fn schedule(
    recurrence: Recurrence,
    fields: &BriefSchedule,
    timezone: Option<&str>,
) -> Result<ScheduleRequest, Invalid> {
    let timezone = timezone.unwrap_or("UTC");
    let schedule = match recurrence {
        Recurrence::Once => {
            json!({ "kind": "once", "local": local_time(fields)?, "timezone": timezone })
        }
        Recurrence::Recurring => {
            json!({ "kind": "cron", "expression": expression(fields)?, "timezone": timezone })
        }
    };
    read(Root::Field("schedule"), &schedule).map_err(renamed)
}

/// The local date-time of a one-time schedule: the date in full; hour and minute 0, if absent.
fn local_time(fields: &BriefSchedule) -> Result<String, Invalid> {
    if !fields.days_of_week.is_empty() {
        return Err(refused("days_of_week", "cannot be given for ONCE"));
    }
    let required =
        |name, value: Option<i64>| value.ok_or_else(|| refused(name, "is required for ONCE"));
    let year = in_range("year", required("year", fields.year)?, 1970, 9999)?;
    let month = in_range("month", required("month", fields.month)?, 1, 12)?;
    let date = in_range("date", required("date", fields.date)?, 1, 31)?;
    let hour = in_range("hour", fields.hour.unwrap_or(0), 0, 23)?;
    let minute = in_range("minute", fields.minute.unwrap_or(0), 0, 59)?;
    i32::try_from(year)
        .ok()
        .and_then(|year| NaiveDate::from_ymd_opt(year, month, date))
        .and_then(|day| day.and_hms_opt(hour, minute, 0))
        .map(|at| at.format("%Y-%m-%dT%H:%M:%S").to_string())
        .ok_or_else(|| refused("date", "is not a day of that month"))
}

/// The cron expression of a recurring schedule. With both a date and days of the week it fires on either, as cron does.
fn expression(fields: &BriefSchedule) -> Result<String, Invalid> {
    if fields.year.is_some() {
        let reason = "cannot be given for a recurring schedule";
        return Err(refused("year", reason));
    }
    let given = |name, value: Option<i64>, least, greatest| {
        value
            .map(|value| in_range(name, value, least, greatest))
            .transpose()
    };
    let minute = given("minute", fields.minute, 0, 59)?;
    let hour = given("hour", fields.hour, 0, 23)?;
    let date = given("date", fields.date, 1, 31)?;
    let month = given("month", fields.month, 1, 12)?;
    let days = Some(cron_field(&fields.days_of_week)?).filter(|days| !days.is_empty());

    let names_a_day = date.is_some() || month.is_some() || days.is_some();
    if !names_a_day && hour.is_none() && minute.is_none() {
        return Err(Invalid::new(
            "job_schedule",
            "must give at least one of month, date, days_of_week, hour and minute",
        ));
    }
    let hour = hour.or(names_a_day.then_some(0));
    let minute = minute.unwrap_or(0);
    // Where days of the week choose the days, a date of 1 would add one: cron fires on either.
    let date = date.or((month.is_some() && days.is_none()).then_some(1));
    let or_any =
        |value: Option<u32>| value.map_or_else(|| "*".to_owned(), |value| value.to_string());
    Ok(format!(
        "{minute} {hour} {date} {month} {days}",
        hour = or_any(hour),
        date = or_any(date),
        month = or_any(month),
        days = days.as_deref().unwrap_or("*"),
    ))
}

fn in_range(name: &str, value: i64, least: u32, greatest: u32) -> Result<u32, Invalid> {
    u32::try_from(value)
        .ok()
        .filter(|value| (least..=greatest).contains(value))
        .ok_or_else(|| refused(name, &format!("must be from {least} to {greatest}")))
}

fn refused(name: &str, reason: &str) -> Invalid {
    Invalid::new(format!("job_schedule.{name}"), reason)
}

#[cfg(test)]
#[path = "translate_tests.rs"]
mod tests;
