//! The scanner: read the bucket, put the next hint, send what is due, checkpoint. In this order.

use crate::defect::Defect;
use crate::system::{Action, HORIZON, JobState, LOOKAHEAD, Message, Protocol, Schedule, State};

/// What is due from a bucket on, planned from one reading of the clock and the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Plan {
    pub bucket: u8,
    pub read_at: u8,
    pub schedule: Schedule,
    pub effective_from: u8,
    pub hint: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    Idle,
    ReadBucket {
        bucket: u8,
        has_hint: bool,
    },
    Planned(Plan),
    HintPut(Plan),
    Sent {
        bucket: u8,
    },
    /// The defect's way: everything but the message is done.
    CheckpointedUnsent(Plan),
}

pub fn actions(protocol: &Protocol, state: &State, actions: &mut Vec<Action>) {
    for scanner in 0..protocol.scanners {
        let step = state.scanners[scanner];
        if step == Step::Idle {
            let scannable = (1..=state.last).filter(|bucket| {
                *bucket <= state.clock + LOOKAHEAD && !state.checkpoints[*bucket as usize]
            });
            let choices = if protocol.any_order {
                usize::from(state.last)
            } else {
                1
            };
            let scans = scannable
                .take(choices)
                .map(|bucket| Action::Scan { scanner, bucket });
            actions.extend(scans);
            continue;
        }
        actions.push(Action::ScannerStep {
            scanner,
            stale_read: false,
        });
        let reads_job = matches!(step, Step::ReadBucket { has_hint: true, .. });
        if protocol.has(Defect::DropOnAStaleRead) && reads_job {
            actions.push(Action::ScannerStep {
                scanner,
                stale_read: true,
            });
        }
        if state.used.scanner_crashes < protocol.faults.scanner_crashes {
            actions.push(Action::ScannerCrash(scanner));
        }
    }
}

/// Whether every planned hint is put within the margin of the clock's reading.
pub fn puts_in_time(state: &State, in_time: impl Fn(u8) -> bool) -> bool {
    state.scanners.iter().all(|step| match step {
        Step::Planned(plan) => in_time(plan.read_at),
        _ => true,
    })
}

pub fn begin(state: &mut State, scanner: usize, bucket: u8) {
    let has_hint = state.hints[bucket as usize];
    state.scanners[scanner] = Step::ReadBucket { bucket, has_hint };
}

pub fn step(protocol: &Protocol, state: &mut State, scanner: usize, stale_read: bool) {
    state.scanners[scanner] = match state.scanners[scanner] {
        Step::Idle => Step::Idle,
        Step::ReadBucket {
            bucket,
            has_hint: false,
        } => Step::Sent { bucket },
        Step::ReadBucket {
            bucket,
            has_hint: true,
        } => read_job(protocol, state, bucket, stale_read),
        Step::Planned(plan) => {
            put_hint(state, plan);
            if protocol.has(Defect::CheckpointBeforeSend) {
                state.checkpoints[plan.bucket as usize] = true;
                Step::CheckpointedUnsent(plan)
            } else {
                Step::HintPut(plan)
            }
        }
        Step::HintPut(plan) => {
            send(protocol, state, plan);
            Step::Sent {
                bucket: plan.bucket,
            }
        }
        Step::CheckpointedUnsent(plan) => {
            send(protocol, state, plan);
            Step::Idle
        }
        Step::Sent { bucket } => {
            state.checkpoints[bucket as usize] = true;
            Step::Idle
        }
    };
}

/// A hint whose job does not fire is dropped. One that the schedule no longer has still asks what is owed from there on.
fn read_job(protocol: &Protocol, state: &State, bucket: u8, stale_read: bool) -> Step {
    let job = if stale_read {
        state.stale_job
    } else {
        state.job
    };
    if job.state != JobState::Active {
        return Step::Sent { bucket };
    }
    let horizon = if protocol.has(Defect::AdvanceByOne) {
        bucket + 1
    } else {
        state.clock + HORIZON
    };
    Step::Planned(Plan {
        bucket,
        read_at: state.clock,
        schedule: job.schedule,
        effective_from: job.effective_from,
        hint: job
            .schedule
            .next(horizon.max(bucket + 1).max(job.effective_from), state.last),
    })
}

fn put_hint(state: &mut State, plan: Plan) {
    if let Some(slot) = plan.hint {
        state.hints[slot as usize] = true;
    }
}

/// Sends everything owed from the bucket up to the horizon, or to the bucket itself if that lies further.
fn send(protocol: &Protocol, state: &mut State, plan: Plan) {
    let end = if protocol.has(Defect::AdvanceByOne) {
        plan.bucket + 1
    } else {
        (plan.read_at + HORIZON).max(plan.bucket + 1)
    };
    for slot in plan.bucket..end {
        if plan.schedule.has(slot) && slot >= plan.effective_from {
            let sent_at = state.clock;
            state.send(Message { slot, sent_at });
        }
    }
}
