//! What a simulated stretch costs, by component; and what a deployment costs while nothing is due.

use crate::outcome::{Outcome, Use};
use crate::platform::Platform;
use crate::settings::Setup;
use crate::time::{MINUTE, Micros, SECOND, seconds};

/// Days in a month, on average.
pub const DAYS_PER_MONTH: f64 = 365.0 / 12.0;

/// Months for which a record is kept.
const KEPT_MONTHS: f64 = 30.0 / DAYS_PER_MONTH;

const GB: f64 = 1e9;

/// A bill in USD.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each names what is paid for")]
pub struct Bill {
    pub writes: f64,
    pub reads: f64,
    pub queue: f64,
    pub worker: f64,
    pub scanner: f64,
    pub logs: f64,
    pub storage: f64,
}

impl Bill {
    /// The parts, with their names, in the order in which they are shown.
    pub fn parts(&self) -> [(&'static str, f64); 7] {
        [
            ("DynamoDB writes", self.writes),
            ("DynamoDB reads", self.reads),
            ("SQS", self.queue),
            ("Lambda, worker", self.worker),
            ("Lambda, scanner", self.scanner),
            ("logs", self.logs),
            ("records, 30 days", self.storage),
        ]
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.parts().iter().map(|(_, part)| part).sum()
    }

    /// So many times as much.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        Self {
            writes: self.writes * factor,
            reads: self.reads * factor,
            queue: self.queue * factor,
            worker: self.worker * factor,
            scanner: self.scanner * factor,
            logs: self.logs * factor,
            storage: self.storage * factor,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

/// What the runs of `outcome` cost, in one deployment. Ticks are paid for whether or not anything is due: only what they
/// ran longer for these jobs is counted here.
pub fn of_runs(platform: &Platform, setup: &Setup, outcome: &Outcome) -> Bill {
    let (prices, protocol) = (&platform.prices, &platform.protocol);
    let used: &Use = &outcome.used;
    let scanner = used.scanner;
    let writes = used.writes
        + float(scanner.hints_put) * protocol.hint_writes
        // Written when it is deferred, deleted when it goes.
        + 2.0 * float(scanner.deferred);
    let reads =
        used.reads + float(scanner.jobs_read) * protocol.scan_reads + scanner.hint_bytes / 4_096.0;
    let idle = scanner.ticks * idle_tick(platform, setup);
    let ran_longer = seconds(scanner.busy.saturating_sub(idle));
    let handled = float(used.handled);
    #[expect(clippy::cast_precision_loss, reason = "millions of jobs")]
    let records = (outcome.jobs() - outcome.never) as f64;
    Bill {
        writes: writes * prices.write,
        reads: reads * prices.read,
        queue: (float(scanner.send_requests) + used.queue_requests) * prices.queue_request,
        worker: float(used.invocations) * prices.invocation
            + used.worker_seconds * setup.worker_memory_mb / 1_024.0 * prices.gb_second,
        scanner: ran_longer * setup.scanner_memory_mb / 1_024.0 * prices.gb_second,
        logs: (handled * protocol.worker_log_bytes
            + float(used.invocations) * protocol.invocation_log_bytes
            + float(scanner.jobs_read) * protocol.scanner_log_bytes)
            / GB
            * prices.logs_gb,
        storage: records * protocol.record_bytes / GB * prices.storage_gb_month * KEPT_MONTHS,
    }
}

/// How long a tick takes that finds nothing.
fn idle_tick(platform: &Platform, setup: &Setup) -> Micros {
    let rounds = setup.shards.div_ceil(platform.protocol.shard_reads_abreast) as u64;
    (2 + rounds) * platform.dynamo.query_page + platform.dynamo.single.quantile(0.5)
}

/// What a deployment costs in a month in which nothing is due.
pub fn idle_month(platform: &Platform, setup: &Setup) -> Bill {
    let prices = &platform.prices;
    let minutes = DAYS_PER_MONTH * 24.0 * 60.0;
    #[expect(
        clippy::cast_precision_loss,
        reason = "two triggers, and a thousand shards at most"
    )]
    let (triggers, shards) = (platform.lambda.ticks.len() as f64, setup.shards as f64);
    let ticks = minutes * triggers;
    let each_tick = seconds(idle_tick(platform, setup));
    // Each reader of a queue asks, and waits up to 20 s for an answer.
    let long_polls = seconds(MINUTE) / seconds(20 * SECOND);
    let polls = platform.protocol.event_sources * platform.lambda.esm_start * long_polls * minutes;
    Bill {
        writes: minutes * 2.0 * prices.write,
        reads: (minutes * shards + ticks * 3.0) * prices.read,
        queue: (polls + ticks * 3.0) * prices.queue_request,
        worker: 0.0,
        scanner: ticks
            * (prices.invocation
                + each_tick * setup.scanner_memory_mb / 1_024.0 * prices.gb_second),
        logs: ticks * 2.0 * platform.protocol.invocation_log_bytes / GB * prices.logs_gb
            + platform.protocol.alarms * prices.alarm_month
            + platform.protocol.composites * prices.composite_month,
        storage: 0.0,
    }
}
