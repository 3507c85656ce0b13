//! A DynamoDB table: as many partitions as its warm throughput calls for, each with limits of its own, and a quota over
//! all. A key always lies in the same partition, and what a partition has no room for is throttled, not queued.

use crate::bucket::TokenBucket;
use crate::chance::mix;
use crate::platform::Dynamo;
use crate::settings::Setup;
use crate::time::Micros;

/// Whether a call was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was.
    Done,
    /// It was not: it may be tried again.
    Throttled,
}

/// A table's capacity for one kind of call, reads or writes.
#[derive(Clone, Debug)]
pub struct Table {
    partitions: Vec<TokenBucket>,
    quota: TokenBucket,
    calls: u64,
    throttled: u64,
}

impl Table {
    /// A table for writes, warm for `warm` of them a second.
    pub fn for_writes(dynamo: &Dynamo, setup: &Setup, warm: f64) -> Self {
        let burst_seconds = setup.burst_seconds;
        Self::new(
            dynamo.partition_writes,
            warm,
            setup.table_quota,
            burst_seconds,
        )
    }

    /// The same for reads.
    pub fn for_reads(dynamo: &Dynamo, setup: &Setup, warm: f64) -> Self {
        let burst_seconds = setup.burst_seconds;
        Self::new(
            dynamo.partition_reads,
            warm,
            setup.table_quota,
            burst_seconds,
        )
    }

    /// One key, whatever its table could do.
    pub fn hot_key(per_second: f64, burst_seconds: f64) -> Self {
        Self::new(per_second, per_second, per_second, burst_seconds)
    }

    fn new(of_partition: f64, warm: f64, quota: f64, burst_seconds: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "thousands of partitions at most"
        )]
        let count = ((warm / of_partition).ceil() as usize).max(1);
        let partition = TokenBucket::with_burst_seconds(of_partition, burst_seconds);
        Self {
            partitions: vec![partition; count],
            quota: TokenBucket::with_burst_seconds(quota, 0.0),
            calls: 0,
            throttled: 0,
        }
    }

    /// A call for `units` under `key`.
    pub fn call(&mut self, key: u64, units: f64, now: Micros) -> Answer {
        self.calls += 1;
        let count = self.partitions.len() as u64;
        let index = usize::try_from(mix(key) % count).unwrap_or(0);
        if self.partitions[index].take(units, now) && self.quota.take(units, now) {
            Answer::Done
        } else {
            self.throttled += 1;
            Answer::Throttled
        }
    }

    /// Takes `units` spread evenly over all partitions as soon as they are there, and says when: a batch whose rest is
    /// sent again until nothing is left.
    pub fn spread(&mut self, units: f64, now: Micros) -> Micros {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand partitions")]
        let each = units / self.partitions.len() as f64;
        let of_partitions = self.partitions.iter_mut();
        let slowest = of_partitions
            .map(|one| one.take_when_there(each, now))
            .max();
        let quota = self.quota.take_when_there(units, now);
        quota.max(slowest.unwrap_or(now))
    }

    /// How many calls were throttled.
    pub fn throttled(&self) -> u64 {
        self.throttled
    }
}
