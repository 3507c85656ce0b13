//! What the functions have reported of themselves, by the minute.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::PortResult;
use crate::domain::{Counted, Minute};

/// Where reports are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivitySource {
    /// CloudWatch, of every function of the deployment.
    CloudWatch,
    /// This process's memory, of the functions that it hosts, since it started.
    Memory,
}

/// Reads back what was reported.
pub trait Activity: Send + Sync {
    /// Where it is read.
    fn source(&self) -> ActivitySource;

    /// How long after a minute's end its figures may still come in.
    fn settles_after(&self) -> TimeDelta;

    /// What was counted in the minutes `from` to `to`, both included. Minutes that nothing was reported of are left out.
    fn counted(
        &self,
        from: Minute,
        to: Minute,
    ) -> impl Future<Output = PortResult<BTreeMap<Minute, Counted>>> + Send;
}

/// No place where reports are read back: for whoever does not show them.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoActivity;

impl Activity for NoActivity {
    fn source(&self) -> ActivitySource {
        ActivitySource::Memory
    }

    fn settles_after(&self) -> TimeDelta {
        TimeDelta::zero()
    }

    async fn counted(&self, _: Minute, _: Minute) -> PortResult<BTreeMap<Minute, Counted>> {
        Ok(BTreeMap::new())
    }
}
