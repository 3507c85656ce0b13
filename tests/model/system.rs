//! The dispatch protocol as a state machine: one job, time in slots, everything that can crash, stall, overlap or come
//! twice. A slot stands for a minute bucket and for the one instant in it.

use stateright::{Model, Property};

use crate::defect::Defect;
use crate::{api, properties, scanner, worker};

/// Room for slots 0 to 4; nothing is due in slot 0.
pub const SLOTS: usize = 5;
/// How many slots ahead of the clock a bucket may be scanned.
pub const LOOKAHEAD: u8 = 1;
/// How many slot boundaries an operation that has read the clock may outlive: the protocol's only timing assumption.
pub const MARGIN: u8 = 1;
/// The first slot that gets a hint rather than a message, counted from the clock.
pub const HORIZON: u8 = LOOKAHEAD + MARGIN + 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    Absent,
    Active,
    Paused,
    Canceled,
}

/// The rule that gives the fire times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Schedule {
    EverySlot,
    OddSlots,
}

impl Schedule {
    pub fn has(self, slot: u8) -> bool {
        slot > 0 && (self == Self::EverySlot || slot % 2 == 1)
    }

    pub fn next(self, from: u8, last: u8) -> Option<u8> {
        (from..=last).find(|slot| self.has(*slot))
    }
}

/// The job's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Job {
    pub state: JobState,
    pub schedule: Schedule,
    pub effective_from: u8,
    pub version: u8,
}

impl Job {
    /// The membership law.
    pub fn owes(self, slot: u8) -> bool {
        self.state == JobState::Active && slot >= self.effective_from && self.schedule.has(slot)
    }
}

/// A message on the queue. Copies are equal: the queue does not tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Message {
    pub slot: u8,
    pub sent_at: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExecutionState {
    None,
    Running,
    Done,
    Skipped,
}

/// An execution's record, with counters that only the properties read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Execution {
    pub state: ExecutionState,
    pub claim: u8,
    pub lease_holds: bool,
    pub cancel_requested: bool,
    /// The job's version that a skip was judged by.
    pub judged_version: u8,
    pub starts: u8,
    pub finishes: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent fact of the state that is explored"
)]
pub struct State {
    pub clock: u8,
    /// The protocol's last slot, at hand where only the state is.
    pub last: u8,
    /// The user has done all that he will, and every message has come of age.
    pub settled: bool,
    pub job: Job,
    /// The row before its last change: what an eventually consistent read may return.
    pub stale_job: Job,
    pub hints: [bool; SLOTS],
    pub checkpoints: [bool; SLOTS],
    pub scanners: [scanner::Step; 2],
    pub messages: Vec<Message>,
    pub executions: [Execution; SLOTS],
    pub workers: [worker::Step; 2],
    pub operation: Option<api::Operation>,
    pub operations_begun: u8,
    pub created: bool,
    pub cancel_returned: bool,
    pub unflagged_start: bool,
    pub used: Faults,
}

/// Faults: how many may happen, and how many have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Faults {
    pub scanner_crashes: u8,
    pub worker_crashes: u8,
    pub api_crashes: u8,
    pub duplicates: u8,
    /// Leases that run out, and messages that come back, while their worker still works.
    pub zombies: u8,
}

/// What is checked: a configuration of the protocol, whole or with one defect.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    pub defect: Option<Defect>,
    pub scanners: usize,
    pub workers: usize,
    /// Operations by the user after the create.
    pub operations: u8,
    pub faults: Faults,
    /// Begin with the job created, rather than with its creation.
    pub job_exists: bool,
    /// Scan the buckets in any order, rather than the oldest first.
    pub any_order: bool,
    /// The last slot: 1 to 4.
    pub last: u8,
}

impl Protocol {
    pub fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// The first slot, counted from the clock, that an API operation gives a hint.
    pub fn api_horizon(&self) -> u8 {
        if self.has(Defect::HintInsideTheHorizon) {
            1
        } else {
            HORIZON
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Tick,
    /// A long while passes after the last slot, in which the user does nothing. Without it a message sent late would
    /// stay young, and come back, for ever: such a run would never end, and never be judged.
    Settle,
    Scan {
        scanner: usize,
        bucket: u8,
    },
    ScannerStep {
        scanner: usize,
        stale_read: bool,
    },
    ScannerCrash(usize),
    Deliver {
        worker: usize,
        message: usize,
        leave_a_copy: bool,
    },
    WorkerStep(usize),
    WorkerCrash(usize),
    LeaseEnds(u8),
    Begin(api::Kind),
    ApiStep,
    ApiCrash,
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let absent = Job {
            state: JobState::Absent,
            schedule: Schedule::EverySlot,
            effective_from: 0,
            version: 0,
        };
        let blank = Execution {
            state: ExecutionState::None,
            claim: 0,
            lease_holds: true,
            cancel_requested: false,
            judged_version: 0,
            starts: 0,
            finishes: 0,
        };
        let mut state = State {
            clock: 0,
            last: self.last,
            settled: false,
            job: absent,
            stale_job: absent,
            hints: [false; SLOTS],
            checkpoints: [false; SLOTS],
            scanners: [scanner::Step::Idle; 2],
            messages: Vec::new(),
            executions: [blank; SLOTS],
            workers: [worker::Step::Idle; 2],
            operation: None,
            operations_begun: 0,
            created: false,
            cancel_returned: false,
            unflagged_start: false,
            used: Faults::default(),
        };
        for slot in 0..SLOTS {
            // Nothing is due in slot 0, nor beyond the last.
            state.checkpoints[slot] = slot == 0 || slot > self.last as usize;
        }
        if self.job_exists {
            state.created = true;
            state.job = Job {
                state: JobState::Active,
                effective_from: 1,
                version: 1,
                ..absent
            };
            state.stale_job = state.job;
            let horizon = self.api_horizon();
            state.messages = (1..horizon)
                .map(|slot| Message { slot, sent_at: 0 })
                .collect();
            if horizon <= self.last {
                state.hints[horizon as usize] = true;
            }
        }
        vec![state]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let in_time = |read_at: u8| state.clock < read_at + MARGIN;
        let operation_in_time = state
            .operation
            .is_none_or(|operation| in_time(operation.begun_at));
        let may_tick = state.clock < self.last
            && state.created
            && operation_in_time
            && (self.has(Defect::AdvanceByOne) || scanner::puts_in_time(state, in_time));
        if may_tick {
            actions.push(Action::Tick);
        }
        if state.is_scanned() && !state.settled {
            actions.push(Action::Settle);
        }
        scanner::actions(self, state, actions);
        worker::actions(self, state, actions);
        api::actions(self, state, actions);
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::Tick => state.clock += 1,
            Action::Settle => {
                state.settled = true;
                state.operations_begun = self.operations;
            }
            Action::Scan { scanner, bucket } => scanner::begin(&mut state, scanner, bucket),
            Action::ScannerStep {
                scanner,
                stale_read,
            } => scanner::step(self, &mut state, scanner, stale_read),
            Action::ScannerCrash(scanner) => {
                state.scanners[scanner] = scanner::Step::Idle;
                state.used.scanner_crashes += 1;
            }
            Action::Deliver {
                worker,
                message,
                leave_a_copy,
            } => {
                let delivered = state.messages[message];
                if leave_a_copy {
                    state.used.duplicates += 1;
                } else {
                    state.messages.remove(message);
                }
                state.workers[worker] = worker::Step::Received(delivered);
            }
            Action::WorkerStep(worker) => worker::step(self, &mut state, worker),
            Action::WorkerCrash(worker) => worker::crash(&mut state, worker),
            Action::LeaseEnds(slot) => {
                state.used.zombies += 1;
                state.executions[slot as usize].lease_holds = false;
                state.send(Message { slot, sent_at: 0 });
            }
            Action::Begin(kind) => api::begin(&mut state, kind),
            Action::ApiStep => api::step(self, &mut state),
            Action::ApiCrash => {
                state.operation = None;
                state.used.api_crashes += 1;
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}

impl State {
    pub fn send(&mut self, message: Message) {
        if message.slot > self.last {
            return;
        }
        self.messages.push(message);
        // Standard queues have no order: equal multisets are equal states.
        self.messages.sort_unstable();
    }

    /// Young enough to have overtaken the commit of the change that sent it.
    pub fn is_young(&self, message: Message) -> bool {
        !self.settled && self.clock <= message.sent_at + MARGIN
    }

    /// A random claim is one that nobody holds. Which one makes no difference, so the least will do: the states stay
    /// finite without a bound.
    pub fn fresh_claim(&self, slot: u8) -> u8 {
        let recorded = self.executions[usize::from(slot)].claim;
        let is_held = |claim: u8| {
            let mut workers = self.workers.iter();
            recorded == claim || workers.any(|step| step.holds(slot, claim))
        };
        (1..u8::MAX)
            .find(|claim| !is_held(*claim))
            .unwrap_or(u8::MAX)
    }

    /// Every bucket is scanned, and nobody is about to change anything that would need another scan.
    fn is_scanned(&self) -> bool {
        self.clock == self.last
            && self.created
            && self.operation.is_none()
            && self
                .scanners
                .iter()
                .all(|step| *step == scanner::Step::Idle)
            && self.checkpoints.iter().all(|done| *done)
    }

    /// Time is over and nothing is left to do.
    pub fn is_quiescent(&self) -> bool {
        self.settled
            && self.messages.is_empty()
            && self.workers.iter().all(|step| *step == worker::Step::Idle)
    }
}
