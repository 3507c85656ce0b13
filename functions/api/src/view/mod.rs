//! What users see of what is stored. Every default is spelt out; what serves the protocol stays inside.

mod audited;
mod execution;
mod job;
mod version;

pub use audited::AuditedView;
pub use execution::ExecutionView;
pub use job::JobView;
pub use version::VersionView;

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use punctual::port;
use serde::Serialize;

/// A part of a list.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// The stored part, each item as `view` shows it.
    pub fn of<S>(page: port::Page<S>, view: impl FnMut(S) -> T) -> Self {
        Self {
            items: page.items.into_iter().map(view).collect(),
            next_cursor: page.next,
        }
    }

    /// The same, where showing an item may fail.
    pub fn try_of<S, E>(
        page: port::Page<S>,
        view: impl FnMut(S) -> Result<T, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            items: page.items.into_iter().map(view).collect::<Result<_, E>>()?,
            next_cursor: page.next,
        })
    }
}

/// One fire time.
#[derive(Debug, Serialize)]
pub struct FireTime {
    utc: String,
    local: String,
}

impl FireTime {
    /// `at`, in UTC and in `timezone`.
    pub fn of(at: DateTime<Utc>, timezone: Tz) -> Self {
        Self {
            utc: utc(at),
            local: local(at, timezone),
        }
    }
}

/// In UTC, with as many digits as the instant needs.
pub fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// In UTC, to the millisecond.
pub fn utc_ms(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// In the local time of `timezone`, with its offset at that instant.
pub fn local(at: DateTime<Utc>, timezone: Tz) -> String {
    at.with_timezone(&timezone)
        .to_rfc3339_opts(SecondsFormat::AutoSi, false)
}
