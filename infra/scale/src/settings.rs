//! How a deployment is set up, and what may be moved to make it faster: each setting says in its own words what it is,
//! and where it is moved.

use std::fmt;

use crate::platform::Platform;
use crate::time::{Micros, SECOND};

/// What reads the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventSource {
    /// Lambda scales by itself, up to so many invocations.
    Standard {
        /// `MaximumConcurrency`.
        most: u32,
    },
    /// Pollers that are paid for while they wait.
    Provisioned {
        /// So many at all times.
        min: u32,
        /// So many at most.
        max: u32,
    },
}

/// Something that can be moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting {
    /// The band's `MaximumConcurrency`.
    Concurrency(u32),
    /// Provisioned pollers instead.
    Pollers(u32, u32),
    /// The account's concurrency.
    AccountConcurrency(u32),
    /// Warm throughput of `executions`, in writes a second.
    WarmWrites(u32),
    /// Warm throughput of `jobs`, in reads a second.
    WarmReads(u32),
    /// Warm throughput of `due`, in writes a second.
    WarmDue(u32),
    /// The quota of each table.
    TableQuota(u32),
    /// Memory of the scanner, in MB.
    ScannerMemory(u32),
    /// Memory of the worker, in MB.
    WorkerMemory(u32),
    /// Batches that the scanner reads and writes at once.
    ScannerAbreast(usize),
    /// An environment reads the holds once, not once for each message.
    HoldsOnce,
    /// A tick that finds another one at work leaves all to it, and a tick may last so many seconds.
    TickAlone(u32),
    /// Unused capacity of so many seconds is there when it is needed.
    Burst(u32),
    /// A window, in seconds, over which jobs spread their fire times.
    SpreadSeconds(u32),
    /// Deployments that share the users, each in an account of its own.
    Cells(u32),
}

/// Where a setting is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A parameter of the template.
    Parameter,
    /// A property in the template that is no parameter.
    Template,
    /// A quota, asked of AWS.
    Quota,
    /// The jobs themselves.
    Jobs,
    /// How many deployments there are.
    Deployment,
    /// AWS, which promises nothing.
    Luck,
    /// The code: nobody can move it today.
    Code,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parameter => "a parameter of the template",
            Self::Template => "a property in the template",
            Self::Quota => "a quota of the account",
            Self::Jobs => "the jobs",
            Self::Deployment => "one deployment and account for each, and users dealt out to them",
            Self::Luck => "nothing: AWS gives it as it can",
            Self::Code => "the code: not to be had today",
        })
    }
}

impl Setting {
    /// Where it is moved.
    pub fn place(&self) -> Place {
        match self {
            Self::Concurrency(_) => Place::Parameter,
            Self::Pollers(..)
            | Self::WarmWrites(_)
            | Self::WarmReads(_)
            | Self::WarmDue(_)
            | Self::ScannerMemory(_)
            | Self::WorkerMemory(_) => Place::Template,
            Self::AccountConcurrency(_) | Self::TableQuota(_) => Place::Quota,
            Self::SpreadSeconds(_) => Place::Jobs,
            Self::Burst(_) => Place::Luck,
            Self::Cells(_) => Place::Deployment,
            Self::ScannerAbreast(_) | Self::HoldsOnce | Self::TickAlone(_) => Place::Code,
        }
    }

    /// What it is called there.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Concurrency(_) => "`NormalConcurrency`",
            Self::Pollers(..) => "`ProvisionedPollerConfig` instead of `ScalingConfig`",
            Self::AccountConcurrency(_) => "Lambda concurrency",
            Self::WarmWrites(_) => "`WarmThroughput` of `executions`, writes",
            Self::WarmReads(_) => "`WarmThroughput` of `jobs`, reads",
            Self::WarmDue(_) => "`WarmThroughput` of `due`, writes",
            Self::TableQuota(_) => "DynamoDB throughput of a table",
            Self::ScannerMemory(_) => "`MemorySize` of the scanner",
            Self::WorkerMemory(_) => "`MemorySize` of the worker",
            Self::ScannerAbreast(_) => "batches that the scanner has under way at once",
            Self::HoldsOnce => "one read of the holds for all messages of an invocation",
            Self::Burst(_) => "burst capacity",
            Self::TickAlone(_) => "one tick at a time, and a longer `Timeout` of the scanner",
            Self::SpreadSeconds(_) => "`spread_seconds`, or `H` in cron",
            Self::Cells(_) => "cells",
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Concurrency(most) => write!(f, "concurrency {most}"),
            Self::Pollers(min, max) if min == max => write!(f, "{min} pollers"),
            Self::Pollers(min, max) => write!(f, "{min}–{max} pollers"),
            Self::AccountConcurrency(most) => write!(f, "account {}", short(*most)),
            Self::WarmWrites(writes) => write!(f, "executions {} writes/s", short(*writes)),
            Self::WarmReads(reads) => write!(f, "jobs {} reads/s", short(*reads)),
            Self::WarmDue(writes) => write!(f, "due {} writes/s", short(*writes)),
            Self::TableQuota(units) => write!(f, "table quota {}", short(*units)),
            Self::ScannerMemory(mb) => write!(f, "scanner {mb} MB"),
            Self::WorkerMemory(mb) => write!(f, "worker {mb} MB"),
            Self::ScannerAbreast(batches) => write!(f, "scanner {batches} abreast"),
            Self::HoldsOnce => write!(f, "holds read once"),
            Self::Burst(seconds) => write!(f, "bursts of {seconds} s"),
            Self::TickAlone(seconds) => write!(f, "one tick at a time, of up to {seconds} s"),
            Self::SpreadSeconds(seconds) if seconds % 60 == 0 => {
                write!(f, "spread {} min", seconds / 60)
            }
            Self::SpreadSeconds(seconds) => write!(f, "spread {seconds} s"),
            Self::Cells(cells) => write!(f, "{cells} cells"),
        }
    }
}

/// `12000` as `12k`.
pub fn short(number: u32) -> String {
    match number {
        n if n >= 1_000_000 && n.is_multiple_of(1_000_000) => format!("{}M", n / 1_000_000),
        n if n >= 1_000 && n.is_multiple_of(1_000) => format!("{}k", n / 1_000),
        n => n.to_string(),
    }
}

/// All settings of one deployment.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as the settings that move them")]
pub struct Setup {
    pub source: EventSource,
    pub account_concurrency: u32,
    pub reserved_concurrency: u32,
    pub warm_writes: f64,
    pub warm_reads: f64,
    pub warm_due: f64,
    pub table_quota: f64,
    pub scanner_memory_mb: f64,
    pub worker_memory_mb: f64,
    pub scanner_abreast: usize,
    pub holds_once: bool,
    pub burst_seconds: f64,
    pub tick_alone: bool,
    pub tick_timeout: Micros,
    pub spread_seconds: u32,
    pub cells: u32,
    pub shards: usize,
}

impl Setup {
    /// As the template makes it, in a new account.
    pub fn of_the_template(platform: &Platform) -> Self {
        let defaults = &platform.defaults;
        Self {
            source: EventSource::Standard {
                most: defaults.concurrency,
            },
            account_concurrency: platform.lambda.account_concurrency,
            reserved_concurrency: defaults.api_concurrency,
            warm_writes: platform.dynamo.new_table_writes,
            warm_reads: platform.dynamo.new_table_reads,
            warm_due: platform.dynamo.new_table_writes,
            table_quota: platform.dynamo.table_quota,
            scanner_memory_mb: defaults.scanner_memory_mb,
            worker_memory_mb: defaults.worker_memory_mb,
            scanner_abreast: 1,
            holds_once: false,
            burst_seconds: platform.dynamo.burst_seconds,
            tick_alone: false,
            tick_timeout: platform.protocol.tick_timeout,
            spread_seconds: 0,
            cells: 1,
            shards: defaults.shards,
        }
    }

    /// With `moved`.
    #[must_use]
    pub fn with(mut self, moved: &[Setting]) -> Self {
        for setting in moved {
            match *setting {
                Setting::Concurrency(most) => self.source = EventSource::Standard { most },
                Setting::Pollers(min, max) => self.source = EventSource::Provisioned { min, max },
                Setting::AccountConcurrency(most) => self.account_concurrency = most,
                Setting::WarmWrites(writes) => self.warm_writes = f64::from(writes),
                Setting::WarmReads(reads) => self.warm_reads = f64::from(reads),
                Setting::WarmDue(writes) => self.warm_due = f64::from(writes),
                Setting::TableQuota(units) => self.table_quota = f64::from(units),
                Setting::ScannerMemory(mb) => self.scanner_memory_mb = f64::from(mb),
                Setting::WorkerMemory(mb) => self.worker_memory_mb = f64::from(mb),
                Setting::ScannerAbreast(batches) => self.scanner_abreast = batches,
                Setting::HoldsOnce => self.holds_once = true,
                Setting::Burst(seconds) => self.burst_seconds = f64::from(seconds),
                Setting::TickAlone(seconds) => {
                    self.tick_alone = true;
                    self.tick_timeout = Micros::from(seconds) * SECOND;
                }
                Setting::SpreadSeconds(seconds) => self.spread_seconds = seconds,
                Setting::Cells(cells) => self.cells = cells,
            }
        }
        self
    }

    /// Messages that the band's workers can have at once, as the scanner believes.
    pub fn places(&self, platform: &Platform) -> f64 {
        let invocations = match self.source {
            EventSource::Standard { most } => most,
            EventSource::Provisioned { max, .. } => max * platform.lambda.poller_invocations,
        };
        #[expect(clippy::cast_precision_loss, reason = "a batch of ten")]
        let batch = platform.protocol.worker_batch as f64;
        f64::from(invocations) * batch
    }
}
