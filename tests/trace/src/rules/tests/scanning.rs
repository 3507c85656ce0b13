//! The order of scans and of launches.

use super::*;

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

#[test]
fn a_row_that_another_request_writes_meanwhile_is_its_own() {
    let next = hint_put("m6", "06:10");
    let renamed = launching().replace("\"version\":1", "\"version\":2");
    let events = [renamed, next, row_by("r", 2, "active"), sent()];
    assert_eq!(broken(&[in_order("api", &events)]), []);
}

#[test]
fn a_row_that_resumes_a_job_and_has_launched_nothing() {
    let resumed = [row(2, "paused"), row(3, "active")];
    assert_eq!(broken(&[in_order("api", &resumed)]), [Rule::RowBeforeHint]);
    let renamed = [row(2, "active"), row(3, "active")];
    assert_eq!(broken(&[in_order("api", &renamed)]), []);
}
