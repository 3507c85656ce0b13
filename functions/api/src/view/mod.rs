//! What users see of what is stored. Every default is spelt out; what serves the protocol stays inside.

mod activity;
mod audited;
mod cost;
mod dead_letter;
mod execution;
mod graph;
mod hold;
mod host_breaker;
mod job;
mod occurrence;
mod page;
mod pressure;
mod preview;
mod reconciliation;
mod version;
mod worker;

pub use activity::ActivityView;
pub use audited::{AuditedPage, AuditedView};
pub use cost::{JobCostView, UsedView, UserCostView};
pub use dead_letter::{
    DiscardManyView, FoundLetterView, InspectedView, LetterPage, RedriveManyView, RedrivePage,
    RedriveView,
};
pub use execution::{ExecutionPage, ExecutionView, ResultLinkView, RunView};
pub use graph::GraphView;
pub use hold::{HeldByView, HoldPage, HoldView};
pub use host_breaker::{HostBreakerPage, HostBreakerView};
pub use job::{FoundJobsView, JobView};
pub use occurrence::{NotPlannedView, OccurrencePage, OccurrenceView};
pub use page::Page;
pub use pressure::{BreakerState, PressureView};
pub use preview::PreviewView;
pub use reconciliation::{ReconciliationPage, ReconciliationView};
pub use version::{VersionPage, VersionView};
pub use worker::{HandedList, HandedView, HeardView, WorkerList, WorkerView};

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

/// One fire time.
#[derive(Debug, Serialize, ToSchema)]
pub struct FireTime {
    #[schema(format = DateTime)]
    utc: String,
    /// The same instant, with the zone's offset.
    #[schema(format = DateTime)]
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
