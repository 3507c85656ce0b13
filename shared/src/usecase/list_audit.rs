//! Shows the audit, and of each announced change of a job whether it took effect.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;

use super::{RequestError, World};
use crate::domain::{AuditEntry, Caller, HISTORY_RETENTION, Invalid, Reach, Subject, UserId};
use crate::plan::applied;
use crate::port::{AuditFilter, Clock, History, Jobs, Page, PortResult};

/// How far back a list reaches that does not say so.
const DEFAULT_RANGE: TimeDelta = TimeDelta::days(7);

/// How many entries are looked into side by side.
const ABREAST: usize = 10;

/// Which entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// None from before this; seven days before `until`, if absent.
    pub from: Option<DateTime<Utc>>,
    /// None from this on; now, if absent.
    pub until: Option<DateTime<Utc>>,
    /// Only those by this user, or about what is its own.
    pub user: Option<UserId>,
    /// Only those about the thing with this id.
    pub subject: Option<String>,
}

/// An entry, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Audited {
    /// The entry.
    pub entry: AuditEntry,
    /// Whether its change took effect. `None` where that cannot be proved: it may be under way still, or is not about a
    /// job's row, or both versions are gone.
    pub applied: Option<bool>,
}

/// Lists entries, newest first, at most `limit` (1–100), from where `cursor` points. A part may be short, or empty, and
/// still be followed by another. `Ok(None)`: the cursor is not one of ours.
///
/// # Errors
/// [`RequestError::Invalid`] names `from`, if it does not lie before `until`; [`RequestError::NotFound`] for a caller who does not reach everybody's things; or a port's failure.
pub async fn list_audit(
    world: &impl World,
    caller: &Caller,
    query: AuditQuery,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Option<Page<Audited>>, RequestError> {
    if caller.reach != Reach::Any {
        return Err(RequestError::NotFound("path"));
    }
    let now = world.clock().now();
    // What is written while this is read may bear a later time, by a faster clock.
    let latest = now + TimeDelta::hours(1);
    let until = query.until.unwrap_or(latest).min(latest);
    let from = query.from.unwrap_or(until - DEFAULT_RANGE);
    if from >= until {
        return Err(Invalid::new("from", "must lie before until").into());
    }
    let filter = AuditFilter {
        from: from.max(now - HISTORY_RETENTION),
        until,
        user: query.user,
        subject: query.subject,
    };
    if filter.from >= filter.until {
        let (items, next) = (Vec::new(), None); // the range ends before anything that is still kept
        return Ok(Some(Page { items, next }));
    }
    let Some(page) = world.store().list_audit(&filter, cursor, limit).await? else {
        return Ok(None);
    };
    let mut items = Vec::with_capacity(page.items.len());
    for entries in page.items.chunks(ABREAST) {
        let looked_into = entries.iter().map(|entry| look_into(world, entry, now));
        items.extend(try_join_all(looked_into).await?);
    }
    let next = page.next;
    Ok(Some(Page { items, next }))
}

async fn look_into(
    world: &impl World,
    entry: &AuditEntry,
    now: DateTime<Utc>,
) -> PortResult<Audited> {
    let applied = match (&entry.subject, entry.version) {
        (Subject::Job(id), Some(version)) => {
            // The row first: what is archived after this read was present when it was made.
            let present = world.store().job(*id).await?;
            let above = version.saturating_add(2);
            let archived = world.store().job_versions_below(*id, above, 2).await?;
            applied(entry, present.as_ref(), &archived, now)
        }
        _ => None,
    };
    Ok(Audited {
        entry: entry.clone(),
        applied,
    })
}
