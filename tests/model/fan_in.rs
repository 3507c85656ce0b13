//! Fan-in as a state machine: some upstreams of one run, each ended by a finisher of its own, and the run behind them all.
//! Finishers and workers die between any two steps and their messages come back; messages come twice; a failed upstream is
//! redriven; the user cancels; the time to wait ends.

use stateright::{Checker, HasDiscoveries, Model, Property};

const MOST: usize = 3;

/// A rule left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    /// A finisher looks at the other upstreams before it writes its own end.
    LookBeforeTheEnd,
    /// Ends are counted, as they are followed up, and the count decides.
    CountEnds,
    /// Whoever has claimed the run believes the message.
    NoGateAtTheClaim,
    /// A run that begins to wait is not looked at once more.
    NoSecondLook,
    /// Nor is one that is skipped for what its upstreams did.
    SkipWithoutALook,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Upstream {
    Open,
    Succeeded,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Verdict {
    Open,
    Waits,
    Failed,
}

/// The record of the run behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Run {
    Absent,
    Waiting,
    /// Whether its lease still holds: its worker lives.
    Claimed(bool),
    Done,
    /// For what its upstreams did.
    Skipped,
    Canceled,
}

/// How far a finisher has come. Its message is deleted with the last step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Finisher {
    /// Its upstream has not ended; by the defect, it has looked already.
    Begun(Option<Verdict>),
    /// The end is on record.
    Ended(Option<Verdict>),
    /// It has read the record of the run behind.
    SawRun(Run, Option<Verdict>),
    Looked(Run, Verdict),
    Gone,
}

/// How far a worker has come with the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Worker {
    Idle,
    Received,
    Claimed,
    Looked(Verdict),
    /// It runs the handler.
    Running,
    /// It has written that the run waits, or is skipped for what its upstreams did.
    Wrote(Run),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct State {
    upstreams: [Upstream; MOST],
    finishers: [Finisher; MOST],
    run: Run,
    workers: [Worker; 2],
    messages: u8,
    /// The end of the wait is asked for.
    timer: bool,
    /// It has come.
    time_is_over: bool,
    counted: u8,
    starts: u8,
    unordered: bool,
    waited: bool,
    crashes: u8,
    duplicates: u8,
    failures: u8,
    redrives: u8,
    cancels: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Action {
    Finish(usize, Upstream),
    Step(usize),
    FinisherDies(usize),
    Receive(usize),
    Work(usize),
    WorkerDies(usize),
    Duplicate,
    Redrive(usize),
    Cancel,
    TimeEnds,
}

#[derive(Clone, Copy, Debug)]
struct FanIn {
    defect: Option<Defect>,
    upstreams: usize,
    crashes: u8,
    duplicates: u8,
    failures: u8,
    cancels: u8,
}

impl FanIn {
    fn is(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    fn look(&self, state: &State) -> Verdict {
        if self.is(Defect::CountEnds) {
            let all = usize::from(state.counted) >= self.upstreams;
            return if all { Verdict::Open } else { Verdict::Waits };
        }
        self.verdict(state.upstreams)
    }

    fn verdict(&self, upstreams: [Upstream; MOST]) -> Verdict {
        let upstreams = &upstreams[..self.upstreams];
        if upstreams.contains(&Upstream::Failed) {
            Verdict::Failed
        } else if upstreams.contains(&Upstream::Open) {
            Verdict::Waits
        } else {
            Verdict::Open
        }
    }

    /// What a finisher does about the run behind, as it saw it.
    fn nudge(state: &mut State, saw: Run, verdict: Verdict) {
        let sends = match saw {
            Run::Absent | Run::Waiting => verdict != Verdict::Waits,
            Run::Skipped => verdict == Verdict::Open,
            _ => false,
        };
        if sends {
            state.messages += 1;
        } else if saw == Run::Absent {
            state.timer = true;
            if state.run == Run::Absent {
                state.run = Run::Waiting;
                state.waited = true;
            }
        }
    }

    fn finisher(&self, state: &mut State, index: usize) {
        state.finishers[index] = match state.finishers[index] {
            Finisher::Ended(early) => {
                if self.is(Defect::CountEnds) && state.upstreams[index] == Upstream::Succeeded {
                    state.counted += 1;
                }
                Finisher::SawRun(state.run, early)
            }
            Finisher::SawRun(run, early) => {
                Finisher::Looked(run, early.unwrap_or_else(|| self.look(state)))
            }
            Finisher::Looked(run, verdict) => {
                Self::nudge(state, run, verdict);
                Finisher::Gone
            }
            // By the defect: as if its own end were on record.
            Finisher::Begun(None) => {
                let mut upstreams = state.upstreams;
                upstreams[index] = Upstream::Succeeded;
                Finisher::Begun(Some(self.verdict(upstreams)))
            }
            other => other,
        };
    }

    fn worker(&self, state: &mut State, index: usize) {
        let verdict = self.look(state);
        state.workers[index] = match state.workers[index] {
            Worker::Received => match state.run {
                Run::Absent | Run::Waiting | Run::Claimed(false) => {
                    state.run = Run::Claimed(true);
                    Worker::Claimed
                }
                Run::Skipped if verdict == Verdict::Open => {
                    state.run = Run::Claimed(true);
                    Worker::Claimed
                }
                // Held elsewhere: the message stays.
                Run::Claimed(true) => {
                    state.messages += 1;
                    Worker::Idle
                }
                Run::Skipped | Run::Done | Run::Canceled => Worker::Idle,
            },
            Worker::Claimed if self.is(Defect::NoGateAtTheClaim) => Worker::Looked(Verdict::Open),
            Worker::Claimed => Worker::Looked(verdict),
            Worker::Looked(Verdict::Open) => {
                state.starts += 1;
                state.unordered |= self.verdict(state.upstreams) != Verdict::Open;
                Worker::Running
            }
            Worker::Looked(Verdict::Waits) if !state.time_is_over => {
                state.run = Run::Waiting;
                state.waited = true;
                state.timer = true;
                Worker::Wrote(Run::Waiting)
            }
            Worker::Looked(_) => {
                state.run = Run::Skipped;
                Worker::Wrote(Run::Skipped)
            }
            Worker::Wrote(written) => {
                let is_over = match written {
                    Run::Waiting => verdict != Verdict::Waits,
                    _ => verdict == Verdict::Open,
                };
                let looks = match written {
                    Run::Waiting => !self.is(Defect::NoSecondLook),
                    _ => !self.is(Defect::SkipWithoutALook),
                };
                if is_over && looks {
                    state.messages += 1;
                }
                Worker::Idle
            }
            Worker::Running => {
                state.run = Run::Done;
                Worker::Idle
            }
            Worker::Idle => Worker::Idle,
        };
    }

    /// Nothing is left to happen.
    fn is_quiet(state: &State) -> bool {
        Self::only_waits(state) && (!state.timer || state.time_is_over)
    }

    /// Nothing is left to happen but the end of the wait.
    fn only_waits(state: &State) -> bool {
        state.messages == 0
            && state.workers == [Worker::Idle; 2]
            && state.finishers.iter().all(|one| *one == Finisher::Gone)
    }
}

const LOST: &str = "once all is quiet, the run has come to the end that its upstreams call for";
const IDLE: &str = "while nothing happens, a run waits only for what has not ended";
const UNORDERED: &str = "nothing runs before its upstreams have succeeded";
const TWICE: &str = "there are no more starts than crashes account for";
const DONE: &str = "the run is done";
const SKIPPED: &str = "the run is skipped";
const WAITED: &str = "the run waits, and is done";
const REDRIVEN: &str = "an upstream is redriven, and the run is done";

impl Model for FanIn {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut finishers = [Finisher::Gone; MOST];
        finishers[..self.upstreams].fill(Finisher::Begun(None));
        vec![State {
            upstreams: [Upstream::Open; MOST],
            finishers,
            run: Run::Absent,
            workers: [Worker::Idle; 2],
            messages: 0,
            timer: false,
            time_is_over: false,
            counted: 0,
            starts: 0,
            unordered: false,
            waited: false,
            crashes: 0,
            duplicates: 0,
            failures: 0,
            redrives: 0,
            cancels: 0,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for index in 0..self.upstreams {
            match state.finishers[index] {
                Finisher::Begun(None) if self.is(Defect::LookBeforeTheEnd) => {
                    actions.push(Action::Step(index));
                }
                Finisher::Begun(_) => {
                    actions.push(Action::Finish(index, Upstream::Succeeded));
                    if state.failures < self.failures {
                        actions.push(Action::Finish(index, Upstream::Failed));
                    }
                }
                Finisher::Gone => {
                    if state.upstreams[index] == Upstream::Failed && state.redrives < 1 {
                        actions.push(Action::Redrive(index));
                    }
                }
                _ => {
                    actions.push(Action::Step(index));
                    if state.crashes < self.crashes {
                        actions.push(Action::FinisherDies(index));
                    }
                }
            }
        }
        for (index, worker) in state.workers.iter().enumerate() {
            match worker {
                Worker::Idle if state.messages > 0 => actions.push(Action::Receive(index)),
                Worker::Idle => {}
                _ => {
                    actions.push(Action::Work(index));
                    if state.crashes < self.crashes {
                        actions.push(Action::WorkerDies(index));
                    }
                }
            }
        }
        if state.messages > 0 && state.duplicates < self.duplicates {
            actions.push(Action::Duplicate);
        }
        if state.run == Run::Waiting && state.cancels < self.cancels {
            actions.push(Action::Cancel);
        }
        if state.timer && !state.time_is_over {
            actions.push(Action::TimeEnds);
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::Finish(index, how) => {
                let Finisher::Begun(early) = state.finishers[index] else {
                    return None;
                };
                state.upstreams[index] = how;
                state.failures += u8::from(how == Upstream::Failed);
                state.finishers[index] =
                    Finisher::Ended(early.filter(|_| how == Upstream::Succeeded));
            }
            Action::Step(index) => self.finisher(&mut state, index),
            Action::FinisherDies(index) => {
                // Its message comes back, and finds the end on record.
                state.crashes += 1;
                state.finishers[index] = Finisher::Ended(None);
            }
            Action::Receive(index) => {
                state.messages -= 1;
                state.workers[index] = Worker::Received;
            }
            Action::Work(index) => self.worker(&mut state, index),
            Action::WorkerDies(index) => {
                state.crashes += 1;
                let held = !matches!(state.workers[index], Worker::Received | Worker::Wrote(_));
                if held {
                    state.run = Run::Claimed(false);
                }
                state.messages += 1;
                state.workers[index] = Worker::Idle;
            }
            Action::Duplicate => {
                state.duplicates += 1;
                state.messages += 1;
            }
            Action::Redrive(index) => {
                state.redrives += 1;
                state.upstreams[index] = Upstream::Open;
                state.finishers[index] = Finisher::Begun(None);
            }
            Action::Cancel => {
                state.cancels += 1;
                state.run = Run::Canceled;
            }
            Action::TimeEnds => {
                state.time_is_over = true;
                state.messages += 1;
            }
        }
        (state != *before).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(LOST, |model: &Self, state: &State| {
                let called_for = match model.verdict(state.upstreams) {
                    Verdict::Open => Run::Done,
                    Verdict::Failed | Verdict::Waits => Run::Skipped,
                };
                !Self::is_quiet(state) || state.run == called_for || state.run == Run::Canceled
            }),
            Property::always(IDLE, |model: &Self, state: &State| {
                !(Self::only_waits(state) && state.run == Run::Waiting)
                    || model.verdict(state.upstreams) == Verdict::Waits
            }),
            Property::always(UNORDERED, |_, state: &State| !state.unordered),
            Property::always(TWICE, |_, state: &State| state.starts <= 1 + state.crashes),
            Property::sometimes(DONE, |_, state: &State| state.run == Run::Done),
            Property::sometimes(SKIPPED, |_, state: &State| {
                Self::is_quiet(state) && state.run == Run::Skipped
            }),
            Property::sometimes(WAITED, |_, state: &State| {
                state.waited && state.run == Run::Done
            }),
            Property::sometimes(REDRIVEN, |_, state: &State| {
                state.redrives > 0 && state.run == Run::Done
            }),
        ]
    }
}

/// Two upstreams, one of which may fail, and one of everything that can go wrong.
fn two() -> FanIn {
    FanIn {
        defect: None,
        upstreams: 2,
        crashes: 1,
        duplicates: 1,
        failures: 1,
        cancels: 1,
    }
}

fn passes(name: &str, model: FanIn) {
    let checker = model.checker().threads(2).spawn_bfs().join();
    assert!(checker.is_done(), "{name}: not exhausted");
    let seen = checker.discoveries();
    eprintln!("{name}: {} states", checker.unique_state_count());
    for broken in [LOST, IDLE, UNORDERED, TWICE] {
        let path = seen.get(broken).map(|path| path.clone().into_actions());
        assert!(path.is_none(), "{name}: broke {broken:?} by {path:?}");
    }
    for must_happen in [DONE, WAITED] {
        assert!(
            seen.contains_key(must_happen),
            "{name}: never saw {must_happen:?}"
        );
    }
    if model.failures > 0 {
        for must_happen in [SKIPPED, REDRIVEN] {
            assert!(
                seen.contains_key(must_happen),
                "{name}: never saw {must_happen:?}"
            );
        }
    }
}

fn breaks(defect: Defect, property: &'static str, bounds: FanIn) {
    let checker = FanIn {
        defect: Some(defect),
        ..bounds
    }
    .checker()
    .threads(2)
    .finish_when(HasDiscoveries::AnyOf([property].into()))
    .spawn_bfs()
    .join();
    let states = checker.unique_state_count();
    eprintln!("{defect:?}: {states} states until {property:?} broke");
    assert!(
        checker.discovery(property).is_some(),
        "{defect:?} was not found"
    );
}

#[test]
fn two_upstreams_are_joined_whatever_crashes_and_comes_twice() {
    passes("two upstreams", two());
    let crashes = FanIn {
        crashes: 2,
        duplicates: 0,
        cancels: 0,
        ..two()
    };
    passes("two crashes", crashes);
}

#[test]
fn three_upstreams_are_joined_whatever_crashes() {
    let three = FanIn {
        upstreams: 3,
        duplicates: 0,
        cancels: 0,
        ..two()
    };
    passes("three upstreams", three);
}

#[test]
fn a_finisher_that_looks_before_its_end_is_on_record_loses_the_run() {
    breaks(Defect::LookBeforeTheEnd, LOST, two());
}

#[test]
fn ends_that_are_counted_are_counted_twice_by_a_crash() {
    breaks(Defect::CountEnds, UNORDERED, two());
}

#[test]
fn a_worker_that_believes_the_message_runs_unordered() {
    breaks(Defect::NoGateAtTheClaim, UNORDERED, two());
}

#[test]
fn a_run_that_is_not_looked_at_once_more_waits_for_what_has_ended() {
    breaks(Defect::NoSecondLook, IDLE, two());
}

#[test]
fn a_run_that_is_skipped_without_a_second_look_misses_a_redrive() {
    breaks(Defect::SkipWithoutALook, LOST, two());
}
