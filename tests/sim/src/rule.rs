//! Schedules as the simulation asks for them, and when they fire, found by walking through time minute by minute. It
//! shares no code with the engine that it judges, and goes by `shared/docs/schedules.md`.

use chrono::{
    DateTime, Datelike, NaiveDateTime, SecondsFormat, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;
use serde_json::{Value, json};

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// One instant.
    Once(DateTime<Utc>),
    /// An anchor and every so many seconds from it, either way.
    Every {
        /// The period.
        seconds: u32,
        /// One of the instants.
        anchor: DateTime<Utc>,
    },
    /// Times on a zone's wall clock, on every day.
    Cron {
        /// Which minutes.
        minute: Field,
        /// Which hours.
        hour: Field,
        /// Whose clock.
        zone: Tz,
    },
}

/// A field of a cron expression, in the forms that are asked for here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// `*`
    Any,
    /// `*/n`
    Step(u32),
    /// `a,b,c`
    List(Vec<u32>),
}

impl Field {
    fn matches(&self, value: u32) -> bool {
        match self {
            Self::Any => true,
            Self::Step(step) => value.is_multiple_of(*step),
            Self::List(values) => values.contains(&value),
        }
    }

    fn is_fixed(&self) -> bool {
        matches!(self, Self::List(_))
    }

    fn text(&self) -> String {
        match self {
            Self::Any => "*".to_owned(),
            Self::Step(step) => format!("*/{step}"),
            Self::List(values) => {
                let texts: Vec<_> = values.iter().map(ToString::to_string).collect();
                texts.join(",")
            }
        }
    }

    fn read(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        if let Some(step) = text.strip_prefix("*/") {
            return step.parse().ok().map(Self::Step);
        }
        let values: Result<Vec<u32>, _> = text.split(',').map(str::parse).collect();
        values.ok().map(Self::List)
    }
}

impl Rule {
    /// The schedule as the API takes it.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Once(at) => json!({ "kind": "once", "at": written(*at) }),
            Self::Every { seconds, anchor } => {
                json!({ "kind": "every", "seconds": seconds, "anchor_at": written(*anchor) })
            }
            Self::Cron { minute, hour, zone } => json!({
                "kind": "cron",
                "expression": format!("{} {} * * *", minute.text(), hour.text()),
                "timezone": zone.name(),
            }),
        }
    }

    /// The schedule that the API shows, if it is of a form that is asked for here.
    pub fn of_json(shown: &Value) -> Option<Self> {
        let instant = |name: &str| shown[name].as_str()?.parse().ok();
        match shown["kind"].as_str()? {
            "once" => Some(Self::Once(instant("at")?)),
            "every" => Some(Self::Every {
                seconds: u32::try_from(shown["seconds"].as_u64()?).ok()?,
                anchor: instant("anchor_at")?,
            }),
            "cron" => {
                let mut fields = shown["expression"].as_str()?.split(' ');
                let (minute, hour) = (fields.next()?, fields.next()?);
                let zone = shown["timezone"].as_str().unwrap_or("UTC");
                fields.all(|rest| rest == "*").then_some(())?;
                Some(Self::Cron {
                    minute: Field::read(minute)?,
                    hour: Field::read(hour)?,
                    zone: zone.parse().ok()?,
                })
            }
            _ => None,
        }
    }

    /// The instants from `from` up to, but not including, `until`.
    pub fn between(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        match self {
            Self::Once(at) => Some(*at)
                .into_iter()
                .filter(|at| (from..until).contains(at))
                .collect(),
            Self::Every { seconds, anchor } => {
                let period = i64::from(*seconds);
                let since = (from - anchor).num_milliseconds();
                let first = since.div_euclid(period * 1_000)
                    + i64::from(since.rem_euclid(period * 1_000) > 0);
                let first = *anchor + TimeDelta::seconds(first * period);
                let next = |at: &DateTime<Utc>| Some(*at + TimeDelta::seconds(period));
                std::iter::successors(Some(first), next)
                    .take_while(|at| *at < until)
                    .collect()
            }
            Self::Cron { minute, hour, zone } => {
                let mut at = from.with_second(0).and_then(|at| at.with_nanosecond(0));
                let mut found = Vec::new();
                while let Some(present) = at.filter(|at| *at < until) {
                    if present >= from && fires(minute, hour, *zone, present) {
                        found.push(present);
                    }
                    at = Some(present + TimeDelta::minutes(1));
                }
                found
            }
        }
    }

    /// Whether it fires at `at`.
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.between(at, at + TimeDelta::seconds(1)).contains(&at)
    }

    /// The first instant from `from` on, within a day and an hour.
    pub fn next(&self, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if let Self::Once(at) = self {
            return (*at >= from).then_some(*at);
        }
        let mut reach = from;
        while reach < from + TimeDelta::hours(25) {
            let found = self.between(reach, reach + TimeDelta::hours(1));
            if let Some(first) = found.first() {
                return Some(*first);
            }
            reach += TimeDelta::hours(1);
        }
        None
    }
}

/// Whether a cron expression fires at the full minute `at`, by the rule that users of Vixie's cron know.
fn fires(minute: &Field, hour: &Field, zone: Tz, at: DateTime<Utc>) -> bool {
    let matches = |wall: NaiveDateTime| minute.matches(wall.minute()) && hour.matches(wall.hour());
    let wall = |at: DateTime<Utc>| at.with_timezone(&zone).naive_local();
    let present = wall(at);
    if !(minute.is_fixed() && hour.is_fixed()) {
        // It follows real time.
        return matches(present);
    }
    // A wall time that occurs twice counts the first time: an hour or so before, the clock said the same.
    let said_before = || (1..=180).any(|ago| wall(at - TimeDelta::minutes(ago)) == present);
    if matches(present) && !said_before() {
        return true;
    }
    // Wall times that were leapt over fire at the leap.
    let mut leapt = wall(at - TimeDelta::minutes(1)) + TimeDelta::minutes(1);
    while leapt < present {
        if matches(leapt) {
            return true;
        }
        leapt += TimeDelta::minutes(1);
    }
    false
}

/// An instant as the API takes it.
pub fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Midnight, UTC, of a day.
///
/// # Panics
/// If there is no such day.
pub fn day(year: i32, month: u32, day: u32) -> DateTime<Utc> {
    let midnight = Utc.with_ymd_and_hms(year, month, day, 0, 0, 0).single();
    let midnight = midnight.unwrap_or_default();
    assert_eq!(midnight.day(), day, "there is no such day");
    midnight
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin(minute: &str, hour: &str, day: DateTime<Utc>) -> Vec<String> {
        let rule = Rule::Cron {
            minute: Field::read(minute).unwrap(),
            hour: Field::read(hour).unwrap(),
            zone: chrono_tz::Europe::Berlin,
        };
        let found = rule.between(day, day + TimeDelta::hours(12));
        found
            .into_iter()
            .map(|at| at.format("%H:%M").to_string())
            .collect()
    }

    #[test]
    fn the_documented_clock_changes_come_out_as_documented() {
        let (spring, autumn) = (day(2026, 3, 29), day(2026, 10, 25));
        assert_eq!(berlin("30", "2", spring), ["01:00"]);
        assert_eq!(berlin("*/30", "2", spring), [""; 0]);
        assert_eq!(berlin("30", "2", autumn), ["00:30"]);
        assert_eq!(
            berlin("*/30", "2", autumn),
            ["00:00", "00:30", "01:00", "01:30"]
        );
    }

    #[test]
    fn a_period_is_counted_from_its_anchor_both_ways() {
        let noon = day(2026, 11, 21) + TimeDelta::hours(12);
        let rule = Rule::Every {
            seconds: 90,
            anchor: noon,
        };
        let found = rule.between(
            noon - TimeDelta::seconds(100),
            noon + TimeDelta::seconds(91),
        );
        let offsets: Vec<_> = found.iter().map(|at| (*at - noon).num_seconds()).collect();
        assert_eq!(offsets, [-90, 0, 90]);
    }

    #[test]
    fn what_is_asked_for_can_be_read_back() {
        let at = day(2026, 11, 21);
        for rule in [
            Rule::Once(at),
            Rule::Every {
                seconds: 30,
                anchor: at,
            },
            Rule::Cron {
                minute: Field::List(vec![0, 30]),
                hour: Field::Step(2),
                zone: chrono_tz::UTC,
            },
        ] {
            assert_eq!(Rule::of_json(&rule.to_json()), Some(rule));
        }
    }
}
