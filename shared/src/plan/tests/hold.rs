//! What a hold keeps, and how it lets it go.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::domain::{HeldThing, Hold, HoldId, HoldKind, HoldState, Holdable, LONGEST_HOLD, Reason};
use crate::plan::{
    ClaimDecision, HoldStep, Judgement, after_look, claim, held_by, hold_back, judge, pause_hold,
    release_share, start_release,
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
        assert_eq!(held_by(&holds, &job, None).is_some(), keeps, "{value}");
    }
    let hostless = Holdable {
        target_host: None,
        ..job
    };
    let of_host = [hold(1, HoldKind::TargetHost, "example.com")];
    assert!(held_by(&of_host, &hostless, None).is_none());
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
    let keeper = |released_by| held_by(&holds, &job, released_by).map(|hold| hold.id);
    assert_eq!(keeper(None), Some(holds[0].id));
    assert_eq!(keeper(Some(holds[0].id)), Some(holds[1].id));
    assert_eq!(held_by(&holds[..1], &job, Some(holds[0].id)), None);
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
