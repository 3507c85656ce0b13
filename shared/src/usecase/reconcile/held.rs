//! Finds what is held for ever: its record says so, and its hold does not know of it. The entry was let go, and its message
//! was lost.

use chrono::{DateTime, Utc};

use crate::domain::{DispatchMessage, Execution, ExecutionState, Job};
use crate::port::{Backlog, Deferral, Deferred, PortResult};
use crate::usecase::World;

/// Whether `execution` has been held since before `overdue`, and has no entry in the backlog of its hold. It was put there
/// at the priority of one of `rows`: the job as it was then, or is now.
pub(super) async fn is_forgotten(
    world: &impl World,
    rows: &[&Job],
    execution: &Execution,
    overdue: DateTime<Utc>,
) -> PortResult<bool> {
    let Some(held) = &execution.held else {
        return Ok(false);
    };
    if execution.state != ExecutionState::Held || held.since >= overdue {
        return Ok(false);
    }
    let backlog = Backlog::Hold(held.hold);
    for job in rows {
        let entry = Deferral {
            user: job.user.clone(),
            priority: job.priority,
            message: DispatchMessage::new(execution.id, execution.attempt + 1, job.timeout_seconds),
            since: held.since,
            fires_until: None,
        };
        if world.store().is_deferred(&backlog, &entry).await? {
            return Ok(false);
        }
    }
    Ok(true)
}
