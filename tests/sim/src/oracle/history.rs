//! What a job planned, by its history: which version governed which instants, and when each may have been the present
//! one. The history is what the API shows at the end; it must fit what clients asked and were told.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use serde_json::Value;

use super::{Law, Violation, instant};
use crate::log::{Asked, Request};
use crate::rule::Rule;
use crate::shown::Shown;

/// How far clocks may be apart, both of them wrong.
pub(super) const SKEW: TimeDelta = TimeDelta::seconds(4);

/// How long after its clock was read a change may still commit: the API's own timeout.
const COMMIT: TimeDelta = TimeDelta::seconds(30);

/// A version of a job.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) number: u64,
    /// When its maker read the clock.
    pub(super) made_at: DateTime<Utc>,
    /// The first instant that it governs.
    pub(super) from: DateTime<Utc>,
    /// The first that it does not.
    pub(super) until: Option<DateTime<Utc>>,
    /// Nothing before this is of its timetable.
    pub(super) effective_from: DateTime<Utc>,
    pub(super) rule: Rule,
    pub(super) state: State,
    pub(super) skips: BTreeSet<DateTime<Utc>>,
    /// When it may have been the present one, in true time.
    pub(super) present: (DateTime<Utc>, DateTime<Utc>),
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Fires,
    Paused,
    Deleted,
}

impl Version {
    /// Whether its timetable has `at`, in whatever state it is.
    pub(super) fn has(&self, at: DateTime<Utc>) -> bool {
        at >= self.effective_from && self.rule.contains(at)
    }

    /// Whether it owes a run at `at`.
    pub(super) fn owes(&self, at: DateTime<Utc>) -> bool {
        self.state == State::Fires && self.has(at) && !self.skips.contains(&at)
    }

    /// Whether it may have been present within these bounds.
    pub(super) fn was_present(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> bool {
        self.present.0 <= until && from <= self.present.1
    }
}

/// A job's history.
#[derive(Clone, Debug)]
pub(super) struct History {
    pub(super) versions: Vec<Version>,
    /// Fire times of which it is not known whether they were left out: nobody answered whoever asked for it.
    pub(super) perhaps_skipped: BTreeSet<DateTime<Utc>>,
    /// Timetables that were asked for without being granted: messages of theirs may be on their way.
    pub(super) only_asked_for: Vec<Rule>,
}

fn next_second(at: DateTime<Utc>) -> DateTime<Utc> {
    at.with_nanosecond(0).unwrap_or(at) + TimeDelta::seconds(1)
}

fn state_of(version: &Value) -> State {
    match version["status"].as_str() {
        Some("paused") => State::Paused,
        Some("canceled") => State::Deleted,
        _ => State::Fires,
    }
}

impl History {
    /// Reads the history of a job off what is shown of it. `first` is the schedule that it was asked for with.
    ///
    /// # Errors
    /// [`Violation`] if it cannot be the history of what was asked for.
    pub(super) fn read(
        shown: &Shown,
        requests: &[&Request],
        first: &Rule,
    ) -> Result<Self, Violation> {
        let mut versions: Vec<Version> = Vec::new();
        let mut perhaps_skipped = BTreeSet::new();
        for row in &shown.versions {
            if row["action"] == "complete" {
                // A label: it changes nothing that is planned.
                continue;
            }
            let number = row["version"].as_u64().unwrap_or(0);
            let unreadable = || {
                Violation::of(
                    Law::History,
                    None,
                    format!("version {number} cannot be read: {row}"),
                )
            };
            let made_at = instant(&row["at"]).ok_or_else(unreadable)?;
            let rule = Rule::of_json(&row["definition"]["schedule"]).ok_or_else(unreadable)?;
            let before = versions.last();
            let is_new = before.is_none_or(|before| before.rule != rule);
            let resumes = row["action"] == "resume";
            let effective_from = match (before, &rule) {
                (_, Rule::Once(at)) if is_new && *at < next_second(made_at) => *at,
                (Some(before), _) if !is_new && !resumes => before.effective_from,
                _ => next_second(made_at),
            };
            let from = match before {
                None => effective_from,
                Some(before) => next_second(made_at).max(before.from),
            };
            let mut skips = match before {
                Some(before) if !is_new => before.skips.clone(),
                _ => BTreeSet::new(),
            };
            change_skips(&mut skips, &mut perhaps_skipped, row, number, requests);
            if let Some(before) = versions.last_mut() {
                before.until = Some(from);
            }
            versions.push(Version {
                number,
                made_at,
                from,
                until: None,
                effective_from,
                rule,
                state: state_of(row),
                skips,
                present: (made_at, DateTime::<Utc>::MAX_UTC),
            });
        }
        for index in 0..versions.len() {
            let (earliest, latest) = commit(&versions[index], requests);
            versions[index].present.0 = earliest;
            if index > 0 {
                versions[index - 1].present.1 = latest;
            }
        }
        let only_asked_for = requests
            .iter()
            .filter(|request| !request.is_granted())
            .filter_map(|request| match &request.asked {
                Asked::Edit(patch) => Rule::of_json(&patch["schedule"]),
                // It may have gone as far as to send what is due soon; asked for again, it begins later.
                Asked::Create => Some(first.clone()),
                _ => None,
            })
            .collect();
        Ok(Self {
            versions,
            perhaps_skipped,
            only_asked_for,
        })
    }

    /// The version that governs `at`, which it planned.
    pub(super) fn planner(&self, at: DateTime<Utc>) -> Option<&Version> {
        let governs = |version: &&Version| {
            let within = version.from <= at && version.until.is_none_or(|until| at < until);
            // A one-time schedule that lay in the past when it was given is of its version all the same.
            let caught_up = matches!(version.rule, Rule::Once(_))
                && version.effective_from == at
                && at < version.from;
            (within || caught_up) && version.has(at)
        };
        self.versions.iter().rev().find(governs)
    }

    /// Every instant planned before `until`.
    pub(super) fn planned(&self, until: DateTime<Utc>) -> BTreeSet<DateTime<Utc>> {
        let of = |version: &Version| {
            let end = version.until.map_or(until, |end| end.min(until));
            let mut from = version.from.max(version.effective_from);
            if matches!(version.rule, Rule::Once(_)) && version.effective_from < version.from {
                from = version.effective_from;
            }
            version.rule.between(from, end.max(from))
        };
        let all = self.versions.iter().flat_map(of);
        all.filter(|at| *at < until).collect()
    }
}

/// Between which instants of true time the version was committed.
fn commit(version: &Version, requests: &[&Request]) -> (DateTime<Utc>, DateTime<Utc>) {
    let made = |request: &&&Request| {
        request.is_granted()
            && request
                .answer
                .as_ref()
                .and_then(|(_, body)| body["version"].as_u64())
                == Some(version.number)
            && request.sent_at <= version.made_at + SKEW
            && version.made_at <= request.done_at + SKEW
    };
    match requests.iter().find(made) {
        Some(request) => (request.sent_at, request.done_at),
        None => (version.made_at - SKEW, version.made_at + COMMIT + SKEW),
    }
}

fn change_skips(
    skips: &mut BTreeSet<DateTime<Utc>>,
    perhaps: &mut BTreeSet<DateTime<Utc>>,
    row: &Value,
    number: u64,
    requests: &[&Request],
) {
    let (adds, is_about_skips) = match row["action"].as_str() {
        Some("skip") => (true, true),
        Some("unskip") => (false, true),
        _ => (false, false),
    };
    if !is_about_skips {
        return;
    }
    let named = |request: &&Request| match request.asked {
        Asked::Skip(at) if adds => Some(at),
        Asked::Unskip(at) if !adds => Some(at),
        _ => None,
    };
    let granted = requests.iter().find(|request| {
        named(request).is_some()
            && request.is_granted()
            && request
                .answer
                .as_ref()
                .and_then(|(_, body)| body["version"].as_u64())
                == Some(number)
    });
    match granted.and_then(&named) {
        Some(at) if adds => {
            skips.insert(at);
        }
        Some(at) => {
            skips.remove(&at);
        }
        None => perhaps.extend(
            requests
                .iter()
                .filter(|request| request.is_open())
                .filter_map(named),
        ),
    }
}
