//! What is told, when, and in which words. Everything that leaves the house is written here, each channel in its own
//! escaping, so that no job's name can do more than be read.

mod digest;
mod hook;
mod pace;
mod words;

pub use digest::{Digest, digest, digest_parcel};
pub use hook::{NoSuchSecret, Revealed};
pub use pace::{ALONE, DIGEST_DELAY, Place, pace_minute, place};
pub use words::{notice_parcel, one_line};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{Execution, ExecutionState, Job, JobState, NotifyOn, Reason};

/// One thing to tell of one execution.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice<'a> {
    /// What happened.
    pub event: NotifyOn,
    /// After which attempt.
    pub attempt: u32,
    /// To which job.
    pub job: &'a Job,
    /// In which execution, by its present record.
    pub execution: &'a Execution,
}

/// What a worker has to announce once the end of `execution` is on record; it may be asked again. Bad ends are not among
/// it: they are the dead-letter handler's.
pub fn to_announce(job: &Job, execution: &Execution) -> Vec<NotifyOn> {
    let Some(notify) = &job.notify else {
        return Vec::new();
    };
    let mut events = Vec::new();
    if execution.state == ExecutionState::Succeeded {
        events.push(NotifyOn::Succeeded);
    }
    if late_by(execution).is_some_and(|late| late > notify.late_after()) {
        events.push(NotifyOn::Late);
    }
    events.retain(|event| notify.wants(*event));
    events
}

/// What the dead-letter handler has to announce of `ended`; it may be asked again. That the job paused itself is told by
/// the execution that was one too many, which is known by the change that it made.
pub fn to_announce_of_death(job: &Job, ended: &Execution) -> Vec<NotifyOn> {
    let Some(notify) = &job.notify else {
        return Vec::new();
    };
    let paused = job.state == JobState::Paused
        && job.pause.as_ref().is_some_and(|pause| pause.automatic)
        && job.change.request_id == ended.id.to_string();
    let death = NotifyOn::of(ended.state).filter(|event| event.is_death());
    let events = death.into_iter().chain(paused.then_some(NotifyOn::Paused));
    events.filter(|event| notify.wants(*event)).collect()
}

/// The number of the attempt that stands for `event` in messages and marks. A late start happens once, whatever comes
/// after it.
pub fn attempt_of(event: NotifyOn, execution: &Execution) -> u32 {
    match event {
        NotifyOn::Late => 0,
        _ => execution.attempt,
    }
}

/// How late an execution that has ended started; or how late it was when it was found too late to start at all.
pub fn late_by(ended: &Execution) -> Option<TimeDelta> {
    let never_began =
        ended.state == ExecutionState::Skipped && ended.reason == Some(Reason::Misfire);
    let began_at: Option<DateTime<Utc>> = if never_began {
        ended.finished_at
    } else {
        ended.started_at.filter(|_| ended.state.is_terminal())
    };
    Some(began_at? - ended.could_start_at())
}
