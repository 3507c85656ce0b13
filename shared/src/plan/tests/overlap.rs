//! One execution at a time: who needs a lock for it, whose turn it is, and who waits.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{at, delivery, every, job_with, manual, now, once, owed, record, running, seconds};
use crate::domain::ExecutionState::{
    Canceled, Dead, Failed, RetryWait, Running, Skipped, Succeeded,
};
use crate::domain::{DispatchMessage, Execution, ExecutionId, Job, JobId, Reason};
use crate::plan::{
    Judgement, Refused, Turn, holds_on, judge, may_wait_for_turn, needs_lock, refused, turn,
};

fn job(period: i64, more: &Value) -> Job {
    job_with(&every(period), more, at("2026-11-01T00:00:00Z"))
}

fn claimed(job: &Job, fire_time: DateTime<Utc>, attempt: u32) -> Execution {
    running(ExecutionId::scheduled(job.id, fire_time), attempt, 40)
}

#[test]
fn a_lock_is_needed_where_attempts_and_retries_can_outlast_the_gap() {
    // Four attempts of 30 + 10 s, 60 + 120 + 240 s between them, and 120 s for a message to come back.
    let default = 4 * 40 + 420 + 120;
    for (period, more, needed) in [
        (default, json!({}), true),
        (default + 1, json!({}), false),
        (60, json!({ "overlap": "allow" }), false),
        (60, json!({ "overlap": "queue" }), true),
        (
            145,
            json!({ "retry": { "max_retries": 0 }, "timeout_seconds": 15 }),
            true,
        ),
        (
            146,
            json!({ "retry": { "max_retries": 0 }, "timeout_seconds": 15 }),
            false,
        ),
        (86_400, json!({ "misfire": { "policy": "skip" } }), false),
        (86_400, json!({ "misfire": { "policy": "fire_all" } }), true),
    ] {
        assert_eq!(needs_lock(&job(period, &more)), needed, "{period} {more}");
    }
    let all = json!({ "misfire": { "policy": "fire_all" } });
    let alone = job_with(&once("2026-11-22T00:00:00Z"), &all, now());
    assert!(!needs_lock(&alone), "there is nothing to overlap with");
}

#[test]
fn the_shortest_of_uneven_gaps_counts() {
    let cron = |expression: &str| {
        let schedule = json!({ "kind": "cron", "expression": expression });
        needs_lock(&job_with(&schedule, &json!({}), now()))
    };
    assert!(cron("0,5 12 * * MON"));
    assert!(!cron("0 9,17 * * MON-FRI"));
}

#[test]
fn sixty_four_gaps_are_looked_at() {
    // Noon in Berlin comes after 23 hours once, on 28 March 2027. Attempts and retries may take 23 and a half.
    let noons = json!({ "kind": "cron", "expression": "0 12 * * *", "timezone": "Europe/Berlin" });
    let retry =
        json!({ "max_retries": 20, "backoff_seconds": 3_600, "max_backoff_seconds": 4_212 });
    let created = |day: &str| {
        let created = at(&format!("2027-01-{day}T20:00:00Z"));
        needs_lock(&job_with(&noons, &json!({ "retry": retry }), created))
    };
    assert!(created("22"), "it is the last of sixty-four");
    assert!(!created("21"), "it is the one after them");
}

#[test]
fn a_run_by_hand_takes_no_part() {
    let execution = running(manual(), 1, 40);
    assert_eq!(turn(&job(10, &json!({})), &execution, now()), Turn::Now);
}

#[test]
fn without_a_lock_nothing_is_begun_that_could_reach_into_the_next_fire_time() {
    let job = job(3_600, &json!({}));
    let fired = at("2026-11-21T12:00:00Z");
    // The last start: 30 s for the attempt, 10 s for its lease and 2 s for clocks that differ.
    let last = fired + seconds(3_600 - 42);
    let first = claimed(&job, fired, 1);
    assert_eq!(turn(&job, &first, fired), Turn::Now);
    assert_eq!(turn(&job, &first, last), Turn::Now);
    let late = last + seconds(1);
    let never = Turn::Never(Skipped, Reason::Overlap);
    assert_eq!(turn(&job, &first, late), never);
    let retry = claimed(&job, fired, 2);
    assert_eq!(turn(&job, &retry, late), Turn::Never(Dead, Reason::Overlap));
}

proptest! {
    /// The law that makes the lock superfluous: for neighbours of one job that take none, whatever starts when and is
    /// tried how often, an attempt of the earlier ends before the later is due.
    #[test]
    fn unlocked_neighbours_never_overlap(
        period in 100_i64..20_000, timeout in 1_i64..=840, retries in 0..4_u32, late in 0_i64..20_000,
    ) {
        let job = job(period, &json!({
            "timeout_seconds": timeout, "retry": { "max_retries": retries },
        }));
        let fired = job.timetable.next(now()).unwrap();
        let next = job.timetable.next(fired + seconds(1)).unwrap();
        let start = fired + seconds(late);
        match turn(&job, &claimed(&job, fired, 1), start) {
            Turn::Now => prop_assert!(start + seconds(timeout) < next),
            Turn::WithLock => prop_assert!(needs_lock(&job)),
            Turn::Never(..) => prop_assert!(start + seconds(timeout + 12) > next),
        }
        prop_assert!(needs_lock(&job) || turn(&job, &claimed(&job, fired, 1), fired) == Turn::Now);
    }
}

#[test]
fn a_lock_is_held_as_long_as_its_holder_may_come_back() {
    let job = job(60, &json!({}));
    let id = ExecutionId::scheduled(job.id, now());
    let waiting = |wait| Execution {
        retry_at: Some(now() + seconds(wait)),
        ..record(id, RetryWait)
    };
    let overdue = -15 * 60;
    for (holder, holds) in [
        (running(id, 1, 5), true),
        (running(id, 1, -1), true),
        (running(id, 1, overdue + 1), true),
        (running(id, 1, overdue), false),
        (waiting(3_600), true),
        (waiting(overdue + 1), true),
        (waiting(overdue), false),
        (record(id, Running), false),
        (record(id, Succeeded), false),
        (record(id, Failed), false),
        (record(id, Dead), false),
        (record(id, Skipped), false),
        (record(id, Canceled), false),
    ] {
        assert_eq!(holds_on(Some(&holder), now()), holds, "{holder:?}");
    }
    assert!(!holds_on(None, now()));
}

/// The message of a claimed execution that has waited so often.
fn message_of(claimed: &Execution, waits: u32) -> DispatchMessage {
    let mut message = delivery(claimed.id, claimed.attempt, 60).message;
    message.waits = waits;
    message
}

fn refusal(job: &Job, age: i64, attempt: u32) -> Refused {
    let fired = job.timetable.next(now()).unwrap();
    let claimed = claimed(job, fired, attempt);
    let message = message_of(&claimed, 0);
    refused(owed(job), &claimed, &message, fired + seconds(age), 0.0)
}

#[test]
fn what_may_wait_for_its_turn_does_so_for_the_catch_up_window_and_no_longer() {
    let slack = seconds(600);
    let waits = |job: &Job, age: i64| {
        let at = now() - seconds(age);
        may_wait_for_turn(job, at, false, now(), slack)
    };
    assert!(waits(&policies("queue", "fire_latest", 3_600), 4_200));
    assert!(!waits(&policies("queue", "fire_latest", 3_600), 4_201));
    // What is caught up with waits for what was before it; one that skips does not.
    assert!(waits(&policies("skip", "fire_all", 3_600), 60));
    assert!(!waits(&policies("skip", "fire_latest", 3_600), 60));
    assert!(!waits(&policies("allow", "fire_all", 3_600), 60));
    // Unless it has begun: its retries are not taken back.
    let begun = |job| may_wait_for_turn(&job, now() - seconds(60), true, now(), slack);
    assert!(begun(policies("skip", "fire_latest", 3_600)));
    assert!(!begun(policies("allow", "fire_latest", 3_600)));
}

fn policies(overlap: &str, misfire: &str, window: u32) -> Job {
    job(
        10,
        &json!({
            "overlap": overlap,
            "misfire": { "policy": misfire, "catch_up_window_seconds": window },
        }),
    )
}

#[test]
fn who_is_refused_waits_as_long_as_its_policies_let_it() {
    for (overlap, misfire, age, waits) in [
        ("skip", "fire_latest", 0, false),
        ("skip", "skip", 0, false),
        ("skip", "fire_all", 60, false),
        ("skip", "fire_all", 61, true), // caught up with: each of them was asked for
        ("skip", "fire_all", 601, false),
        ("queue", "fire_latest", 9, true),
        ("queue", "fire_latest", 10, false), // the next is due, and stands for it
        ("queue", "skip", 60, true),
        ("queue", "skip", 61, false),
        ("queue", "fire_all", 600, true),
        ("queue", "fire_all", 601, false),
    ] {
        let answer = refusal(&policies(overlap, misfire, 600), age, 1);
        let expected = matches!(answer, Refused::Wait(_));
        assert_eq!(waits, expected, "{overlap} {misfire} {age}");
        if !waits {
            assert_eq!(answer, Refused::End(Skipped, Reason::Overlap));
        }
    }
}

#[test]
fn what_has_waited_for_others_waits_beside_its_next_occurrence() {
    let job = policies("queue", "fire_latest", 7_200);
    let fired = job.timetable.next(now()).unwrap();
    let next_is_due = job.timetable.next(fired + seconds(1)).unwrap();
    let turn = |ready_at| {
        let claimed = Execution {
            ready_at,
            ..claimed(&job, fired, 1)
        };
        let message = message_of(&claimed, 0);
        refused(owed(&job), &claimed, &message, next_is_due, 0.0)
    };
    assert!(matches!(turn(None), Refused::End(..)));
    assert!(matches!(turn(Some(fired + seconds(9))), Refused::Wait(_)));
}

#[test]
fn what_has_begun_waits_for_its_retry_and_then_is_dead() {
    for overlap in ["skip", "queue"] {
        let job = policies(overlap, "skip", 600);
        assert!(matches!(refusal(&job, 600, 2), Refused::Wait(_)));
        let expected = Refused::End(Dead, Reason::Overlap);
        assert_eq!(refusal(&job, 601, 2), expected);
    }
}

#[test]
fn what_was_deferred_or_held_waits_for_its_turn_as_long_as_its_window_lasts() {
    let job = policies("queue", "skip", 600);
    let fired = job.timetable.next(now()).unwrap();
    let claimed = claimed(&job, fired, 1);
    let mut message = message_of(&claimed, 0);
    for (deferred, age, waits) in [
        (false, 60, true),
        (false, 61, false),
        (true, 600, true),
        (true, 601, false),
    ] {
        message.deferred = deferred;
        let decided = refused(owed(&job), &claimed, &message, fired + seconds(age), 0.0);
        let has_waited = matches!(decided, Refused::Wait(_));
        assert_eq!(has_waited, waits, "{deferred} after {age} s");
    }
}

#[test]
fn waits_grow_to_a_minute_and_are_drawn_apart() {
    let job = policies("queue", "fire_all", 600);
    let fired = job.timetable.next(now()).unwrap();
    let claimed = claimed(&job, fired, 1);
    let wait = |waits, jitter| {
        let message = message_of(&claimed, waits);
        match refused(owed(&job), &claimed, &message, fired, jitter) {
            Refused::Wait(until) => until - fired,
            Refused::End(..) => panic!("it waits"),
        }
    };
    let longest: Vec<_> = (0..7).map(|waits| wait(waits, 1.0).num_seconds()).collect();
    assert_eq!(longest, [2, 4, 8, 16, 32, 60, 60]);
    assert_eq!(wait(0, 0.0), TimeDelta::seconds(1));
    assert_eq!(wait(u32::MAX, 0.5), TimeDelta::seconds(45));
}

#[test]
fn who_waited_until_it_was_too_late_is_skipped_for_the_overlap() {
    let job = Job {
        id: JobId::from_random(7),
        ..policies("queue", "fire_latest", 600)
    };
    let fired = at("2026-11-21T12:00:00Z");
    let claimed = claimed(&job, fired, 1);
    for (waits, reason) in [(0, Reason::Misfire), (1, Reason::Overlap)] {
        let mut delivery = delivery(claimed.id, 1, 60);
        delivery.message.waits = waits;
        let judgement = judge(&claimed, Some(owed(&job)), &delivery, fired + seconds(70));
        assert_eq!(judgement, Judgement::End(Skipped, reason));
    }
}
