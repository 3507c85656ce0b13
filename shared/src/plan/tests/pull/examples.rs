//! What each decision says, case by case.

use serde_json::json;

use super::{
    NEW_STAMP, NEW_TOKEN, OLD_TOKEN, hourly, now, offered, offered_for, pulled, record, seconds,
    taken, worker,
};
use crate::domain::pull::{Offer, PULL, Progress};
use crate::domain::{Execution, ExecutionState, HoldId, JobState, Reason, Stamp};
use crate::plan::tests::{at, delivery, every, in_state, job_with, manual, noon, owed, scheduled};
use crate::plan::{
    Burial, ClaimDecision, Ended, FollowUp, Standing, Take, bury, claim, finish, follow_up,
    hand_back, heartbeat, holds_on, let_go, needs_lock, report, standing, still_wanted, take,
};
use crate::port::SendAt;

#[test]
fn an_offer_stands_as_long_as_its_misfire_policy_would_let_it_start() {
    let window = json!({ "catch_up_window_seconds": 7_200 });
    let with =
        |policy| json!({ "misfire": { "policy": policy, "catch_up_window_seconds": 7_200 } });
    for (job, id, attempt, until) in [
        (pulled(&with("fire_all")), noon(), 1, "2026-11-21T14:00:00Z"),
        // The next occurrence stands for it then.
        (
            pulled(&json!({ "misfire": window })),
            noon(),
            1,
            "2026-11-21T13:00:00Z",
        ),
        (pulled(&with("skip")), noon(), 1, "2026-11-21T12:01:00Z"),
        (pulled(&with("skip")), manual(), 1, "2026-11-21T14:00:30Z"),
        (pulled(&with("skip")), noon(), 2, "2026-11-21T14:00:30Z"),
    ] {
        let offer = offered(id, attempt, &job).offer.unwrap();
        assert_eq!(offer.until, at(until), "{:?} {attempt}", job.misfire);
    }
}

#[test]
fn an_offer_whose_next_occurrence_is_due_at_once_stands_for_as_long_as_any_may_be_late() {
    let request = json!({ "job_type": "pull", "payload": { "work": "ping" } });
    let often = job_with(&every(30), &request, at("2026-11-01T00:00:00Z"));
    let offer = offered(noon(), 1, &often).offer.unwrap();
    assert_eq!(offer.until, at("2026-11-21T12:01:00Z"));
}

#[test]
fn an_offer_of_what_was_deferred_stands_for_its_window_and_never_for_a_moment_only() {
    let misfire =
        |window: i64| json!({ "misfire": { "policy": "skip", "catch_up_window_seconds": window } });
    for (id, window, until) in [
        (noon(), 7_200, "2026-11-21T14:00:00Z"),
        (noon(), 60, "2026-11-21T12:01:30Z"),
        (
            scheduled("2026-11-21T09:00:00Z"),
            3_600,
            "2026-11-21T12:01:30Z",
        ),
    ] {
        let mut message = delivery(id, 1, 60).message;
        message.deferred = true;
        let offer = offered_for(&message, &pulled(&misfire(window)))
            .offer
            .unwrap();
        assert_eq!(offer.until, at(until), "{window}");
    }
}

#[test]
fn an_offer_says_which_holds_have_let_it_go_until_its_attempt_is_lost() {
    let hold = HoldId::new(now(), 1);
    let released = let_go(delivery(noon(), 1, 60).message, hold, false, now());
    let open = offered_for(&released, &pulled(&json!({})));
    let by = |one: &Execution| one.offer.clone().unwrap().released_by;
    assert!(by(&open).contains(&hold));
    let first = taken(&open);
    assert!(by(&first).contains(&hold));
    let lapsed = now() + seconds(60);
    let after = take(Some(&first), 1, worker(), lapsed, NEW_TOKEN, NEW_STAMP);
    let Take::Write { execution, .. } = after else {
        panic!("the lease has run out");
    };
    assert!(by(&execution).is_empty());
}

#[test]
fn an_offered_execution_is_nobodys_and_has_not_started() {
    let offered = offered(noon(), 1, &pulled(&json!({})));
    assert_eq!(offered.state, ExecutionState::Offered);
    assert!(!offered.is_held_by(OLD_TOKEN));
    assert_eq!((offered.started_at, offered.lease_until), (None, None));
    assert!(offered.user.is_some() && offered.job_version.is_some());
}

#[test]
fn what_has_started_before_is_offered_and_handed_back_with_its_start() {
    let job = pulled(&json!({}));
    let started = Some(now() - seconds(5));
    let second = offered(noon(), 2, &job);
    assert_eq!(second.started_at, started);
    let back = hand_back(&taken(&second), now(), Stamp(9));
    assert_eq!((back.attempt, back.started_at), (1, started));
}

#[test]
fn taking_an_offer_starts_its_attempt_under_a_lease_and_a_deadline() {
    let held = taken(&offered(noon(), 1, &pulled(&json!({}))));
    assert!(held.is_held_by(NEW_TOKEN));
    assert_eq!((held.attempt, held.started_at), (1, Some(now())));
    assert_eq!(held.lease_until, Some(now() + seconds(60)));
    let offer = held.offer.unwrap();
    assert_eq!(offer.worker, Some(worker()));
    assert_eq!(offer.deadline(), Some(now() + seconds(600)));
}

#[test]
fn an_offer_is_stored_as_it_was_made() {
    let payload = json!({ "work": "resize-images", "heartbeat_seconds": 45 });
    let offer = offered(noon(), 1, &pulled(&json!({ "payload": payload }))).offer;
    let stored = serde_json::to_string(&offer).unwrap();
    assert_eq!(
        serde_json::from_str::<Option<Offer>>(&stored).unwrap(),
        offer
    );
    assert_eq!(offer.unwrap().heartbeat_seconds.duration(), seconds(45));
}

#[test]
fn an_offer_is_taken_by_one_and_removed_once_it_is_over() {
    let job = pulled(&json!({}));
    let open = offered(noon(), 2, &job);
    let held = taken(&open);
    let decide = |current: Option<&Execution>, later| {
        take(
            current,
            2,
            worker(),
            now() + seconds(later),
            NEW_TOKEN,
            NEW_STAMP,
        )
    };
    let ended = Execution {
        state: ExecutionState::Succeeded,
        ..held.clone()
    };
    let of_ours = Execution {
        offer: None,
        ..held.clone()
    };
    let later = offered(noon(), 3, &job);
    let stands_for = (open.offer.as_ref().unwrap().until - now()).num_seconds();
    for (current, after, expected) in [
        (Some(&open), stands_for, Take::Leave),
        (Some(&open), stands_for + 1, Take::Leave),
        (Some(&held), 59, Take::Leave),
        (Some(&ended), 0, Take::Remove),
        (Some(&of_ours), 0, Take::Remove),
        (Some(&later), 0, Take::Remove),
        (None, 0, Take::Remove),
    ] {
        assert_eq!(decide(current, after), expected, "{current:?}");
    }
    let Take::Write { execution, .. } = decide(Some(&held), 60) else {
        panic!("the lease has run out");
    };
    assert_eq!((execution.attempt, execution.errors.len()), (3, 1));
    assert_eq!(execution.errors[0].reason, Reason::WorkerLost);
}

#[test]
fn what_was_taken_is_judged_by_what_may_have_changed_since() {
    use ExecutionState::{Canceled, Dead, Skipped};

    let job = pulled(&json!({ "retry": { "max_retries": 1 } }));
    let first = taken(&offered(noon(), 1, &job));
    let second = taken(&offered(noon(), 2, &job));
    let third = taken(&offered(noon(), 3, &job));
    let by_hand = taken(&offered(manual(), 1, &job));
    let canceled = Execution {
        cancel_requested: true,
        ..first.clone()
    };
    let paused = in_state(job.clone(), JobState::Paused);
    let deleted = in_state(job.clone(), JobState::Canceled);
    for (taken, job, expected) in [
        (&first, Some(&job), None),
        (&second, Some(&job), None),
        (&third, Some(&job), Some((Dead, Reason::WorkerLost))),
        (
            &canceled,
            Some(&job),
            Some((Canceled, Reason::CanceledByUser)),
        ),
        (&first, Some(&paused), Some((Skipped, Reason::JobPaused))),
        (&second, Some(&paused), Some((Canceled, Reason::JobPaused))),
        (&by_hand, Some(&paused), None),
        (
            &by_hand,
            Some(&deleted),
            Some((Canceled, Reason::JobCanceled)),
        ),
        (&first, None, Some((Canceled, Reason::JobCanceled))),
    ] {
        assert_eq!(still_wanted(taken, job).err(), expected);
    }
}

#[test]
fn what_its_job_no_longer_wants_so_is_handed_back_as_it_was_before_the_attempt() {
    let held = taken(&offered(noon(), 1, &pulled(&json!({}))));
    let back = hand_back(&held, now(), Stamp(9));
    assert_eq!((back.state, back.attempt), (ExecutionState::RetryWait, 0));
    assert_eq!((back.started_at, back.offer.clone()), (None, None));
    let again = claim(
        Some(&back),
        &delivery(noon(), 1, 0),
        now(),
        OLD_TOKEN,
        Stamp(9),
    );
    assert!(matches!(again, ClaimDecision::Write { execution, .. } if execution.attempt == 1));
}

#[test]
fn a_token_holds_until_its_deadline_or_until_another_has_taken_over() {
    let held = taken(&offered(noon(), 1, &pulled(&json!({}))));
    let at = |later| standing(&held, NEW_TOKEN, now() + seconds(later));
    assert_eq!(at(0), Standing::Holds);
    // Its lease has run out, and nobody was quicker.
    assert_eq!(at(599), Standing::Holds);
    assert_eq!(at(600), Standing::TimedOut);
    assert_eq!(standing(&held, OLD_TOKEN, now()), Standing::Stale);

    let job = pulled(&json!({}));
    let end = Ended::Succeeded { output: None };
    let ended = finish(&held, &job, end, seconds(3), now(), 0.0, Stamp(9));
    assert_eq!(standing(&ended, NEW_TOKEN, now()), Standing::Stale);
    let ended = report(ended, NEW_TOKEN);
    assert_eq!(standing(&ended, NEW_TOKEN, now()), Standing::Reported);
    assert_eq!(standing(&ended, OLD_TOKEN, now()), Standing::Stale);
}

#[test]
fn heartbeats_are_written_when_they_say_something() {
    let said = |percent, seconds_later| Progress {
        percent,
        message: Some("half".to_owned()),
        at: now() + seconds(seconds_later),
    };
    let held = taken(&offered(noon(), 1, &pulled(&json!({}))));
    let beat = |later, progress| heartbeat(&held, progress, now() + seconds(later), Stamp(9));
    assert_eq!(beat(4, None), None);
    let longer = beat(5, None).unwrap();
    assert_eq!(longer.lease_until, Some(now() + seconds(65)));
    let progressed = beat(1, Some(said(50, 1))).unwrap();
    assert_eq!(progressed.progress, Some(said(50, 1)));
    // The same once more is no news; the deadline ends every lease, and is written once.
    let again = heartbeat(&progressed, Some(said(50, 2)), now() + seconds(2), Stamp(9));
    assert_eq!(again, None);
    let last = beat(570, None).unwrap();
    assert_eq!(last.lease_until, Some(now() + seconds(600)));
    assert_eq!(heartbeat(&last, None, now() + seconds(590), Stamp(9)), None);
    // However little the deadline adds, it is written.
    let almost = beat(538, None).unwrap();
    let last = heartbeat(&almost, None, now() + seconds(541), Stamp(9)).unwrap();
    assert_eq!(last.lease_until, Some(now() + seconds(600)));
}

#[test]
fn a_lease_that_ran_to_its_deadline_has_timed_out() {
    let held = taken(&offered(noon(), 1, &pulled(&json!({}))));
    let last = heartbeat(&held, None, now() + seconds(570), Stamp(9)).unwrap();
    for (record, later, reason) in [
        (&held, 61, Reason::WorkerLost),
        (&last, 601, Reason::TimedOut),
    ] {
        let now = now() + seconds(later);
        let decision = claim(
            Some(record),
            &delivery(noon(), 2, 0),
            now,
            OLD_TOKEN,
            Stamp(10),
        );
        let ClaimDecision::Write { execution, .. } = decision else {
            panic!("{decision:?}");
        };
        assert_eq!(execution.errors[0].reason, reason);
        // Our own claim, until it is offered anew; its lease is sized by what we run, not by a day.
        assert_eq!(execution.offer, None);
        let ours = claim(
            Some(&execution),
            &delivery(noon(), 2, 0),
            now,
            OLD_TOKEN,
            Stamp(11),
        );
        assert_eq!(ours, ClaimDecision::ComeBackAt(now + seconds(40)));
    }
}

#[test]
fn the_message_of_this_or_the_next_attempt_watches_and_an_older_one_is_forgotten() {
    let job = pulled(&json!({}));
    let open = offered(noon(), 2, &job);
    let held = taken(&open);
    let decide = |current, attempt, later| {
        let delivery = delivery(noon(), attempt, 0);
        claim(
            Some(current),
            &delivery,
            now() + seconds(later),
            OLD_TOKEN,
            Stamp(9),
        )
    };
    let until = open.offer.as_ref().unwrap().until;
    assert_eq!(decide(&open, 2, 0), ClaimDecision::FollowUp);
    assert_eq!(decide(&open, 3, 0), ClaimDecision::ComeBackAt(until));
    assert_eq!(decide(&held, 3, 0), ClaimDecision::FollowUp);
    // Whoever took over as this attempt may have died before it had itself watched.
    assert_eq!(decide(&held, 2, 0), ClaimDecision::FollowUp);
    assert_eq!(decide(&held, 1, 0), ClaimDecision::Forget);
    assert_eq!(
        follow_up(&held, now()),
        FollowUp::SendRetry {
            attempt: 3,
            send_at: SendAt::Before(now() + seconds(60)),
        }
    );
}

#[test]
fn an_offer_that_nobody_takes_ends_dead_for_want_of_a_worker() {
    let job = pulled(&json!({}));
    let open = offered(noon(), 1, &job);
    let after = open.offer.as_ref().unwrap().until;
    let decision = claim(
        Some(&open),
        &delivery(noon(), 2, 0),
        after,
        OLD_TOKEN,
        NEW_STAMP,
    );
    let ClaimDecision::GiveUp { execution, .. } = decision else {
        panic!("{decision:?}");
    };
    assert_eq!(execution.state, ExecutionState::Dead);
    assert_eq!(execution.reason, Some(Reason::NoWorker));
    assert_eq!((execution.attempt, execution.finished_at), (0, Some(after)));
    assert_eq!(follow_up(&execution, after), FollowUp::DeadLetter);
}

#[test]
fn offers_hold_their_jobs_lock_while_they_stand_and_no_longer() {
    let job = pulled(&json!({}));
    assert_eq!(job.job_type, PULL);
    assert!(needs_lock(&job) && !needs_lock(&hourly(&json!({}))));
    assert!(!needs_lock(&pulled(&json!({ "overlap": "allow" }))));
    let open = offered(noon(), 1, &job);
    let until = open.offer.as_ref().unwrap().until;
    assert!(holds_on(Some(&open), until - seconds(1)));
    assert!(!holds_on(Some(&open), until));
    assert!(
        owed(&job).contains(until),
        "the next occurrence is due then"
    );
}

#[test]
fn a_dead_letter_of_what_is_offered_or_held_elsewhere_buries_nothing() {
    let open = offered(noon(), 1, &pulled(&json!({})));
    let held = taken(&open);
    let message = delivery(noon(), 2, 0).message;
    for current in [&open, &held] {
        assert_eq!(
            bury(&message, Some(current), now(), NEW_STAMP),
            Burial::FollowUp
        );
    }
    let lost = bury(&message, Some(&held), now() + seconds(60), NEW_STAMP);
    assert!(matches!(lost, Burial::RecordDead { .. }));
    assert_eq!(
        follow_up(&record(noon(), ExecutionState::Running), now()),
        FollowUp::Nothing
    );
}
