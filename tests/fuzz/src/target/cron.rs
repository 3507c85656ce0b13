//! Cron expressions: what is accepted means the same when it is stored and read again, and fires in strict order.

use chrono::TimeDelta;
use punctual::domain::Schedule;
use punctual::domain::schedule::{CronRequest, ScheduleRequest, clock_changes, words};

use super::schedule::{fires_in_order, refused_by_field, stored_the_same};
use super::text::Lines;

pub(super) const WORDS: &[&str] = &[
    "*",
    "*/5",
    "*/15",
    "0",
    "30",
    "1-5",
    "10-50/20",
    "1,15",
    "5/20",
    "H",
    "H(0-29)",
    "H/15",
    "?",
    "L",
    "W",
    "#",
    "JAN",
    "mon-fri",
    "FRI-SUN",
    "SUN",
    "7",
    "@hourly",
    "@daily",
    "@yearly",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "America/Santiago",
    "Asia/Beirut",
    "Pacific/Apia",
    "UTC",
    "1774746000",
    "1792890000",
    "1325203200",
    "~1774000000",
    "~",
    "\n",
    " ",
    ",",
    "-",
    "/",
];

/// An expression, a zone and an instant in seconds, a line each.
pub(super) fn run(bytes: &[u8]) {
    let Some(lines) = Lines::read(bytes) else {
        return;
    };
    let now = lines.instant();
    let request = ScheduleRequest::Cron(CronRequest {
        expression: lines.first.to_owned(),
        timezone: lines.zone.map(ToOwned::to_owned),
        resolved: None,
    });
    let seed = lines.seed();
    let schedule = match Schedule::from_request(&request, now, seed) {
        Ok(schedule) => schedule,
        Err(invalid) => return refused_by_field(&invalid, "schedule"),
    };
    let again = Schedule::from_request(&request, now, seed);
    assert_eq!(
        again.as_ref(),
        Ok(&schedule),
        "the same seed chose other times"
    );
    assert!(schedule.next(now).is_some(), "accepted, but never fires");
    stored_the_same(&schedule, now);
    fires_in_order(&schedule, now);
    assert!(!words(&schedule).is_empty());
    for change in clock_changes(&schedule, now, now + TimeDelta::days(400)) {
        assert!(now <= change.at && change.at < now + TimeDelta::days(400));
        assert_ne!(change.before, change.after, "a change that changes nothing");
    }
}
