//! Which of a job's occurrences go straight to the queue, and where the chain of hints goes on. One function for the
//! API, the scanner and catch-up: nobody ever puts a hint into a bucket that a scanner may already be reading.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{GRACE, Minute, MisfirePolicy, Owed};

/// Minutes ahead of the present one that belong to the direct window. Two more than the scanner's look-ahead: a hint
/// put within [`PUT_LIMIT`] of reading the clock lands at least 40 s before its bucket becomes scannable.
const DIRECT_MINUTES: i64 = 5;

/// How long after reading `now` a hint may still be put. The protocol's only timing assumption.
pub const PUT_LIMIT: TimeDelta = TimeDelta::seconds(20);

/// How many misfires one plan sends under `fire_all`, the newest; older ones are counted, not sent.
const MAX_MISFIRES: usize = 1_000;

/// Where counting missed occurrences ends: a count this high means "at least".
pub(super) const MAX_COUNTED: usize = 10_000;

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

/// Plans what is owed from `from` on, as seen at `now`. Nothing, unless the job is active. The hint lies at the next
/// fire time of the timetable, owed or not: a skip that is taken back, or a calendar that changes, finds its chain alive.
pub fn plan_fires(owed: Owed<'_>, from: DateTime<Utc>, now: DateTime<Utc>) -> FirePlan {
    let job = owed.job;
    if !job.fires() {
        return FirePlan::default();
    }
    let from = from.max(job.effective_from);
    let horizon = horizon(now);
    let missed_until = (now - GRACE).max(from);
    let mut direct = missed(owed, from, missed_until);
    direct.extend(
        owed.between(missed_until, horizon)
            .map(|fire_time| PlannedFire {
                fire_time,
                stands_for: None,
            }),
    );
    FirePlan {
        direct,
        hint: job.timetable.next(horizon.max(from)),
    }
}

/// The misfires to send, oldest first. Under `fire_latest` and `skip` it is the latest alone: the worker, which judges
/// lateness in any case, runs it or records why it did not.
fn missed(owed: Owed<'_>, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<PlannedFire> {
    let keep = match owed.job.misfire.policy {
        MisfirePolicy::FireAll => MAX_MISFIRES,
        MisfirePolicy::FireLatest | MisfirePolicy::Skip => 1,
    };
    let kept = owed.newest(from, until, keep);
    let Some(&oldest) = kept.first() else {
        return Vec::new();
    };
    let older = owed.between(from, oldest).take(MAX_COUNTED).count();
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
