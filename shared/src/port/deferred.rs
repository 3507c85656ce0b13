//! Work that is due and must wait: for capacity, or for a hold to end. Putting an entry twice, or sending it twice, is
//! harmless: its copies collapse at the claim. It is deleted only after its message was acknowledged.

use chrono::{DateTime, Utc};

use super::PortResult;
use crate::domain::{Band, DispatchMessage, ExecutionId, HoldId, Priority, UserId};

/// Where deferred work waits, which is why it waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Backlog {
    /// For capacity of this band: more was due than could start, or the band was shed.
    Capacity(Band),
    /// For this hold to let it go.
    Hold(HoldId),
}

/// One attempt of an execution, deferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferral {
    /// The job's owner, who shares capacity with the others.
    pub user: UserId,
    /// The job's priority when it was deferred.
    pub priority: Priority,
    /// What is to be sent once it may start.
    pub message: DispatchMessage,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Its job does not let it run later than this. `None`: what has begun, and what a person asked for, may wait for ever.
    pub fires_until: Option<DateTime<Utc>>,
}

/// How much waits in a backlog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many entries were counted.
    pub count: u64,
    /// The fire time of the oldest of them.
    pub oldest: Option<DateTime<Utc>>,
}

impl Deferral {
    /// The execution that waits.
    pub fn execution_id(&self) -> ExecutionId {
        self.message.execution_id()
    }
}

/// A part of a backlog. All its order is: most urgent first, then by user, then oldest fire time first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Section {
    /// All of it.
    Whole,
    /// What comes after this entry.
    After(Deferral),
    /// What comes after everything of this user at this priority.
    AfterUser(Priority, UserId),
}

/// The backlogs, in partitions of their own of the `due` table. They are no time buckets: no scan ever passes them by,
/// so nothing limits when an entry may be put.
pub trait Deferred: Send + Sync {
    /// Puts entries; all of them are acknowledged, or the call is an error.
    fn defer(
        &self,
        backlog: &Backlog,
        entries: &[Deferral],
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// The first `limit` entries of a section, in order, strongly consistent.
    fn deferred(
        &self,
        backlog: &Backlog,
        section: &Section,
        limit: usize,
    ) -> impl Future<Output = PortResult<Vec<Deferral>>> + Send;

    /// Whether this entry is there, strongly consistent.
    fn is_deferred(
        &self,
        backlog: &Backlog,
        entry: &Deferral,
    ) -> impl Future<Output = PortResult<bool>> + Send;

    /// How much waits; where there are more entries than `at_most`, that many at least are counted.
    fn count_deferred(
        &self,
        backlog: &Backlog,
        at_most: u64,
    ) -> impl Future<Output = PortResult<Waiting>> + Send;

    /// Deletes entries, once their messages are acknowledged. Deleting one that is not there is fine.
    fn remove_deferred(
        &self,
        backlog: &Backlog,
        entries: &[Deferral],
    ) -> impl Future<Output = PortResult<()>> + Send;
}
