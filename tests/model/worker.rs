//! The worker: claim, then read the job, then run, then finish under the claim. A message is deleted last.

use crate::defect::Defect;
use crate::system::{Action, ExecutionState, Message, Protocol, SLOTS, State};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    Idle,
    Received(Message),
    /// The defect's way: the job was read, and owes the slot, before there is a claim.
    ReadJob(Message),
    Claimed(Message, u8),
    Judged(Message, u8),
    Ran(Message, u8),
    /// Only the message is left to be deleted.
    Ended(Message),
}

impl Step {
    pub fn holds(self, slot: u8, claim: u8) -> bool {
        match self {
            Self::Claimed(message, held)
            | Self::Judged(message, held)
            | Self::Ran(message, held) => message.slot == slot && held == claim,
            _ => false,
        }
    }
}

pub fn actions(protocol: &Protocol, state: &State, actions: &mut Vec<Action>) {
    for worker in 0..protocol.workers {
        if state.workers[worker] != Step::Idle {
            actions.push(Action::WorkerStep(worker));
            if state.used.worker_crashes < protocol.faults.worker_crashes {
                actions.push(Action::WorkerCrash(worker));
            }
            continue;
        }
        for (index, message) in state.messages.iter().enumerate() {
            let is_copy = index > 0 && state.messages[index - 1] == *message;
            if is_copy || state.clock < message.slot {
                continue;
            }
            let deliver = |leave_a_copy| Action::Deliver {
                worker,
                message: index,
                leave_a_copy,
            };
            actions.push(deliver(false));
            if state.used.duplicates < protocol.faults.duplicates {
                actions.push(deliver(true));
            }
        }
    }
    if state.used.zombies < protocol.faults.zombies {
        for slot in 0..SLOTS {
            let execution = &state.executions[slot];
            if execution.state == ExecutionState::Running && execution.lease_holds {
                actions.push(Action::LeaseEnds(u8::try_from(slot).unwrap_or(0)));
            }
        }
    }
}

/// Its message comes back, and its lease runs out.
pub fn crash(state: &mut State, worker: usize) {
    state.used.worker_crashes += 1;
    let message = match std::mem::replace(&mut state.workers[worker], Step::Idle) {
        Step::Idle => return,
        Step::Received(message) | Step::ReadJob(message) | Step::Ended(message) => message,
        Step::Claimed(message, claim)
        | Step::Judged(message, claim)
        | Step::Ran(message, claim) => {
            let execution = &mut state.executions[message.slot as usize];
            if execution.state == ExecutionState::Running && execution.claim == claim {
                execution.lease_holds = false;
            }
            message
        }
    };
    state.send(message);
}

pub fn step(protocol: &Protocol, state: &mut State, worker: usize) {
    state.workers[worker] = match state.workers[worker] {
        Step::Idle | Step::Ended(_) => Step::Idle,
        Step::Received(message) if protocol.has(Defect::ReadBeforeClaim) => {
            if state.job.owes(message.slot) {
                Step::ReadJob(message)
            } else {
                Step::Idle
            }
        }
        Step::Received(message) => claim(protocol, state, message),
        Step::ReadJob(message) => match claim(protocol, state, message) {
            Step::Claimed(message, claim) => Step::Judged(message, claim),
            other => other,
        },
        Step::Claimed(message, claim) => judge(protocol, state, message, claim),
        Step::Judged(message, claim) => start(protocol, state, message, claim),
        Step::Ran(message, claim) => {
            let execution = &mut state.executions[message.slot as usize];
            if execution.state == ExecutionState::Running && execution.claim == claim {
                execution.state = ExecutionState::Done;
                execution.finishes += 1;
            }
            Step::Ended(message)
        }
    };
}

fn claim(protocol: &Protocol, state: &mut State, message: Message) -> Step {
    let job = state.job;
    let is_young = state.is_young(message);
    let fresh_claim = state.fresh_claim(message.slot);
    let execution = &mut state.executions[message.slot as usize];
    let claims = match execution.state {
        ExecutionState::None => true,
        ExecutionState::Running if execution.lease_holds => {
            state.send(message);
            return Step::Idle;
        }
        ExecutionState::Running => {
            // A take-over keeps a cancel that was asked for.
            execution.claim = fresh_claim;
            execution.lease_holds = true;
            return Step::Claimed(message, execution.claim);
        }
        ExecutionState::Skipped if !protocol.has(Defect::SkipIsFinal) => {
            let overruled = job.version > execution.judged_version && job.owes(message.slot);
            if !overruled && is_young {
                state.send(message);
                return Step::Idle;
            }
            overruled
        }
        ExecutionState::Done | ExecutionState::Skipped => false,
    };
    if !claims {
        return Step::Ended(message);
    }
    execution.state = ExecutionState::Running;
    execution.claim = fresh_claim;
    execution.lease_holds = true;
    execution.cancel_requested = false;
    Step::Claimed(message, execution.claim)
}

/// Reads the job strongly, now that the claim is on record.
fn judge(protocol: &Protocol, state: &mut State, message: Message, claim: u8) -> Step {
    if state.job.owes(message.slot) {
        return Step::Judged(message, claim);
    }
    let may_be_early = state.is_young(message) && !protocol.has(Defect::NoYoungMessageRule);
    let judged_version = state.job.version;
    let execution = &mut state.executions[message.slot as usize];
    if execution.state == ExecutionState::Running && execution.claim == claim {
        if may_be_early {
            execution.state = ExecutionState::None;
            execution.claim = 0;
            state.send(message);
        } else {
            execution.state = ExecutionState::Skipped;
            execution.judged_version = judged_version;
        }
    }
    Step::Idle
}

fn start(protocol: &Protocol, state: &mut State, message: Message, claim: u8) -> Step {
    let cancel_returned = state.cancel_returned;
    let execution = &mut state.executions[message.slot as usize];
    let holds = execution.claim == claim && execution.lease_holds;
    if !holds && !protocol.has(Defect::NoLeaseCheck) {
        return Step::Ended(message);
    }
    execution.starts += 1;
    let unflagged = cancel_returned && !execution.cancel_requested;
    state.unflagged_start |= unflagged;
    Step::Ran(message, claim)
}
