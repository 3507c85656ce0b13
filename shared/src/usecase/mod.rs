//! Use cases: each reads, plans and writes in one visible sequence, and returns a report that becomes the log line and
//! the metrics. The order of the writes is the protocol; each file says why its order is what it is.

mod activity;
mod admit;
mod announce;
mod audit;
mod bury;
mod calendars;
mod cancel_execution;
mod change;
mod chores;
mod commit;
mod cost;
mod dependencies;
mod exclusions;
mod holds;
mod host_breakers;
mod launch;
mod leases;
mod ledger;
mod letters;
mod list_audit;
mod list_jobs;
mod perform;
mod preview;
mod pull;
mod rebuild;
mod reconcile;
mod rehearse;
mod result_link;
mod run_now;
mod scan;
mod skip;
mod standing;
mod stop;
mod strain;
mod submit;
mod submit_batch;
mod tell;
mod term;
mod versions;
mod work_log;

pub use activity::{ActivityWatch, Lately, MOST_MINUTES, Runs, lately};
pub use admit::Admission;
pub use bury::{Buried, bury, record_unreadable};
pub use calendars::{
    MAX_CALENDARS, SavedCalendar, calendar, calendars, delete_calendar, put_calendar,
};
pub use cancel_execution::cancel_execution;
pub use change::{cancel, edit, pause, resume};
pub use chores::ChoresIn;
pub use cost::{CostPart, CostRequest, CostedJob, MAX_COSTED, job_cost, user_cost};
pub use dependencies::{Graph, GraphNode, graph};
pub use exclusions::{exclusions_of, exclusions_of_each};
pub use holds::{
    HoldOrder, HoldWatch, ShownHold, lift_hold, list_holds, pause_hold, place_hold, release_hold,
    show_hold,
};
pub use host_breakers::list_host_breakers;
pub use ledger::{LedgerPart, LedgerRequest, Why, occurrences, why};
pub use letters::{
    DiscardedMany, FoundLetter, Inspected, LetterQuery, RedriveMany, Released, Survey,
    bulk_redrive, cancel_redrive, discard, discard_many, inspect_dead_letter, list_dead_letters,
    list_redrives, redrive, redrive_many, release_redrives,
};
pub use list_audit::{AuditQuery, Audited, list_audit};
pub use list_jobs::{JobQuery, list_jobs};
pub use perform::{Disposition, Gate, Performed, Via, What, perform};
pub use preview::{Preview, preview};
pub use pull::{
    Handed, Heard, MAX_TAKEN, MAX_WAIT, extend, fail, list_workers, poll, register_worker,
    remove_worker, succeed,
};
pub use rebuild::{Rebuild, Rebuilt, rebuild_page};
pub use reconcile::{Bounds, note_reconciliation, reconcile, reconcile_next};
pub use rehearse::{Rehearsal, rehearse};
pub use result_link::{ResultLink, result_link};
pub use run_now::run_now;
pub use scan::{TickReport, tick};
pub use skip::{skip, unskip};
pub use standing::{Standing, assign_tier, standing};
pub use strain::{BandStrain, MOST_COUNTED, PressureWatch, strain};
pub use submit::{CreateKey, Submitted, submit};
pub use submit_batch::{BatchItem, BatchKey, MAX_BATCH_ITEMS, batch_digest, submit_batch};
pub use tell::{Told, tell};
pub use term::{Begun, From, begin_term};
pub use versions::{job_version, list_versions};
pub use work_log::WorkLog;

use crate::domain::{Caller, ExpectedVersion, Invalid, Job, JobId, JobState, UserId};
use crate::plan::admission::Refusal;
use crate::port::{
    Activity, Batches, Bookmarks, Calendars, Clock, DeadLetters, Deferred, Edges, Entropy,
    Executions, Gauges, Hints, History, Holds, HostBreakers, Jobs, Locks, NoActivity, NoResults,
    NoSecrets, Notices, Offers, OutgoingMessage, PortError, PortResult, PullWorkers, Queues,
    Quotas, Reconciliations, Redrives, Results, RunRequests, ScanProgress, Secrets, SlotTable,
    Terms, Unreadable,
};

/// The tables together.
pub trait Store:
    Jobs
    + Edges
    + Hints
    + Deferred
    + Holds
    + Gauges
    + Executions
    + Locks
    + SlotTable
    + HostBreakers
    + Offers
    + PullWorkers
    + Calendars
    + ScanProgress
    + Terms
    + RunRequests
    + Batches
    + Quotas
    + Unreadable
    + History
    + Reconciliations
    + DeadLetters
    + Redrives
    + Notices
    + Bookmarks
{
}
impl<T> Store for T where
    T: Jobs
        + Edges
        + Hints
        + Deferred
        + Holds
        + Gauges
        + Executions
        + Locks
        + SlotTable
        + HostBreakers
        + Offers
        + PullWorkers
        + Calendars
        + ScanProgress
        + Terms
        + RunRequests
        + Batches
        + Quotas
        + Unreadable
        + History
        + Reconciliations
        + DeadLetters
        + Redrives
        + Notices
        + Bookmarks
{
}

/// The ports a use case works through.
pub struct Ports<S, Q, C, E, K = NoSecrets, R = NoResults, A = NoActivity> {
    /// The tables.
    pub store: S,
    /// The queues.
    pub queues: Q,
    /// The clock.
    pub clock: C,
    /// Chance.
    pub entropy: E,
    /// Secrets, for who makes attempts and who tells.
    pub secrets: K,
    /// Large results, for who makes attempts and who shows them.
    pub results: R,
    /// What the functions have reported, for who shows it.
    pub activity: A,
}

impl<S, Q, C, E, K, R, A> Ports<S, Q, C, E, K, R, A> {
    /// The same ports with other secrets.
    #[must_use]
    pub fn with_secrets<L>(self, secrets: L) -> Ports<S, Q, C, E, L, R, A> {
        Ports {
            store: self.store,
            queues: self.queues,
            clock: self.clock,
            entropy: self.entropy,
            secrets,
            results: self.results,
            activity: self.activity,
        }
    }

    /// The same ports with another place for results.
    #[must_use]
    pub fn with_results<T>(self, results: T) -> Ports<S, Q, C, E, K, T, A> {
        Ports {
            store: self.store,
            queues: self.queues,
            clock: self.clock,
            entropy: self.entropy,
            secrets: self.secrets,
            results,
            activity: self.activity,
        }
    }

    /// The same ports with another place where reports are read back.
    #[must_use]
    pub fn with_activity<T>(self, activity: T) -> Ports<S, Q, C, E, K, R, T> {
        Ports {
            store: self.store,
            queues: self.queues,
            clock: self.clock,
            entropy: self.entropy,
            secrets: self.secrets,
            results: self.results,
            activity,
        }
    }
}

/// [`Ports`] seen through one name, so that a use case need not spell its parts.
pub trait World: Send + Sync {
    /// The tables.
    fn store(&self) -> &impl Store;
    /// The queues.
    fn queues(&self) -> &impl Queues;
    /// The clock.
    fn clock(&self) -> &impl Clock;
    /// Chance.
    fn entropy(&self) -> &impl Entropy;
    /// Secrets.
    fn secrets(&self) -> &impl Secrets;
    /// Large results.
    fn results(&self) -> &impl Results;
    /// What the functions have reported.
    fn activity(&self) -> &impl Activity;
}

impl<S, Q, C, E, K, R, A> World for Ports<S, Q, C, E, K, R, A>
where
    S: Store,
    Q: Queues,
    C: Clock,
    E: Entropy,
    K: Secrets,
    R: Results,
    A: Activity,
{
    fn store(&self) -> &impl Store {
        &self.store
    }
    fn queues(&self) -> &impl Queues {
        &self.queues
    }
    fn clock(&self) -> &impl Clock {
        &self.clock
    }
    fn entropy(&self) -> &impl Entropy {
        &self.entropy
    }
    fn secrets(&self) -> &impl Secrets {
        &self.secrets
    }
    fn results(&self) -> &impl Results {
        &self.results
    }
    fn activity(&self) -> &impl Activity {
        &self.activity
    }
}

/// Why a user's request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// A field cannot be accepted.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such thing, or it is somebody else's: the two cannot be told apart.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The thing is in a state that does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// The job is not at the version that the change is meant for.
    #[error("the job is at version {present}")]
    AnotherVersion {
        /// The version that it is at.
        present: u64,
    },
    /// The idempotency key was used for another request.
    #[error("this idempotency key was used for a different request")]
    KeyReused,
    /// A limit of the user's tier has been reached.
    #[error("a limit has been reached")]
    Limited(Refusal),
    /// A port failed; nothing is known to have been done.
    #[error("the request could not be carried out")]
    Port(#[from] PortError),
}

/// Whose things a request is about: those of `owner`, or of the caller if nobody is named.
///
/// # Errors
/// [`RequestError::NotFound`] if `owner` is beyond the caller's reach.
pub fn reachable_user<'a>(
    caller: &'a Caller,
    owner: Option<&'a UserId>,
) -> Result<&'a UserId, RequestError> {
    let owner = owner.unwrap_or(&caller.user);
    if caller.may_reach(owner) {
        Ok(owner)
    } else {
        Err(RequestError::NotFound("user"))
    }
}

/// A job within the caller's reach, read strongly.
///
/// # Errors
/// [`RequestError::NotFound`] if there is none, or it is beyond the caller's reach.
pub async fn reachable_job(
    world: &impl World,
    caller: &Caller,
    id: JobId,
) -> Result<Job, RequestError> {
    let job = world.store().job(id).await?;
    job.filter(|job| caller.may_reach(&job.user))
        .ok_or(RequestError::NotFound("job"))
}

/// `job`, if it is at a version that the change is meant for. Asked again after every lost race: a change that names the
/// version that it replaces is never made to another.
fn at_version(job: Job, expected: &ExpectedVersion) -> Result<Job, RequestError> {
    if expected.admits(job.version) {
        Ok(job)
    } else {
        let present = job.version;
        Err(RequestError::AnotherVersion { present })
    }
}

/// A job within the caller's reach that has not been deleted.
async fn reachable_present_job(
    world: &impl World,
    caller: &Caller,
    id: JobId,
) -> Result<Job, RequestError> {
    let job = reachable_job(world, caller, id).await?;
    if job.state == JobState::Canceled {
        return Err(RequestError::NotFound("job"));
    }
    Ok(job)
}

/// Fails once a conditional write has lost its race too often to be chance.
fn contended<T>(operation: &'static str) -> PortResult<T> {
    Err(PortError::Throttled {
        operation,
        source: "another writer kept winning the race".into(),
    })
}

/// How often a lost race is run again.
const RACES: usize = 6;

/// Target of the log lines that follow single executions: one per dispatch and per start. Off on AWS, where a line per
/// run has its price; the local host shows them.
pub const LIVE: &str = "punctual::live";

fn log_dispatched(messages: &[OutgoingMessage]) {
    for sent in messages {
        tracing::debug!(
            target: LIVE,
            execution_id = %sent.message.execution_id(),
            attempt = sent.message.attempt,
            queue = sent.lane.name(),
            "dispatched"
        );
    }
}
