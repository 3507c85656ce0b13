//! What a hold keeps, and how it lets it go.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::domain::{HeldThing, Hold, HoldId, HoldKind, HoldState, Holdable, LONGEST_HOLD, Reason};
use crate::plan::{
    ClaimDecision, HoldStep, Judgement, after_look, claim, due, fires_until, held_by, hold_back,
    judge, let_go, pause_hold, release_share, start_release,
};
use crate::port::Expected;

use HoldState::{Holding, Lifted, Over, Releasing};

fn hold(number: u32, kind: HoldKind, value: &str) -> Hold {
    Hold {
        id: HoldId::new(now(), number),
        by: UserId::new("otto").unwrap(),
        thing: HeldThing {
            kind,
            value: value.to_owned(),
        },
        note: "the bank is down".to_owned(),
        state: Holding,
        until: now() + TimeDelta::hours(1),
        per_minute: None,
        released: 0,
        released_at: None,
        lifted_at: None,
        updated_at: now(),
        stamp: OLD_STAMP,
    }
}

fn in_hold(state: HoldState) -> Hold {
    Hold {
        state,
        ..hold(1, HoldKind::User, "ann")
    }
}

#[test]
fn a_hold_keeps_what_is_of_it_and_nothing_else() {
    let ann = UserId::new("ann").unwrap();
    let job = Holdable {
        user: &ann,
        job_type: "http",
        target_host: Some("example.com"),
    };
    for (kind, value, keeps) in [
        (HoldKind::User, "ann", true),
        (HoldKind::User, "an", false),
        (HoldKind::User, "http", false),
        (HoldKind::JobType, "http", true),
        (HoldKind::JobType, "echo", false),
        (HoldKind::TargetHost, "example.com", true),
        (HoldKind::TargetHost, "www.example.com", false),
    ] {
        let holds = [hold(1, kind, value)];
        let nobody = BTreeSet::new();
        assert_eq!(held_by(&holds, &job, &nobody).is_some(), keeps, "{value}");
    }
    let hostless = Holdable {
        target_host: None,
        ..job
    };
    let of_host = [hold(1, HoldKind::TargetHost, "example.com")];
    assert!(held_by(&of_host, &hostless, &BTreeSet::new()).is_none());
}

#[test]
fn what_one_hold_let_go_another_one_holds_still() {
    let ann = UserId::new("ann").unwrap();
    let job = Holdable {
        user: &ann,
        job_type: "http",
        target_host: None,
    };
    let holds = [
        hold(1, HoldKind::User, "ann"),
        hold(2, HoldKind::JobType, "http"),
    ];
    let keeper =
        |message: &DispatchMessage| held_by(&holds, &job, &message.released_by).map(|hold| hold.id);
    let [first, second] = [holds[0].id, holds[1].id];
    let held = delivery(noon(), 1, 60).message;
    assert_eq!(keeper(&held), Some(first));
    let once = let_go(held.clone(), first, false, now());
    assert_eq!(keeper(&once), Some(second));
    // Neither hold has it a second time, however long both are released at a rate.
    let twice = let_go(once.clone(), second, false, now() + seconds(60));
    assert_eq!(keeper(&twice), None);
    assert_eq!(twice.released_at, Some(now() + seconds(60)));
    assert_eq!(DispatchMessage::decode(&twice.encode()).unwrap(), twice);
    // What is too late is let by to be judged, and no further.
    let over = let_go(once, second, true, now());
    assert_eq!(keeper(&over), Some(second));
}

#[test]
fn only_what_is_judged_by_the_clock_has_a_window_that_can_end_while_it_is_held() {
    let window = json!({ "misfire": { "policy": "skip", "catch_up_window_seconds": 600 } });
    let job = hourly(&window);
    let first = running(noon(), 1, 40);
    let ends = noon().occasion.fire_time() + seconds(600);
    assert_eq!(fires_until(&first, &job), Some(ends));
    let judged = Execution {
        job_version: Some(1),
        ..first.clone()
    };
    let waited = Execution {
        waits_until: Some(now()),
        ..first.clone()
    };
    for claimed in [
        judged,
        waited,
        running(noon(), 2, 40),
        running(manual(), 1, 40),
    ] {
        assert_eq!(fires_until(&claimed, &job), None, "{claimed:?}");
        // Which is because the clock does not end them.
        let asked = delivery(noon(), claimed.attempt, 60);
        let judgement = judge(&claimed, Some(owed(&job)), &asked, ends + seconds(1));
        assert_eq!(judgement, Judgement::Run, "{claimed:?}");
    }
}

#[test]
fn what_runs_after_others_only_is_held_without_an_end() {
    let request = json!({
        "name": "n", "job_type": "echo", "after": [JobId::from_random(8)],
        "misfire": { "policy": "skip", "catch_up_window_seconds": 600 },
    });
    let request: JobRequest = serde_json::from_value(request).unwrap();
    let ann = UserId::new("ann").unwrap();
    let created = at("2026-11-01T00:00:00Z");
    let job = request.into_job(JobId::from_random(7), ann, created);
    let job = job.unwrap();
    let claimed = running(noon(), 1, 40);
    assert_eq!(fires_until(&claimed, &job), None);
    let late = now() + TimeDelta::days(1);
    let asked = delivery(noon(), 1, 60);
    let judged = judge(&claimed, Some(owed(&job)), &asked, late);
    assert_eq!(judged, Judgement::Run);
}

/// Every round of waiting sends a message of its own, and the record says `held` all the while.
#[test]
fn what_was_let_go_has_waited_since_then_however_often_its_message_is_sent_anew() {
    let hold = hold(1, HoldKind::User, "ann");
    let ann = UserId::new("ann").unwrap();
    let claimed = running(manual(), 1, 40);
    let kept = hold_back(&claimed, &ann, &hold, now(), NEW_STAMP);
    let let_go_at = now() + TimeDelta::hours(2);
    let mut released = delivery(manual(), 1, 0);
    released.message = let_go(released.message, hold.id, false, let_go_at);
    for round in 1..4 {
        released.sent_at = let_go_at + TimeDelta::minutes(round);
        assert_eq!(due(Some(&kept), &claimed, &released), let_go_at);
    }
    assert_eq!(due(None, &claimed, &released), claimed.could_start_at());
}

#[test]
fn while_it_is_released_at_a_rate_a_hold_keeps_what_is_new_and_once_lifted_nothing() {
    for (state, keeps) in [
        (Holding, true),
        (Releasing, true),
        (Lifted, false),
        (Over, false),
    ] {
        assert_eq!(in_hold(state).holds(), keeps, "{state:?}");
    }
}

/// Claimed, held, and claimed again when it is let go.
#[test]
fn being_held_costs_no_attempt_and_the_record_says_by_what() {
    let hold = hold(1, HoldKind::User, "ann");
    let ann = UserId::new("ann").unwrap();
    for attempt in [1, 3] {
        let claimed = running(noon(), attempt, 40);
        let kept = hold_back(&claimed, &ann, &hold, now(), NEW_STAMP);
        assert_eq!(kept.state, ExecutionState::Held);
        assert_eq!(
            (kept.attempt, kept.claim, kept.lease_until),
            (attempt - 1, None, None)
        );
        let by = kept.held.clone().unwrap();
        assert_eq!(
            (by.hold, by.note.as_str(), by.since),
            (hold.id, "the bank is down", now())
        );
        assert_eq!(kept.started_at.is_some(), attempt > 1);
        let later = now() + TimeDelta::hours(2);
        let asked = delivery(noon(), attempt, 60);
        let decided = claim(Some(&kept), &asked, later, NEW_TOKEN, OLD_STAMP);
        let ClaimDecision::Write {
            execution,
            expected,
        } = decided
        else {
            panic!("{decided:?}");
        };
        assert_eq!(expected, Expected::Stamp(NEW_STAMP));
        assert_eq!((execution.attempt, execution.held.clone()), (attempt, None));
        let older = delivery(noon(), attempt - 1, 60);
        let decided = claim(Some(&kept), &older, later, NEW_TOKEN, OLD_STAMP);
        assert_eq!(decided, ClaimDecision::Forget);
    }
}

#[test]
fn what_was_held_runs_up_to_the_end_of_its_window_and_says_after_it_that_it_was_held() {
    let window = json!({ "misfire": { "policy": "skip", "catch_up_window_seconds": 600 } });
    let job = hourly(&window);
    let mut released = delivery(noon(), 1, 60);
    released.message.deferred = true;
    released.message.kept_by = Some(Reason::Held);
    let fired = noon().occasion.fire_time();
    for (age, judgement) in [
        (600, Judgement::Run),
        (601, Judgement::End(ExecutionState::Skipped, Reason::Held)),
    ] {
        let claimed = running(noon(), 1, 40);
        let judged = judge(&claimed, Some(owed(&job)), &released, fired + seconds(age));
        assert_eq!(judged, judgement, "{age}");
    }
}

#[test]
fn a_rate_is_let_go_once_in_a_minute_and_what_is_lifted_as_there_is_room() {
    let releasing = Hold {
        per_minute: Some(60),
        ..in_hold(Releasing)
    };
    let this_minute = Hold {
        released_at: Some(now() - seconds(20)),
        ..releasing.clone()
    };
    let last_minute = Hold {
        released_at: Some(now() - seconds(40)),
        ..releasing.clone()
    };
    for (hold, share) in [
        (in_hold(Holding), 0),
        (releasing, 60),
        (this_minute, 0),
        (last_minute, 60),
        (in_hold(Lifted), u64::MAX),
        (in_hold(Over), 0),
    ] {
        assert_eq!(release_share(&hold, now()), share, "{hold:?}");
    }
}

#[test]
fn a_release_can_be_paused_and_started_again_until_it_is_lifted() {
    let releasing = start_release(&in_hold(Holding), Some(5), now(), NEW_STAMP).unwrap();
    assert_eq!(
        (releasing.state, releasing.per_minute),
        (Releasing, Some(5))
    );
    let faster = start_release(&releasing, Some(50), now(), NEW_STAMP).unwrap();
    assert_eq!(faster.per_minute, Some(50));
    let paused = pause_hold(&faster, now(), NEW_STAMP).unwrap();
    assert_eq!((paused.state, paused.until), (Holding, faster.until));
    let lifted = start_release(&paused, None, now(), NEW_STAMP).unwrap();
    assert_eq!((lifted.state, lifted.lifted_at), (Lifted, Some(now())));
    assert_eq!(start_release(&lifted, Some(5), now(), NEW_STAMP), None);
    assert_eq!(pause_hold(&lifted, now(), NEW_STAMP), None);
}

#[test]
fn a_release_that_began_by_itself_and_is_paused_does_not_begin_again_at_once() {
    let late = now() + TimeDelta::hours(2);
    let begun = start_release(&in_hold(Holding), Some(5), late, NEW_STAMP).unwrap();
    let paused = pause_hold(&begun, late, NEW_STAMP).unwrap();
    assert_eq!(paused.until, late + LONGEST_HOLD);
    assert_eq!(after_look(&paused, true, late, NEW_STAMP), HoldStep::Stay);
}

#[test]
fn a_hold_that_is_paused_at_its_very_end_is_given_another() {
    let hold = in_hold(Holding);
    let paused = |ago| pause_hold(&hold, hold.until - seconds(ago), NEW_STAMP).unwrap();
    assert_eq!(paused(1).until, hold.until);
    assert_eq!(paused(0).until, hold.until + LONGEST_HOLD);
}

fn step(hold: &Hold, is_empty: bool, at: DateTime<Utc>) -> HoldStep {
    after_look(hold, is_empty, at, NEW_STAMP)
}

fn written(step: HoldStep) -> Hold {
    match step {
        HoldStep::Write(next) => *next,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_hold_whose_time_is_over_is_released_as_it_was_placed_to_be() {
    let placed = in_hold(Holding);
    assert_eq!(
        step(&placed, true, placed.until - seconds(1)),
        HoldStep::Stay
    );
    assert_eq!(written(step(&placed, false, placed.until)).state, Lifted);
    let slowly = Hold {
        per_minute: Some(9),
        ..placed
    };
    let begun = written(step(&slowly, false, slowly.until));
    assert_eq!((begun.state, begun.per_minute), (Releasing, Some(9)));
}

/// A worker that read it before it was lifted may still put something into its backlog.
#[test]
fn a_hold_of_which_nothing_is_left_is_lifted_and_looked_after_for_a_while_before_it_is_over() {
    let releasing = Hold {
        per_minute: Some(9),
        ..in_hold(Releasing)
    };
    assert_eq!(step(&releasing, false, now()), HoldStep::Stay);
    let lifted = written(step(&releasing, true, now()));
    assert_eq!((lifted.state, lifted.holds()), (Lifted, false));
    let soon = now() + TimeDelta::minutes(15) - seconds(1);
    assert_eq!(step(&lifted, true, soon), HoldStep::Stay);
    let later = now() + TimeDelta::minutes(15);
    assert_eq!(step(&lifted, false, later), HoldStep::Stay);
    let HoldStep::Archive(over) = step(&lifted, true, later) else {
        panic!("it is over");
    };
    assert_eq!(over.state, Over);
}

proptest! {
    /// Whatever operators do to it, a hold lets go of its rate in a minute at most until it is lifted, and is over in the
    /// end once nothing is left.
    #[test]
    fn no_order_of_changes_lets_go_more_than_the_rate_or_keeps_a_hold_for_ever(
        done in prop::collection::vec((0..3_u8, 1..100_u32, 0..200_i64), 0..30),
    ) {
        let mut hold = in_hold(Holding);
        let mut at = now();
        let mut released: std::collections::BTreeMap<i64, (u64, u64)> = std::collections::BTreeMap::new();
        for (what, rate, passed) in done {
            at += seconds(passed);
            let changed = match what {
                0 => start_release(&hold, Some(rate), at, NEW_STAMP),
                1 => pause_hold(&hold, at, NEW_STAMP),
                _ => {
                    let share = release_share(&hold, at);
                    if share > 0 && hold.holds() {
                        let minute = released.entry(at.timestamp() / 60).or_default();
                        *minute = (minute.0 + share, minute.1.max(hold.per_minute.unwrap().into()));
                        hold.released_at = Some(at);
                    }
                    None
                }
            };
            hold = changed.unwrap_or(hold);
        }
        for (let_go, rate) in released.into_values() {
            prop_assert!(let_go <= rate, "{let_go} of {rate}");
        }
        let mut steps = 0;
        loop {
            at += TimeDelta::hours(1);
            steps += 1;
            match step(&hold, true, at) {
                HoldStep::Stay => {}
                HoldStep::Write(next) => hold = *next,
                HoldStep::Archive(_) => break,
            }
            prop_assert!(steps < 200);
        }
    }
}
