//! The API's operations: hint first, then messages, then the row; a cancel flags what runs only after its row.

use crate::defect::Defect;
use crate::system::{Action, ExecutionState, Job, JobState, Message, Protocol, Schedule, State};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Create,
    Pause,
    Resume,
    Edit,
    Cancel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    pub kind: Kind,
    pub begun_at: u8,
    done: u8,
    version_read: u8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Hint,
    Send,
    Commit,
    FlagRunning,
}

impl Operation {
    fn phase(self, protocol: &Protocol) -> Phase {
        use Phase::{Commit, FlagRunning, Hint, Send};
        let order = if protocol.has(Defect::CommitFirst) {
            [Commit, Hint, Send, FlagRunning]
        } else {
            [Hint, Send, Commit, FlagRunning]
        };
        order[self.done as usize]
    }

    /// The row that it wants to commit.
    fn row(self, job: Job) -> Job {
        let effective_from = self.begun_at + 1;
        match self.kind {
            Kind::Create => Job {
                state: JobState::Active,
                schedule: Schedule::EverySlot,
                effective_from,
                version: 0,
            },
            Kind::Pause => Job {
                state: JobState::Paused,
                ..job
            },
            Kind::Cancel => Job {
                state: JobState::Canceled,
                ..job
            },
            Kind::Resume => Job {
                state: JobState::Active,
                effective_from,
                ..job
            },
            Kind::Edit => Job {
                schedule: Schedule::OddSlots,
                effective_from,
                ..job
            },
        }
    }

    fn starts_chain(self) -> bool {
        matches!(self.kind, Kind::Create | Kind::Resume | Kind::Edit)
    }
}

pub fn actions(protocol: &Protocol, state: &State, actions: &mut Vec<Action>) {
    if state.operation.is_some() {
        actions.push(Action::ApiStep);
        if state.used.api_crashes < protocol.faults.api_crashes {
            actions.push(Action::ApiCrash);
        }
        return;
    }
    if !state.created {
        actions.push(Action::Begin(Kind::Create));
    } else if state.operations_begun < protocol.operations {
        let kinds: &[Kind] = match (state.job.state, state.job.schedule) {
            (JobState::Active, Schedule::EverySlot) => &[Kind::Pause, Kind::Cancel, Kind::Edit],
            (JobState::Active, Schedule::OddSlots) => &[Kind::Pause, Kind::Cancel],
            (JobState::Paused, _) => &[Kind::Resume, Kind::Cancel],
            (JobState::Absent | JobState::Canceled, _) => &[],
        };
        actions.extend(kinds.iter().map(|kind| Action::Begin(*kind)));
    }
}

pub fn begin(state: &mut State, kind: Kind) {
    if kind == Kind::Create {
        state.created = true;
    } else {
        state.operations_begun += 1;
    }
    state.operation = Some(Operation {
        kind,
        begun_at: state.clock,
        done: 0,
        version_read: state.job.version,
    });
}

pub fn step(protocol: &Protocol, state: &mut State) {
    let Some(mut operation) = state.operation else {
        return;
    };
    let row = operation.row(state.job);
    let horizon = operation.begun_at + protocol.api_horizon();
    match operation.phase(protocol) {
        Phase::Hint if operation.starts_chain() => {
            if let Some(slot) = row.schedule.next(horizon, state.last) {
                state.hints[slot as usize] = true;
            }
        }
        Phase::Send if operation.starts_chain() => {
            for slot in operation.begun_at + 1..horizon {
                if row.schedule.has(slot) {
                    let sent_at = state.clock;
                    state.send(Message { slot, sent_at });
                }
            }
        }
        Phase::Commit => {
            if state.job.version != operation.version_read {
                state.operation = None;
                return;
            }
            state.stale_job = state.job;
            state.job = Job {
                version: state.job.version + 1,
                ..row
            };
        }
        Phase::FlagRunning if operation.kind == Kind::Cancel => {
            for execution in &mut state.executions {
                execution.cancel_requested |= execution.state == ExecutionState::Running;
            }
            state.cancel_returned = true;
        }
        Phase::Hint | Phase::Send | Phase::FlagRunning => {}
    }
    operation.done += 1;
    state.operation = (operation.done < 4).then_some(operation);
}
