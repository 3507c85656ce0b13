//! Slots: never more than may be, never faster than may be, and nobody waits where one is free.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{at, every, hourly, job_with, manual, noon, now, once, owed, running, seconds};
use crate::domain::ExecutionState::{Dead, Skipped};
use crate::domain::{
    ClaimToken, ConcurrencyKey, DispatchMessage, JobRequest, MaxConcurrency, RatePerMinute, Reason,
    Sharers, SlotLimits, Slots, Stamp,
};
use crate::plan::{Barrier, Judgement, Refused, SlotTake, judge, take_slot};

fn limits(at_once: Option<u32>, rate: Option<u32>) -> SlotLimits {
    SlotLimits {
        at_once,
        rate: rate.map(|rate| RatePerMinute::try_from(rate).unwrap()),
    }
}

fn take(
    slots: Option<&Slots>,
    limits: SlotLimits,
    holder: u64,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> SlotTake {
    take_slot(slots, limits, ClaimToken(holder), until, now, Stamp(2))
}

fn held(holders: &[(u64, i64)]) -> Slots {
    let held = holders.iter();
    Slots {
        held: held
            .map(|(holder, left)| (ClaimToken(*holder), now() + seconds(*left)))
            .collect(),
        spaced_until: None,
        stamp: Stamp(1),
    }
}

fn granted(take: SlotTake) -> Slots {
    match take {
        SlotTake::Write(slots) => slots,
        SlotTake::NoneBefore(at) => panic!("none before {at}"),
    }
}

#[test]
fn a_slot_is_free_unless_so_many_hold_one_whose_time_is_not_over() {
    for (holders, at_once, free) in [
        (&[][..], 1, true),
        (&[(7, 40)], 1, false),
        (&[(7, 40)], 2, true),
        (&[(7, 0)], 1, true),
        (&[(7, -1), (8, -9)], 1, true),
        (&[(7, 40), (8, 1)], 2, false),
        // Those of a job that allows more do not make room for one that allows less.
        (&[(7, 40), (8, 40), (9, 40)], 2, false),
        // It holds one already: a message that came twice, or a lease that goes on.
        (&[(1, 5)], 1, true),
    ] {
        let slots = held(holders);
        let until = now() + seconds(40);
        let taken = take(Some(&slots), limits(Some(at_once), None), 1, until, now());
        let is_free = matches!(&taken, SlotTake::Write(next) if next.held[&ClaimToken(1)] == until);
        assert_eq!(is_free, free, "{holders:?} of {at_once}");
    }
}

#[test]
fn what_is_over_is_forgotten_by_whoever_comes_next() {
    let slots = held(&[(7, 40), (8, -1)]);
    let until = now() + seconds(40);
    let next = granted(take(Some(&slots), limits(Some(5), None), 1, until, now()));
    let holders: Vec<_> = next.held.keys().map(|holder| holder.0).collect();
    assert_eq!(holders, [1, 7]);
    assert_eq!(next.stamp, Stamp(2));
}

#[test]
fn a_rate_alone_holds_nothing_and_says_when_the_next_may_start() {
    let six = limits(None, Some(6));
    let until = now() + seconds(40);
    let next = granted(take(None, six, 1, until, now()));
    assert_eq!(next.held, BTreeMap::new());
    let refused = take(Some(&next), six, 2, until, now() + seconds(9));
    assert_eq!(refused, SlotTake::NoneBefore(now() + seconds(10)));
    granted(take(Some(&next), six, 2, until, now() + seconds(10)));
    // Another job of the key that asks for no rate is not kept from starting.
    granted(take(Some(&next), limits(Some(1), None), 2, until, now()));
}

#[test]
fn a_tenth_of_a_minutes_starts_may_come_together_after_a_rest() {
    let rate = limits(None, Some(60));
    let mut slots = None;
    let until = now() + seconds(40);
    for _ in 0..6 {
        slots = Some(granted(take(slots.as_ref(), rate, 1, until, now())));
    }
    let refused = take(slots.as_ref(), rate, 1, until, now());
    assert_eq!(refused, SlotTake::NoneBefore(now() + seconds(1)));
}

#[test]
fn a_job_is_limited_by_what_it_says_itself() {
    let key = |more| {
        job_with(&every(60), &more, now())
            .slots()
            .map(|(key, limits)| (key.sharers, limits.at_once, limits.rate.map(u32::from)))
    };
    let crm = || Sharers::Key(ConcurrencyKey::try_from("crm".to_owned()).unwrap());
    let alone = || Sharers::Job(hourly(&json!({})).id);
    assert_eq!(key(json!({})), None);
    assert_eq!(
        key(json!({ "concurrency_key": "crm", "max_concurrency": 2 })),
        Some((crm(), Some(2), None))
    );
    assert_eq!(
        key(json!({ "rate_per_minute": 9 })),
        Some((alone(), None, Some(9)))
    );
}

#[test]
fn limits_that_make_no_sense_are_refused_and_named() {
    for (more, field) in [
        (json!({ "concurrency_key": "crm" }), "concurrency_key"),
        (
            json!({ "concurrency_key": "", "max_concurrency": 1 }),
            "must be 1 to 100 characters",
        ),
        (
            json!({ "concurrency_key": "a\n", "max_concurrency": 1 }),
            "must be 1 to 100 characters",
        ),
        (json!({ "max_concurrency": 0 }), "must be from 1 to 100"),
        (json!({ "max_concurrency": 101 }), "must be from 1 to 100"),
        (json!({ "rate_per_minute": 0 }), "must be from 1 to 10000"),
        (
            json!({ "rate_per_minute": 10_001 }),
            "must be from 1 to 10000",
        ),
    ] {
        let mut request = json!({ "name": "n", "job_type": "echo", "schedule": every(60) });
        let fields = request.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        let job = hourly(&json!({}));
        let refusal = match serde_json::from_value::<JobRequest>(request) {
            Ok(request) => request
                .into_job(job.id, job.user, now())
                .unwrap_err()
                .to_string(),
            Err(error) => error.to_string(),
        };
        assert!(refusal.contains(field), "{more}: {refusal}");
    }
    assert!(MaxConcurrency::try_from(100).is_ok());
}

#[test]
fn limits_of_what_others_carry_out_are_refused_by_the_field_that_was_given() {
    let job = hourly(&json!({}));
    let asked = |job_type: &str, more: &Value| {
        let mut request = json!({ "name": "n", "job_type": job_type, "schedule": every(60) });
        let fields = request.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        let request: JobRequest = serde_json::from_value(request).unwrap();
        request.into_job(job.id, job.user.clone(), now())
    };
    for (more, field) in [
        (json!({ "max_concurrency": 1 }), "max_concurrency"),
        (json!({ "rate_per_minute": 1 }), "rate_per_minute"),
        (
            json!({ "concurrency_key": "crm", "rate_per_minute": 1 }),
            "rate_per_minute",
        ),
        (json!({ "concurrency_key": "crm" }), "concurrency_key"),
    ] {
        let refusal = asked("pull", &more).unwrap_err();
        assert_eq!(refusal.field, field);
        assert!(refusal.reason.contains("type pull"), "{refusal}");
    }
    assert!(asked("pull", &json!({})).is_ok());
    assert!(asked("echo", &json!({ "max_concurrency": 1 })).is_ok());
}

/// A message that has waited so often.
fn waited(waits: u32) -> DispatchMessage {
    let mut message = super::delivery(noon(), 1, 70).message;
    message.waits = waits;
    message
}

#[test]
fn without_a_slot_what_was_deferred_or_held_waits_as_long_as_its_window_lasts() {
    let window = json!({ "misfire": { "policy": "skip", "catch_up_window_seconds": 600 } });
    let job = hourly(&window);
    let fired = noon().occasion.fire_time();
    let first = running(noon(), 1, 40);
    for (deferred, age, waits) in [
        (false, 60, true),
        (false, 61, false),
        (true, 600, true),
        (true, 601, false),
    ] {
        let mut message = waited(0);
        message.deferred = deferred;
        let at = fired + seconds(age);
        let decided = Barrier::Slots.keep(owed(&job), &first, &message, (fired, at), at, 0.5);
        let has_waited = matches!(decided, Refused::Wait(_));
        assert_eq!(has_waited, waits, "{deferred} after {age} s");
    }
}

#[test]
fn without_a_slot_it_waits_as_long_as_it_may_fire_late_and_then_says_why_not() {
    let fired = noon().occasion.fire_time();
    let skip = json!({ "misfire": { "policy": "skip" } });
    let all = json!({ "misfire": { "policy": "fire_all", "catch_up_window_seconds": 7_200 } });
    let given_up = Refused::End(Skipped, Reason::Limited);
    for (more, age, waits) in [
        (json!({}), 0, true),
        (json!({}), 3_599, true),
        // The next one is due, and stands for it.
        (json!({}), 3_600, false),
        (skip.clone(), 60, true),
        (skip, 61, false),
        (all.clone(), 7_200, true),
        (all, 7_201, false),
    ] {
        let job = hourly(&more);
        let at = fired + seconds(age);
        let first = running(noon(), 1, 40);
        let decided = Barrier::Slots.keep(owed(&job), &first, &waited(0), (fired, at), at, 0.5);
        let expected = if waits {
            Refused::Wait(at + TimeDelta::milliseconds(1_500))
        } else {
            given_up
        };
        assert_eq!(decided, expected, "{more} after {age} s");
    }
}

#[test]
fn a_retry_and_a_run_by_hand_wait_for_the_catch_up_window_from_when_they_were_due() {
    let window = json!({ "misfire": { "policy": "skip", "catch_up_window_seconds": 600 } });
    let job = hourly(&window);
    for (execution, end) in [
        (running(noon(), 2, 40), Refused::End(Dead, Reason::Limited)),
        (
            running(manual(), 1, 40),
            Refused::End(Skipped, Reason::Limited),
        ),
    ] {
        let due = now() - seconds(600);
        let waiting =
            Barrier::Slots.keep(owed(&job), &execution, &waited(9), (due, now()), now(), 0.0);
        assert_eq!(waiting, Refused::Wait(now() + seconds(30)));
        let due = due - seconds(1);
        assert_eq!(
            Barrier::Slots.keep(owed(&job), &execution, &waited(9), (due, now()), now(), 0.0),
            end
        );
    }
}

#[test]
fn what_has_waited_for_a_slot_until_it_was_too_late_says_so() {
    let job = job_with(
        &once("2026-11-21T12:00:00Z"),
        &json!({ "misfire": { "policy": "skip" }, "rate_per_minute": 1 }),
        at("2026-11-21T11:00:00Z"),
    );
    let mut late = super::delivery(noon(), 1, 70);
    late.message.waits = 3;
    late.message.kept_by = Some(Reason::Limited);
    let judged = judge(
        &running(noon(), 1, 40),
        Some(owed(&job)),
        &late,
        now() + seconds(60),
    );
    assert_eq!(judged, Judgement::End(Skipped, Reason::Limited));
}

/// What happens at one key.
#[derive(Clone, Debug)]
enum Event {
    /// Somebody wants a slot for a run of so many seconds.
    Ask(i64),
    /// The holder at this place among those who run gives its slot back.
    End(usize),
    /// So many milliseconds pass.
    Pass(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => (1_i64..40).prop_map(Event::Ask),
        2 => (0_usize..8).prop_map(Event::End),
        3 => (0_i64..4_000).prop_map(Event::Pass),
    ];
    prop::collection::vec(event, 1..200)
}

proptest! {
    #[test]
    fn never_do_more_run_than_may_and_never_do_they_start_faster(
        events in events(),
        most in 1_u32..6,
        rate in 1_u32..400,
    ) {
        let both = limits(Some(most), Some(rate));
        let mut slots: Option<Slots> = None;
        let mut now = now();
        let mut run: Vec<(u64, DateTime<Utc>)> = Vec::new();
        let mut starts: Vec<DateTime<Utc>> = Vec::new();
        for (number, event) in events.into_iter().enumerate() {
            match event {
                Event::Pass(ms) => now += TimeDelta::milliseconds(ms),
                Event::End(place) => {
                    if let (Some(place), Some(slots)) = (place.checked_rem(run.len()), &mut slots) {
                        let (holder, _) = run.remove(place);
                        slots.held.remove(&ClaimToken(holder));
                    }
                }
                Event::Ask(length) => {
                    let holder = number as u64;
                    let until = now + seconds(length);
                    // Who died runs no longer once its time is over: its slot is nobody's.
                    run.retain(|(_, until)| *until > now);
                    match take(slots.as_ref(), both, holder, until, now) {
                        SlotTake::Write(next) => {
                            run.push((holder, until));
                            starts.push(now);
                            prop_assert_eq!(next.held.len(), run.len());
                            slots = Some(next);
                        }
                        SlotTake::NoneBefore(at) => {
                            prop_assert!(at >= now);
                            let full = run.len() >= most as usize;
                            // Nobody waits in vain: it is full, or the instant that is named is one that helps.
                            prop_assert!(full || at > now);
                            if !full {
                                let then = take(slots.as_ref(), both, holder, at + seconds(1), at);
                                prop_assert!(matches!(then, SlotTake::Write(_)), "{then:?} at {at}");
                            }
                        }
                    }
                    prop_assert!(run.len() <= most as usize);
                }
            }
        }
        let most = rate + RatePerMinute::try_from(rate).unwrap().burst() - 1;
        for (first, start) in starts.iter().enumerate() {
            let minute = starts[first..].iter();
            let within = minute.take_while(|other| **other - *start < TimeDelta::minutes(1)).count();
            prop_assert!(within <= most as usize, "{within} starts in a minute from {start}");
        }
    }
}
