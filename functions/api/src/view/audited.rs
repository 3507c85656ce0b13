//! One entry of the audit, as administrators see it.

use punctual::domain::{Action, ContentHash, Role, Subject, UserId};
use punctual::usecase::Audited;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Page, utc_ms};

/// An entry of the audit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Audited)]
pub struct AuditedView {
    /// When it was written: before the change took effect.
    #[schema(format = DateTime)]
    at: String,
    /// Who made the change; `punctual` for what happens by itself.
    by: UserId,
    /// In which role; null for what happens by itself.
    #[schema(required)]
    role: Option<Role>,
    action: Action,
    subject: Subject,
    /// Whose that is.
    owner: UserId,
    /// Of a job: the version that the change makes.
    #[schema(required)]
    version: Option<u64>,
    #[schema(required)]
    request_id: Option<String>,
    /// Of what was there; null where nothing was.
    #[schema(required)]
    before: Option<ContentHash>,
    /// Of what is there afterwards.
    #[schema(required)]
    after: Option<ContentHash>,
    /// Of a change of many: which, and how many; of a discard, why.
    #[schema(required)]
    detail: Option<String>,
    /// Whether the change took effect; null where that cannot be proved.
    #[schema(required)]
    applied: Option<bool>,
}

/// A part of the audit.
pub type AuditedPage = Page<AuditedView>;

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
            detail: entry.detail,
            applied,
        }
    }
}
