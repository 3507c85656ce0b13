//! The herd: hourly jobs of four types, made from a seed and stored as if they had been created long before, so it is the
//! scheduler that is measured, and not how fast this machine creates jobs.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use punctual::aws::AwsPorts;
use punctual::domain::{Exclusions, Job, JobId, JobRequest, UserId};
use punctual::port::{Hint, HintKind, Hints, Jobs, Put};
use punctual_local::HostError;
use serde_json::json;

use crate::mix::Mix;
use crate::seed::Seeded;

/// What the jobs do, as the brief names it. Each is a path of the target.
pub const TYPES: [&str; 4] = ["data-sync", "email-sender", "report-generator", "cleanup"];

/// To how many users the jobs belong.
pub const USERS: usize = 100;

/// How long the target works for a job, in milliseconds.
const WORK_MS: (u64, u64) = (100, 200);

/// Writes under way at once, while the herd is stored.
const WRITERS: usize = 16;

/// When the jobs are due, from the minute of the herd on.
#[derive(Clone, Debug)]
pub enum Due {
    /// All at the same second.
    AtOnce(usize),
    /// Each at a second of its own within so many.
    Spread {
        /// How many jobs.
        jobs: usize,
        /// The window that they share.
        seconds: u32,
    },
    /// So many at the full minute, for minutes in a row.
    ByMinute(Mix),
}

impl Due {
    /// How many jobs there are.
    pub fn jobs(&self) -> usize {
        match self {
            Self::AtOnce(jobs) | Self::Spread { jobs, .. } => *jobs,
            Self::ByMinute(mix) => mix.jobs(),
        }
    }

    /// How long behind the herd's minute the last of them is due, at most.
    pub fn lasts(&self) -> TimeDelta {
        match self {
            Self::AtOnce(_) => TimeDelta::zero(),
            Self::Spread { seconds, .. } => TimeDelta::seconds(i64::from(*seconds)),
            Self::ByMinute(mix) => TimeDelta::minutes(i64::try_from(mix.0.len()).unwrap_or(60) - 1),
        }
    }

    /// The minute, behind the herd's, at which each job is due, or from which on it is spread.
    fn minutes(&self) -> Vec<i64> {
        match self {
            Self::AtOnce(jobs) | Self::Spread { jobs, .. } => vec![0; *jobs],
            Self::ByMinute(mix) => (0..)
                .zip(&mix.0)
                .flat_map(|(minute, (_, jobs))| vec![minute; *jobs])
                .collect(),
        }
    }

    fn spread_seconds(&self) -> u32 {
        match self {
            Self::Spread { seconds, .. } => *seconds,
            Self::AtOnce(_) | Self::ByMinute(_) => 0,
        }
    }
}

/// A job, and the one time at which it is due while it is watched.
#[derive(Clone, Debug)]
pub struct Member {
    /// The job.
    pub job: Job,
    /// Its fire time.
    pub due: DateTime<Utc>,
}

/// The name of a user of the herd.
pub fn user(number: usize) -> String {
    format!("user-{}", number % USERS)
}

/// Makes the herd of `seed` that is due from `at` on, a full minute, by calls to the target at `target`.
pub fn herd(
    due: &Due,
    at: DateTime<Utc>,
    target: &str,
    seed: u64,
) -> Result<Vec<Member>, HostError> {
    let mut seeded = Seeded::new(seed);
    let minutes = due.minutes();
    (0..)
        .zip(minutes)
        .map(|(number, minute)| {
            let fires_from = at + TimeDelta::minutes(minute);
            let job_type = TYPES[number % TYPES.len()];
            let work_ms = seeded.within(WORK_MS.0, WORK_MS.1);
            let request: JobRequest = serde_json::from_value(json!({
                "name": format!("{job_type} {number}"),
                "job_type": "http",
                "payload": { "url": format!("{target}/{job_type}?job={number}&work_ms={work_ms}") },
                "spread_seconds": due.spread_seconds(),
                "schedule": {
                    "kind": "cron",
                    "expression": format!("{} * * * *", fires_from.minute()),
                },
            }))?;
            let id = JobId::from_random(seeded.next_u128());
            // Active from the herd's minute on: the hour's one fire time is all that it owes.
            let created_at = at - TimeDelta::seconds(1);
            let job = request.into_job(id, UserId::new(&user(number))?, created_at)?;
            let due = job.owed(&Exclusions::default()).next(fires_from);
            let due = due.ok_or("an hourly job is never due")?;
            Ok(Member { job, due })
        })
        .collect()
}

/// Stores jobs, with the hints by which the scanner finds them.
pub async fn store(ports: &AwsPorts, herd: &[Member]) -> Result<(), HostError> {
    stream::iter(herd)
        .map(|member| async move {
            let hint = Hint {
                at: member.due,
                job: member.job.id,
                kind: HintKind::Fire,
            };
            ports.store.put_hints(&[hint]).await?;
            match ports.store.put_job(&member.job).await? {
                Put::Written => Ok(()),
                Put::Refused(_) => Err(HostError::from("a job is there already")),
            }
        })
        .buffer_unordered(WRITERS)
        .try_collect::<Vec<()>>()
        .await?;
    Ok(())
}

/// When each job is due.
pub fn fire_times(herd: &[Member]) -> HashMap<JobId, DateTime<Utc>> {
    herd.iter()
        .map(|member| (member.job.id, member.due))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn at() -> DateTime<Utc> {
        "2026-11-28T15:00:00Z".parse().unwrap()
    }

    fn made(due: &Due, seed: u64) -> Vec<Member> {
        herd(due, at(), "http://127.0.0.1:1", seed).unwrap()
    }

    #[test]
    fn the_same_seed_makes_the_same_herd() {
        let due = Due::AtOnce(50);
        let jobs = |seed| -> Vec<_> {
            let made = made(&due, seed).into_iter();
            made.map(|member| (member.job.id, member.job.payload))
                .collect()
        };
        assert_eq!(jobs(1), jobs(1));
        assert_ne!(jobs(1), jobs(2));
    }

    #[test]
    fn exact_jobs_are_due_at_one_second_and_spread_ones_within_their_window() {
        let exact = made(&Due::AtOnce(200), 1);
        assert!(exact.iter().all(|member| member.due == at()));
        let spread = Due::Spread {
            jobs: 200,
            seconds: 900,
        };
        let spread: HashSet<_> = made(&spread, 1)
            .iter()
            .map(|member| (member.due - at()).num_seconds())
            .collect();
        assert!(spread.len() > 150, "{}", spread.len());
        assert!(spread.iter().all(|second| (0..900).contains(second)));
    }

    #[test]
    fn a_mix_is_due_minute_by_minute() {
        let mix = made(&Due::ByMinute(Mix(vec![(0, 3), (30, 2)])), 1);
        let minutes: Vec<_> = mix
            .iter()
            .map(|member| (member.due - at()).num_minutes())
            .collect();
        assert_eq!(minutes, [0, 0, 0, 1, 1]);
    }
}
