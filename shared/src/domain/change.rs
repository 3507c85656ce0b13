//! Who changes what, and how it is called. Every version of a job carries the change that made it, so its history needs
//! no other source.

use chrono::serde::ts_milliseconds;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Caller, Role, UserId};

/// What a change does, in the words of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Makes a job.
    Create,
    /// Replaces what its owner may say about a job.
    Edit,
    /// Pauses a job.
    Pause,
    /// Pauses a job that failed too often in a row.
    AutoPause,
    /// Resumes a job.
    Resume,
    /// Leaves out fire times of a job.
    Skip,
    /// Takes fire times back that were left out.
    Unskip,
    /// Deletes a job.
    Delete,
    /// Runs a job at once.
    RunNow,
    /// Cancels one execution.
    CancelExecution,
    /// Makes or replaces a calendar.
    PutCalendar,
    /// Deletes a calendar.
    DeleteCalendar,
    /// Registers a worker.
    RegisterWorker,
    /// Removes a worker.
    RemoveWorker,
    /// Notes that a job's last execution has ended.
    Complete,
    /// Changes what a user may use.
    SetPlan,
    /// Mends what a crash left behind.
    Reconcile,
    /// Gives a dead letter another attempt, or many.
    Redrive,
    /// Stops a redrive of many.
    CancelRedrive,
    /// Decides that a dead letter stays as it is, or many.
    Discard,
    /// Keeps a host, a job type or a user from starting anything.
    PlaceHold,
    /// Lets go what a hold holds, at a rate.
    ReleaseHold,
    /// Stops the release of a hold.
    PauseHold,
    /// Lets go what a hold holds, and holds nothing any more.
    LiftHold,
}

/// Who makes a change: a caller, or Punctual by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Its name; `punctual` for what happens by itself.
    pub by: UserId,
    /// Its role. `None` for what happens by itself: a user may be called `punctual`, too.
    pub role: Option<Role>,
    /// The request that asked for it, or the thing that gave rise to it.
    pub request_id: String,
}

impl Author {
    /// Punctual itself, because of `occasion`: an execution's id, or a tick.
    pub fn punctual(occasion: impl Into<String>) -> Self {
        Self {
            by: UserId::punctual(),
            role: None,
            request_id: occasion.into(),
        }
    }
}

impl From<&Caller> for Author {
    fn from(caller: &Caller) -> Self {
        Self {
            by: caller.user.clone(),
            role: Some(caller.role),
            request_id: caller.request_id.clone(),
        }
    }
}

/// What made one version of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The version that it made. The label `completed` moves the row one version further, and is no change.
    pub version: u64,
    /// When.
    #[serde(with = "ts_milliseconds")]
    pub at: DateTime<Utc>,
    /// By whom; `punctual` for what happens by itself.
    pub by: UserId,
    /// What.
    pub action: Action,
    /// The request that asked for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub request_id: String,
}

impl Change {
    /// The change by which `author` makes version `version` at `at`.
    pub fn new(author: &Author, action: Action, version: u64, at: DateTime<Utc>) -> Self {
        Self {
            version,
            at,
            by: author.by.clone(),
            action,
            request_id: author.request_id.clone(),
        }
    }
}
