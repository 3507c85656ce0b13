//! What a job waits for before it runs. Which jobs wait for it in turn is not said here: whoever waits says so, and its
//! row is what counts.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Invalid, JobId};

/// The most jobs that one job may wait for.
pub const MAX_UPSTREAMS: usize = 20;

/// The most jobs that may wait for one job.
pub const MAX_DEPENDENTS: usize = 100;

/// The most jobs that may hang together: what a walk through a graph looks at before it gives up.
pub const MAX_GRAPH: usize = 500;

/// Which ends of its upstreams let a run begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AfterCondition {
    /// All of them have succeeded. If one ends otherwise, the run ends as `upstream_failed`.
    #[default]
    AllSucceeded,
    /// All of them have ended, however they did.
    AllFinished,
}

impl AfterCondition {
    /// Whether it is what a job has that says nothing.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How long, in seconds, a run waits for its upstreams: 10 to 604,800 (seven days).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schema(minimum = 10, maximum = 604_800)]
pub struct AfterLimit(u32);

impl AfterLimit {
    /// As a duration.
    pub fn duration(self) -> TimeDelta {
        TimeDelta::seconds(self.0.into())
    }

    /// Whether it is what a job has that says nothing.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for AfterLimit {
    fn default() -> Self {
        Self(86_400)
    }
}

impl TryFrom<u32> for AfterLimit {
    type Error = Invalid;

    fn try_from(seconds: u32) -> Result<Self, Invalid> {
        if (10..=604_800).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(Invalid::new(
                "after_limit_seconds",
                "must be from 10 to 604800 (seven days)",
            ))
        }
    }
}

impl From<AfterLimit> for u32 {
    fn from(limit: AfterLimit) -> Self {
        limit.0
    }
}

/// What a job waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// The jobs: its upstreams, 1 to [`MAX_UPSTREAMS`] of them, each once.
    pub jobs: Vec<JobId>,
    /// Which of their ends let it run.
    #[serde(default, skip_serializing_if = "AfterCondition::is_default")]
    pub condition: AfterCondition,
    /// How long a run waits for them.
    #[serde(default, skip_serializing_if = "AfterLimit::is_default")]
    pub limit: AfterLimit,
}

impl After {
    /// What the job `id` is to wait for, or nothing if `jobs` is empty.
    ///
    /// # Errors
    /// [`Invalid`] names the field.
    pub fn new(
        id: JobId,
        jobs: &[JobId],
        condition: AfterCondition,
        limit: AfterLimit,
    ) -> Result<Option<Self>, Invalid> {
        if jobs.is_empty() {
            let idle = [
                ("after_condition", condition.is_default()),
                ("after_limit_seconds", limit.is_default()),
            ];
            return match idle.into_iter().find(|(_, is_default)| !is_default) {
                Some((field, _)) => Err(Invalid::new(field, "says nothing without after")),
                None => Ok(None),
            };
        }
        if jobs.len() > MAX_UPSTREAMS {
            let reason = format!("must name at most {MAX_UPSTREAMS} jobs");
            return Err(Invalid::new("after", reason));
        }
        let mut seen = BTreeSet::new();
        for (index, job) in jobs.iter().enumerate() {
            if *job == id {
                return Err(refused(index, "is the job itself"));
            }
            if !seen.insert(job) {
                return Err(refused(index, "is named twice"));
            }
        }
        Ok(Some(Self {
            jobs: jobs.to_vec(),
            condition,
            limit,
        }))
    }
}

/// The refusal of entry `index` of `after`.
pub fn refused(index: usize, reason: impl Into<String>) -> Invalid {
    Invalid::new(format!("after[{index}]"), reason)
}
