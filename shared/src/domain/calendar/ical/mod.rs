//! The events of an iCalendar file (RFC 5545) as ranges of real time. A file is somebody else's: its size, its nesting, its
//! rules and what comes of them are each bounded, and what cannot be honoured is refused with its line.

mod content;
mod event;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use self::event::{Event, Moment};
use super::super::schedule::{End, Engine, Rule, wall};

const MAX_BYTES: usize = 256 * 1024;

/// Of recurring events: a search that finds nothing takes up to some ten milliseconds each.
const MAX_RULES: usize = 100;

/// Of all events together, before ranges that touch are merged.
const MAX_OCCURRENCES: usize = 20_000;

/// From how long ago events matter: longer than a misfire may be made up for.
const BEHIND: TimeDelta = TimeDelta::days(31);

/// How far ahead recurring events are expanded.
const AHEAD: TimeDelta = TimeDelta::days(3_653);

/// What a file excludes.
pub(super) struct Expanded {
    /// As seconds since 1970, in any order.
    pub(super) excluded: Vec<(i64, i64)>,
    /// Up to when recurring events were expanded, if any goes on for longer.
    pub(super) known_until: Option<DateTime<Utc>>,
}

/// Expands the events of a file. `zone` is for dates and for times without a zone.
pub(super) fn expand(text: &str, zone: Tz, now: DateTime<Utc>) -> Result<Expanded, String> {
    if text.len() > MAX_BYTES {
        return Err("must be at most 256 KB".to_owned());
    }
    let lines = content::unfold(text);
    let events = content::events(&lines)?;
    let events: Result<Vec<_>, _> = events
        .iter()
        .map(|event| Event::read(event, zone))
        .collect();
    let events = events?;
    let rules = events.iter().filter(|event| event.rule.is_some()).count();
    if rules > MAX_RULES {
        return Err(format!(
            "has {rules} recurring events; {MAX_RULES} are allowed"
        ));
    }
    let mut replaced: HashMap<&str, Vec<Moment>> = HashMap::new();
    for event in &events {
        if let (Some(uid), Some(moment)) = (&event.uid, event.replaces) {
            replaced.entry(uid).or_default().push(moment);
        }
    }
    let mut expanded = Expanded {
        excluded: Vec::new(),
        known_until: None,
    };
    for event in events.iter().filter(|event| !event.canceled) {
        let replaced = match (&event.uid, event.replaces) {
            (Some(uid), None) => replaced.get(uid.as_str()),
            _ => None,
        };
        let replaced = replaced.map_or(&[][..], Vec::as_slice);
        expanded.add(event, replaced, now)?;
    }
    Ok(expanded)
}

impl Expanded {
    fn add(
        &mut self,
        event: &Event,
        replaced: &[Moment],
        now: DateTime<Utc>,
    ) -> Result<(), String> {
        let Moment { zone, .. } = event.start;
        let left_out = event.except.iter().chain(replaced);
        let (dates, times): (Vec<&Moment>, Vec<_>) = left_out.partition(|moment| moment.whole_day);
        let dates: HashSet<_> = dates.into_iter().map(|moment| moment.wall.date()).collect();
        let times: HashSet<_> = times.into_iter().map(|moment| moment.instant()).collect();

        let mut walls = vec![event.start.wall];
        // An RDATE may name another zone than the event.
        walls.extend(event.also.iter().map(|also| {
            if also.whole_day {
                also.wall.date().and_time(event.start.wall.time())
            } else {
                wall(zone, also.instant())
            }
        }));
        if let Some((line, rule)) = &event.rule {
            let found = self.recurring(event, rule, now);
            let found = found.map_err(|why| format!("line {line}: RRULE: {why}"))?;
            walls.extend(found.into_iter().filter(|time| *time != event.start.wall));
        }
        for wall in walls {
            let start = super::instant_of_fixed(zone, wall);
            let end = event.length.end(zone, wall);
            if end < now - BEHIND || dates.contains(&wall.date()) || times.contains(&start) {
                continue;
            }
            self.excluded.push((start.timestamp(), end.timestamp()));
            self.check_size()?;
        }
        Ok(())
    }

    /// The times of a rule that matter.
    fn recurring(
        &mut self,
        event: &Event,
        rule: &Rule,
        now: DateTime<Utc>,
    ) -> Result<Vec<NaiveDateTime>, String> {
        let zone = event.start.zone;
        let engine = Engine::new(rule, event.start.wall)?;
        let from = wall(zone, now - BEHIND) - event.length.at_most();
        let end = now + AHEAD;
        let until = wall(zone, end);
        let mut found = Vec::new();
        for time in engine.from(from) {
            if matches!(rule.end, End::At(last) if super::instant_of_fixed(zone, time) > last) {
                break;
            }
            if time > until {
                self.known_until = Some(end);
                break;
            }
            found.push(time);
            // Cut short, it would say that nothing is excluded where it was not looked.
            if found.len() + self.excluded.len() > MAX_OCCURRENCES {
                return Err(too_many());
            }
        }
        Ok(found)
    }

    fn check_size(&self) -> Result<(), String> {
        if self.excluded.len() <= MAX_OCCURRENCES {
            return Ok(());
        }
        Err(too_many())
    }
}

fn too_many() -> String {
    format!("has more than {MAX_OCCURRENCES} occurrences within ten years")
}

#[cfg(test)]
mod tests;
