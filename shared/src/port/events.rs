//! Where the world outside is told what became of executions.

use super::PortResult;
use crate::domain::{Execution, Job};

/// A bus for the events of executions' lives. Publishing is at least once.
pub trait Events: Send + Sync {
    /// Publishes that `execution` ended badly.
    fn publish_dead_letter(
        &self,
        execution: &Execution,
        job: Option<&Job>,
    ) -> impl Future<Output = PortResult<()>> + Send;
}

/// No bus is configured.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvents;

impl Events for NoEvents {
    async fn publish_dead_letter(&self, _: &Execution, _: Option<&Job>) -> PortResult<()> {
        Ok(())
    }
}
