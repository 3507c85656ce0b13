//! Notes how much work a worker does, for the scanner to know what there is capacity for. It is summed up in memory and
//! written rarely; what a worker that ends has not written is lost, and missed by nobody.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::World;
use crate::domain::{Band, Minute, PerBand, Work};
use crate::plan::pressure::worth_noting;
use crate::port::{Clock, Gauges};

/// What one worker has done and not written down yet.
#[derive(Debug, Default)]
pub struct WorkLog(PerBand<Mutex<Unwritten>>);

#[derive(Debug, Default)]
struct Unwritten {
    work: Work,
    last_at: Option<DateTime<Utc>>,
}

impl WorkLog {
    /// Adds a batch of `messages` that was begun at `began`, and is over.
    pub async fn note(
        &self,
        world: &impl World,
        band: Band,
        messages: usize,
        began: DateTime<Utc>,
    ) {
        let now = world.clock().now();
        let took_ms = u64::try_from((now - began).num_milliseconds()).unwrap_or_default();
        let runs = messages as u64;
        let batch = Work {
            runs,
            busy_ms: runs.saturating_mul(took_ms),
        };
        if let Some(work) = self.add(band, batch, now)
            && let Err(error) = world.store().add_work(band, Minute::of(now), work).await
        {
            tracing::warn!(%error, "work could not be noted");
        }
    }

    /// Adds `batch`, and takes out what is to be written now.
    fn add(&self, band: Band, batch: Work, now: DateTime<Utc>) -> Option<Work> {
        let unwritten = self.0.get(band).lock();
        let mut unwritten = unwritten.unwrap_or_else(PoisonError::into_inner);
        unwritten.work = unwritten.work.and(batch);
        let since_last = unwritten.last_at.map_or(TimeDelta::MAX, |last| now - last);
        if !worth_noting(unwritten.work, since_last) {
            return None;
        }
        unwritten.last_at = Some(now);
        Some(std::mem::take(&mut unwritten.work))
    }
}
