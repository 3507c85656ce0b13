//! Breakers of hosts: opened by failures and nothing else, never two probes at once, never shut for good.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::{delivery, hourly, manual, noon, now, owed, running, seconds};
use crate::domain::ExecutionState::{Canceled, Dead, Failed, RetryWait, Skipped, Succeeded};
use crate::domain::{AttemptError, Execution, HostBreaker, HostState, Reason, Stamp};
use crate::plan::{Barrier, Pass, RecentCalls, Refused, after_call, fared, pass};

const STAMP: Stamp = Stamp(2);

fn breaker(state: HostState, trips: u32) -> HostBreaker {
    HostBreaker {
        state,
        trips,
        stamp: Stamp(1),
    }
}

fn open_for(left: i64) -> HostBreaker {
    breaker(
        HostState::Open {
            until: now() + seconds(left),
        },
        1,
    )
}

fn recent(calls: &[(i64, bool)]) -> RecentCalls {
    let mut recent = RecentCalls::default();
    for (ago, well) in calls {
        recent.note(*well, now() - seconds(*ago));
    }
    recent
}

#[test]
fn five_failures_in_a_minute_that_are_half_of_the_calls_open_it() {
    let bad = |ago| (ago, false);
    let good = |ago| (ago, true);
    for (calls, opens) in [
        (vec![], false),
        (vec![bad(4); 4], false),
        (vec![bad(4); 5], true),
        ([vec![bad(60)], vec![bad(4); 4]].concat(), false),
        ([vec![bad(59)], vec![bad(4); 4]].concat(), true),
        ([vec![good(9); 5], vec![bad(4); 5]].concat(), true),
        ([vec![good(9); 6], vec![bad(4); 5]].concat(), false),
        ([vec![good(70); 6], vec![bad(4); 5]].concat(), true),
        // Only the latest twenty count.
        ([vec![good(9); 20], vec![bad(4); 10]].concat(), true),
    ] {
        assert_eq!(recent(&calls).open_it(now()), opens, "{calls:?}");
        let any = calls.iter().any(|(ago, well)| !well && *ago < 60);
        assert_eq!(recent(&calls).any_failed(now()), any, "{calls:?}");
    }
}

#[test]
fn an_open_one_lets_nobody_by_and_then_one_to_see() {
    let ends_by = now() + seconds(40);
    let ask = |breaker: Option<HostBreaker>| pass(breaker.as_ref(), ends_by, now(), STAMP);
    let probing = |left| HostState::Probing {
        until: now() + seconds(left),
    };
    assert_eq!(ask(None), Pass::Free);
    let closed = breaker(HostState::Closed { since: now() }, 0);
    assert_eq!(ask(Some(closed)), Pass::Free);
    assert_eq!(ask(Some(open_for(1))), Pass::NotBefore(now() + seconds(1)));
    assert_eq!(
        ask(Some(breaker(probing(9), 2))),
        Pass::NotBefore(now() + seconds(9))
    );
    let probe = |trips| {
        Pass::Probe(HostBreaker {
            state: HostState::Probing { until: ends_by },
            trips,
            stamp: STAMP,
        })
    };
    assert_eq!(ask(Some(open_for(0))), probe(1));
    // The worker of the one before has died.
    assert_eq!(ask(Some(breaker(probing(0), 3))), probe(3));
}

#[test]
fn a_probe_closes_it_or_opens_it_for_twice_as_long() {
    let probing = |trips| {
        breaker(
            HostState::Probing {
                until: now() + seconds(9),
            },
            trips,
        )
    };
    let after = |trips, fared| {
        let none = RecentCalls::default();
        let next = after_call(Some(&probing(trips)), true, fared, &none, now(), STAMP).unwrap();
        (next.state, next.trips)
    };
    assert_eq!(
        after(3, Some(true)),
        (HostState::Closed { since: now() }, 0)
    );
    let open = |left| HostState::Open {
        until: now() + seconds(left),
    };
    for (trips, left) in [
        (1, 20),
        (2, 40),
        (3, 80),
        (4, 160),
        (5, 300),
        (6, 300),
        (u32::MAX - 1, 300),
    ] {
        assert_eq!(after(trips, Some(false)), (open(left), trips + 1));
    }
    // It was canceled, or found no slot: the next one may see, at once.
    assert_eq!(after(3, None), (open(0), 3));
}

#[test]
fn other_calls_open_a_closed_one_and_change_nothing_else() {
    let bad = recent(&[(1, false); 5]);
    let after = |breaker: Option<HostBreaker>, fared, recent: &RecentCalls| {
        after_call(breaker.as_ref(), false, fared, recent, now(), STAMP)
    };
    let opened = HostBreaker {
        stamp: STAMP,
        ..open_for(10)
    };
    let closed = breaker(HostState::Closed { since: now() }, 0);
    assert_eq!(after(None, Some(false), &bad).as_ref(), Some(&opened));
    assert_eq!(after(Some(closed), Some(false), &bad), Some(opened));
    assert_eq!(after(None, Some(true), &bad), None);
    assert_eq!(after(None, None, &bad), None);
    assert_eq!(after(None, Some(false), &recent(&[(1, false); 4])), None);
    // Those under way when it was opened.
    assert_eq!(after(Some(open_for(3)), Some(false), &bad), None);
    assert_eq!(after(Some(open_for(3)), Some(true), &bad), None);
}

fn ended(state: crate::domain::ExecutionState, reason: Reason, status: Option<u16>) -> Execution {
    let error = AttemptError {
        attempt: 1,
        reason,
        detail: String::new(),
    };
    Execution {
        state,
        errors: vec![error],
        output: status.map(|status| json!({ "status": status })),
        ..running(noon(), 1, 40)
    }
}

#[test]
fn an_answer_counts_for_the_host_unless_it_is_its_own_trouble() {
    for (reason, status, expected) in [
        (Reason::ConnectFailed, None, Some(false)),
        (Reason::DnsFailed, None, Some(false)),
        (Reason::TlsFailed, None, Some(false)),
        (Reason::TimedOut, None, Some(false)),
        (Reason::ResponseBroken, Some(200), Some(false)),
        (Reason::AttemptFailed, Some(503), Some(false)),
        (Reason::Rejected, Some(501), Some(false)),
        (Reason::AttemptFailed, Some(500), Some(false)),
        (Reason::Rejected, Some(499), Some(true)),
        (Reason::AttemptFailed, Some(429), Some(true)),
        (Reason::Rejected, Some(404), Some(true)),
        (Reason::AttemptFailed, None, None),
        (Reason::TargetRefused, None, None),
        (Reason::TooManyRedirects, None, None),
        (Reason::SecretMissing, None, None),
        (Reason::Panicked, None, None),
        (Reason::WorkerLost, None, None),
    ] {
        for state in [RetryWait, Failed, Dead] {
            let found = fared(&ended(state, reason, status));
            assert_eq!(found, expected, "{state:?} {reason:?} {status:?}");
        }
        assert_eq!(fared(&ended(Canceled, reason, status)), None);
    }
    assert_eq!(fared(&ended(Succeeded, Reason::TimedOut, None)), Some(true));
    // An error of the attempt before says nothing of this one.
    let later = Execution {
        attempt: 2,
        ..ended(RetryWait, Reason::TimedOut, None)
    };
    assert_eq!(fared(&later), None);
}

#[test]
fn an_execution_waits_for_its_host_as_long_as_its_job_lets_it_fire_late() {
    let open_until = now() + seconds(100);
    let decide = |job: &crate::domain::Job, claimed: &Execution, late: i64| {
        let due = now() - seconds(late);
        let message = delivery(claimed.id, 1, 0).message;
        Barrier::Host.keep(owed(job), claimed, &message, (due, open_until), now(), 0.0)
    };
    let waits = Refused::Wait(open_until + seconds(1));
    let job = hourly(&json!({}));
    let first = running(noon(), 1, 40);
    assert_eq!(decide(&job, &first, 1), waits);
    // What has begun, and what a person asked for, for the catch-up window.
    let window = job.misfire.catch_up_window_seconds.duration().num_seconds();
    let begun = running(noon(), 2, 40);
    for claimed in [&begun, &running(manual(), 1, 40)] {
        assert_eq!(decide(&job, claimed, window), waits);
    }
    let dead = Refused::End(Dead, Reason::TargetBreaker);
    assert_eq!(decide(&job, &begun, window + 1), dead);
    let strict = hourly(&json!({ "misfire": { "policy": "skip" } }));
    let later = now() + seconds(120);
    let message = delivery(first.id, 1, 0).message;
    let found = Barrier::Host.keep(
        owed(&strict),
        &first,
        &message,
        (now(), open_until),
        later,
        0.0,
    );
    assert_eq!(found, Refused::End(Skipped, Reason::TargetBreaker));
}

/// A host, and workers that each know of it what they have met.
struct World {
    breaker: Option<HostBreaker>,
    recent: Vec<RecentCalls>,
    now: DateTime<Utc>,
    stamps: u64,
}

impl World {
    fn stamp(&mut self) -> Stamp {
        self.stamps += 1;
        Stamp(self.stamps)
    }
}

proptest! {
    #[test]
    fn a_host_is_called_again_soon_after_it_is_well_and_never_by_two_probes(
        steps in prop::collection::vec((0..3_usize, 0..30_i64, any::<bool>(), any::<bool>()), 1..80),
    ) {
        let mut world = World { breaker: None, recent: vec![RecentCalls::default(); 3], now: now(), stamps: 0 };
        // Calls under way: by whom, whether as a probe.
        let mut under_way: Vec<(usize, Option<HostBreaker>)> = Vec::new();
        for (worker, later, well, ends) in steps {
            world.now += seconds(later);
            let stamp = world.stamp();
            let ends_by = world.now + seconds(40);
            match pass(world.breaker.as_ref(), ends_by, world.now, stamp) {
                Pass::Free => under_way.push((worker, None)),
                Pass::Probe(probe) => {
                    // Whoever had one has used up the time that it had.
                    under_way.retain(|(_, probe)| probe.is_none());
                    world.breaker = Some(probe.clone());
                    under_way.push((worker, Some(probe)));
                }
                Pass::NotBefore(at) => prop_assert!(at - world.now <= TimeDelta::minutes(5)),
            }
            let probes = under_way.iter().filter(|(_, probe)| probe.is_some()).count();
            prop_assert!(probes <= 1);
            if ends && let Some((worker, probe)) = under_way.pop() {
                world.recent[worker].note(well, world.now);
                let stamp = world.stamp();
                let known = probe.as_ref().or(world.breaker.as_ref());
                let next = after_call(known, probe.is_some(), Some(well), &world.recent[worker], world.now, stamp);
                if let Some(next) = next {
                    prop_assert!(probe.is_some() || !well, "only failures open it");
                    world.breaker = Some(next);
                    world.recent[worker] = RecentCalls::default();
                }
            }
        }
        // Five minutes of rest, and a probe that goes well.
        let later = world.now + TimeDelta::minutes(5);
        let closed = match pass(world.breaker.as_ref(), later, later, Stamp(0)) {
            Pass::Free => true,
            Pass::NotBefore(_) => false,
            Pass::Probe(probe) => {
                let none = RecentCalls::default();
                let next = after_call(Some(&probe), true, Some(true), &none, later, Stamp(0)).unwrap();
                pass(Some(&next), later, later, Stamp(0)) == Pass::Free
            }
        };
        prop_assert!(closed);
    }
}
