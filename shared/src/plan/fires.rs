//! Which of a job's occurrences go straight to the queue, and where the chain of hints goes on. One function for the
//! API, the scanner and catch-up: nobody ever puts a hint into a bucket that a scanner may already be reading.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{GRACE, Job, Minute, MisfirePolicy};

/// Minutes ahead of the present one that belong to the direct window. Two more than the scanner's look-ahead: a hint
/// put within [`PUT_LIMIT`] of reading the clock lands at least 40 s before its bucket becomes scannable.
const DIRECT_MINUTES: i64 = 5;

/// How long after reading `now` a hint may still be put. The protocol's only timing assumption.
pub const PUT_LIMIT: TimeDelta = TimeDelta::seconds(20);

/// How many misfires one plan sends under `fire_all`, the newest; older ones are counted, not sent.
const MAX_MISFIRES: usize = 1_000;

/// Where counting missed occurrences ends: a count this high means "at least".
const MAX_COUNTED: usize = 10_000;

/// An occurrence for the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedFire {
    /// Its fire time.
    pub fire_time: DateTime<Utc>,
    /// How many missed occurrences it stands for, itself included. `None` if it is not a misfire.
    pub stands_for: Option<u32>,
}

/// What a job owes from some instant on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirePlan {
    /// For the queue now, in the order of time.
    pub direct: Vec<PlannedFire>,
    /// Where the chain goes on: the first occurrence at or after the horizon.
    pub hint: Option<DateTime<Utc>>,
}

/// The end, exclusive, of the direct window at `now`.
pub fn horizon(now: DateTime<Utc>) -> DateTime<Utc> {
    Minute::of(now).plus(DIRECT_MINUTES).start()
}

/// Plans what `job` owes from `from` on, as seen at `now`. Nothing, unless the job is active.
pub fn plan_fires(job: &Job, from: DateTime<Utc>, now: DateTime<Utc>) -> FirePlan {
    if !job.fires() {
        return FirePlan::default();
    }
    let from = from.max(job.effective_from);
    let horizon = horizon(now);
    let missed_until = (now - GRACE).max(from);
    let mut direct = missed(job, from, missed_until);
    direct.extend(
        job.schedule
            .between(missed_until, horizon)
            .map(|fire_time| PlannedFire {
                fire_time,
                stands_for: None,
            }),
    );
    FirePlan {
        direct,
        hint: job.schedule.next(horizon.max(from)),
    }
}

/// The misfires to send, oldest first. Under `fire_latest` and `skip` it is the latest alone: the worker, which judges
/// lateness in any case, runs it or records why it did not.
fn missed(job: &Job, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<PlannedFire> {
    let schedule = &job.schedule;
    let keep = match job.misfire.policy {
        MisfirePolicy::FireAll => MAX_MISFIRES,
        MisfirePolicy::FireLatest | MisfirePolicy::Skip => 1,
    };
    let kept = schedule.newest(from, until, keep);
    let Some(&oldest) = kept.first() else {
        return Vec::new();
    };
    let older = schedule.between(from, oldest).take(MAX_COUNTED).count();
    kept.into_iter()
        .enumerate()
        .map(|(index, fire_time)| PlannedFire {
            fire_time,
            stands_for: Some(
                u32::try_from(if index == 0 { older + 1 } else { 1 }).unwrap_or(u32::MAX),
            ),
        })
        .collect()
}
