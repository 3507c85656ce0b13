//! Work that is due and must wait: for capacity, or for a hold to end. Putting an entry twice, or sending it twice, is
//! harmless: its copies collapse at the claim. It is deleted only after its message was acknowledged.

use super::PortResult;
use crate::domain::{Band, DispatchMessage, ExecutionId, Priority, UserId};

/// Where deferred work waits, which is why it waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Backlog {
    /// For capacity of this band: more was due than could start, or the band was shed.
    Capacity(Band),
    /// For the hold of this name to end. Whoever holds work back names the hold, and releases what it holds.
    Hold(String),
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

    /// How many entries there are; where there are more than `at_most`, that many at least.
    fn count_deferred(
        &self,
        backlog: &Backlog,
        at_most: u64,
    ) -> impl Future<Output = PortResult<u64>> + Send;

    /// Deletes entries, once their messages are acknowledged. Deleting one that is not there is fine.
    fn remove_deferred(
        &self,
        backlog: &Backlog,
        entries: &[Deferral],
    ) -> impl Future<Output = PortResult<()>> + Send;
}
