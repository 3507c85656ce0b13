//! What the service has done lately, and how far its scanner has come, for those who run it. Invariant: either half is
//! shown without the other: whoever looks because something is wrong must not be told nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::World;
use crate::domain::{Counted, Minute};
use crate::port::{Activity, ActivitySource, Clock, PortResult, Progress, ScanProgress};

/// The most minutes that anybody is shown.
pub const MOST_MINUTES: u16 = 180;

/// How old what an instance knows may be. Reading costs by the metric, whatever is looked at how often: consoles that are
/// open side by side read once.
const FRESH: TimeDelta = TimeDelta::seconds(30);

/// What was reported, as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Runs {
    /// When it was read.
    pub read_at: DateTime<Utc>,
    /// By minute, where anything was reported.
    pub counted: BTreeMap<Minute, Counted>,
}

/// What an instance of the API knows.
#[derive(Debug, Default)]
pub struct ActivityWatch(Mutex<Option<Runs>>);

impl ActivityWatch {
    /// What was reported in the last [`MOST_MINUTES`], as of half a minute ago at most. What could not be read is not
    /// remembered.
    async fn runs(&self, world: &impl World) -> PortResult<Runs> {
        let now = world.clock().now();
        if let Some(known) = self.known(now) {
            return Ok(known);
        }
        let to = Minute::of(now);
        let from = to.plus(1 - i64::from(MOST_MINUTES));
        let runs = Runs {
            read_at: now,
            counted: world.activity().counted(from, to).await?,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(runs.clone());
        Ok(runs)
    }

    fn known(&self, now: DateTime<Utc>) -> Option<Runs> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .as_ref()
            .filter(|known| now - known.read_at < FRESH)
            .cloned()
    }
}

/// What the service has done, and how far it has come.
#[derive(Debug)]
pub struct Lately {
    /// Now.
    pub at: DateTime<Utc>,
    /// Where the reports are read.
    pub source: ActivitySource,
    /// How long after a minute's end its figures may still come in.
    pub settles_after: TimeDelta,
    /// What was reported.
    pub runs: PortResult<Runs>,
    /// How far the scanner has come; `None` before it has begun.
    pub progress: PortResult<Option<Progress>>,
}

/// What the service has done lately.
pub async fn lately(world: &impl World, watch: &ActivityWatch) -> Lately {
    let (runs, progress) = futures_util::join!(watch.runs(world), world.store().progress());
    let failed = [runs.as_ref().err(), progress.as_ref().err()];
    for error in failed.into_iter().flatten() {
        tracing::warn!(%error, "a part of the activity cannot be read");
    }
    Lately {
        at: world.clock().now(),
        source: world.activity().source(),
        settles_after: world.activity().settles_after(),
        runs,
        progress,
    }
}
