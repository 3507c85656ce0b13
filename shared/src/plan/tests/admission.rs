//! Admission by example, and its laws over every interleaving of instances whose clocks differ.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::{at, now, seconds};
use crate::domain::{Limits, LiveBound, Minute, Stamp, Tally, day};
use crate::plan::admission::{Exhausted, Grant, Lease, MAX_LEASE, grant};

fn limits(jobs_per_minute: u64, jobs_per_day: Option<u64>, live_jobs: Option<u64>) -> Limits {
    Limits {
        jobs_per_minute,
        jobs_per_day,
        live_jobs,
        max_concurrent_executions: None,
        payload_bytes: 1_024,
    }
}

fn tally(minute: &str, in_minute: u64, in_day: u64) -> Tally {
    Tally {
        stamp: Stamp(1),
        minute: minute.parse().unwrap(),
        in_minute,
        in_day,
        live: None,
    }
}

fn written(decision: Grant) -> (Tally, Lease) {
    match decision {
        Grant::Write { tally, lease } => (tally, lease),
        other => panic!("nothing is granted: {other:?}"),
    }
}

fn refused(decision: Grant) -> Exhausted {
    match decision {
        Grant::Refuse { denial, .. } => denial.at(now()).exhausted,
        other => panic!("it is not refused: {other:?}"),
    }
}

#[test]
fn leases_double_within_a_minute_and_begin_anew_with_the_next() {
    let limits = limits(100_000, None, None);
    let (mut stored, mut lease): (Option<Tally>, Option<Lease>) = (None, None);
    let mut sizes = Vec::new();
    for step in 0..9 {
        let at = if step < 8 { now() } else { now() + seconds(60) };
        let (tally, next) = written(grant(
            stored.as_ref(),
            limits,
            lease.as_ref(),
            None,
            at,
            Stamp(step),
        ));
        sizes.push(next.left());
        let mut used = next;
        while used.take(at).is_some() {}
        (stored, lease) = (Some(tally), Some(used));
    }
    assert_eq!(sizes, [1, 2, 4, 8, 16, 32, 64, 64, 1]);
}

#[test]
fn near_the_limit_a_lease_takes_an_eighth_of_what_is_left() {
    let limits = limits(100, None, None);
    let stored = tally("2026-11-21T12:00", 60, 60);
    let (_, first) = written(grant(Some(&stored), limits, None, None, now(), Stamp(2)));
    let mut previous = first;
    let mut stored = stored;
    for _ in 0..5 {
        let decision = grant(
            Some(&stored),
            limits,
            Some(&previous),
            None,
            now(),
            Stamp(2),
        );
        (stored, previous) = written(decision);
        assert!(previous.left() <= 5, "{previous:?}");
        while previous.take(now()).is_some() {}
    }
}

#[test]
fn each_limit_refuses_by_its_own_name_and_the_longest_wait_is_told() {
    for (minute, in_day, live, expected) in [
        (10, 10, 10, Exhausted::Day),
        (10, 9, 10, Exhausted::Minute),
        (9, 9, 10, Exhausted::LiveJobs),
    ] {
        let stored = Tally {
            live: Some(LiveBound::counted(live, now())),
            ..tally("2026-11-21T12:00", minute, in_day)
        };
        let limits = limits(10, Some(10), Some(10));
        let decision = grant(Some(&stored), limits, None, None, now(), Stamp(2));
        assert_eq!(refused(decision), expected);
    }
}

#[test]
fn a_refusal_says_when_to_come_back() {
    let limits = limits(10, Some(20), None);
    let found = |stored: Tally| match grant(Some(&stored), limits, None, None, now(), Stamp(2)) {
        Grant::Refuse { denial, .. } => denial.at(now()),
        other => panic!("it is not refused: {other:?}"),
    };
    let minute = found(tally("2026-11-21T12:00", 10, 10));
    assert_eq!(minute.retry_after_seconds, Some(30));
    assert_eq!(
        (minute.allowance.limit, minute.allowance.remaining),
        (10, 0)
    );
    let day = found(tally("2026-11-21T12:00", 0, 20));
    assert_eq!(day.retry_after_seconds, Some(12 * 3_600 - 30));
    assert_eq!((day.allowance.limit, day.allowance.remaining), (20, 0));
    assert_eq!(day.allowance.reset_seconds, 12 * 3_600 - 30);
}

#[test]
fn a_refusal_stands_for_a_second_and_not_beyond_its_minute() {
    let stored = tally("2026-11-21T12:00", 10, 10);
    let limits = limits(10, None, None);
    let Grant::Refuse { denial, .. } = grant(Some(&stored), limits, None, None, now(), Stamp(2))
    else {
        panic!("it is refused");
    };
    for (found, until) in [
        ("2026-11-21T12:00:30Z", "2026-11-21T12:00:31Z"),
        ("2026-11-21T12:00:59.5Z", "2026-11-21T12:01:00Z"),
    ] {
        assert_eq!(denial.stands_until(at(found)), at(until));
    }
}

#[test]
fn what_a_lease_took_is_no_longer_left_of_its_minute_or_its_day() {
    let remaining = |limits: Limits| {
        let stored = tally("2026-11-21T12:00", 10, 30);
        let granted = grant(Some(&stored), limits, None, None, now(), Stamp(2));
        let (_, mut lease) = written(granted);
        lease.take(now()).unwrap().remaining
    };
    // The first lease is of one token, which is taken.
    assert_eq!(remaining(limits(100, None, None)), 100 - 10 - 1);
    assert_eq!(remaining(limits(100, Some(40), None)), 40 - 30 - 1);
}

#[test]
fn what_is_left_of_an_expired_lease_is_given_back_to_its_day() {
    let limits = limits(1_000, Some(1_000), Some(1_000));
    let counted = LiveBound::counted(5, now());
    let (stored, lease) = written(grant(None, limits, None, Some(counted), now(), Stamp(1)));
    assert_eq!(lease.left(), 1);
    let later = now() + seconds(60);
    let decision = grant(Some(&stored), limits, Some(&lease), None, later, Stamp(2));
    let (stored, _) = written(decision);
    assert_eq!((stored.in_minute, stored.in_day), (1, 1));
    assert_eq!(
        stored.live,
        Some(LiveBound {
            at_most: 6,
            ..counted
        })
    );

    // Not to a minute that did not count it.
    let others = Tally {
        minute: Minute::of(later),
        in_minute: 7,
        in_day: 8,
        ..stored
    };
    let decision = grant(Some(&others), limits, Some(&lease), None, later, Stamp(2));
    let (tally, _) = written(decision);
    assert_eq!((tally.in_minute, tally.in_day), (8, 8));

    // Not to another day, and not to a count that does not hold it.
    let tomorrow = now() + TimeDelta::days(1);
    let again = LiveBound::counted(5, tomorrow);
    let decision = grant(
        Some(&stored),
        limits,
        Some(&lease),
        Some(again),
        tomorrow,
        Stamp(3),
    );
    let (stored, _) = written(decision);
    assert_eq!((stored.in_minute, stored.in_day), (1, 1));
    assert_eq!(stored.live.unwrap().at_most, 6);
}

#[test]
fn live_jobs_are_counted_at_first_and_again_at_the_cap_but_not_at_once() {
    let limits = limits(1_000, None, Some(50));
    let ask =
        |stored: Option<&Tally>, counted, now| grant(stored, limits, None, counted, now, Stamp(2));
    assert_eq!(ask(None, None, now()), Grant::CountLiveJobs(50));
    let full = Tally {
        live: Some(LiveBound::counted(50, now())),
        ..tally("2026-11-21T12:00", 5, 5)
    };
    let soon = now() + seconds(9);
    assert_eq!(refused(ask(Some(&full), None, soon)), Exhausted::LiveJobs);
    let later = now() + seconds(10);
    assert_eq!(ask(Some(&full), None, later), Grant::CountLiveJobs(50));

    let fewer = LiveBound::counted(20, later);
    let (stored, _) = written(ask(Some(&full), Some(fewer), later));
    assert_eq!(stored.live.unwrap().at_most, 21);
    let as_many = LiveBound::counted(50, later);
    let Grant::Refuse {
        denial,
        remember: Some(remember),
    } = ask(Some(&full), Some(as_many), later)
    else {
        panic!("it is refused, and remembered");
    };
    assert_eq!(remember.live, Some(as_many));
    assert_eq!(remember.in_minute, 5);
    assert_eq!(denial.at(later).retry_after_seconds, None);
}

#[test]
fn a_late_clock_joins_the_newest_minute_and_opens_no_other() {
    let stored = tally("2026-11-21T12:01", 10, 10);
    let decision = grant(
        Some(&stored),
        limits(10, None, None),
        None,
        None,
        now(),
        Stamp(2),
    );
    assert_eq!(refused(decision), Exhausted::Minute);
    let decision = grant(
        Some(&stored),
        limits(11, None, None),
        None,
        None,
        now(),
        Stamp(2),
    );
    let (next, lease) = written(decision);
    assert_eq!(next.minute, stored.minute);
    assert_eq!(lease.minute(), stored.minute);
    assert!(!lease.is_over(now()), "it is good from now on");
    assert!(lease.is_over(at("2026-11-21T12:02:00Z")));
}

#[test]
fn a_limit_that_was_lowered_below_what_is_granted_refuses_and_nothing_more() {
    let stored = tally("2026-11-21T12:00", 500, 500);
    let decision = grant(
        Some(&stored),
        limits(10, Some(10), None),
        None,
        None,
        now(),
        Stamp(2),
    );
    assert_eq!(refused(decision), Exhausted::Day);
}

/// One step of a few instances that share a tally.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A request arrives: it takes a token, or the instance reads the tally.
    Request(usize),
    /// The instance decides by what it read, and writes. The answer may be lost.
    Write { instance: usize, answered: bool },
    /// The instance ends, with all that it knows.
    Crash(usize),
    /// Time goes on, in seconds.
    Pass(i64),
}

const INSTANCES: usize = 3;

fn steps(losses: bool) -> impl Strategy<Value = Vec<Step>> {
    let instance = 0..INSTANCES;
    let step = prop_oneof![
        60 => instance.clone().prop_map(Step::Request),
        30 => (instance.clone(), any::<bool>()).prop_map(move |(instance, answered)| Step::Write {
            instance,
            answered: answered || !losses,
        }),
        if losses { 2 } else { 0 } => instance.prop_map(Step::Crash),
        4 => (1_i64..40).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 1..600)
}

/// The tally as an instance has read it.
#[derive(Clone, Copy, PartialEq)]
struct Read(Option<Tally>);

#[derive(Default)]
struct Instance {
    lease: Option<Lease>,
    read: Option<Read>,
}

/// Instances, the tally they share, and what they have admitted.
struct Shared {
    limits: Limits,
    now: DateTime<Utc>,
    skews: [i64; INSTANCES],
    instances: [Instance; INSTANCES],
    stored: Option<Tally>,
    stamps: u64,
    by_minute: BTreeMap<Minute, u64>,
    live: u64,
    most_live: u64,
    strands: Vec<(u64, u64)>,
}

impl Shared {
    fn clock(&self, instance: usize) -> DateTime<Utc> {
        self.now + seconds(self.skews[instance])
    }

    fn take(&mut self, instance: usize) -> bool {
        let now = self.clock(instance);
        let Some(lease) = &mut self.instances[instance].lease else {
            return false;
        };
        let minute = lease.minute();
        let taken = lease.take(now).is_some();
        if taken {
            *self.by_minute.entry(minute).or_default() += 1;
            self.live += 1;
            self.most_live = self.most_live.max(self.live);
        }
        taken
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Request(instance) => {
                if !self.take(instance) && self.instances[instance].read.is_none() {
                    self.instances[instance].read = Some(Read(self.stored));
                }
            }
            Step::Write { instance, answered } => self.write(instance, answered),
            Step::Crash(instance) => self.instances[instance] = Instance::default(),
            Step::Pass(count) => self.now += seconds(count),
        }
    }

    fn write(&mut self, instance: usize, answered: bool) {
        let Some(Read(read)) = self.instances[instance].read.take() else {
            return;
        };
        let now = self.clock(instance);
        let previous = self.instances[instance].lease;
        self.stamps += 1;
        let stamp = Stamp(self.stamps);
        let decide = |counted| {
            grant(
                read.as_ref(),
                self.limits,
                previous.as_ref(),
                counted,
                now,
                stamp,
            )
        };
        let mut decision = decide(None);
        if let Grant::CountLiveJobs(cap) = decision {
            decision = decide(Some(LiveBound::counted(self.live.min(cap), now)));
        }
        let (tally, lease) = match decision {
            Grant::Write { tally, lease } => (tally, Some(lease)),
            Grant::Refuse {
                remember: Some(tally),
                ..
            } => (tally, previous),
            Grant::Refuse { denial, .. } => {
                if read == self.stored && denial.at(now).exhausted == Exhausted::Minute {
                    self.note_stranded();
                }
                return;
            }
            Grant::CountLiveJobs(_) => panic!("it was counted"),
        };
        if self.stored.map(|stored| stored.stamp) != read.map(|read| read.stamp) {
            self.instances[instance].read = Some(Read(self.stored));
            return;
        }
        self.stored = Some(tally);
        self.instances[instance].lease = if answered { lease } else { None };
        self.take(instance);
    }

    /// The minute's limit is reached: how much of it was admitted, and how much lies with instances?
    fn note_stranded(&mut self) {
        let Some(minute) = self.stored.map(|stored| stored.minute) else {
            return;
        };
        let admitted = self.by_minute.get(&minute).copied().unwrap_or(0);
        let leases = self.instances.iter().filter_map(|one| one.lease);
        let stranded = leases
            .filter(|lease| lease.minute() == minute)
            .map(|lease| lease.left())
            .sum();
        self.strands.push((admitted, stranded));
    }
}

fn run(steps: Vec<Step>, skews: [i64; INSTANCES], limits: Limits, start: i64) -> Shared {
    let mut shared = Shared {
        limits,
        now: at("2026-11-21T23:57:00Z") + seconds(start),
        skews,
        instances: Default::default(),
        stored: None,
        stamps: 0,
        by_minute: BTreeMap::new(),
        live: 0,
        most_live: 0,
        strands: Vec::new(),
    };
    for step in steps {
        shared.step(step);
    }
    shared
}

fn some_limits() -> impl Strategy<Value = Limits> {
    let cap = || proptest::option::of(1_u64..200);
    (1_u64..100, cap(), cap()).prop_map(|(minute, day, live)| limits(minute, day, live))
}

/// The most that one lease may hold under `limits`.
fn largest_lease(limits: Limits) -> u64 {
    (limits.jobs_per_minute / 8).clamp(1, MAX_LEASE)
}

proptest! {
    #[test]
    fn no_interleaving_of_instances_admits_more_than_the_limits(
        steps in steps(true),
        skews in [-5_i64..=5, -5_i64..=5, -5_i64..=5],
        limits in some_limits(),
        start in 0_i64..180,
    ) {
        let shared = run(steps, skews, limits, start);
        let mut by_day = BTreeMap::new();
        for (minute, admitted) in &shared.by_minute {
            prop_assert!(*admitted <= limits.jobs_per_minute, "{minute}: {admitted}");
            *by_day.entry(day(*minute)).or_insert(0) += admitted;
        }
        for (day, admitted) in by_day {
            prop_assert!(limits.jobs_per_day.is_none_or(|limit| admitted <= limit), "{day}: {admitted}");
        }
        // A count does not see the tokens that are on lease while it is made.
        let unseen = largest_lease(limits) * INSTANCES as u64;
        prop_assert!(limits.live_jobs.is_none_or(|cap| shared.most_live <= cap + unseen));
    }

    #[test]
    fn when_a_minute_is_used_up_all_but_a_few_leases_were_admitted(
        steps in steps(false),
        skews in [-5_i64..=5, -5_i64..=5, -5_i64..=5],
        jobs_per_minute in 1_u64..100,
        start in 0_i64..60,
    ) {
        let limits = limits(jobs_per_minute, None, None);
        let shared = run(steps, skews, limits, start);
        for (admitted, stranded) in shared.strands {
            prop_assert_eq!(admitted + stranded, jobs_per_minute);
            prop_assert!(stranded <= largest_lease(limits) * (INSTANCES as u64 - 1));
        }
    }
}
