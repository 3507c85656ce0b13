//! Many deaths, told as one: how many, of which jobs, for which reasons, and where to find them all.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::hook::{NoSuchSecret, Revealed};
use super::words::{addressed, instant, one_line};
use crate::domain::{Channel, ExecutionId, JobId, UserId};
use crate::plan::notice::Notice;
use crate::port::{DigestMember, Parcel};

/// How many jobs a digest names, and how many executions.
const JOBS: usize = 10;
const EXECUTIONS: usize = 20;

/// What a digest says.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// Whose executions.
    pub user: UserId,
    /// How many died.
    pub count: usize,
    /// How many by how they ended: `failed`, `dead`.
    pub by_event: BTreeMap<&'static str, usize>,
    /// How many by reason.
    pub by_reason: BTreeMap<String, usize>,
    /// The jobs with the most deaths, and how many each had.
    pub jobs: Vec<(JobId, String, usize)>,
    /// Of how many jobs they are.
    pub job_count: usize,
    /// Some of the executions, by when they were due.
    pub executions: Vec<ExecutionId>,
    /// When the first of them ended.
    pub from: DateTime<Utc>,
    /// A moment after the last did.
    pub until: DateTime<Utc>,
}

/// The digest of `members`, executions of `user`. `None`, if there are none.
pub fn digest(user: &UserId, members: &[DigestMember]) -> Option<Digest> {
    let ends = || members.iter().map(|member| member.finished_at);
    let (mut by_event, mut by_reason) = (BTreeMap::new(), BTreeMap::new());
    let mut jobs: BTreeMap<JobId, (String, usize)> = BTreeMap::new();
    for member in members {
        *by_event.entry(member.event.name()).or_default() += 1;
        let reason = member.reason.map(serde_json::to_value);
        let reason = reason.and_then(|reason| Some(reason.ok()?.as_str()?.to_owned()));
        *by_reason.entry(reason.unwrap_or_default()).or_default() += 1;
        let of_job = jobs.entry(member.execution.job).or_default();
        of_job.0.clone_from(&member.job_name);
        of_job.1 += 1;
    }
    let job_count = jobs.len();
    let mut jobs: Vec<_> = jobs
        .into_iter()
        .map(|(id, (name, count))| (id, name, count))
        .collect();
    jobs.sort_by_key(|(id, _, count)| (std::cmp::Reverse(*count), *id));
    jobs.truncate(JOBS);
    let mut executions: Vec<_> = members.iter().map(|member| member.execution).collect();
    executions.sort_by_key(|id| (id.occasion.fire_time(), *id));
    executions.dedup();
    executions.truncate(EXECUTIONS);
    Some(Digest {
        user: user.clone(),
        count: members.len(),
        by_event,
        by_reason,
        jobs,
        job_count,
        executions,
        from: ends().min()?,
        until: ends().max()? + TimeDelta::milliseconds(1),
    })
}

/// `digest`, addressed and written for `channel`, with what is `revealed` of the secrets that it names.
///
/// # Errors
/// [`NoSuchSecret`] if one of them is not.
pub fn digest_parcel(
    digest: &Digest,
    channel: &Channel,
    revealed: &Revealed,
) -> Result<Parcel, NoSuchSecret> {
    let of_jobs = match digest.job_count {
        1 => "1 job".to_owned(),
        jobs => format!("{jobs} jobs"),
    };
    let headline = format!("{} executions of {of_jobs} ended badly", digest.count);
    let mut lines = vec![
        format!("From {} to {}", instant(digest.from), instant(digest.until)),
        format!("How: {}", counted(&digest.by_event)),
        format!("Why: {}", counted(&digest.by_reason)),
    ];
    for (id, name, count) in &digest.jobs {
        lines.push(format!("{count} × {} ({id})", one_line(name, 200)));
    }
    if digest.job_count > digest.jobs.len() {
        lines.push(match digest.job_count - digest.jobs.len() {
            1 => "and of 1 other job".to_owned(),
            others => format!("and of {others} other jobs"),
        });
    }
    lines.push(format!("All of them: GET {}", letters_path(digest)));
    let document = || document(digest, &headline);
    addressed(channel, revealed, &headline, &lines, document)
}

fn counted<K: AsRef<str>>(counts: &BTreeMap<K, usize>) -> String {
    let parts = counts
        .iter()
        .map(|(what, count)| format!("{count} {}", what.as_ref()));
    parts.collect::<Vec<_>>().join(", ")
}

/// Where the API lists them.
fn letters_path(digest: &Digest) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("user", digest.user.as_str())
        .append_pair("from", &instant(digest.from))
        .append_pair("until", &instant(digest.until))
        .finish();
    format!("/v1/dead-letters?{query}")
}

fn document(digest: &Digest, headline: &str) -> Value {
    let jobs = digest
        .jobs
        .iter()
        .map(|(id, name, count)| json!({ "id": id, "name": name, "count": count }));
    json!({
        "event": "digest",
        "summary": headline,
        "count": digest.count,
        "by_event": digest.by_event,
        "by_reason": digest.by_reason,
        "job_count": digest.job_count,
        "jobs": jobs.collect::<Vec<_>>(),
        "executions": digest.executions,
        "from": instant(digest.from),
        "until": instant(digest.until),
        "dead_letters": letters_path(digest),
    })
}

impl Notice<'_> {
    /// This death as a member of a digest.
    pub fn as_member(&self, now: DateTime<Utc>) -> DigestMember {
        DigestMember {
            execution: self.execution.id,
            attempt: self.attempt,
            job_name: self.job.name.clone(),
            event: self.event,
            reason: self.execution.reason,
            finished_at: self.execution.finished_at.unwrap_or(now),
        }
    }
}
