//! Claims, starts, ends and messages.

use super::*;

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
fn a_copy_that_is_handed_back_says_nothing_of_the_message_that_is_carried_out() {
    let returned = settled("Postponed", "Running").replace("deleted", "returned");
    let queued = |asks: bool| {
        let mut events = vec![claimed("c", "s1", "absent"), read("c", 1)];
        events.extend(asks.then(sent));
        events.push(returned.clone());
        events.push(settled("Queued", "Running"));
        broken(&[in_order("worker", &events)])
    };
    assert_eq!(queued(true), []);
    assert_eq!(queued(false), [Rule::DeletedTooSoon]);
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
        broken_by(std::slice::from_ref(&api), "12:01:00", false),
        [Rule::Unaccounted]
    );
    // Not due yet.
    assert_eq!(broken_by(std::slice::from_ref(&api), "12:00:05", false), []);
    // Its worker's last line was lost with it; the message came back, and found the end.
    let heir = in_order("worker", &[settled("AlreadyOver", "Succeeded")]);
    assert_eq!(broken_by(&[api, heir], "12:01:00", false), []);
}

#[test]
fn a_write_over_one_that_nobody_wrote() {
    let worker = in_order("worker", &[ended("Succeeded", "s2", "s1")]);
    assert_eq!(
        broken_by(std::slice::from_ref(&worker), "11:00:00", true),
        [Rule::MissingLink]
    );
    assert_eq!(broken(&[worker]), []);
}
