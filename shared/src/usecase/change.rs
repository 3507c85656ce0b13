//! Changes a job: edit, pause, resume, cancel. A change that makes new instants due starts their chain before it
//! commits; a cancel commits before it looks for executions to flag. In both orders a worker, which claims before it
//! reads, sees the change or is seen by it.

use chrono::{DateTime, Utc};

use super::admit::check_payload;
use super::agenda::{count_placed, place_in_edit};
use super::calendars::bind;
use super::commit::commit;
use super::dependencies::{check_unneeded, fan_out, send, tie};
use super::stop::stop;
use super::{
    Intake, RACES, RequestError, World, at_version, contended, reachable_job, reachable_present_job,
};
use crate::domain::{
    Action, Author, Caller, ExecutionState, ExpectedVersion, Job, JobId, JobRequest, JobState,
    Pause, Reason, next_second,
};
use crate::port::{Clock, Executions};
use crate::trace;

/// Replaces what the owner may say about a job; `revise` turns what was said into what is to be. History, identity and
/// creation time stay.
///
/// # Errors
/// As for a create; [`RequestError::AnotherVersion`]; and whatever `revise` refuses.
pub async fn edit(
    world: &impl World,
    intake: Intake<'_>,
    caller: &Caller,
    id: JobId,
    expected: &ExpectedVersion,
    revise: impl Fn(JobRequest) -> Result<JobRequest, RequestError> + Sync,
) -> Result<Job, RequestError> {
    let author = Author::from(caller);
    for _ in 0..RACES {
        let before = at_version(reachable_present_job(world, caller, id).await?, expected)?;
        let (asked, now) = revised(world, intake, &before, &revise).await?;
        // One that was accepted once may stay, whatever has become of the tier.
        if asked.payload != before.payload {
            check_payload(
                world,
                &intake.admission.tiers,
                &before.user,
                asked.payload_bytes(),
            )
            .await?;
        }
        let asked = bind(world, asked, Some(&before), now).await?;
        tie(world, &asked, Some(&before), now).await?;
        if let Some(job) = commit(world, (&author, Action::Edit), &before, asked, now).await? {
            if job.timetable != before.timetable {
                count_placed(world, intake.agenda, &job).await;
            }
            if job.after != before.after {
                look_anew(world, &job).await?;
            }
            return Ok(job);
        }
    }
    Ok(contended("edit")?)
}

/// Has every run of `job` that waits looked at by what the job says now. Not done, the end of its wait does.
async fn look_anew(world: &impl World, job: &Job) -> Result<(), RequestError> {
    for execution in world.store().live_executions(job.id).await? {
        if execution.state == ExecutionState::Waiting {
            send(world, job, execution.id).await?;
        }
    }
    Ok(())
}

/// `before` as `revise` would have it, and the reading of the clock that it was made with.
pub(super) async fn revised(
    world: &impl World,
    intake: Intake<'_>,
    before: &Job,
    revise: impl Fn(JobRequest) -> Result<JobRequest, RequestError>,
) -> Result<(Job, DateTime<Utc>), RequestError> {
    let request = revise(JobRequest::from_job(before)?)?;
    intake.registry.accept(&request)?;
    let place = place_in_edit(world, intake.agenda, &request, before).await;
    // Not earlier: to find a place may take a while, and hints must be put soon after the clock was read.
    let now = world.clock().now();
    Ok((request.into_edit_of_at(place, before, now)?, now))
}

/// Stops a job's occurrences from firing until it is resumed. A paused job stays paused, and takes over a new `note`.
///
/// # Errors
/// [`RequestError::Invalid`] for the note; [`RequestError::Conflict`] if the job is completed;
/// [`RequestError::AnotherVersion`].
pub async fn pause(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    expected: &ExpectedVersion,
    note: Option<&str>,
) -> Result<Job, RequestError> {
    let to = (JobState::Paused, Some(Pause::by_hand(note)?));
    set_state(world, caller, Action::Pause, id, expected, to).await
}

/// Lets a paused job's occurrences fire again, from the next second on: what fell into the pause does not fire. An
/// active job stays active; one whose last instant fell into the pause is completed.
///
/// # Errors
/// [`RequestError::Conflict`] if the job is completed; [`RequestError::AnotherVersion`].
pub async fn resume(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    expected: &ExpectedVersion,
) -> Result<Job, RequestError> {
    let to = (JobState::Active, None);
    set_state(world, caller, Action::Resume, id, expected, to).await
}

async fn set_state(
    world: &impl World,
    caller: &Caller,
    action: Action,
    id: JobId,
    expected: &ExpectedVersion,
    (state, pause): (JobState, Option<Pause>),
) -> Result<Job, RequestError> {
    let author = Author::from(caller);
    for _ in 0..RACES {
        let before = at_version(reachable_present_job(world, caller, id).await?, expected)?;
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
            let is_over = after.timetable.next(after.effective_from).is_none();
            if is_over && !after.runs_after_others_only() {
                after.state = JobState::Completed;
            }
        }
        if let Some(job) = commit(world, (&author, action), &before, after, now).await? {
            return Ok(job);
        }
    }
    Ok(contended("change of state")?)
}

/// Deletes a job: nothing further starts, what waits for a retry is canceled, what runs is asked to stop. The row stays
/// for its history. Deleting a deleted job repeats the flags, in case the first try did not get to them.
///
/// # Errors
/// [`RequestError::NotFound`], [`RequestError::AnotherVersion`], [`RequestError::Conflict`] while others run after it, or a
/// port's failure: the delete may then be sent again.
pub async fn cancel(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    expected: &ExpectedVersion,
) -> Result<Job, RequestError> {
    let author = Author::from(caller);
    for _ in 0..RACES {
        let before = at_version(reachable_job(world, caller, id).await?, expected)?;
        let now = world.clock().now();
        let job = if before.state == JobState::Canceled {
            Some(before)
        } else {
            check_unneeded(world, id).await?;
            let after = Job {
                state: JobState::Canceled,
                canceled_at: Some(now),
                ..before.clone()
            };
            commit(world, (&author, Action::Delete), &before, after, now).await?
        };
        if let Some(job) = job {
            for execution in world.store().live_executions(id).await? {
                let stopped = stop(world, execution, Reason::JobCanceled, None).await?;
                fan_out(world, &stopped, None).await?;
            }
            trace::cancel_returned(id);
            return Ok(job);
        }
    }
    Ok(contended("cancel")?)
}
