//! The brief's schedules, one line each.

use serde_json::json;

use super::*;

fn fields(value: Value) -> BriefSchedule {
    serde_json::from_value(value).unwrap()
}

#[test]
fn a_recurring_schedule_starts_smaller_fields_at_their_minimum_and_leaves_greater_ones_open() {
    for (given, expected) in [
        (json!({"minute": 30}), "30 * * * *"),
        (json!({"hour": 9}), "0 9 * * *"),
        (json!({"hour": 9, "minute": 5}), "5 9 * * *"),
        (json!({"date": 13}), "0 0 13 * *"),
        (json!({"date": 13, "minute": 5}), "5 0 13 * *"),
        (json!({"month": 3}), "0 0 1 3 *"),
        (json!({"month": 3, "minute": 30}), "30 0 1 3 *"),
        (json!({"month": 3, "days_of_week": ["MON"]}), "0 0 * 3 MON"),
        (
            json!({"days_of_week": ["Monday", "fri"]}),
            "0 0 * * MON,FRI",
        ),
        (
            json!({"days_of_week": [0, 7, "SUN"], "hour": 8}),
            "0 8 * * SUN",
        ),
        (json!({"date": 1, "days_of_week": [6]}), "0 0 1 * SAT"),
        (json!({"minute": 0, "days_of_week": []}), "0 * * * *"),
        (json!({"minute": 0, "year": null}), "0 * * * *"),
    ] {
        let translated = expression(&fields(given.clone()));
        assert_eq!(translated.as_deref(), Ok(expected), "{given}");
    }
}

#[test]
fn a_one_time_schedule_needs_its_date_and_starts_at_midnight() {
    for (given, expected) in [
        (
            json!({"year": 2027, "month": 2, "date": 28}),
            "2027-02-28T00:00:00",
        ),
        (
            json!({"year": 2028, "month": 2, "date": 29, "hour": 9}),
            "2028-02-29T09:00:00",
        ),
        (
            json!({"year": 2027, "month": 1, "date": 1, "minute": 7}),
            "2027-01-01T00:07:00",
        ),
    ] {
        let translated = local_time(&fields(given.clone()));
        assert_eq!(translated.as_deref(), Ok(expected), "{given}");
    }
}

#[test]
fn a_bad_schedule_is_refused_by_the_name_of_its_field() {
    use Recurrence::{Once, Recurring};
    for (recurrence, given, field) in [
        (Recurring, json!({}), "job_schedule"),
        (Recurring, json!({"days_of_week": []}), "job_schedule"),
        (
            Recurring,
            json!({"year": 2027, "hour": 1}),
            "job_schedule.year",
        ),
        (Recurring, json!({"hour": 24}), "job_schedule.hour"),
        (Recurring, json!({"hour": -1}), "job_schedule.hour"),
        (Recurring, json!({"minute": 60}), "job_schedule.minute"),
        (Recurring, json!({"date": 0}), "job_schedule.date"),
        (Recurring, json!({"month": 13}), "job_schedule.month"),
        (
            Recurring,
            json!({"days_of_week": ["MON", "Mo"]}),
            "job_schedule.days_of_week[1]",
        ),
        (
            Recurring,
            json!({"days_of_week": [8]}),
            "job_schedule.days_of_week[0]",
        ),
        (
            Recurring,
            json!({"days_of_week": [1.5]}),
            "job_schedule.days_of_week[0]",
        ),
        (Once, json!({}), "job_schedule.year"),
        (Once, json!({"year": 2027, "date": 1}), "job_schedule.month"),
        (Once, json!({"year": 2027, "month": 1}), "job_schedule.date"),
        (
            Once,
            json!({"year": 2027, "month": 2, "date": 29}),
            "job_schedule.date",
        ),
        (
            Once,
            json!({"year": 99_999, "month": 1, "date": 1}),
            "job_schedule.year",
        ),
        (
            Once,
            json!({"year": 2027, "month": 1, "date": 1, "days_of_week": [1]}),
            "job_schedule.days_of_week",
        ),
    ] {
        let refusal = schedule(recurrence, &fields(given.clone()), None).unwrap_err();
        assert_eq!(refusal.field, field, "{given}");
    }
}

#[test]
fn the_briefs_misspelling_and_its_correction_mean_the_same() {
    for spelling in ["RECCURING", "RECURRING"] {
        let read: Recurrence = serde_json::from_value(json!(spelling)).unwrap();
        assert_eq!(read, Recurrence::Recurring);
    }
    assert_eq!(json!(Recurrence::Recurring), json!("RECCURING"));
}
