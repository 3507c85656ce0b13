//! Reads every execution record, and says how late the herd started and what it cost.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use punctual::aws::{Charge, Usage};
use punctual_local::{HostError, System};

use crate::cost::{BATCH_READ_UNITS_PER_JOB, per_run, since};
use crate::cpu::CpuTimes;

/// The herd's figures.
pub struct Report {
    jobs: usize,
    /// Milliseconds from the fire time to the start, sorted.
    lateness_ms: Vec<i64>,
    lost: usize,
    doubled: usize,
    retaken: usize,
    drained_ms: i64,
    cpu: CpuTimes,
    used: BTreeMap<String, Usage>,
}

impl Report {
    /// Reads the records of all jobs due at `due`.
    pub async fn read(
        system: &System,
        namespace: &str,
        jobs: usize,
        due: DateTime<Utc>,
        drained_at: DateTime<Utc>,
        before: &BTreeMap<String, Usage>,
        cpu: CpuTimes,
    ) -> Result<Self, HostError> {
        let used = since(before, &system.meter().snapshot());
        let mut lateness_ms = Vec::new();
        let mut records: HashMap<String, usize> = HashMap::new();
        let mut retaken = 0;
        let mut pages = system
            .clients()
            .dynamodb
            .scan()
            .table_name(format!("{namespace}-executions"))
            .into_paginator()
            .items()
            .send();
        while let Some(item) = pages.next().await {
            let item = item?;
            let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
            let number = |name: &str| -> Option<i64> {
                let value: Option<&AttributeValue> = item.get(name);
                value?.as_n().ok()?.parse().ok()
            };
            if text("state").as_deref() != Some("succeeded") {
                continue;
            }
            *records.entry(text("pk").unwrap_or_default()).or_default() += 1;
            retaken += usize::from(number("attempt") != Some(1));
            lateness_ms.extend(number("started_at").map(|at| at - due.timestamp_millis()));
        }
        lateness_ms.sort_unstable();
        Ok(Self {
            jobs,
            lost: jobs.saturating_sub(records.len()),
            doubled: records.values().filter(|count| **count > 1).count(),
            retaken,
            drained_ms: (drained_at - due).num_milliseconds(),
            lateness_ms,
            cpu,
            used,
        })
    }

    fn percentile(&self, percent: usize) -> i64 {
        let last = self.lateness_ms.len().saturating_sub(1);
        self.lateness_ms
            .get(last * percent / 100)
            .copied()
            .unwrap_or(0)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[expect(clippy::cast_precision_loss, reason = "figures of one bench")]
        let (runs, drained_s) = (self.jobs as f64, self.drained_ms as f64 / 1_000.0);
        writeln!(f, "\nlateness of the start, ms")?;
        for percent in [50, 90, 99, 100] {
            let name = if percent == 100 {
                "max".to_owned()
            } else {
                format!("p{percent}")
            };
            writeln!(f, "  {name:<5} {:>8}", self.percentile(percent))?;
        }
        writeln!(
            f,
            "jobs/s       {:>8.0}   ({} jobs in {drained_s:.1} s after the second)",
            runs / drained_s,
            self.jobs
        )?;
        writeln!(f, "lost         {:>8}", self.lost)?;
        writeln!(
            f,
            "doubled      {:>8}   (jobs with more than one record)",
            self.doubled
        )?;
        writeln!(
            f,
            "taken over   {:>8}   (records with a second attempt)",
            self.retaken
        )?;
        writeln!(
            f,
            "CPU per run  {:>8.2} ms ours (API idle, scanner, workers, bench), {:.2} ms the stand-in's",
            self.cpu.ours * 1_000.0 / runs,
            self.cpu.stand_in * 1_000.0 / runs
        )?;
        writeln!(
            f,
            "\ncalls per run, from the end of the creates to the end of the herd"
        )?;
        for (operation, usage) in &self.used {
            let charge = Charge::of(operation);
            let unit = charge.map_or("", |charge| match charge {
                Charge::WriteUnits => "WRU",
                Charge::ReadUnits => "RRU",
                Charge::Requests => "requests",
            });
            let amount = charge.map_or(0.0, |charge| charge.amount(*usage)) / runs;
            writeln!(
                f,
                "  {operation:<44} {:>8} calls {amount:>8.3} {unit}",
                usage.requests
            )?;
        }
        let (amounts, dollars) = per_run(&self.used, runs);
        for (charge, amount) in amounts {
            writeln!(f, "{charge:?} per run: {amount:.3}")?;
        }
        writeln!(
            f,
            "(reads include {BATCH_READ_UNITS_PER_JOB} for the batch read, which the stand-in does not meter)"
        )?;
        writeln!(
            f,
            "USD per million runs: {dollars:.2} for DynamoDB and SQS; Lambda's time and logs are not metered here"
        )
    }
}
