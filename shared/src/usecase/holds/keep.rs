//! Puts what is held where its hold lets it go from. The entry comes first, the record second: an entry too many asks
//! for what is judged anew, a record without one would wait for ever.

use super::super::World;
use crate::domain::{DispatchMessage, Execution, Hold, Job, Reason};
use crate::plan::fires_until;
use crate::port::{Backlog, Clock, Deferral, Deferred, PortResult};

/// Remembers `claimed`, an execution of `job`, in the backlog of `hold`. `message` is what asked for it.
pub(in crate::usecase) async fn remember(
    world: &impl World,
    hold: &Hold,
    job: &Job,
    claimed: &Execution,
    message: &DispatchMessage,
) -> PortResult<()> {
    let mut message = message.clone();
    message.attempt = claimed.attempt;
    message.waits = 0;
    // Its lateness is not the job's; if it is too late in the end, the hold is to answer for that.
    message.deferred = true;
    message.kept_by = Some(Reason::Held);
    message.released_at = None;
    let entry = Deferral {
        user: job.user.clone(),
        priority: job.priority,
        message,
        since: world.clock().now(),
        fires_until: fires_until(claimed, job),
    };
    let backlog = Backlog::Hold(hold.id);
    world.store().defer(&backlog, &[entry]).await
}
