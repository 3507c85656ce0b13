//! Reads by the public API what has become of everything, once it has come to its end.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Broken;
use crate::evidence::{Execution, JobRecord, Occurrence, Version};
use crate::load::{Answer, Api};

/// Outcomes of an occurrence of which more is to come.
const OPEN: [&str; 7] = [
    "pending", "running", "retrying", "waiting", "deferred", "held", "offered",
];

/// How many jobs are read at once.
const AT_ONCE: usize = 8;

/// Pauses every active job, so that the end of the load is an end: again and again, until it is known.
///
/// # Errors
/// If the API does not answer.
pub async fn pause_all(api: &Api) -> Result<(), Broken> {
    for job in api.read_all("/v1/jobs?status=active").await? {
        let id = job["id"].as_str().ok_or("a job without an id")?;
        let path = format!("/v1/jobs/{id}/pause");
        let mut left = 20;
        while let Answer::Lost(_) | Answer::Status(500.., _) =
            api.send(left, "POST", &path, None, None).await
        {
            left = left.checked_sub(1).ok_or("a job cannot be paused")?;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
    Ok(())
}

/// All jobs of the client's, those that are deleted included, with what became of them before `until`. Waits until nothing
/// is open any more and each of `runs` has a record, `patience` polls long at most; tells `progress` how many jobs are left.
///
/// # Errors
/// If the API cannot be read.
pub async fn collect(
    api: &Api,
    began: DateTime<Utc>,
    until: DateTime<Utc>,
    runs: &BTreeSet<String>,
    patience: u32,
    progress: impl Fn(usize),
) -> Result<Vec<JobRecord>, Broken> {
    let mut jobs = Vec::new();
    for status in ["active", "paused", "completed", "canceled"] {
        jobs.extend(api.read_all(&format!("/v1/jobs?status={status}")).await?);
    }
    let mut found = Vec::new();
    let mut open: BTreeSet<usize> = (0..jobs.len()).collect();
    for polls in 0..=patience {
        let reads = open.clone().into_iter().map(|index| {
            let job = &jobs[index];
            async move { Ok::<_, Broken>((index, read(api, job, began, until).await?)) }
        });
        let records: Vec<_> = stream::iter(reads)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        for (index, record) in records {
            if is_settled(&record, until, runs) || polls == patience {
                open.remove(&index);
                found.push(record);
            }
        }
        progress(open.len());
        if open.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    Ok(found)
}

fn is_settled(record: &JobRecord, until: DateTime<Utc>, runs: &BTreeSet<String>) -> bool {
    let recorded: BTreeSet<_> = record.executions.iter().map(|one| &one.id).collect();
    let mut asked_for = runs.iter().filter(|run| run.starts_with(&record.id));
    if !asked_for.all(|run| recorded.contains(run)) {
        return false;
    }
    let mut executions = record.executions.iter();
    let mut occurrences = record.occurrences.iter();
    executions.all(|execution| execution.fire_time >= until || execution.has_ended())
        && occurrences.all(|one| !OPEN.contains(&one.outcome.as_str()))
}

async fn read(
    api: &Api,
    job: &Value,
    began: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<JobRecord, Broken> {
    let id = job["id"].as_str().ok_or("a job without an id")?;
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut versions: Vec<Version> = list(api, &format!("/v1/jobs/{id}/versions")).await?;
    versions.sort_by_key(|version| version.version);
    let (from, to) = (text(began), text(until));
    let path = format!("/v1/jobs/{id}/occurrences?from={from}&until={to}");
    let occurrences: Vec<Occurrence> = list(api, &path).await?;
    // After these: records only ever come, so what was told by a record is found to have one.
    let executions: Vec<Execution> = list(api, &format!("/v1/jobs/{id}/executions")).await?;
    let word = |field: &str| job[field].as_str().unwrap_or_default().to_owned();
    Ok(JobRecord {
        id: id.to_owned(),
        status: word("status"),
        name: word("name"),
        versions,
        executions,
        occurrences,
    })
}

async fn list<T: DeserializeOwned>(api: &Api, path: &str) -> Result<Vec<T>, Broken> {
    let items = api.read_all(path).await?;
    let items: Result<Vec<T>, _> = items.into_iter().map(serde_json::from_value).collect();
    Ok(items?)
}
