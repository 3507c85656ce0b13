//! One event: when it begins, how long it lasts, and how it comes back. Times are read here; what cannot be read is refused
//! with its line.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::super::super::schedule::{Rule, instant_of_fixed};
use super::super::YEARS;
use super::content::Property;

/// A time as a file writes it: on a wall clock. Dates and times without a zone are read on the calendar's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) wall: NaiveDateTime,
    pub(super) zone: Tz,
    pub(super) whole_day: bool,
}

impl Moment {
    pub(super) fn instant(self) -> DateTime<Utc> {
        instant_of_fixed(self.zone, self.wall)
    }
}

/// How long an event lasts: days on the wall clock, then seconds of real time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Length {
    days: i64,
    seconds: i64,
}

impl Length {
    /// The instant at which an event that begins at `wall` ends.
    pub(super) fn end(self, zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
        instant_of_fixed(zone, wall + TimeDelta::days(self.days)) + TimeDelta::seconds(self.seconds)
    }

    /// No shorter than it is anywhere.
    pub(super) fn at_most(self) -> TimeDelta {
        TimeDelta::days(self.days + 1) + TimeDelta::seconds(self.seconds)
    }
}

/// An event.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) uid: Option<String>,
    pub(super) start: Moment,
    pub(super) length: Length,
    pub(super) rule: Option<(usize, Rule)>,
    pub(super) also: Vec<Moment>,
    pub(super) except: Vec<Moment>,
    /// Which occurrence of the recurring event with the same `uid` it stands for.
    pub(super) replaces: Option<Moment>,
    pub(super) canceled: bool,
}

impl Event {
    pub(super) fn read(properties: &[Property<'_>], zone: Tz) -> Result<Self, String> {
        let find = |name: &str| properties.iter().find(|property| property.name == name);
        let all = |name: &str| -> Result<Vec<Moment>, String> {
            let named = properties.iter().filter(|property| property.name == name);
            let mut moments = Vec::new();
            for property in named {
                for text in property.value.split(',') {
                    moments.push(moment(property, text, zone)?);
                }
            }
            Ok(moments)
        };
        let one = |name: &str| {
            let read = |property: &Property<'_>| moment(property, property.value, zone);
            find(name).map(read).transpose()
        };
        let Some(start) = one("DTSTART")? else {
            let line = properties.first().map_or(0, |property| property.line);
            return Err(format!("line {line}: an event has no DTSTART"));
        };
        let length = match (one("DTEND")?, find("DURATION")) {
            (Some(end), _) if start.whole_day && end.whole_day => Length {
                days: (end.wall - start.wall).num_days(),
                seconds: 0,
            },
            (Some(end), _) => Length {
                days: 0,
                seconds: (end.instant() - start.instant()).num_seconds(),
            },
            (None, Some(duration)) => length(duration.value)
                .ok_or_else(|| refused(duration, "is not a duration such as P1D or PT1H30M"))?,
            (None, None) => Length {
                days: start.whole_day.into(),
                seconds: 0,
            },
        };
        if length.days < 0 || length.seconds < 0 {
            let end = find("DTEND").or(find("DTSTART"));
            return Err(end.map_or_else(String::new, |end| refused(end, "lies before DTSTART")));
        }
        let rules: Vec<_> = properties
            .iter()
            .filter(|one| one.name == "RRULE")
            .collect();
        let rule = match rules[..] {
            [] => None,
            [property] => {
                let rule = Rule::parse(property.value).map_err(|why| refused(property, &why))?;
                Some((property.line, rule))
            }
            [_, second, ..] => return Err(refused(second, "is the event's second one")),
        };
        let replaces = find("RECURRENCE-ID");
        if let Some(property) = replaces.filter(|property| property.parameter("RANGE").is_some()) {
            return Err(refused(property, "has a RANGE, which is not supported"));
        }
        Ok(Self {
            uid: find("UID").map(|uid| uid.value.to_owned()),
            start,
            length,
            rule,
            also: all("RDATE")?,
            except: all("EXDATE")?,
            replaces: one("RECURRENCE-ID")?,
            canceled: find("STATUS").is_some_and(|it| it.value.eq_ignore_ascii_case("CANCELLED")),
        })
    }
}

pub(super) fn refused(property: &Property<'_>, reason: &str) -> String {
    let text: String = property.value.chars().take(80).collect();
    format!(
        "line {}: {} {text:?}: {reason}",
        property.line, property.name
    )
}

fn moment(property: &Property<'_>, text: &str, zone: Tz) -> Result<Moment, String> {
    let refuse = |reason: &str| refused(property, reason);
    let named = match property.parameter("TZID") {
        None => zone,
        Some(name) => name.parse().map_err(|_| {
            refuse(&format!(
                "{name:?} is not an IANA time zone such as Europe/Berlin"
            ))
        })?,
    };
    let (text, of_time) = match text.strip_suffix('Z') {
        Some(utc) => (utc, Tz::UTC),
        None => (text, named),
    };
    let date = NaiveDate::parse_from_str(text, "%Y%m%d")
        .ok()
        .filter(|_| text.len() == 8);
    let time = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok();
    let moment = match (date, time.filter(|_| text.len() == 15)) {
        (Some(date), _) => Moment {
            wall: date.and_time(NaiveTime::MIN),
            zone,
            whole_day: true,
        },
        (None, Some(wall)) => Moment {
            wall,
            zone: of_time,
            whole_day: false,
        },
        (None, None) => return Err(refuse("is not a time such as 20261224 or 20261224T180000Z")),
    };
    if YEARS.contains(&moment.wall.year()) {
        Ok(moment)
    } else {
        Err(refuse("does not lie in the years 1600 to 2200"))
    }
}

/// `P2W`, `P1D`, `P1DT2H`, `PT90M`: weeks and days on the wall clock, the rest in real time. At most 1,000 years.
fn length(text: &str) -> Option<Length> {
    let text = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
    let (days, time) = text.split_once('T').unwrap_or((text, ""));
    let mut length = Length::default();
    for (part, unit_of) in [
        (days, &[('W', 7, 0), ('D', 1, 0)][..]),
        (time, &[('H', 0, 3_600), ('M', 0, 60), ('S', 0, 1)]),
    ] {
        let mut rest = part;
        while !rest.is_empty() {
            let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
            let number: i64 = rest.get(..end)?.parse().ok()?;
            let letter = rest.get(end..)?.chars().next()?;
            let (_, days, seconds) = unit_of.iter().find(|(name, ..)| *name == letter)?;
            length.days = length.days.checked_add(number.checked_mul(*days)?)?;
            length.seconds = length.seconds.checked_add(number.checked_mul(*seconds)?)?;
            rest = rest.get(end + 1..)?;
        }
    }
    let some = !text.is_empty() && !text.ends_with('T');
    (some && length.days <= 366_000 && length.seconds <= 366_000 * 86_400).then_some(length)
}
