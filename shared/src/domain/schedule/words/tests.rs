//! What people read.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Schedule, ScheduleRequest};
use super::phrase::{ordinal, times_of_day};
use super::words;

fn said(request: Value) -> String {
    let request: ScheduleRequest = serde_json::from_value(request).unwrap();
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    words(&Schedule::from_request(&request, now, 7).unwrap())
}

fn of_cron(expression: &str) -> String {
    let text =
        said(json!({ "kind": "cron", "expression": expression, "timezone": "Europe/Berlin" }));
    text.strip_suffix(", Europe/Berlin").unwrap().to_owned()
}

fn of_rule(rule: &str) -> String {
    let text =
        said(json!({ "kind": "rrule", "rule": rule, "starts_at_local": "2026-01-01T09:00:00" }));
    text.strip_suffix(", UTC").unwrap().to_owned()
}

#[test]
fn cron_expressions_are_told_in_english() {
    for (expression, words) in [
        ("* * * * *", "Every minute"),
        ("*/10 * * * *", "Every 10 minutes"),
        ("*/7 * * * *", "At every 7th minute of every hour"),
        ("0 * * * *", "Every hour"),
        ("@hourly", "Every hour"),
        ("0 */6 * * *", "Every 6 hours"),
        ("0 */5 * * *", "At minute 0 of every 5th hour every day"),
        ("* * * * * *", "Every second"),
        ("*/20 * * * * *", "Every 20 seconds"),
        ("30 * * * * *", "At second 30 of every minute of every hour"),
        ("15 * * * *", "At minute 15 of every hour"),
        ("5,20 * * * *", "At minutes 5 and 20 of every hour"),
        ("0 9 * * *", "At 09:00 every day"),
        ("@daily", "At 00:00 every day"),
        ("30 0 9 * * *", "At 09:00:30 every day"),
        (
            "0,30 9,17 * * *",
            "At 09:00, 09:30, 17:00 and 17:30 every day",
        ),
        ("0 9 * * MON-FRI", "At 09:00 on Monday to Friday"),
        ("0 9 * * 1,3,7", "At 09:00 on Monday, Wednesday and Sunday"),
        ("0 9 * * FRI-MON", "At 09:00 on Friday to Monday"),
        (
            "0 9 * * 1-5/2",
            "At 09:00 on every 2nd day from Monday to Friday",
        ),
        ("@weekly", "At 00:00 on Sunday"),
        ("@monthly", "At 00:00 on day 1 of the month"),
        ("@yearly", "At 00:00 on 1 January"),
        ("0 18 24 12 *", "At 18:00 on 24 December"),
        ("0 0 1,15 * *", "At 00:00 on days 1 and 15 of the month"),
        ("0 0 1-7 * *", "At 00:00 on days 1 to 7 of the month"),
        ("0 0 */2 * *", "At 00:00 on every 2nd day of the month"),
        (
            "0 0 13 * FRI",
            "At 00:00 on day 13 of the month or on Friday",
        ),
        (
            "0 0 */2 * FRI",
            "At 00:00 on every 2nd day of the month that is also Friday",
        ),
        ("0 0 * 3,6 MON", "At 00:00 on Monday in March and June"),
        ("0 0 * JUN-AUG *", "At 00:00 in June to August"),
        (
            "0 0 1 */3 *",
            "At 00:00 on day 1 of the month in every 3rd month",
        ),
        (
            "*/15 9-17 * * MON-FRI",
            "At every 15th minute of every hour from 9 to 17 on Monday to Friday",
        ),
        (
            "0 9-17 * * *",
            "At minute 0 of every hour from 9 to 17 every day",
        ),
        (
            "10-50/20 3 * * *",
            "At every 20th minute from 10 to 50 of hour 3 every day",
        ),
        (
            "5/20 * * * *",
            "At every 20th minute from 5 to 59 of every hour",
        ),
        (
            "0-29,45 * * * *",
            "At minute 45 and every minute from 0 to 29 of every hour",
        ),
        (
            "0 0,1,2,3,4,5,6 * * *",
            "At minute 0 of hours 0, 1, 2, 3, 4, 5 and 6 every day",
        ),
        ("H * * * *", "At a minute fixed for the job of every hour"),
        ("H H * * *", "At a time of day fixed for the job every day"),
        (
            "H(0-29) H(1-5) * * *",
            "At a minute from 0 to 29 fixed for the job of an hour from 1 to 5 fixed for the job every day",
        ),
        (
            "H/15 * * * *",
            "At every 15th minute with a start fixed for the job of every hour",
        ),
        (
            "0 4 H * *",
            "At 04:00 on a day from 1 to 28 fixed for the job of the month",
        ),
        (
            "0 4 * * H",
            "At 04:00 on a day of the week fixed for the job",
        ),
    ] {
        assert_eq!(of_cron(expression), words, "{expression}");
    }
}

#[test]
fn recurrence_rules_are_told_in_english() {
    for (rule, words) in [
        ("FREQ=DAILY", "Every day at 09:00"),
        ("FREQ=DAILY;INTERVAL=3", "Every 3 days at 09:00"),
        ("FREQ=WEEKLY", "Every week on Thursday at 09:00"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR",
            "Every 2 weeks on Monday and Friday at 09:00",
        ),
        ("FREQ=MONTHLY", "Every month on day 1 at 09:00"),
        (
            "FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17",
            "Every month on the last Friday at 17:00",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=15,-1;BYHOUR=8,12",
            "Every month on the last and 15th days of the month at 08:00 and 12:00",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "Every month on Monday, Tuesday, Wednesday, Thursday and Friday at 09:00, of these only the last in each month",
        ),
        ("FREQ=YEARLY", "Every year on 1 January at 09:00"),
        (
            "FREQ=YEARLY;BYMONTH=3,6",
            "Every year on day 1 in March and June at 09:00",
        ),
        (
            "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
            "Every year on the 4th Thursday in November at 09:00",
        ),
        (
            "FREQ=YEARLY;BYDAY=-2MO",
            "Every year on the 2nd last Monday of the year at 09:00",
        ),
        (
            "FREQ=YEARLY;BYYEARDAY=100",
            "Every year on the 100th day of the year at 09:00",
        ),
        (
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
            "Every year on Monday in the 20th week of the year at 09:00",
        ),
        ("FREQ=HOURLY;INTERVAL=4", "Every 4 hours at minute 0"),
        (
            "FREQ=HOURLY;BYHOUR=9,10;BYMINUTE=30",
            "Every hour at minute 30 of hours 9 and 10",
        ),
    ] {
        assert_eq!(
            of_rule(rule),
            format!("{words}, from 2026-01-01 09:00 on"),
            "{rule}"
        );
    }
    for (end, words) in [
        ("COUNT=1", ", once"),
        ("COUNT=10", ", 10 times"),
        ("UNTIL=20261231", ", until 2026-12-31 23:59"),
        ("UNTIL=20261231T160000Z", ", until 2026-12-31T16:00:00Z"),
    ] {
        let said = of_rule(&format!("FREQ=DAILY;{end}"));
        assert_eq!(
            said,
            format!("Every day at 09:00, from 2026-01-01 09:00 on{words}")
        );
    }
}

#[test]
fn instants_and_periods_are_told_with_where_they_begin() {
    for (request, words) in [
        (
            json!({ "kind": "once", "at": "2026-12-24T17:00:00Z", "timezone": "Europe/Berlin" }),
            "Once, at 2026-12-24 18:00:00, Europe/Berlin",
        ),
        (
            json!({ "kind": "once", "at": "2026-12-24T17:00:00Z" }),
            "Once, at 2026-12-24 17:00:00, UTC",
        ),
        (
            json!({ "kind": "every", "seconds": 90 }),
            "Every 90 seconds from 2026-11-21T12:00:00Z on",
        ),
        (
            json!({ "kind": "every", "seconds": 600 }),
            "Every 10 minutes from 2026-11-21T12:00:00Z on",
        ),
        (
            json!({ "kind": "every", "seconds": 3_600 }),
            "Every hour from 2026-11-21T12:00:00Z on",
        ),
        (
            json!({ "kind": "every", "seconds": 86_400 }),
            "Every 24 hours from 2026-11-21T12:00:00Z on",
        ),
    ] {
        assert_eq!(said(request), words);
    }
}

#[test]
fn ordinals_end_as_they_are_spoken() {
    for (number, said) in [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (20, "20th"),
        (21, "21st"),
        (101, "101st"),
        (111, "111th"),
        (122, "122nd"),
    ] {
        assert_eq!(ordinal(number), said);
    }
}

#[test]
fn up_to_six_times_of_day_are_told_one_by_one() {
    let first = |count: u32| (0..count).collect::<Vec<_>>();
    for (hours, minutes, seconds, are_told) in [
        (6, 1, 1, true),
        (7, 1, 1, false),
        (3, 2, 1, true),
        (4, 2, 1, false),
        (3, 3, 1, false),
        (2, 2, 2, false),
    ] {
        let told = times_of_day(&first(hours), &first(minutes), &first(seconds));
        assert_eq!(told.is_some(), are_told, "{hours} × {minutes} × {seconds}");
    }
}

proptest! {
    #[test]
    fn whatever_is_accepted_can_be_told(
        expression in "(([0-9]|H|\\*|[1-5]-[6-9]|H\\([1-3]-[5-9]\\))(/[1-9])?(,[0-9])?|\\*) (\\*|[0-9]|H)(/[1-9])? (\\*|[1-9]|H)(/[1-9])? (\\*|[1-9]|H|JAN-JUN) (\\*|[0-7]|H|FRI-MON)(/[1-7])?"
    ) {
        let request = json!({ "kind": "cron", "expression": expression });
        let request: ScheduleRequest = serde_json::from_value(request).unwrap();
        if let Ok(schedule) = Schedule::from_request(&request, chrono::DateTime::UNIX_EPOCH, 7) {
            let words = words(&schedule);
            prop_assert!(words.starts_with("At ") || words.starts_with("Every "), "{words}");
            prop_assert!(words.ends_with(", UTC") && !words.contains("  "), "{words}");
        }
    }
}
