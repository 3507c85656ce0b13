//! Each rule fires on a planted fault, and on nothing that the protocol allows.

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
        &format!(r#""job":"j","version":1,"next":"2026-11-28T12:06:10Z","sending":"{ID}""#),
    )
}

fn row(version: u64, state: &str) -> String {
    event(
        "job_put",
        &format!(r#""outcome":"written","job":"j","version":{version},"state":"{state}""#),
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

fn scanner(events: &[String]) -> Vec<Rule> {
    broken(&[in_order("scanner", events)])
}

#[test]
fn a_scan_that_sends_and_puts_before_it_checkpoints_breaks_no_rule() {
    let next = hint_put("m6", "06:10");
    assert_eq!(
        scanner(&[scan_begun(), followed(), next, sent(), checkpointed()]),
        []
    );
}

#[test]
fn a_checkpoint_before_the_message_is_acknowledged() {
    let next = hint_put("m6", "06:10");
    let rules = scanner(&[scan_begun(), followed(), next, checkpointed(), sent()]);
    assert_eq!(rules, [Rule::CheckpointBeforeSend]);
}

#[test]
fn a_checkpoint_before_the_chain_goes_on() {
    let next = hint_put("m6", "06:10");
    let rules = scanner(&[scan_begun(), followed(), sent(), checkpointed(), next]);
    assert_eq!(rules, [Rule::CheckpointBeforeHint]);
}

#[test]
fn what_an_earlier_scan_of_the_bucket_was_acknowledged_does_not_count() {
    let next = hint_put("m6", "06:10");
    let first = [scan_begun(), followed(), next, sent()];
    let again = [scan_begun(), followed(), checkpointed()];
    let rules = scanner(&[first.as_slice(), &again].concat());
    assert_eq!(
        rules,
        [Rule::CheckpointBeforeSend, Rule::CheckpointBeforeHint]
    );
}

#[test]
fn a_hint_that_was_there_and_that_its_scan_did_not_see() {
    let api = process("api", &[("00:00", &hint_put("m", "00:10"))]);
    let blind = in_order("scanner", &[scan_begun(), checkpointed()]);
    assert_eq!(broken(&[api, blind.clone()]), [Rule::HintPassedOver]);
    let too_late = process("api", &[("00:02", &hint_put("m", "00:10"))]);
    assert_eq!(broken(&[too_late, blind]), []);
}

#[test]
fn a_row_before_its_hint_and_its_message() {
    let next = hint_put("m6", "06:10");
    let api = |events: &[String]| broken(&[in_order("api", events)]);
    assert_eq!(
        api(&[launching(), next.clone(), sent(), row(1, "active")]),
        []
    );
    assert_eq!(
        api(&[launching(), next, row(1, "active"), sent()]),
        [Rule::RowBeforeHint]
    );
    assert_eq!(api(&[row(1, "active")]), [Rule::RowBeforeHint]);
    assert_eq!(api(&[row(2, "paused")]), []);
}

/// A worker that does all as it should.
fn whole_attempt() -> Vec<String> {
    vec![
        claimed("c", "s1", "absent"),
        read("c", 1),
        started("c"),
        ended("Succeeded", "s2", "s1"),
        finished("c", "s2"),
        settled("Attempted", "Succeeded"),
    ]
}

#[test]
fn an_attempt_as_it_should_be_breaks_no_rule() {
    assert_eq!(
        broken_by(&[in_order("worker", &whole_attempt())], "13:00:00", true),
        []
    );
}

/// Long enough behind its claims that nobody takes it for dead.
fn lives_on(name: &str, mut lines: Vec<(&'static str, String)>) -> Process {
    lines.push(("05:00", settled("Postponed", "Running")));
    let lines: Vec<_> = lines
        .iter()
        .map(|(at, line)| (*at, line.as_str()))
        .collect();
    process(name, &lines)
}

#[test]
fn two_workers_that_both_win_a_claim() {
    let one = lives_on("worker-1", vec![("00:10", claimed("c", "s1", "absent"))]);
    let other = lives_on("worker-2", vec![("00:11", claimed("d", "s2", "absent"))]);
    assert_eq!(broken(&[one, other]), [Rule::TwoWinners]);
}

#[test]
fn a_claim_that_was_undone_leaves_its_place_to_another() {
    let undone = event(
        "record_removed",
        &format!(r#""outcome":"written","execution":"{ID}","stamp":"s1""#),
    );
    let one = lives_on(
        "worker-1",
        vec![("00:10", claimed("c", "s1", "absent")), ("00:11", undone)],
    );
    let other = lives_on("worker-2", vec![("00:12", claimed("d", "s2", "absent"))]);
    assert_eq!(broken(&[one, other]), []);
}

#[test]
fn two_ends_over_one_state() {
    let one = process(
        "worker-1",
        &[
            ("00:10", &claimed("c", "s1", "absent")),
            ("00:12", &ended("Succeeded", "s2", "s1")),
            ("00:13", &ended("Failed", "s3", "s1")),
        ],
    );
    assert_eq!(broken(&[one]), [Rule::TwoWinners]);
}

#[test]
fn a_claim_that_is_taken_over_only_once_its_lease_has_run_out() {
    let one = process("worker-1", &[("00:10", &claimed("c", "s1", "absent"))]);
    let taken = |at| process("worker-2", &[(at, &claimed("d", "s2", "s1"))]);
    assert_eq!(
        broken(&[one.clone(), taken("00:20")]),
        [Rule::TakenOverEarly]
    );
    assert_eq!(broken(&[one, taken("00:26")]), []);
}

#[test]
fn a_holder_that_steps_back_leaves_the_record_as_it_was() {
    let lapsed = Record {
        outcome: "written",
        stamp: "s4",
        expected: "s2",
        state: "Running",
        claim: Some("c"),
        lease_until: "00:25",
        cancel_requested: false,
    };
    let one = process("worker-1", &[("00:10", &claimed("c", "s1", "absent"))]);
    let stepped_back = |at| {
        let lines = [("00:26", claimed("d", "s2", "s1")), (at, lapsed.line())];
        let lines: Vec<_> = lines
            .iter()
            .map(|(at, line)| (*at, line.as_str()))
            .collect();
        process("worker-2", &lines)
    };
    assert_eq!(broken(&[one, stepped_back("00:27")]), []);
}

#[test]
fn an_end_that_a_zombie_records_over_another_ones_claim() {
    let zombie = process(
        "worker-1",
        &[
            ("00:10", &claimed("c", "s1", "absent")),
            ("00:30", &ended("Succeeded", "s3", "s2")),
            ("00:31", &finished("c", "s3")),
        ],
    );
    let heir = process("worker-2", &[("00:26", &claimed("d", "s2", "s1"))]);
    assert_eq!(broken(&[zombie, heir]), [Rule::FinishedAfterTakeOver]);
}

fn without(index: usize) -> Vec<Rule> {
    let mut events = whole_attempt();
    events.remove(index);
    broken(&[in_order("worker", &events)])
}

#[test]
fn a_start_without_a_claim() {
    assert!(without(0).contains(&Rule::StartedUnclaimed));
}

#[test]
fn a_start_without_a_read_behind_the_claim() {
    assert_eq!(without(1), [Rule::StartedUnread]);
    let mut events = whole_attempt();
    events.swap(0, 1);
    assert_eq!(
        broken(&[in_order("worker", &events)]),
        [Rule::StartedUnread]
    );
}

#[test]
fn a_start_past_its_lease() {
    let late = process(
        "worker",
        &[
            ("00:10", &claimed("c", "s1", "absent")),
            ("00:11", &read("c", 1)),
            ("00:26", &started("c")),
        ],
    );
    assert_eq!(broken(&[late]), [Rule::StartedPastLease]);
}

#[test]
fn a_read_that_misses_what_was_acknowledged_before_the_claim() {
    let worker = in_order("worker", &whole_attempt());
    let api = |at| process("api", &[(at, &row(2, "active"))]);
    assert_eq!(broken(&[worker.clone(), api("00:00")]), [Rule::StaleRead]);
    assert_eq!(broken(&[worker, api("00:02")]), []);
}

fn delete(at: &str) -> Process {
    process("api", &[(at, &event("cancel_returned", r#""job":"j""#))])
}

#[test]
fn a_start_after_a_delete_has_returned_is_flagged() {
    let worker = in_order("worker", &whole_attempt());
    // Claimed at :01, started at :03.
    assert_eq!(broken(&[worker.clone(), delete("00:04")]), []);
    assert_eq!(
        broken(&[worker.clone(), delete("00:02")]),
        [Rule::UnflaggedStart]
    );
    let flag = Record {
        outcome: "written",
        stamp: "s9",
        expected: "s8",
        state: "Running",
        claim: Some("c"),
        lease_until: "00:25",
        cancel_requested: true,
    };
    let flagging = process("api", &[("00:02", &flag.line())]);
    assert_eq!(broken(&[worker, flagging, delete("00:02")]), []);
}

#[test]
fn what_claims_after_a_delete_has_returned_does_not_start() {
    let worker = in_order("worker", &whole_attempt());
    assert_eq!(broken(&[worker, delete("00:00")]), [Rule::UnflaggedStart]);
}

#[test]
fn an_attempt_that_starts_twice() {
    let mut events = whole_attempt();
    events.insert(3, started("c"));
    assert_eq!(broken(&[in_order("worker", &events)]), [Rule::StartedTwice]);
}

#[test]
fn a_message_that_is_deleted_before_its_retry_is_asked_for() {
    let attempt = |asks: bool| {
        let mut events = vec![
            claimed("c", "s1", "absent"),
            read("c", 1),
            started("c"),
            ended("RetryWait", "s2", "s1"),
            finished("c", "s2"),
        ];
        events.extend(asks.then(sent));
        events.push(settled("Attempted", "RetryWait"));
        broken(&[in_order("worker", &events)])
    };
    assert_eq!(attempt(true), []);
    assert_eq!(attempt(false), [Rule::DeletedTooSoon]);
}

#[test]
fn a_message_that_is_deleted_while_its_execution_runs() {
    let events = [
        claimed("c", "s1", "absent"),
        settled("Attempted", "Running"),
    ];
    assert_eq!(
        broken(&[in_order("worker", &events)]),
        [Rule::DeletedTooSoon]
    );
}

#[test]
fn a_message_that_was_sent_and_of_which_nothing_is_heard_any_more() {
    let api = in_order("api", &[sent()]);
    assert_eq!(
        broken_by(&[api.clone()], "12:01:00", false),
        [Rule::Unaccounted]
    );
    // Not due yet.
    assert_eq!(broken_by(&[api.clone()], "12:00:05", false), []);
    // Its worker's last line was lost with it; the message came back, and found the end.
    let heir = in_order("worker", &[settled("AlreadyOver", "Succeeded")]);
    assert_eq!(broken_by(&[api, heir], "12:01:00", false), []);
}

#[test]
fn a_write_over_one_that_nobody_wrote() {
    let worker = in_order("worker", &[ended("Succeeded", "s2", "s1")]);
    assert_eq!(
        broken_by(&[worker.clone()], "11:00:00", true),
        [Rule::MissingLink]
    );
    assert_eq!(broken(&[worker]), []);
}

#[test]
fn every_rule_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = Rule::ALL.into_iter().map(Rule::name).collect();
    assert_eq!(names.len(), Rule::ALL.len());
}
