//! What becomes of a dead letter, by the record it finds.

use serde_json::json;

use super::{NEW_STAMP, OLD_STAMP, hourly, noon, now, record, running, seconds};
use crate::domain::{
    DeadLetter, Discarded, DispatchMessage, Execution, ExecutionState, HeldBy, HoldId, JobId,
    LetterFilter, LetterStatus, Reason, TimeoutSeconds, UserId,
};
use crate::plan::{Burial, bury};
use crate::port::Expected;

/// Asks for more attempts than any record here has seen: the letter of the last message there was.
const LATEST: u32 = 9;

fn burial_of(attempt: u32, current: Option<&Execution>) -> Burial {
    let message = DispatchMessage::new(noon(), attempt, TimeoutSeconds::default());
    bury(&message, current, now(), NEW_STAMP)
}

fn burial(current: Option<&Execution>) -> Burial {
    burial_of(LATEST, current)
}

fn assert_recorded_dead(current: Option<&Execution>) {
    let Burial::RecordDead {
        execution,
        expected,
    } = burial(current)
    else {
        panic!("{current:?} was not recorded as dead");
    };
    assert_eq!(expected, Expected::from_read(current));
    assert_eq!(execution.id, noon());
    assert_eq!(execution.state, ExecutionState::Dead);
    assert_eq!(execution.reason, Some(Reason::RedeliveryExhausted));
    assert_eq!(execution.finished_at, Some(now()));
    assert_eq!(execution.claim, None);
    assert_eq!(execution.lease_until, None);
    assert_eq!(execution.retry_at, None);
    assert_eq!(execution.stamp, NEW_STAMP);
    assert_eq!(execution.dead_lettered_at, None);
    let error = execution.errors.last().unwrap();
    assert_eq!(error.reason, Reason::RedeliveryExhausted);
    assert_eq!(error.attempt, execution.attempt);
    // The next look tells its user.
    assert!(matches!(
        burial(Some(&*execution)),
        Burial::TellAndNote { .. }
    ));
}

#[test]
fn a_letter_without_a_record_is_recorded_as_dead() {
    assert_recorded_dead(None);
}

#[test]
fn a_letter_whose_worker_lost_its_lease_is_recorded_as_dead() {
    assert_recorded_dead(Some(&running(noon(), 2, 0)));
    assert_recorded_dead(Some(&running(noon(), 2, -30)));
    let without_lease = Execution {
        lease_until: None,
        ..running(noon(), 1, 0)
    };
    assert_recorded_dead(Some(&without_lease));
}

#[test]
fn the_letter_of_an_attempt_that_failed_has_its_retry_sent_again() {
    let waiting = Execution {
        attempt: 2,
        retry_at: Some(now() + seconds(60)),
        ..record(noon(), ExecutionState::RetryWait)
    };
    assert_eq!(burial_of(1, Some(&waiting)), Burial::FollowUp);
    assert_eq!(burial_of(2, Some(&waiting)), Burial::FollowUp);
}

#[test]
fn the_letter_of_a_retry_that_nobody_carried_out_is_recorded_as_dead() {
    let waiting = Execution {
        attempt: 2,
        retry_at: Some(now() - seconds(60)),
        ..record(noon(), ExecutionState::RetryWait)
    };
    assert!(matches!(
        burial_of(3, Some(&waiting)),
        Burial::RecordDead { .. }
    ));
}

#[test]
fn a_letter_that_a_worker_still_holds_is_looked_at_again_when_the_lease_ends() {
    let held = running(noon(), 1, 25);
    assert_eq!(burial(Some(&held)), Burial::ComeBackAt(now() + seconds(25)));
}

#[test]
fn the_letter_by_which_a_hold_let_go_is_recorded_as_dead_and_a_copy_of_what_it_holds_is_not() {
    let [hold, another] = [1, 2].map(|number| HoldId::new(now(), number));
    let kept = Execution {
        attempt: 1,
        held: Some(HeldBy {
            hold,
            note: "the bank is down".to_owned(),
            since: now(),
        }),
        ..record(noon(), ExecutionState::Held)
    };
    let burial_of = |attempt, released_by: &[HoldId]| {
        let mut message = DispatchMessage::new(noon(), attempt, TimeoutSeconds::default());
        message.released_by.extend(released_by);
        bury(&message, Some(&kept), now(), NEW_STAMP)
    };
    for (attempt, released_by) in [(2, &[][..]), (2, &[another]), (1, &[hold])] {
        assert_eq!(burial_of(attempt, released_by), Burial::Nothing);
    }
    let Burial::RecordDead { execution, .. } = burial_of(2, &[another, hold]) else {
        panic!("nothing else would ask for it");
    };
    assert_eq!(
        (execution.state, &execution.held),
        (ExecutionState::Dead, &None)
    );
}

#[test]
fn a_bad_end_is_told_and_noted_and_is_otherwise_left_as_it_was() {
    for state in [ExecutionState::Failed, ExecutionState::Dead] {
        let ended = record(noon(), state);
        let noted = Execution {
            dead_lettered_at: Some(now()),
            stamp: NEW_STAMP,
            ..ended.clone()
        };
        let expected = Burial::TellAndNote {
            noted: Box::new(noted.clone()),
            expected: Expected::Stamp(OLD_STAMP),
        };
        assert_eq!(burial(Some(&ended)), expected);
        assert_eq!(burial(Some(&noted)), Burial::Nothing, "noted once only");
    }
}

#[test]
fn other_ends_need_no_burial() {
    use ExecutionState::{Canceled, Skipped, Succeeded};
    for state in [Succeeded, Skipped, Canceled] {
        assert_eq!(burial(Some(&record(noon(), state))), Burial::Nothing);
    }
}

/// An execution of [`hourly`] that was rejected at `now`, in whatever state it is given.
fn rejected() -> Execution {
    Execution {
        reason: Some(Reason::Rejected),
        finished_at: Some(now()),
        ..running(noon(), 2, 0)
    }
}

fn letter() -> DeadLetter {
    let ended = Execution {
        state: ExecutionState::Dead,
        ..rejected()
    };
    DeadLetter::of(&ended, Some(&hourly(&json!({})))).unwrap()
}

#[test]
fn only_a_bad_end_that_somebody_owns_makes_a_letter() {
    let in_state = |state| Execution {
        state,
        ..rejected()
    };
    let job = hourly(&json!({}));
    for state in [ExecutionState::Failed, ExecutionState::Dead] {
        assert!(DeadLetter::of(&in_state(state), Some(&job)).is_some());
        assert_eq!(DeadLetter::of(&in_state(state), None), None);
    }
    let succeeded = in_state(ExecutionState::Succeeded);
    assert_eq!(DeadLetter::of(&succeeded, Some(&job)), None);
}

#[test]
fn a_letter_is_open_until_its_execution_is_discarded_or_runs_again() {
    let olga = UserId::new("olga").unwrap();
    let dead = Execution {
        state: ExecutionState::Dead,
        ..rejected()
    };
    let discarded = Execution {
        discarded: Discarded::new(now(), olga, "the target is gone").ok(),
        ..dead.clone()
    };
    let failed = Execution {
        state: ExecutionState::Failed,
        ..dead.clone()
    };
    let died_again = Execution {
        finished_at: Some(now() + seconds(60)),
        ..discarded.clone()
    };
    for (record, status) in [
        (None, None),
        (Some(&dead), Some(LetterStatus::Open)),
        (Some(&discarded), Some(LetterStatus::Discarded)),
        (Some(&failed), Some(LetterStatus::Redriven)),
        (Some(&died_again), Some(LetterStatus::Redriven)),
    ] {
        assert_eq!(letter().status(record), status, "{record:?}");
    }
}

#[test]
fn a_filter_means_the_letters_of_which_all_is_true_that_it_says() {
    let user = |name: &str| UserId::new(name).ok();
    let all = LetterFilter::default;
    let exact = LetterFilter {
        user: user("ann"),
        job: Some(noon().job),
        job_type: Some("echo".to_owned()),
        reason: Some(Reason::Rejected),
        from: Some(now()),
        until: Some(now() + seconds(1)),
    };
    assert!(all().admits(&letter()) && exact.admits(&letter()));
    for other in [
        LetterFilter {
            user: user("bob"),
            ..all()
        },
        LetterFilter {
            job: Some(JobId::from_random(8)),
            ..all()
        },
        LetterFilter {
            job_type: Some("http".to_owned()),
            ..all()
        },
        LetterFilter {
            reason: Some(Reason::TimedOut),
            ..all()
        },
        LetterFilter {
            from: Some(now() + seconds(1)),
            ..all()
        },
        LetterFilter {
            until: Some(now()),
            ..all()
        },
    ] {
        assert!(!other.admits(&letter()), "{other:?}");
    }
}
