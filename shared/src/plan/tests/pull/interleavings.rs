//! Any interleaving of polls, heartbeats, reports, expiries, crashes and messages: at most one worker holds an execution at
//! a time, a stale token changes nothing, and nothing is lost.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::{now, pulled, seconds, terms, worker};
use crate::domain::{ClaimToken, Execution, ExecutionState, Job, Stamp};
use crate::plan::tests::{delivery, noon, owed};
use crate::plan::{
    ClaimDecision, Ended, FollowUp, Judgement, Standing, Take, claim, finish, follow_up, heartbeat,
    judge, next_attempt_at, offer, report, standing, still_wanted, take,
};
use crate::port::{Expected, SendAt};

/// One thing that happens. Indexes are taken modulo what there is.
#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(i64),
    /// The earliest message that is due reaches our worker, which may die behind its claim or behind the offer's record.
    Deliver {
        dies: bool,
    },
    /// A poller reads an offer and its record, and decides.
    Look(usize),
    /// A poller that has decided writes; it may die before the watch is sent and the offer removed.
    Write {
        which: usize,
        dies: bool,
    },
    /// Somebody who was ever given a token reads and decides; what it decided is written later.
    Beat(usize),
    Succeed(usize),
    Fail(usize),
    /// What was decided by the holder of a token is written.
    Commit(usize),
    Cancel,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = any::<usize>;
    let step = prop_oneof![
        3 => (1_i64..90).prop_map(Step::Wait),
        4 => any::<bool>().prop_map(|dies| Step::Deliver { dies }),
        4 => Just(Step::Deliver { dies: false }),
        4 => which().prop_map(Step::Look),
        4 => (which(), prop::bool::weighted(0.2)).prop_map(|(which, dies)| Step::Write { which, dies }),
        3 => which().prop_map(Step::Beat),
        1 => which().prop_map(Step::Succeed),
        2 => which().prop_map(Step::Fail),
        5 => which().prop_map(Step::Commit),
        1 => Just(Step::Cancel),
    ];
    prop::collection::vec(step, 1..60)
}

/// A claim as its worker knows it.
struct Holder {
    token: ClaimToken,
    /// Until when it was last told that it holds.
    told: DateTime<Utc>,
}

struct Decided {
    token: ClaimToken,
    expected: Stamp,
    record: Execution,
}

/// One execution, and everything that is on its way to it.
struct World {
    job: Job,
    now: DateTime<Utc>,
    numbers: u64,
    record: Option<Execution>,
    /// When it arrives, and the attempt that it asks for.
    messages: BTreeSet<(DateTime<Utc>, u32)>,
    offers: BTreeSet<u32>,
    looks: Vec<(u32, Execution, Stamp)>,
    decided: Vec<Decided>,
    holders: Vec<Holder>,
}

impl World {
    fn new() -> Self {
        let job = pulled(&json!({
            "retry": { "max_retries": 2, "backoff_seconds": 20 }, "timeout_seconds": 200,
            "misfire": { "policy": "fire_all", "catch_up_window_seconds": 600 },
        }));
        Self {
            job,
            now: now(),
            numbers: 10,
            record: None,
            messages: BTreeSet::from([(now(), 1)]),
            offers: BTreeSet::new(),
            looks: Vec::new(),
            decided: Vec::new(),
            holders: Vec::new(),
        }
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn stamp(&mut self) -> Stamp {
        Stamp(self.number())
    }

    /// The conditional put.
    fn put(&mut self, record: &Execution, expected: Expected) -> bool {
        let holds = Expected::from_read(self.record.as_ref()) == expected;
        if holds {
            self.record = Some(record.clone());
        }
        holds
    }

    fn follow(&mut self) {
        let Some(record) = self.record.clone() else {
            return;
        };
        match follow_up(&record, self.now) {
            FollowUp::Offer { until, .. } => {
                self.ask(&next_attempt_at(&record, until, self.now));
                self.offers.insert(record.attempt);
            }
            other => self.ask(&other),
        }
    }

    fn ask(&mut self, follow_up: &FollowUp) {
        match *follow_up {
            FollowUp::SendRetry {
                attempt,
                send_at: SendAt::Before(at),
            } => {
                self.messages.insert((at, attempt));
            }
            FollowUp::HintRetry(hint) => {
                let attempt = self.record.as_ref().unwrap().attempt + 1;
                self.messages.insert((hint.at, attempt));
            }
            _ => {}
        }
    }

    fn deliver(&mut self, dies: bool) {
        let due = self.messages.first().copied();
        let Some(message) = due.filter(|(at, _)| *at <= self.now) else {
            return;
        };
        self.messages.remove(&message);
        // Whoever dies leaves the message to the queue.
        let again = |at| (at, message.1);
        let delivery = delivery(noon(), message.1, 60);
        let (token, stamp) = (ClaimToken(self.number()), self.stamp());
        match claim(self.record.as_ref(), &delivery, self.now, token, stamp) {
            ClaimDecision::Write {
                execution,
                expected,
            } => {
                self.check_nobody_holds();
                assert!(self.put(&execution, expected));
                if dies {
                    self.messages.insert(again(self.now + seconds(5)));
                    return;
                }
                let job = self.job.clone();
                let ended = match judge(&execution, Some(owed(&job)), &delivery, self.now) {
                    Judgement::Run => {
                        let stamp = self.stamp();
                        let asked = &delivery.message;
                        offer(&execution, asked, owed(&job), &terms(&job), self.now, stamp)
                    }
                    Judgement::End(state, reason) => {
                        let stamp = self.stamp();
                        crate::plan::end_unrun(
                            &execution,
                            Some(&job),
                            state,
                            reason,
                            self.now,
                            stamp,
                        )
                    }
                    other => panic!("{other:?}"),
                };
                assert!(self.put(&ended, Expected::Stamp(execution.stamp)));
                self.follow();
            }
            ClaimDecision::GiveUp {
                execution,
                expected,
            } => assert!(self.put(&execution, expected)),
            ClaimDecision::ComeBackAt(at) => {
                self.messages.insert(again(at));
            }
            ClaimDecision::FollowUp => self.follow(),
            ClaimDecision::Forget => {}
            ClaimDecision::StandForMore { .. } => {
                unreachable!("no message here stands for any other")
            }
            ClaimDecision::AskWhetherSuperseded => panic!("nothing here is skipped"),
        }
        if dies {
            self.messages.insert(again(self.now + seconds(5)));
        }
    }

    fn look(&mut self, which: usize) {
        let offers: Vec<_> = self.offers.iter().copied().collect();
        let Some(attempt) = offers.get(which % offers.len().max(1)).copied() else {
            return;
        };
        let (token, stamp) = (ClaimToken(self.number()), self.stamp());
        match take(
            self.record.as_ref(),
            attempt,
            worker(),
            self.now,
            token,
            stamp,
        ) {
            Take::Write {
                execution,
                expected: Expected::Stamp(read),
            } => self.looks.push((attempt, *execution, read)),
            Take::Write { .. } => panic!("an offer without a record is taken"),
            Take::Leave => {}
            Take::Remove => {
                self.offers.remove(&attempt);
            }
        }
    }

    fn write(&mut self, which: usize, dies: bool) {
        if self.looks.is_empty() {
            return;
        }
        let (attempt, record, read) = self.looks.swap_remove(which % self.looks.len());
        if !self.put(&record, Expected::Stamp(read)) {
            return;
        }
        self.check_nobody_holds();
        if dies {
            // Its token reached nobody; the offer is still there.
            return;
        }
        match still_wanted(&record, Some(&self.job)) {
            Ok(_) => {
                self.follow();
                self.holders.push(Holder {
                    token: record.claim.unwrap(),
                    told: record.lease_until.unwrap(),
                });
            }
            Err((state, reason)) => {
                let stamp = self.stamp();
                let job = self.job.clone();
                let ended =
                    crate::plan::end_unrun(&record, Some(&job), state, reason, self.now, stamp);
                assert!(self.put(&ended, Expected::Stamp(record.stamp)));
                self.follow();
            }
        }
        self.offers.remove(&attempt);
    }

    /// Nobody who was told that it holds may still believe so when somebody else begins to.
    fn check_nobody_holds(&self) {
        for holder in &self.holders {
            assert!(holder.told <= self.now, "two hold it at {}", self.now);
        }
    }

    /// The holder of a token decides by what it reads now.
    fn decide(
        &mut self,
        which: usize,
        make: impl Fn(&Execution, &Job, Stamp) -> Option<Execution>,
    ) {
        if self.holders.is_empty() {
            return;
        }
        let index = which % self.holders.len();
        let token = self.holders[index].token;
        let read = self.record.clone().unwrap();
        let stamp = self.stamp();
        match standing(&read, token, self.now) {
            Standing::Holds => {
                assert_eq!(read.claim, Some(token));
                if let Some(record) = make(&read, &self.job, stamp) {
                    let expected = read.stamp;
                    self.decided.push(Decided {
                        token,
                        expected,
                        record,
                    });
                }
            }
            Standing::TimedOut => assert!(self.holders[index].told <= self.now),
            Standing::Reported | Standing::Stale => {}
        }
    }

    fn commit(&mut self, which: usize) {
        if self.decided.is_empty() {
            return;
        }
        let decided = self.decided.swap_remove(which % self.decided.len());
        let before = self.record.clone().unwrap();
        if !self.put(&decided.record, Expected::Stamp(decided.expected)) {
            return;
        }
        assert!(
            before.is_held_by(decided.token),
            "a stale token changed the record"
        );
        let holder = self
            .holders
            .iter_mut()
            .find(|holder| holder.token == decided.token);
        let holder = holder.unwrap();
        if decided.record.is_held_by(decided.token) {
            holder.told = decided.record.lease_until.unwrap();
        } else {
            holder.told = self.now;
            self.follow();
        }
    }

    fn fail(&mut self, which: usize, succeeds: bool) {
        let now = self.now;
        self.decide(which, |held, job, stamp| {
            let ended = if succeeds {
                Ended::Succeeded { output: None }
            } else {
                Ended::Failed {
                    reason: crate::domain::Reason::AttemptFailed,
                    detail: "d".to_owned(),
                    output: None,
                }
            };
            let token = held.claim.unwrap();
            let ended = finish(held, job, ended, seconds(1), now, 0.0, stamp);
            Some(report(ended, token))
        });
    }

    fn cancel(&mut self) {
        let stamp = self.stamp();
        if let Some(record) = &mut self.record
            && record.state == ExecutionState::Running
        {
            record.cancel_requested = true;
            record.stamp = stamp;
        }
    }

    fn step(&mut self, step: Step) {
        let now = self.now;
        match step {
            Step::Wait(count) => self.now += seconds(count),
            Step::Deliver { dies } => self.deliver(dies),
            Step::Look(which) => self.look(which),
            Step::Write { which, dies } => self.write(which, dies),
            Step::Beat(which) => {
                self.decide(which, |held, _, stamp| heartbeat(held, None, now, stamp));
            }
            Step::Succeed(which) => self.fail(which, true),
            Step::Fail(which) => self.fail(which, false),
            Step::Commit(which) => self.commit(which),
            Step::Cancel => self.cancel(),
        }
    }

    /// Everybody falls silent; only messages still come.
    fn drain(&mut self) {
        self.looks.clear();
        self.decided.clear();
        for _ in 0..200 {
            let Some((at, _)) = self.messages.first().copied() else {
                return;
            };
            self.now = self.now.max(at);
            self.deliver(false);
        }
        panic!("messages go on for ever");
    }
}

proptest! {
    #[test]
    fn at_most_one_worker_holds_an_execution_and_it_comes_to_an_end(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.drain();
        let record = world.record.unwrap();
        prop_assert!(record.state.is_terminal(), "{record:?}");
        let attempts: BTreeSet<_> = record.errors.iter().map(|error| error.attempt).collect();
        prop_assert_eq!(attempts.len(), record.errors.len(), "one error for an attempt at most");
    }
}
