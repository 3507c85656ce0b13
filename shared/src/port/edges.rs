//! Edges: hints that one job may wait for another, kept where the other is. The row of the one that waits decides; an
//! edge too many is harmless, one too few is not.

use chrono::{DateTime, Utc};

use super::PortResult;
use crate::domain::{Job, JobId};

/// "This job may wait for that one."
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge {
    /// The job that may be waited for.
    pub up: JobId,
    /// The one that may wait.
    pub down: JobId,
    /// When it was last written: the row may follow a little later.
    pub written_at: DateTime<Utc>,
}

/// The edges, in the `jobs` table, beside the row of the job that is waited for.
pub trait Edges: Send + Sync {
    /// Writes an edge, or writes it anew.
    fn put_edge(&self, edge: &Edge) -> impl Future<Output = PortResult<()>> + Send;

    /// Removes an edge, unless it has been written anew since.
    fn remove_edge(&self, edge: &Edge) -> impl Future<Output = PortResult<()>> + Send;

    /// Reads a job's row and the edges from it, strongly consistent: for a job without edges as cheap as its row alone.
    fn job_and_edges(
        &self,
        id: JobId,
    ) -> impl Future<Output = PortResult<(Option<Job>, Vec<Edge>)>> + Send;
}
