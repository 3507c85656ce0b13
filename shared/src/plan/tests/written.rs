//! What is written anew, field by field: whatever was decided, a record bears a stamp of its own and says whose it is, and
//! no claim that is over stays on it.

use serde_json::json;

use super::*;
use crate::domain::pull::Progress;
use crate::domain::{
    Discarded, HeldThing, Hold, HoldId, HoldKind, HoldState, Output, ResultKey, StoredResult,
    TraceContext,
};
use crate::plan::dependencies::{Gate, Gated, gated, waiting};
use crate::plan::{
    ClaimDecision, Ended, HoldStep, Redrive, RedriveOrder, Take, after_look, claim, end_unrun,
    finish, hand_back, hold_back, offer, pause_hold, redrive, start_release, take,
};

const STAMP: Stamp = Stamp(9);

fn ann() -> UserId {
    UserId::new("ann").unwrap()
}

/// A job whose owner is known to nothing but itself.
fn pulled() -> Job {
    let payload = json!({ "job_type": "pull", "payload": { "work": "resize" } });
    Job {
        user: ann(),
        version: 3,
        ..hourly(&payload)
    }
}

fn hold() -> Hold {
    Hold {
        id: HoldId::new(now(), 1),
        by: ann(),
        thing: HeldThing {
            kind: HoldKind::User,
            value: "ann".to_owned(),
        },
        note: "n".to_owned(),
        state: HoldState::Holding,
        until: now() + TimeDelta::hours(1),
        per_minute: None,
        released: 0,
        released_at: None,
        lifted_at: None,
        updated_at: now() - TimeDelta::hours(1),
        stamp: OLD_STAMP,
    }
}

fn offered(claimed: &Execution) -> Execution {
    let job = pulled();
    let message = delivery(claimed.id, claimed.attempt, 0).message;
    let terms = job.pull_terms().unwrap();
    offer(claimed, &message, owed(&job), &terms, now(), STAMP)
}

fn redriven(dead: &Execution) -> Execution {
    let by = ann();
    let order = RedriveOrder {
        by: &by,
        request: None,
        at: now(),
    };
    match redrive(dead, Some(&pulled()), order, now(), STAMP) {
        Redrive::Grant { execution, .. } => *execution,
        other => panic!("{other:?}"),
    }
}

fn waits(claimed: &Execution) -> Execution {
    let job = pulled();
    let on = noon();
    match gated(claimed, &job, Gate::Waits(on), now(), STAMP) {
        Gated::Wait(waits) => *waits,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_record_bears_a_stamp_of_its_own_and_says_whose_it_is_whatever_becomes_of_it() {
    let job = pulled();
    let claimed = running(noon(), 2, 40);
    assert_eq!(claimed.user, None);
    let dead = Execution {
        discarded: Discarded::new(now(), ann(), "n").ok(),
        ..record(noon(), ExecutionState::Dead)
    };
    let succeeded = Ended::Succeeded { output: None };
    let none = TimeDelta::zero();
    for (what, written) in [
        ("offered", offered(&claimed)),
        ("held", hold_back(&claimed, &ann(), &hold(), now(), STAMP)),
        ("redriven", redriven(&dead)),
        ("waits", waits(&claimed)),
        (
            "begins to wait",
            waiting(&job, noon().occasion, now(), STAMP),
        ),
        (
            "finished",
            finish(&claimed, &job, succeeded, none, now(), 0.0, STAMP),
        ),
        (
            "ended",
            end_unrun(
                &claimed,
                Some(&job),
                ExecutionState::Skipped,
                crate::domain::Reason::Misfire,
                now(),
                STAMP,
            ),
        ),
    ] {
        assert_eq!(written.stamp, STAMP, "{what}");
        assert_eq!(written.user, Some(ann()), "{what}");
        assert_eq!((written.claim, written.lease_until), (None, None), "{what}");
    }
    assert_eq!(redriven(&dead).job_version, Some(3));
    let begun = waiting(&job, noon().occasion, now(), STAMP);
    assert!(begun.waits_until.is_some());
}

#[test]
fn what_is_handed_back_is_due_at_once_and_held_by_nobody() {
    let taken = Execution {
        user: Some(ann()),
        ..running(noon(), 2, 40)
    };
    let back = hand_back(&taken, now(), STAMP);
    assert_eq!(
        (back.stamp, back.retry_at, back.claim, back.lease_until),
        (STAMP, Some(now()), None, None)
    );
}

#[test]
fn whoever_takes_an_offer_over_begins_without_the_progress_and_the_report_of_the_one_before() {
    let mut lapsed = offered(&running(noon(), 1, 40));
    let offer = lapsed.offer.as_mut().unwrap();
    offer.reported_under = Some(OLD_TOKEN);
    lapsed.state = ExecutionState::Running;
    lapsed.lease_until = Some(now());
    lapsed.progress = Some(Progress {
        percent: 90,
        message: None,
        at: now(),
    });
    let worker = crate::domain::WorkerId::from_random(1);
    let later = now() + seconds(1);
    let taken = match take(Some(&lapsed), 1, worker, later, NEW_TOKEN, STAMP) {
        Take::Write { execution, .. } => *execution,
        other => panic!("{other:?}"),
    };
    assert_eq!(taken.progress, None);
    assert_eq!(taken.offer.unwrap().reported_under, None);

    // And what is held lies in no offer any more.
    let claimed = Execution {
        offer: lapsed.offer.clone(),
        ..running(noon(), 2, 40)
    };
    let held = hold_back(&claimed, &ann(), &hold(), now(), STAMP);
    assert_eq!(held.offer, None);
}

#[test]
fn a_claim_begins_without_progress_in_the_trace_that_it_was_asked_for_in() {
    let asked_in = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    let before = Execution {
        attempt: 1,
        retry_at: Some(now()),
        progress: Some(Progress {
            percent: 90,
            message: None,
            at: now(),
        }),
        ..record(noon(), ExecutionState::RetryWait)
    };
    let mut asked = delivery(noon(), 2, 0);
    asked.message.asked_in = asked_in;
    let claimed = match claim(Some(&before), &asked, now(), NEW_TOKEN, STAMP) {
        ClaimDecision::Write { execution, .. } => *execution,
        other => panic!("{other:?}"),
    };
    assert!(asked_in.is_some());
    assert_eq!((claimed.progress, claimed.asked_in), (None, asked_in));
}

#[test]
fn an_attempt_that_has_no_result_does_not_keep_that_of_the_one_before() {
    let before = Execution {
        result: Some(StoredResult {
            bytes: 1,
            content_type: "text/plain".to_owned(),
            key: ResultKey::new(&ann(), noon(), 1),
            cut: false,
        }),
        result_lost: true,
        output: Some(json!("before")),
        ..running(noon(), 2, 40)
    };
    let ended = Ended::Succeeded {
        output: None::<Output>,
    };
    let none = TimeDelta::zero();
    let found = finish(&before, &pulled(), ended, none, now(), 0.0, STAMP);
    assert_eq!(
        (found.result, found.result_lost, found.output),
        (None, false, None)
    );
}

#[test]
fn a_hold_that_changes_says_when_and_bears_another_stamp() {
    let lifted = Hold {
        state: HoldState::Lifted,
        lifted_at: Some(now() - TimeDelta::hours(1)),
        ..hold()
    };
    let HoldStep::Archive(over) = after_look(&lifted, true, now(), STAMP) else {
        panic!("it is over");
    };
    for changed in [
        start_release(&hold(), Some(5), now(), STAMP).unwrap(),
        pause_hold(&hold(), now(), STAMP).unwrap(),
        *over,
    ] {
        assert_eq!(
            (changed.updated_at, changed.stamp),
            (now(), STAMP),
            "{:?}",
            changed.state
        );
    }
}
