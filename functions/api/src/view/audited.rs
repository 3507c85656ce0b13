//! One entry of the audit, as administrators see it.

use punctual::domain::{Action, ContentHash, Role, Subject, UserId};
use punctual::usecase::Audited;
use serde::Serialize;

use super::utc_ms;

/// An entry of the audit.
#[derive(Debug, Serialize)]
pub struct AuditedView {
    /// When it was written: before the change took effect.
    at: String,
    /// Who made the change; `punctual` for what happens by itself.
    by: UserId,
    /// In which role; null for what happens by itself.
    role: Option<Role>,
    action: Action,
    subject: Subject,
    /// Whose that is.
    owner: UserId,
    /// Of a job: the version that the change makes.
    version: Option<u64>,
    request_id: Option<String>,
    /// Of what was there; null where nothing was.
    before: Option<ContentHash>,
    /// Of what is there afterwards.
    after: Option<ContentHash>,
    /// Whether the change took effect; null where that cannot be proved.
    applied: Option<bool>,
}

impl From<Audited> for AuditedView {
    fn from(Audited { entry, applied }: Audited) -> Self {
        Self {
            at: utc_ms(entry.at),
            by: entry.by,
            role: entry.role,
            action: entry.action,
            subject: entry.subject,
            owner: entry.owner,
            version: entry.version,
            request_id: Some(entry.request_id).filter(|id| !id.is_empty()),
            before: entry.before,
            after: entry.after,
            applied,
        }
    }
}
