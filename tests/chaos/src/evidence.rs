//! What a run leaves behind: what the client asked for and heard, what the targets saw, what the API says in the end, and
//! what was done to the system meanwhile. The checker knows nothing else, so a kept file of it can be judged again.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::strike::Strike;

/// Everything that a run leaves behind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// What the run's plan was drawn from.
    pub seed: u64,
    /// When the load began.
    pub began: DateTime<Utc>,
    /// When the load, and all trouble, had ended. What was due before is to have come to its end.
    pub until: DateTime<Utc>,
    /// What the client asked for, in the order in which it began.
    pub operations: Vec<Operation>,
    /// The starts that the targets saw.
    pub calls: Vec<Call>,
    /// The jobs, as the API shows them in the end.
    pub jobs: Vec<JobRecord>,
    /// What was done to the system.
    pub strikes: Vec<Struck>,
}

/// One request of the client's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// The number of the job that it is about: the client's own, for a create may go unanswered.
    pub number: u64,
    /// The job's id, where the client knew it.
    pub job: Option<String>,
    /// What was asked for.
    pub request: Request,
    /// When it was sent.
    pub begun_at: DateTime<Utc>,
    /// When its answer was there, or was given up.
    pub ended_at: DateTime<Utc>,
    /// The answer.
    pub outcome: Outcome,
}

/// What a client may ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// A new job.
    Create,
    /// Another name, which says by which edit it was given, and perhaps another schedule.
    Edit {
        /// The name.
        name: String,
    },
    /// A pause.
    Pause,
    /// The end of a pause.
    Resume,
    /// The job's end.
    Delete,
    /// That one fire time is left out.
    Skip {
        /// Which.
        fire_time: DateTime<Utc>,
    },
    /// A run at once.
    RunNow,
    /// That one execution is stopped.
    CancelExecution {
        /// Which.
        execution: String,
    },
}

/// What a client heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Acknowledged {
        /// The job's version since, where the answer says so.
        version: Option<u64>,
        /// The execution that it led to, where it did.
        execution: Option<String>,
    },
    /// It was refused: nothing was done.
    Refused {
        /// The status.
        status: u16,
    },
    /// No answer, or one that leaves it open: it was done, or it was not.
    Unknown {
        /// What came instead.
        why: String,
    },
}

impl Outcome {
    /// Whether it is known to have been done.
    pub fn is_acknowledged(&self) -> bool {
        matches!(self, Self::Acknowledged { .. })
    }

    /// Whether it is known not to have been done.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

/// A start, as a target saw it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// `Idempotency-Key`: the execution.
    pub execution: String,
    /// `Punctual-Attempt`.
    pub attempt: u32,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// The status that it was answered with; 0 if its caller had gone by then.
    pub answered: u16,
}

/// A job, as the API shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobRecord {
    /// Its id.
    pub id: String,
    /// `active`, `paused`, `completed` or `canceled`.
    pub status: String,
    /// Its name, which begins with the client's number of it.
    pub name: String,
    /// Its versions, oldest first.
    pub versions: Vec<Version>,
    /// Its executions.
    pub executions: Vec<Execution>,
    /// What became of its planned instants.
    pub occurrences: Vec<Occurrence>,
}

/// A version of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Its number.
    pub version: u64,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// By doing what.
    pub action: String,
    /// The state that it put the job in.
    pub status: String,
    /// What it says the job to be.
    pub definition: Definition,
}

/// What a version says about its job, as far as the checker asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// The name.
    pub name: String,
    /// When it fires.
    pub schedule: Schedule,
    /// How long an attempt may take.
    pub timeout_seconds: i64,
}

/// The schedules that the load uses: simple ones, whose fire times can be told without asking the product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Schedule {
    /// Every so many seconds from the anchor on.
    Every {
        /// The period.
        seconds: i64,
        /// The first fire time.
        anchor_at: DateTime<Utc>,
    },
    /// Once.
    Once {
        /// When.
        at: DateTime<Utc>,
    },
    /// `* * * * *`, each full minute: the load has no other expression.
    Cron {
        /// The expression.
        expression: String,
    },
}

/// An execution's record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// Its id.
    pub id: String,
    /// When it was due.
    pub fire_time: DateTime<Utc>,
    /// `schedule`, or by hand.
    pub trigger: String,
    /// Where it stands.
    pub state: String,
    /// Why.
    pub reason: Option<String>,
    /// The last attempt.
    pub attempt: u32,
    /// When it came to its end.
    pub finished_at: Option<DateTime<Utc>>,
    /// How its attempts failed.
    pub errors: Vec<AttemptError>,
    /// How many occurrences it stands for.
    pub stands_for: Option<u64>,
    /// Whether it was told to stop.
    pub cancel_requested: bool,
    /// The version that it was run or judged by.
    pub job_version: Option<u64>,
}

impl Execution {
    /// Whether nothing further will happen to it.
    pub fn has_ended(&self) -> bool {
        let ends = ["succeeded", "failed", "dead", "skipped", "canceled"];
        ends.contains(&self.state.as_str())
    }

    /// Whether its record says that it was told to stop.
    pub fn is_flagged(&self) -> bool {
        self.cancel_requested || self.state == "canceled"
    }
}

/// How an attempt failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptError {
    /// Which.
    pub attempt: u32,
    /// Why.
    pub reason: String,
}

/// What became of a planned instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Occurrence {
    /// The instant.
    pub fire_time: DateTime<Utc>,
    /// `schedule`, or by hand.
    pub trigger: String,
    /// What became of it.
    pub outcome: String,
    /// The one that stands for it.
    pub stood_for_by: Option<DateTime<Utc>>,
}

/// A strike, and when it fell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Struck {
    /// What was done.
    pub strike: Strike,
    /// When.
    pub at: DateTime<Utc>,
}
