//! Long attempts: nobody takes over from a holder that is heard of, and one that was taken over records nothing.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::{NEW_STAMP, delivery, hourly, noon, now, running, seconds};
use crate::domain::{ClaimToken, Execution, ExecutionState, Lane, Reason, Stamp, TimeoutSeconds};
use crate::plan::{
    CLOCK_MARGIN, ClaimDecision, Delivery, Ended, Pulse, claim, finish, has_lapsed, lease,
    prolonged_to_start,
};
use crate::port::Expected;

const PULSE: Pulse = Pulse::STANDARD;

fn long() -> TimeoutSeconds {
    TimeoutSeconds::try_from(600).unwrap()
}

fn long_delivery(attempt: u32) -> Delivery {
    let mut delivery = delivery(noon(), attempt, 3);
    delivery.message.timeout_seconds = long();
    delivery.pulse = Some(PULSE);
    delivery
}

#[test]
fn an_attempt_is_long_if_it_may_take_more_than_ninety_seconds_here() {
    for (job_type, timeout, is_long) in [
        ("echo", 90, false),
        ("echo", 91, true),
        ("echo", 840, true),
        ("pull", 86_400, false),
    ] {
        let payload = json!({ "work": "w" });
        let job = hourly(&json!({
            "job_type": job_type, "payload": payload, "timeout_seconds": timeout, "priority": 1,
        }));
        assert_eq!(job.lane() == Lane::Long, is_long, "{job_type} {timeout}");
    }
}

#[test]
fn a_lease_by_heartbeats_is_as_short_as_three_of_them_whatever_the_timeout() {
    for timeout in [1, 90, 840] {
        let timeout = TimeoutSeconds::try_from(timeout).unwrap();
        let until = long_delivery(1).lease(timeout, now());
        assert_eq!(until, now() + seconds(60));
    }
}

#[test]
fn without_heartbeats_no_lease_is_longer_than_a_short_attempt_needs() {
    let until = delivery(noon(), 1, 3).lease(long(), now());
    assert_eq!(until, lease(seconds(90), now()));
}

#[test]
fn a_heartbeat_never_extends_a_lease_beyond_the_attempts_time() {
    let held = running(noon(), 1, 15);
    for (begun_before, expected) in [(0, 60), (549, 60), (551, 59), (600, 15), (700, 15)] {
        let begun = now() - seconds(begun_before);
        let next = PULSE.prolong(&held, begun, long(), now(), NEW_STAMP);
        let left = next.lease_until.unwrap() - now();
        assert_eq!(left, seconds(expected), "begun {begun_before} s ago");
        assert_eq!(next.claim, held.claim);
    }
}

#[test]
fn a_lease_that_is_nearly_over_is_over_for_its_holder() {
    let margin = CLOCK_MARGIN.num_seconds();
    assert!(!has_lapsed(&running(noon(), 1, margin + 1), now()));
    assert!(has_lapsed(&running(noon(), 1, margin), now()));
    let unheld = Execution {
        lease_until: None,
        ..running(noon(), 1, 60)
    };
    assert!(has_lapsed(&unheld, now()));
}

#[test]
fn an_attempt_begins_under_a_lease_that_outlasts_it() {
    let margin = CLOCK_MARGIN.num_seconds();
    let thirty = TimeoutSeconds::try_from(30).unwrap();
    let short = delivery(noon(), 1, 3);
    for (delivery, timeout, silent, whole) in [
        (&short, thirty, 30, 40),
        (&long_delivery(1), long(), 20, 60),
    ] {
        let begin = |left: i64| {
            let held = running(noon(), 1, left);
            prolonged_to_start(&held, delivery, timeout, now(), NEW_STAMP)
        };
        // It takes no write if little lay between the claim and the start.
        assert_eq!(begin(silent + margin), None);
        for left in [silent + margin - 1, margin + 1] {
            let next = begin(left).unwrap();
            assert_eq!(next.lease_until, Some(now() + seconds(whole)));
            assert_eq!(next.claim, running(noon(), 1, left).claim);
            assert_eq!(next.stamp, NEW_STAMP);
        }
    }
}

/// The table with one record, and conditional puts.
struct Table {
    record: Option<Execution>,
    numbers: u64,
}

impl Table {
    fn put(&mut self, next: Execution, expected: Expected) -> bool {
        let holds = Expected::from_read(self.record.as_ref()) == expected;
        if holds {
            self.record = Some(next);
        }
        holds
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Another worker gets the message. Returns what it holds then, if it does.
    fn deliver(&mut self, now: DateTime<Utc>) -> Option<Execution> {
        let (token, stamp) = (ClaimToken(self.number()), Stamp(self.number()));
        match claim(self.record.as_ref(), &long_delivery(1), now, token, stamp) {
            ClaimDecision::Write {
                execution,
                expected,
            } => {
                assert!(self.put((*execution).clone(), expected));
                Some(*execution)
            }
            _ => None,
        }
    }
}

proptest! {
    /// A holder works in steps, each of which it is late for by a stall of its own. Before each step others ask for the
    /// execution, as often as they like.
    #[test]
    fn nobody_takes_over_from_a_holder_whose_stalls_are_short_and_who_was_taken_over_records_nothing(
        stalls in prop::collection::vec(prop_oneof![5 => 0_i64..19, 1 => 0_i64..200], 1..30),
        asked in prop::collection::vec(0_i64..220, 1..4),
    ) {
        let job = hourly(&json!({ "timeout_seconds": 600 }));
        let mut table = Table { record: None, numbers: 10 };
        let begun = now();
        let mut held = table.deliver(begun).unwrap();
        let mut clock = begun;
        let mut taken_over = false;
        let deadline = begun + seconds(600);
        for stall in stalls {
            let wakes = clock + PULSE.0 + seconds(stall);
            for after in &asked {
                let at = clock + seconds(*after);
                // The holder's time is over before it wakes, or this is none of this step's.
                if at < wakes && table.deliver(at).is_some() {
                    taken_over = true;
                    prop_assert!(wakes - clock > PULSE.lease() || at > deadline);
                }
            }
            clock = wakes;
            if clock >= deadline {
                break;
            }
            if has_lapsed(&held, clock) {
                break;
            }
            let next = PULSE.prolong(&held, begun, long(), clock, Stamp(table.number()));
            let kept = table.put(next.clone(), Expected::Stamp(held.stamp));
            prop_assert_eq!(kept, !taken_over);
            if !kept {
                break;
            }
            held = next;
        }
        let stamp = Stamp(table.number());
        let ended = Ended::Succeeded { output: None };
        let took = clock - begun;
        let finished = finish(&held, &job, ended, took, clock, 0.0, stamp);
        let recorded = table.put(finished, Expected::Stamp(held.stamp));
        prop_assert_eq!(recorded, !taken_over);
    }
}

#[test]
fn what_a_dead_holder_held_is_taken_over_when_its_last_lease_ends() {
    let mut table = Table {
        record: None,
        numbers: 10,
    };
    let held = table.deliver(now()).unwrap();
    let beat_at = now() + seconds(400);
    let beaten = PULSE.prolong(&held, now(), long(), beat_at, Stamp(table.number()));
    assert!(table.put(beaten, Expected::Stamp(held.stamp)));
    assert_eq!(table.deliver(beat_at + seconds(59)), None);
    let heir = table.deliver(beat_at + seconds(60)).unwrap();
    assert_eq!((heir.state, heir.attempt), (ExecutionState::Running, 2));
    assert_eq!(heir.errors[0].reason, Reason::WorkerLost);
    assert_eq!(
        heir.lease_until,
        Some(beat_at + seconds(60) + TimeDelta::seconds(60))
    );
}
