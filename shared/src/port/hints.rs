//! Hints and the scanner's progress through them. A hint is content-free: putting one twice, or one too many, is
//! harmless; losing one is not.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::PortResult;
use crate::domain::{Admissions, JobId, Minute, Occasion, Term};

/// "This job may be due at this instant."
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hint {
    /// The instant, a whole second.
    pub at: DateTime<Utc>,
    /// The job.
    pub job: JobId,
    /// What may be due.
    pub kind: HintKind,
}

/// What may be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HintKind {
    /// An occurrence of the job's schedule, and from there on the whole chain.
    Fire,
    /// A later attempt of an execution, too far off for the queue's own delay.
    Retry {
        /// Which execution of the job.
        occasion: Occasion,
        /// Which attempt, from 2.
        attempt: u32,
    },
}

/// The `due` table: hints in time buckets of one minute, hashed by job into shards.
pub trait Hints: Send + Sync {
    /// Puts hints; all of them are acknowledged, or the call is an error.
    fn put_hints(&self, hints: &[Hint]) -> impl Future<Output = PortResult<()>> + Send;

    /// Whether `hint` is there, strongly consistent.
    fn has_hint(&self, hint: &Hint) -> impl Future<Output = PortResult<bool>> + Send;

    /// How many shards a bucket is to be read in, at least as many as any writer uses.
    fn shards(&self) -> u16;

    /// Reads one shard of one bucket whole, strongly consistent.
    fn hints(
        &self,
        minute: Minute,
        shard: u16,
    ) -> impl Future<Output = PortResult<Vec<Hint>>> + Send;
}

/// How far scanning has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// In which term.
    pub term: Term,
    /// Every minute before this one is done.
    pub low_water: Minute,
    /// Minutes at or after the low-water mark that are done as well.
    pub done: BTreeSet<Minute>,
    /// What has been let into the queues. It goes with the low-water mark, so that it costs no write of its own: what a
    /// tick that raised no mark has let in is not known to the next one.
    pub admitted: Admissions,
}

/// The scanner's checkpoints, in the `control` table: those of each term are apart from every other's.
pub trait ScanProgress: Send + Sync {
    /// Reads the progress of the present term, strongly consistent. `None` in the first term before the first [`Self::begin_at`].
    fn progress(&self) -> impl Future<Output = PortResult<Option<Progress>>> + Send;

    /// Sets the first low-water mark of all; does nothing if there is one, or another term.
    fn begin_at(&self, minute: Minute) -> impl Future<Output = PortResult<()>> + Send;

    /// Checkpoints one minute in `term`: all its hints are dispatched and followed up.
    fn mark_done(&self, term: &Term, minute: Minute)
    -> impl Future<Output = PortResult<()>> + Send;

    /// Raises the low-water mark of `term`, and says what has been let into the queues; never lowers it.
    fn raise_low_water(
        &self,
        term: &Term,
        minute: Minute,
        admitted: &Admissions,
    ) -> impl Future<Output = PortResult<()>> + Send;
}

/// Who scans. In one region this is settled by itself; see `infra/RECOVERY.md` for more than one.
pub trait Terms: Send + Sync {
    /// The region that this process is in, if it knows.
    fn here(&self) -> Option<&str>;

    /// Reads the present term, strongly consistent within this region.
    fn term(&self) -> impl Future<Output = PortResult<Term>> + Send;

    /// Begins `term`, if the present one is the one before it. Returns whether it did.
    fn begin_term(&self, term: &Term) -> impl Future<Output = PortResult<bool>> + Send;
}
