//! What the use cases need from the world. No SDK's type is in their signatures, and no method
//! hides a partial failure: a batch either was acknowledged whole, or the call is an error.

mod activity;
mod agendas;
mod batches;
mod bookmarks;
mod calendars;
mod chores;
mod courier;
mod dead_letters;
mod deferred;
mod edge;
mod edges;
mod events;
mod executions;
mod gauges;
mod hints;
mod history;
mod holds;
mod host_breakers;
mod jobs;
mod locks;
mod mail;
mod notices;
mod pull;
mod put;
mod queues;
mod quotas;
mod reconciliations;
mod results;
mod run_requests;
mod scripts;
mod secrets;
mod signed;
mod slots;
mod unreadable;

pub use activity::{Activity, ActivitySource, NoActivity};
pub use agendas::Agendas;
pub use batches::Batches;
pub use bookmarks::Bookmarks;
pub use calendars::{CalendarMark, CalendarReference, Calendars};
pub use chores::Chores;
pub use courier::{Courier, Hook, Parcel};
pub use dead_letters::{DeadLetters, LetterOrder, Redrives};
pub use deferred::{Backlog, Deferral, Deferred, Section, Waiting};
pub use edge::{Clock, Entropy};
pub use edges::{Edge, Edges};
pub use events::{Events, NoEvents};
pub use executions::{Executions, Expected};
pub use gauges::Gauges;
pub use hints::{Hint, HintKind, Hints, Progress, ScanProgress, Terms};
pub use history::{AuditFilter, History};
pub use holds::Holds;
pub use host_breakers::HostBreakers;
pub use jobs::{FoundJobs, JobFilter, Jobs, MAX_SEARCHED, Page};
pub use locks::{Lock, Locks};
pub use mail::{Letter, Mail, Undelivered};
pub use notices::{DigestMember, Notices, Telling};
pub use pull::{OfferedWork, Offers, PullWorkers};
pub use put::Put;
pub use queues::{Depth, OutgoingMessage, Queues, SendAt};
pub use quotas::{Account, Quotas};
pub use reconciliations::Reconciliations;
pub use results::{LINK_LIFETIME, NoResults, Results};
pub use run_requests::RunRequests;
pub use scripts::Scripts;
pub use secrets::{NoSecrets, Secrets};
pub use signed::{
    AwsApi, AwsFailure, AwsService, CallAs, FailureKind, SignedAnswer, SignedCall, xml_text,
};
pub use slots::SlotTable;
pub use unreadable::{Unreadable, UnreadableMessage};

/// Why a port could not do what was asked. Refused conditions are not errors: they are answers, in the return type.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// The service asks for less load. Worth another try, later.
    #[error("{operation} was throttled")]
    Throttled {
        /// The call, `dynamodb.PutItem executions`.
        operation: &'static str,
        /// The cause.
        #[source]
        source: Source,
    },
    /// The service could not be reached, or failed. Whether the call took effect is unknown.
    #[error("{operation} failed")]
    Unavailable {
        /// The call.
        operation: &'static str,
        /// The cause.
        #[source]
        source: Source,
    },
    /// What is stored, or what was asked, is not of the expected form. Another try will not help.
    #[error("{operation} met data of an unexpected form")]
    Corrupt {
        /// The call.
        operation: &'static str,
        /// The cause.
        #[source]
        source: Source,
    },
    /// The caller's time ran out before the call could be issued safely.
    #[error("{operation} was not issued: more than {limit_seconds} s since the clock was read")]
    DeadlinePassed {
        /// The call.
        operation: &'static str,
        /// The limit.
        limit_seconds: i64,
    },
}

impl PortError {
    /// Whether the same call may succeed a little later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Unavailable { .. })
    }
}

/// A cause of any type.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// What a port's method returns.
pub type PortResult<T> = Result<T, PortError>;
