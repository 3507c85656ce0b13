//! Starts a job's chain of hints, before the job's row says that there is one: index first, commit last. A crash in
//! between leaves a hint that the membership law answers with no; the other order would leave an active job that never
//! fires.

use chrono::{DateTime, Utc};

use super::exclusions::exclusions_of;
use super::strain::pressure_now;
use super::{World, log_dispatched};
use crate::domain::{Band, DispatchMessage, ExecutionId, Job, Lane, Reason};
use crate::plan::{FirePlan, PUT_LIMIT, PlannedFire, plan_fires};
use crate::port::{
    Backlog, Clock, Deferral, Deferred, Hint, HintKind, Hints, OutgoingMessage, PortError,
    PortResult, Queues, SendAt,
};
use crate::trace;

/// Puts the hint and sends the messages that `job` owes from `from` on, `now` being the reading of the clock that the
/// job was made with. Messages of a priority that gives way at present are deferred, as the scanner's would be. Returns
/// what was owed.
pub(super) async fn launch(
    world: &impl World,
    job: &Job,
    from: DateTime<Utc>,
    now: DateTime<Utc>,
) -> PortResult<FirePlan> {
    let exclusions = exclusions_of(world, job).await?;
    let plan = plan_fires(job.owed(&exclusions), from, now);
    let hints = hint(job, &plan);
    let outgoing = messages(job, &plan);
    trace::launching(job, &hints, &outgoing);
    world.store().put_hints(&hints).await?;
    // A long attempt takes up no place of its band's: holding it back would relieve none.
    let may_wait = matches!(job.lane(), Lane::Band(Band::Normal | Band::Low));
    let may_wait = may_wait && !outgoing.is_empty();
    if may_wait && pressure_now(world).await.holds_back(job.priority) {
        let waiting: Vec<_> = outgoing
            .into_iter()
            .map(|one| wait(job, one, now))
            .collect();
        let backlog = Backlog::Capacity(job.priority.band());
        world.store().defer(&backlog, &waiting).await?;
    } else {
        world.queues().send(&outgoing).await?;
        log_dispatched(&outgoing);
    }
    within_put_limit(world, now, "launch")?;
    Ok(plan)
}

/// What is to be sent once its band takes anything again, and it is due.
fn wait(job: &Job, outgoing: OutgoingMessage, now: DateTime<Utc>) -> Deferral {
    let mut message = outgoing.message;
    message.deferred = true;
    message.kept_by = Some(Reason::Deferred);
    let window = job.misfire.catch_up_window_seconds.duration();
    Deferral {
        user: job.user.clone(),
        priority: job.priority,
        since: now,
        fires_until: Some(message.occasion.fire_time() + window),
        message,
    }
}

/// Fails if the clock was read too long ago for a hint planned then to be surely ahead of the scanner.
pub(super) fn within_put_limit(
    world: &impl World,
    read_at: DateTime<Utc>,
    operation: &'static str,
) -> PortResult<()> {
    if world.clock().now() - read_at > PUT_LIMIT {
        return Err(PortError::DeadlinePassed {
            operation,
            limit_seconds: PUT_LIMIT.num_seconds(),
        });
    }
    Ok(())
}

/// The hint at which the chain goes on, if it does.
pub(super) fn hint(job: &Job, plan: &FirePlan) -> Vec<Hint> {
    plan.hint
        .map(|at| Hint {
            at,
            job: job.id,
            kind: HintKind::Fire,
        })
        .into_iter()
        .collect()
}

/// The messages of a plan's direct part.
pub(super) fn messages(job: &Job, plan: &FirePlan) -> Vec<OutgoingMessage> {
    plan.direct.iter().map(|fire| message(job, fire)).collect()
}

fn message(job: &Job, fire: &PlannedFire) -> OutgoingMessage {
    let id = ExecutionId::scheduled(job.id, fire.fire_time);
    let mut message = DispatchMessage::new(id, 1, job.timeout_seconds);
    message.stands_for = fire.stands_for;
    OutgoingMessage {
        lane: job.lane(),
        user: Some(job.user.clone()),
        send_at: SendAt::Before(fire.fire_time),
        message,
    }
}
