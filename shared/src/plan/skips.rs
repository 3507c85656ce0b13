//! Leaving single fire times out, and taking that back. A skip is kept until no message for its time could fire any
//! more: forgetting it sooner would let a late one run.

use chrono::{DateTime, Utc};

use crate::domain::{GRACE, Invalid, Job, JobState, MAX_SKIPS, Owed, next_second};

const FIELD: &str = "fire_time";

/// The job with `fire_time` left out, or its next fire time if none is named. `None`: it is left out already.
///
/// # Errors
/// [`Invalid`] names `fire_time`: the job owes nothing then, it is past, or too many are left out.
pub fn skip(
    owed: Owed<'_>,
    fire_time: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Option<Job>, Invalid> {
    let job = owed.job;
    let fire_time = match fire_time {
        Some(named) => named,
        None => owed
            .next_fire_at(next_second(now))
            .ok_or_else(|| Invalid::new(FIELD, "has no default: the job has no next fire time"))?,
    };
    check_upcoming(fire_time, now)?;
    if job.skips.contains(&fire_time) {
        return Ok(None);
    }
    if !owed.contains(fire_time) {
        return Err(not_owed());
    }
    let mut after = pruned(job, now);
    if after.skips.len() >= MAX_SKIPS {
        return Err(Invalid::new(
            FIELD,
            "is one too many: at most 100 may be left out, those within the catch-up window included",
        ));
    }
    after.skips.insert(fire_time);
    Ok(Some(after))
}

/// The job with `fire_time` no longer left out. `None`: it is not.
///
/// # Errors
/// [`Invalid`] names `fire_time`: it is past, or no fire time of the job.
pub fn unskip(
    owed: Owed<'_>,
    fire_time: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<Job>, Invalid> {
    check_upcoming(fire_time, now)?;
    let mut after = pruned(owed.job, now);
    if after.skips.remove(&fire_time) {
        if after.state == JobState::Completed {
            after.state = JobState::Active;
        }
        Ok(Some(after))
    } else if owed.contains(fire_time) {
        Ok(None)
    } else {
        Err(not_owed())
    }
}

fn check_upcoming(fire_time: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Invalid> {
    if fire_time > now {
        Ok(())
    } else {
        Err(Invalid::new(FIELD, "lies in the past"))
    }
}

fn not_owed() -> Invalid {
    Invalid::new(FIELD, "is not a time at which the job is to fire")
}

/// The job without the skips that are too old to matter: beyond its catch-up window nothing fires.
fn pruned(job: &Job, now: DateTime<Utc>) -> Job {
    let oldest = now - job.misfire.catch_up_window_seconds.duration().max(GRACE);
    let mut pruned = job.clone();
    pruned.skips.retain(|skipped| *skipped >= oldest);
    pruned
}
