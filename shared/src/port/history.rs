//! History: what jobs were before they were changed, and who changed what. It is only ever added to.

use chrono::{DateTime, Utc};

use super::{Page, PortResult};
use crate::domain::{AuditEntry, Job, JobId, UserId};

/// Which audit entries to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditFilter {
    /// None from before this.
    pub from: DateTime<Utc>,
    /// None from this on.
    pub until: DateTime<Utc>,
    /// Only those about a thing of this user, or made by it.
    pub user: Option<UserId>,
    /// Only those about the thing with this id.
    pub subject: Option<String>,
}

impl AuditFilter {
    /// Whether `entry` is to be listed.
    pub fn admits(&self, entry: &AuditEntry) -> bool {
        self.from <= entry.at
            && entry.at < self.until
            && self
                .user
                .as_ref()
                .is_none_or(|user| entry.by == *user || entry.owner == *user)
            && self
                .subject
                .as_ref()
                .is_none_or(|subject| entry.subject.id() == *subject)
    }
}

/// The `history` table.
pub trait History: Send + Sync {
    /// Keeps `job` as it is, under its version, for 400 days from `replaced_at` on. Keeping the same version again changes
    /// nothing.
    fn archive_job(
        &self,
        job: &Job,
        replaced_at: DateTime<Utc>,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// The archived versions of a job, oldest first, strongly consistent; of more than 8 MB of them the newest 8 MB. The
    /// present version may be among them: it is archived shortly before it is replaced. A version that was only
    /// labelled `completed` is not; [`Job::unlabelled`] gives it back.
    fn job_versions(&self, id: JobId) -> impl Future<Output = PortResult<Vec<Job>>> + Send;

    /// The archived versions below `version`, newest first, at most `limit` (1–100) of them and at most 1 MB: empty
    /// only at the end.
    fn job_versions_below(
        &self,
        id: JobId,
        version: u64,
        limit: usize,
    ) -> impl Future<Output = PortResult<Vec<Job>>> + Send;

    /// Keeps an entry, for 400 days. Keeping the same one twice is fine.
    fn record_audit(&self, entry: &AuditEntry) -> impl Future<Output = PortResult<()>> + Send;

    /// Lists entries, newest first, at most `limit` (1–100), from where `cursor` points. The work is bounded: a part may
    /// be short, or empty, and still be followed by another. `Ok(None)`: the cursor is not one of ours.
    fn list_audit(
        &self,
        filter: &AuditFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = PortResult<Option<Page<AuditEntry>>>> + Send;
}
