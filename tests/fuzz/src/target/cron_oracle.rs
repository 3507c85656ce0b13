//! Cron against two implementations that are not ours: the walk of [`crate::oracle`] in any zone, clock changes
//! included, and the `croner` crate over years in UTC. What is left out of the second is named, with the reason.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::parser::{CronParser, Seconds};
use punctual::domain::Schedule;
use punctual::domain::schedule::{CronRequest, ScheduleRequest};

use super::text::Lines;
use crate::oracle::{Reading, Refusal};

/// How far the walk goes.
const MINUTES: i64 = 2 * 24 * 60;

/// As in [`super::cron`]; an instant behind `~` means a day before the next change of the clock.
pub(super) fn run(bytes: &[u8]) {
    let Some(lines) = Lines::read(bytes) else {
        return;
    };
    let request = ScheduleRequest::Cron(CronRequest {
        expression: lines.first.to_owned(),
        timezone: lines.zone.map(ToOwned::to_owned),
        resolved: None,
    });
    let ours = Schedule::from_request(&request, lines.instant(), lines.seed());
    let zone = match lines.zone.map(str::parse::<Tz>) {
        None => Tz::UTC,
        Some(Ok(zone)) => zone,
        Some(Err(_)) => return assert!(ours.is_err(), "no such zone"),
    };
    let reading = match Reading::new(lines.first) {
        Err(Refusal::Hashed) => return,
        Err(Refusal::Wrong) => return assert!(ours.is_err(), "{:?} is accepted", lines.first),
        Ok(reading) => reading,
    };
    let ours = match ours {
        Ok(ours) => ours,
        Err(invalid) => panic!("{:?} is refused: {invalid}", lines.first),
    };
    let start = lines.instant_near_a_change(zone);
    let start = start.duration_trunc(TimeDelta::minutes(1)).unwrap_or(start);
    if let Some(expected) = reading.walk(zone, start, MINUTES) {
        let found: Vec<_> = ours
            .between(start, start + TimeDelta::minutes(MINUTES))
            .collect();
        assert_eq!(found, expected, "{:?} in {zone} from {start}", lines.first);
    }
    if zone == Tz::UTC && is_read_alike(lines.first) {
        compare_with_croner(&ours, lines.first, start);
    }
}

/// Croner takes a star with a step for a restricted day, which crontab does not: with a restriction of the other day
/// field, one means "either" and the other "both".
fn is_read_alike(expression: &str) -> bool {
    let is_plain = |field: &str| !field.starts_with(['*', '?']) || field == "*" || field == "?";
    let fields: Vec<_> = expression.split_ascii_whitespace().collect();
    let days = [fields.len().checked_sub(3), fields.len().checked_sub(1)];
    let mut days = days
        .into_iter()
        .flatten()
        .filter_map(|index| fields.get(index));
    days.all(|field| is_plain(field))
}

fn compare_with_croner(ours: &Schedule, expression: &str, start: DateTime<Utc>) {
    let parser = CronParser::builder()
        .seconds(Seconds::Optional)
        .dom_and_dow(false)
        .build();
    // It refuses some of what crontab takes; what it takes must mean the same.
    let Ok(theirs) = parser.parse(expression) else {
        return;
    };
    let expected: Vec<_> = theirs
        .iter_after(start - TimeDelta::seconds(1))
        .take(8)
        .collect();
    let end = start + TimeDelta::days(366 * 12);
    let expected: Vec<_> = expected
        .into_iter()
        .take_while(|fire| *fire < end)
        .collect();
    let found: Vec<_> = ours.between(start, end).take(expected.len()).collect();
    assert_eq!(
        found, expected,
        "{expression:?} from {start}, as croner sees it"
    );
}
