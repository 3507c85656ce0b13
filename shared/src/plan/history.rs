//! Reads history: which versions a job had, and whether what was announced has happened.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::PUT_LIMIT;
use crate::domain::{AuditEntry, ContentHash, Job};

/// The versions below `below`, newest first, at most `limit`, out of the `present` row and the `archived` ones. A version
/// that was only labelled `completed` is found beneath its label.
pub fn versions_below(below: u64, present: &Job, archived: &[Job], limit: usize) -> Vec<Job> {
    let mut versions: BTreeMap<u64, Job> = BTreeMap::new();
    for row in archived.iter().chain([present]) {
        versions.extend(row.unlabelled().map(|job| (job.version, job)));
        versions.insert(row.version, row.clone());
    }
    let below = versions.into_iter().rev().filter(|(at, _)| *at < below);
    below.map(|(_, job)| job).take(limit).collect()
}

/// After this the write that an entry announces is not under way any more: it is issued within the put limit of the
/// reading of the clock, and given up soon after.
const SETTLED_AFTER: TimeDelta = TimeDelta::seconds(40 + PUT_LIMIT.num_seconds());

/// Whether the change of a job's row that `entry` announces has taken effect, as the job's `present` row and the
/// `archived` ones beside its version show it. `None`: they do not show it.
pub fn applied(
    entry: &AuditEntry,
    present: Option<&Job>,
    archived: &[Job],
    now: DateTime<Utc>,
) -> Option<bool> {
    let (version, after) = (entry.version?, entry.after?);
    let rows = archived.iter().chain(present);
    let mut made = rows.flat_map(|row| [Some(row.clone()), row.unlabelled()]);
    if let Some(made) = made.find_map(|row| row.filter(|row| row.version == version)) {
        return Some(ContentHash::of(&made) == after);
    }
    // A row that is gone may have been there; but not if its first version was never archived, as every change does.
    let never_written = match present {
        Some(present) => present.version < version,
        None => version == 1,
    };
    let settled = now - entry.at > SETTLED_AFTER;
    (never_written && settled).then_some(false)
}
