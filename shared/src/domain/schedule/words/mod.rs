//! Schedules in plain English, for people who check what they have said. It is told from the parsed schedule, so that a
//! word that is shown is one that is meant.

mod cron;
mod phrase;
mod rule;

use chrono::SecondsFormat;

use self::phrase::{every, sentence};
use super::Schedule;
use super::wall_time::wall;

/// What `schedule` does, in one sentence without a full stop: "At 09:00 on Monday to Friday, Europe/Berlin".
pub fn words(schedule: &Schedule) -> String {
    let zone = schedule.timezone();
    let text = match schedule {
        Schedule::Once(once) => {
            let local = wall(zone, once.at()).format("%Y-%m-%d %H:%M:%S");
            format!("once, at {local}, {zone}")
        }
        Schedule::Cron(cron) => format!("{}, {zone}", cron::words(cron.fields())),
        Schedule::Rrule(recurrence) => {
            let (rule, start) = recurrence.said();
            format!("{}, {zone}", rule::words(rule, start))
        }
        Schedule::Every(every) => {
            let (seconds, anchor) = (every.seconds(), every.anchor());
            let anchor = anchor.to_rfc3339_opts(SecondsFormat::Secs, true);
            format!("{} from {anchor} on", period(seconds))
        }
        Schedule::After => "when the jobs that it waits for have run".to_owned(),
    };
    sentence(&text)
}

/// In hours at most: a period does not know how long a day is.
fn period(seconds: i64) -> String {
    let (count, unit) = match seconds {
        hours if hours % 3_600 == 0 => (hours / 3_600, "hour"),
        minutes if minutes % 60 == 0 => (minutes / 60, "minute"),
        seconds => (seconds, "second"),
    };
    every(u32::try_from(count).unwrap_or(u32::MAX), unit)
}

#[cfg(test)]
mod tests;
