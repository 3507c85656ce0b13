//! Use cases: each reads, plans and writes in one visible sequence, and returns a report that becomes the log line and
//! the metrics. The order of the writes is the protocol; each file says why its order is what it is.

mod activity;
mod admit;
mod agenda;
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
mod intake;
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
mod world;

pub use activity::{ActivityWatch, Lately, MOST_MINUTES, Runs, lately};
pub use admit::Admission;
pub use agenda::{
    AgendaWatch, Ahead, Foreseen, MOST_CHANGES, PresentAgenda, Taken, Weighed, forecast_load,
    forecast_minute, take_agenda, weigh,
};
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
pub use intake::Intake;
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
pub use world::{Ports, Store, World};

use crate::domain::{Caller, ExpectedVersion, Invalid, Job, JobId, JobState, UserId};
use crate::plan::admission::Refusal;
use crate::port::{Jobs, OutgoingMessage, PortError, PortResult};

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
