//! Changes a job: edit, pause, resume, cancel. A change that makes new instants due starts their chain before it
//! commits; a cancel commits before it looks for executions to flag. In both orders a worker, which claims before it
//! reads, sees the change or is seen by it.

use chrono::{DateTime, Utc};

use super::calendars::bind;
use super::launch::{launch, within_put_limit};
use super::{RACES, RequestError, World, contended, reachable_job, reachable_present_job};
use crate::domain::{
    Caller, Execution, ExecutionState, Job, JobId, JobRequest, JobState, Pause, Reason, Stamp,
    next_second,
};
use crate::jobtype::Registry;
use crate::port::{Clock, Entropy, Executions, Expected, JobPut, Jobs, PortResult, Put};

/// Replaces what the owner may say about a job; `revise` turns what was said into what is to be. History, identity and
/// creation time stay.
///
/// # Errors
/// As for a create; and whatever `revise` refuses.
pub async fn edit(
    world: &impl World,
    registry: &Registry,
    caller: &Caller,
    id: JobId,
    revise: impl Fn(JobRequest) -> Result<JobRequest, RequestError> + Sync,
) -> Result<Job, RequestError> {
    for _ in 0..RACES {
        let before = reachable_present_job(world, caller, id).await?;
        let now = world.clock().now();
        let asked = revised(registry, &before, &revise, now)?;
        let asked = bind(world, asked, Some(&before), now).await?;
        if let Some(job) = commit(world, &before, asked, now).await? {
            return Ok(job);
        }
    }
    Ok(contended("edit")?)
}

/// `before` as `revise` would have it.
pub(super) fn revised(
    registry: &Registry,
    before: &Job,
    revise: impl Fn(JobRequest) -> Result<JobRequest, RequestError>,
    now: DateTime<Utc>,
) -> Result<Job, RequestError> {
    let request = revise(JobRequest::from_job(before)?)?;
    registry.validate(&request.job_type, &request.payload)?;
    Ok(request.into_edit_of(before, now)?)
}

/// Stops a job's occurrences from firing until it is resumed. A paused job stays paused, and takes over a new `note`.
///
/// # Errors
/// [`RequestError::Invalid`] for the note; [`RequestError::Conflict`] if the job is completed.
pub async fn pause(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    note: Option<&str>,
) -> Result<Job, RequestError> {
    let pause = Pause::by_hand(note)?;
    set_state(world, caller, id, JobState::Paused, Some(pause)).await
}

/// Lets a paused job's occurrences fire again, from the next second on: what fell into the pause does not fire. An
/// active job stays active; one whose last instant fell into the pause is completed.
///
/// # Errors
/// [`RequestError::Conflict`] if the job is completed.
pub async fn resume(world: &impl World, caller: &Caller, id: JobId) -> Result<Job, RequestError> {
    set_state(world, caller, id, JobState::Active, None).await
}

async fn set_state(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    state: JobState,
    pause: Option<Pause>,
) -> Result<Job, RequestError> {
    for _ in 0..RACES {
        let before = reachable_present_job(world, caller, id).await?;
        let says_nothing_new = match &pause {
            Some(Pause { note: Some(_), .. }) => before.pause == pause,
            _ => true,
        };
        if before.state == state && says_nothing_new {
            return Ok(before);
        }
        if before.state == JobState::Completed {
            return Err(RequestError::Conflict(
                "the job is completed: it has no further fire times".to_owned(),
            ));
        }
        let now = world.clock().now();
        let mut after = Job {
            state,
            pause: pause.clone(),
            ..before.clone()
        };
        if state == JobState::Active {
            after.effective_from = next_second(now);
            if after.timetable.next(after.effective_from).is_none() {
                after.state = JobState::Completed;
            }
        }
        if let Some(job) = commit(world, &before, after, now).await? {
            return Ok(job);
        }
    }
    Ok(contended("change of state")?)
}

/// Writes `after` over `before`, its chain started first where the change calls for one. `None`: the race is lost.
pub(super) async fn commit(
    world: &impl World,
    before: &Job,
    after: Job,
    now: DateTime<Utc>,
) -> PortResult<Option<Job>> {
    let after = Job {
        version: before.version + 1,
        updated_at: now,
        ..after
    };
    let starts_chain = after.state == JobState::Active
        && (before.state != JobState::Active || before.timetable != after.timetable);
    if starts_chain {
        launch(world, &after, after.effective_from, now).await?;
    }
    within_put_limit(world, now, "commit")?;
    let put = world.store().put_job(&after).await?;
    Ok((put == JobPut::Written).then_some(after))
}

/// Deletes a job: nothing further starts, what waits for a retry is canceled, what runs is asked to stop. The row stays
/// for its history. Deleting a deleted job repeats the flags, in case the first try did not get to them.
///
/// # Errors
/// [`RequestError::NotFound`], or a port's failure: the delete may then be sent again.
pub async fn cancel(world: &impl World, caller: &Caller, id: JobId) -> Result<Job, RequestError> {
    for _ in 0..RACES {
        let before = reachable_job(world, caller, id).await?;
        let now = world.clock().now();
        let job = if before.state == JobState::Canceled {
            Some(before)
        } else {
            let after = Job {
                state: JobState::Canceled,
                canceled_at: Some(now),
                ..before.clone()
            };
            commit(world, &before, after, now).await?
        };
        if let Some(job) = job {
            for execution in world.store().live_executions(id).await? {
                stop(world, execution, Reason::JobCanceled).await?;
            }
            return Ok(job);
        }
    }
    Ok(contended("cancel")?)
}

/// Cancels an execution that waits for a retry; flags one that runs. Leaves one that has ended as it is.
pub(super) async fn stop(
    world: &impl World,
    mut execution: Execution,
    reason: Reason,
) -> PortResult<Execution> {
    for _ in 0..RACES {
        let stamp = Stamp(world.entropy().next_u64());
        let stopped = match execution.state {
            ExecutionState::Running if !execution.cancel_requested => Execution {
                cancel_requested: true,
                ..execution.clone().stamped(stamp)
            },
            ExecutionState::RetryWait => Execution {
                state: ExecutionState::Canceled,
                reason: Some(reason),
                retry_at: None,
                finished_at: Some(world.clock().now()),
                ..execution.clone().stamped(stamp)
            },
            _ => return Ok(execution),
        };
        let expected = Expected::Stamp(execution.stamp);
        match world.store().put_execution(&stopped, expected).await? {
            Put::Written => return Ok(stopped),
            Put::Refused(Some(current)) => execution = *current,
            Put::Refused(None) => return Ok(execution),
        }
    }
    contended("stop")
}
