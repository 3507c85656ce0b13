//! Which jobs have changed since an agenda was taken, by the audit, which is written before every change: so none is
//! missed, and some are named whose change is still to come, or never does.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::World;
use crate::domain::{JobId, Subject};
use crate::plan::PUT_LIMIT;
use crate::port::{AuditFilter, History, PortResult};

/// How far apart the clocks of two functions may be.
const SKEW: TimeDelta = TimeDelta::seconds(10);

/// How long before a row is changed its change may have been written down, by whatever clock; and how long behind a row may
/// be that was read without asking for the newest. What was written down longer ago is done, or never will be.
pub(super) fn settle() -> TimeDelta {
    PUT_LIMIT + SKEW + TimeDelta::seconds(10)
}

/// How many entries are read at once, and how often.
const PAGE: usize = 100;
const PAGES: usize = 30;

/// The jobs that were to be changed in a stretch of time.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// Each with the latest version that was to come of it.
    pub(super) versions: BTreeMap<JobId, u64>,
    /// Whether there were more changes than one request reads: the earliest are missing.
    pub(super) is_cut_short: bool,
}

/// The jobs that were to be changed from `from` on, as is known at `now`.
pub(super) async fn changed_since(
    world: &impl World,
    from: DateTime<Utc>,
    now: DateTime<Utc>,
) -> PortResult<Changed> {
    let filter = AuditFilter {
        from,
        until: now + SKEW,
        user: None,
        subject: None,
    };
    let mut changed = Changed::default();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES {
        let page = world.store().list_audit(&filter, cursor.as_deref(), PAGE);
        let Some(page) = page.await? else {
            return Ok(changed);
        };
        for entry in page.items {
            if let (Subject::Job(id), Some(version)) = (entry.subject, entry.version) {
                let latest = changed.versions.entry(id).or_default();
                *latest = version.max(*latest);
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(changed);
        }
    }
    changed.is_cut_short = true;
    Ok(changed)
}
