//! Sums up executions: counts, what went wrong and why, what was slow and what was late.

use std::collections::BTreeMap;

use crate::domain::{Digest, Execution, ExecutionState, Failure, JobDigest, Outcome, Timed};

/// How many jobs and failures a digest names.
const NAMED: usize = 20;
/// How many of the slowest and of the latest it names.
const EXTREMES: usize = 5;
/// How much of an error it repeats.
const DETAIL_CHARS: usize = 160;
/// Less than this is not called late.
const LATE_MS: i64 = 1_000;

/// The digest of executions, each list with its job's name; `cut` says that there were more.
pub fn digest(of_jobs: &[(String, Vec<Execution>)], cut: bool) -> Digest {
    let mut digest = Digest {
        cut,
        ..Digest::default()
    };
    for (name, executions) in of_jobs {
        let mut outcomes = BTreeMap::new();
        for execution in executions {
            *outcomes.entry(Outcome::of(execution).name()).or_insert(0) += 1;
            note(&mut digest, name, execution);
        }
        for (outcome, count) in &outcomes {
            *digest.outcomes.entry(outcome).or_insert(0) += count;
        }
        if !outcomes.is_empty() {
            let name = name.clone();
            digest.jobs.push(JobDigest { name, outcomes });
        }
    }
    digest.jobs.sort_by(|a, b| a.name.cmp(&b.name));
    digest.jobs.truncate(NAMED);
    digest
        .failures
        .sort_by_key(|failure| std::cmp::Reverse(failure.fire_time));
    digest.failures.truncate(NAMED);
    for timed in [&mut digest.slowest, &mut digest.latest] {
        timed.sort_by_key(|timed| std::cmp::Reverse(timed.ms));
        timed.truncate(EXTREMES);
    }
    digest
}

fn note(digest: &mut Digest, job: &str, execution: &Execution) {
    let timed = |ms| Timed {
        execution: execution.id,
        job: job.to_owned(),
        ms,
    };
    if matches!(
        execution.state,
        ExecutionState::Failed | ExecutionState::Dead
    ) {
        let last = execution.errors.last();
        digest.failures.push(Failure {
            execution: execution.id,
            job: job.to_owned(),
            fire_time: execution.id.occasion.fire_time(),
            outcome: Outcome::of(execution),
            reason: execution.reason,
            detail: last.map(|error| error.detail.chars().take(DETAIL_CHARS).collect()),
        });
    }
    if let Some(ms) = execution.duration_ms {
        digest
            .slowest
            .push(timed(i64::try_from(ms).unwrap_or(i64::MAX)));
    }
    let late = execution.lateness().map(|late| late.num_milliseconds());
    if let Some(ms) = late.filter(|ms| *ms >= LATE_MS) {
        digest.latest.push(timed(ms));
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, TimeZone, Utc};

    use super::*;
    use crate::domain::{AttemptError, ExecutionId, JobId, Reason, Stamp};

    fn noon() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap()
    }

    fn execution(minute: i64, state: ExecutionState) -> Execution {
        let at = noon() + TimeDelta::minutes(minute);
        let id = ExecutionId::scheduled(JobId::from_random(1), at);
        Execution {
            started_at: Some(at + TimeDelta::milliseconds(minute * 400)),
            duration_ms: Some(10 + minute.unsigned_abs()),
            ..Execution::new(id, state, Stamp(1))
        }
    }

    #[test]
    fn a_digest_counts_by_outcome_and_names_what_went_wrong() {
        let mut dead = execution(5, ExecutionState::Dead);
        dead.reason = Some(Reason::AttemptFailed);
        dead.push_error(AttemptError {
            attempt: 3,
            reason: Reason::AttemptFailed,
            detail: "x".repeat(500),
        });
        let report = vec![
            execution(1, ExecutionState::Succeeded),
            execution(2, ExecutionState::Failed),
            dead.clone(),
        ];
        let idle = ("idle".to_owned(), Vec::new());
        let other = vec![execution(0, ExecutionState::Succeeded)];
        let digest = digest(
            &[("report".into(), report), idle, ("backup".into(), other)],
            false,
        );
        let counted = BTreeMap::from([("dead", 1), ("failed", 1), ("ran", 2)]);
        assert_eq!(digest.outcomes, counted);
        let names: Vec<_> = digest.jobs.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(names, ["backup", "report"]);
        assert_eq!(digest.failures.len(), 2);
        assert_eq!(digest.failures[0].execution, dead.id);
        assert_eq!(
            digest.failures[0].detail.as_deref().map(str::len),
            Some(160)
        );
        assert_eq!(digest.slowest[0].ms, 15);
        assert_eq!(digest.latest.len(), 1, "by less than a second is on time");
        assert_eq!(digest.latest[0].ms, 2_000);
    }

    #[test]
    fn a_digest_is_small_however_much_there_was() {
        let jobs: Vec<_> = (0..50)
            .map(|job| {
                let failed = (0..50).map(|minute| execution(minute, ExecutionState::Failed));
                (format!("job {job}"), failed.collect::<Vec<_>>())
            })
            .collect();
        let digest = digest(&jobs, true);
        assert_eq!(digest.outcomes["failed"], 2_500);
        assert_eq!((digest.jobs.len(), digest.failures.len()), (20, 20));
        assert_eq!((digest.slowest.len(), digest.latest.len()), (5, 5));
        assert!(digest.cut);
    }
}
