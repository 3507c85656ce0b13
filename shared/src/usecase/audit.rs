//! Writes an entry of the audit, before the change that it is about: index first, commit last. A change without an entry
//! cannot exist; an entry whose change then lost its race, or crashed, can.

use super::World;
use crate::domain::{Action, AuditEntry, Author, ContentHash, Job, Subject, UserId};
use crate::port::{Clock, Entropy, History, PortResult};

/// What is about to be done.
pub(super) struct Deed<'a> {
    /// How it is called.
    pub(super) action: Action,
    /// To what.
    pub(super) subject: Subject,
    /// Whose that is.
    pub(super) owner: &'a UserId,
    /// Of a job's row: the version that comes of it.
    pub(super) version: Option<u64>,
    /// What is there.
    pub(super) before: Option<ContentHash>,
    /// What is to be there.
    pub(super) after: Option<ContentHash>,
    /// Of a change of many: which, and how many.
    pub(super) detail: Option<String>,
}

impl<'a> Deed<'a> {
    /// Makes `after` out of `before`, or out of nothing.
    pub(super) fn on_job(action: Action, before: Option<&Job>, after: &'a Job) -> Self {
        Self {
            action,
            subject: Subject::Job(after.id),
            owner: &after.user,
            version: Some(after.version),
            before: before.map(ContentHash::of),
            after: Some(ContentHash::of(after)),
            detail: None,
        }
    }
}

/// Writes down that `author` is about to do `deed`. To be called before the write that commits it.
pub(super) async fn audit(world: &impl World, author: &Author, deed: Deed<'_>) -> PortResult<()> {
    let entry = AuditEntry {
        at: world.clock().now(),
        nonce: world.entropy().next_u64(),
        by: author.by.clone(),
        role: author.role,
        action: deed.action,
        subject: deed.subject,
        owner: deed.owner.clone(),
        version: deed.version,
        request_id: author.request_id.clone(),
        before: deed.before,
        after: deed.after,
        detail: deed.detail,
    };
    world.store().record_audit(&entry).await
}
