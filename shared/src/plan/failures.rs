//! Whether a job has failed too often in a row. Asked on a bad end only, of records that exist in any case: a run that
//! goes well costs nothing for it.

use crate::domain::{Execution, ExecutionState, Job, JobState, Pause};

/// The job, paused, if its latest executions ended badly as often in a row as it allows. `latest` are its executions,
/// latest fire time first. Runs asked for by hand do not count, and what never ran, or was canceled, neither counts nor
/// ends the row. What was due before the job's present start does not count either: a resume begins anew.
pub fn pause_for_failures(job: &Job, latest: &[Execution]) -> Option<Job> {
    let limit = job.pause_after_failures?;
    if job.state != JobState::Active {
        return None;
    }
    let row = latest
        .iter()
        .filter(|execution| counts(job, execution))
        .take(usize::try_from(limit).unwrap_or(usize::MAX));
    let mut failures = 0;
    for execution in row {
        if execution.state == ExecutionState::Succeeded {
            return None;
        }
        failures += 1;
    }
    (failures >= limit).then(|| Job {
        state: JobState::Paused,
        pause: Some(Pause::automatic(limit)),
        ..job.clone()
    })
}

/// Whether an execution that ended like this is one for the row.
fn counts(job: &Job, execution: &Execution) -> bool {
    use ExecutionState::{Dead, Failed, Succeeded};
    let occasion = execution.id.occasion;
    occasion.is_scheduled()
        && occasion.fire_time() >= job.effective_from
        && matches!(execution.state, Succeeded | Failed | Dead)
}

/// Whether the bad end of `execution` can be the one that pauses `job`.
pub fn may_pause(job: &Job, execution: &Execution) -> bool {
    job.pause_after_failures.is_some() && job.state == JobState::Active && counts(job, execution)
}

/// How many of the latest executions to read: enough for the row with some that do not count in between.
pub fn look_back(job: &Job) -> usize {
    let limit = job.pause_after_failures.unwrap_or(0);
    20 + 4 * usize::try_from(limit).unwrap_or(0)
}
