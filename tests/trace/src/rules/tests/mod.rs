//! Each rule fires on a planted fault, and on nothing that the protocol allows.

mod scanning;
mod workers;

use super::*;
use crate::line::parse;

/// An execution of the job `j` that was due at 12:00:10.
const ID: &str = "j_20261128T120010Z";

/// Lines as a process writes them: seconds within 12:00, and the event's fields.
fn process(name: &str, lines: &[(&str, &str)]) -> Process {
    let lines = lines.iter().map(|(second, fields)| {
        format!("{{\"timestamp\":\"2026-11-28T12:{second}Z\",{fields}}}\n")
    });
    parse(name, &lines.collect::<String>()).expect("lines of known shapes")
}

fn event(name: &str, fields: &str) -> String {
    format!("\"event\":\"{name}\",{fields}")
}

fn scan_begun() -> String {
    event("scan_begun", r#""minute":"m""#)
}

fn followed() -> String {
    event(
        "hint_followed",
        &format!(
            r#""minute":"m","job":"j","at":"2026-11-28T12:00:10Z","kind":"fire","next":"2026-11-28T12:06:10Z","sending":"{ID}""#
        ),
    )
}

fn hint_put(minute: &str, at: &str) -> String {
    event(
        "hint_put",
        &format!(r#""minute":"{minute}","job":"j","at":"2026-11-28T12:{at}Z","kind":"fire""#),
    )
}

fn sent() -> String {
    event("sent", &format!(r#""execution":"{ID}","attempt":1"#))
}

fn checkpointed() -> String {
    event("checkpointed", r#""minute":"m""#)
}

fn launching() -> String {
    event(
        "launching",
        &format!(
            r#""job":"j","version":1,"request":"q","next":"2026-11-28T12:06:10Z","sending":"{ID}""#
        ),
    )
}

fn row(version: u64, state: &str) -> String {
    row_by("q", version, state)
}

/// A row that the request `request` writes.
fn row_by(request: &str, version: u64, state: &str) -> String {
    event(
        "job_put",
        &format!(
            r#""outcome":"written","job":"j","version":{version},"request":"{request}","state":"{state}""#
        ),
    )
}

struct Record<'a> {
    outcome: &'a str,
    stamp: &'a str,
    expected: &'a str,
    state: &'a str,
    claim: Option<&'a str>,
    lease_until: &'a str,
    cancel_requested: bool,
}

impl Record<'_> {
    fn line(&self) -> String {
        let Self {
            outcome,
            stamp,
            expected,
            state,
            lease_until,
            cancel_requested,
            ..
        } = self;
        let claim = self.claim.map_or_else(String::new, |claim| {
            format!(r#","claim":"{claim}","lease_until":"2026-11-28T12:{lease_until}Z""#)
        });
        event(
            "record_put",
            &format!(
                r#""outcome":"{outcome}","execution":"{ID}","stamp":"{stamp}","expected":"{expected}","state":"{state}","attempt":1,"offered":false,"cancel_requested":{cancel_requested}{claim}"#
            ),
        )
    }
}

/// The claim `claim`, written as `stamp` over `expected`, good until :25.
fn claimed(claim: &str, stamp: &str, expected: &str) -> String {
    Record {
        outcome: "written",
        stamp,
        expected,
        state: "Running",
        claim: Some(claim),
        lease_until: "00:25",
        cancel_requested: false,
    }
    .line()
}

/// An end, written as `stamp` over `expected`.
fn ended(state: &str, stamp: &str, expected: &str) -> String {
    Record {
        outcome: "written",
        stamp,
        expected,
        state,
        claim: None,
        lease_until: "",
        cancel_requested: false,
    }
    .line()
}

fn finished(claim: &str, stamp: &str) -> String {
    event(
        "finished",
        &format!(
            r#""execution":"{ID}","attempt":1,"claim":"{claim}","stamp":"{stamp}","state":"Succeeded""#
        ),
    )
}

fn read(claim: &str, version: u64) -> String {
    event(
        "job_read",
        &format!(r#""execution":"{ID}","claim":"{claim}","version":{version},"state":"active""#),
    )
}

fn started(claim: &str) -> String {
    event(
        "started",
        &format!(
            r#""execution":"{ID}","attempt":1,"claim":"{claim}","lease_until":"2026-11-28T12:00:25Z""#
        ),
    )
}

fn settled(what: &str, state: &str) -> String {
    event(
        "settled",
        &format!(
            r#""verdict":"deleted","what":"{what}","execution":"{ID}","attempt":1,"state":"{state}","found_attempt":1"#
        ),
    )
}

/// The rules that a trace breaks, when nothing more is due.
fn broken(trace: &[Process]) -> Vec<Rule> {
    broken_by(trace, "11:00:00", false)
}

fn broken_by(trace: &[Process], until: &str, is_complete: bool) -> Vec<Rule> {
    let until = format!("2026-11-28T{until}Z").parse().expect("an instant");
    let mut rules: Vec<_> = check(trace, Terms { until, is_complete })
        .into_iter()
        .map(|finding| finding.rule)
        .collect();
    rules.dedup();
    rules
}

/// A process whose lines come a second after one another, from :01 on.
fn in_order(name: &str, events: &[String]) -> Process {
    let seconds: Vec<_> = (1..=events.len())
        .map(|second| format!("00:{second:02}"))
        .collect();
    let lines: Vec<_> = seconds
        .iter()
        .map(String::as_str)
        .zip(events.iter().map(String::as_str))
        .collect();
    process(name, &lines)
}

#[test]
fn every_rule_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = Rule::ALL.into_iter().map(Rule::name).collect();
    assert_eq!(names.len(), Rule::ALL.len());
}
