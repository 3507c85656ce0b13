//! What must always hold, and what must be seen to happen: a check that never meets a take-over has checked none.

use stateright::{Model, Property};

use crate::system::{ExecutionState, Protocol, State};

pub const LOST: &str = "no owed instant is lost at quiescence";
pub const STARTS: &str = "there are no more starts than crashes and ended leases account for";
pub const FINISHES: &str = "an instant has at most one recorded finish";
pub const UNFLAGGED: &str = "once a cancel has returned, whatever starts is flagged";
pub const DEADLOCK: &str = "there is always something to do, short of quiescence";

pub const ALL_DONE: &str = "every instant is done";
pub const TAKEN_OVER: &str = "an execution is started twice";
pub const SKIPPED: &str = "an execution is skipped";

pub fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always(LOST, |_, state: &State| {
            let done = |slot: u8| state.executions[slot as usize].state == ExecutionState::Done;
            !state.is_quiescent()
                || (1..=state.last).all(|slot| !state.job.owes(slot) || done(slot))
        }),
        Property::always(STARTS, |_, state: &State| {
            let most = 1 + state.used.worker_crashes + state.used.zombies;
            state
                .executions
                .iter()
                .all(|execution| execution.starts <= most)
        }),
        Property::always(FINISHES, |_, state: &State| {
            state
                .executions
                .iter()
                .all(|execution| execution.finishes <= 1)
        }),
        Property::always(UNFLAGGED, |_, state: &State| !state.unflagged_start),
        Property::always(DEADLOCK, |protocol: &Protocol, state: &State| {
            let mut actions = Vec::new();
            protocol.actions(state, &mut actions);
            !actions.is_empty() || state.is_quiescent()
        }),
        Property::sometimes(ALL_DONE, |_, state: &State| {
            let done =
                |execution: &&crate::system::Execution| execution.state == ExecutionState::Done;
            state.is_quiescent()
                && state.executions.iter().filter(done).count() == usize::from(state.last)
        }),
        Property::sometimes(TAKEN_OVER, |_, state: &State| {
            state
                .executions
                .iter()
                .any(|execution| execution.starts == 2)
        }),
        Property::sometimes(SKIPPED, |_, state: &State| {
            let skipped =
                |execution: &crate::system::Execution| execution.state == ExecutionState::Skipped;
            state.executions.iter().any(skipped)
        }),
    ]
}
