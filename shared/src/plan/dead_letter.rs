//! What the dead-letter handler makes of a message. It records once and asks for a notification before it says that it
//! did: a crash in between tells twice rather than never.

use chrono::{DateTime, Utc};

use crate::domain::{
    AttemptError, DispatchMessage, Execution, ExecutionState, HeldBy, Reason, Stamp,
};
use crate::port::Expected;

/// What is to be done about a dead letter.
#[derive(Clone, Debug, PartialEq)]
pub enum Burial {
    /// The queue gave up on a message whose execution had not ended. Record it as dead, then decide again.
    RecordDead {
        /// The record to write.
        execution: Box<Execution>,
        /// What it replaces.
        expected: Expected,
    },
    /// It ended badly and nobody took note yet: tell who wants to know, then write the note.
    TellAndNote {
        /// The record with the note.
        noted: Box<Execution>,
        /// What it replaces.
        expected: Expected,
    },
    /// A worker holds it still: look again once its lease has ended.
    ComeBackAt(DateTime<Utc>),
    /// It waits for a retry whose message this letter's worker may not have sent, or it is in the hands of workers outside:
    /// do again what follows.
    FollowUp,
    /// It did not end badly, or it is noted already.
    Nothing,
}

/// Decides about a dead letter, given the present record of its execution.
pub fn bury(
    message: &DispatchMessage,
    current: Option<&Execution>,
    now: DateTime<Utc>,
    stamp: Stamp,
) -> Burial {
    let id = message.execution_id();
    let expected = Expected::from_read(current);
    match current {
        Some(held) if held.state == ExecutionState::Offered => Burial::FollowUp,
        Some(held)
            if held.state == ExecutionState::Running
                && held.lease_until > Some(now)
                && held.offer.is_some() =>
        {
            Burial::FollowUp
        }
        // It waits elsewhere: what has died is a copy of its message.
        Some(held) if held.state == ExecutionState::Held && !was_let_go(held, message) => {
            Burial::Nothing
        }
        Some(held) if held.state == ExecutionState::Running && held.lease_until > Some(now) => {
            Burial::ComeBackAt(held.lease_until.unwrap_or(now))
        }
        Some(ended) if ended.state.is_terminal() => match ended.state {
            ExecutionState::Failed | ExecutionState::Dead if ended.dead_lettered_at.is_none() => {
                let noted = Execution {
                    dead_lettered_at: Some(now),
                    ..ended.clone().stamped(stamp)
                };
                Burial::TellAndNote {
                    noted: Box::new(noted),
                    expected,
                }
            }
            _ => Burial::Nothing,
        },
        Some(waiting)
            if waiting.state == ExecutionState::RetryWait && message.attempt <= waiting.attempt =>
        {
            Burial::FollowUp
        }
        unfinished => {
            let mut execution = unfinished.map_or_else(
                || Execution::new(id, ExecutionState::Dead, stamp),
                |execution| execution.clone().stamped(stamp),
            );
            execution.state = ExecutionState::Dead;
            execution.reason = Some(Reason::RedeliveryExhausted);
            execution.finished_at = Some(now);
            execution.retry_at = None;
            execution.claim = None;
            execution.lease_until = None;
            execution.held = None;
            execution.push_error(AttemptError {
                attempt: execution.attempt,
                reason: Reason::RedeliveryExhausted,
                detail: "the queue handed the message over as often as it may, and no worker finished it".into(),
            });
            Burial::RecordDead {
                execution: Box::new(execution),
                expected,
            }
        }
    }
}

/// Whether `message` is what the hold of `held` let it go by: nothing else will ask for it.
fn was_let_go(held: &Execution, message: &DispatchMessage) -> bool {
    let by_its_hold = |by: &HeldBy| message.released_by.contains(&by.hold);
    message.attempt > held.attempt && held.held.as_ref().is_some_and(by_its_hold)
}
