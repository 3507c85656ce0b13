//! Reads every execution record, and says how late each group started.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use punctual::domain::{Band, JobId, Level, PerBand};
use punctual_local::{HostError, System};

/// Whose, or what, was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The others, without the greedy one.
    Alone,
    /// The others, beside it.
    Beside,
    /// The greedy one.
    Greedy,
    /// A band, while more is asked for than there is capacity for.
    Shed(Band),
}

impl Group {
    fn name(self) -> String {
        match self {
            Self::Alone => "the others, alone".to_owned(),
            Self::Beside => "the others, beside the greedy one".to_owned(),
            Self::Greedy => "the greedy one".to_owned(),
            Self::Shed(band) => format!("shed: {}", band.name()),
        }
    }
}

/// The figures.
pub struct Figures {
    groups: HashMap<JobId, Group>,
    sizes: (usize, usize),
    /// Milliseconds from the fire time to the start, sorted.
    lateness_ms: BTreeMap<Group, Vec<i64>>,
    records: HashMap<JobId, usize>,
    seen: Vec<(DateTime<Utc>, Level, PerBand<u64>)>,
    /// Executions for which the target was called more than once.
    pub doubled_calls: usize,
}

impl Figures {
    /// Nothing yet, of `sizes.0` others with `sizes.1` jobs each.
    pub fn new(groups: HashMap<JobId, Group>, sizes: (usize, usize)) -> Self {
        Self {
            groups,
            sizes,
            lateness_ms: BTreeMap::new(),
            records: HashMap::new(),
            seen: Vec::new(),
            doubled_calls: 0,
        }
    }

    /// Notes a level and what is deferred, unless nothing has changed.
    pub fn note(&mut self, now: DateTime<Utc>, level: Level, deferred: PerBand<u64>) {
        let last = self
            .seen
            .last()
            .map(|(_, level, deferred)| (*level, *deferred));
        if last != Some((level, deferred)) {
            self.seen.push((now, level, deferred));
        }
    }

    /// Reads the records.
    pub async fn read(&mut self, system: &System, namespace: &str) -> Result<(), HostError> {
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
            let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
            let started = item.get("started_at").and_then(|value| value.as_n().ok());
            if text("state").is_none_or(|state| state != "succeeded") {
                continue;
            }
            let key = text("pk").map_or("", |key| key.trim_start_matches("J#"));
            let due = text("sk").and_then(|key| key.parse::<punctual::domain::Occasion>().ok());
            let (Ok(job), Some(due)) = (key.parse::<JobId>(), due) else {
                continue;
            };
            let Some(group) = self.groups.get(&job) else {
                continue;
            };
            *self.records.entry(job).or_default() += 1;
            let started: Option<i64> = started.and_then(|number| number.parse().ok());
            let late = started.map(|at| at - due.fire_time().timestamp_millis());
            self.lateness_ms.entry(*group).or_default().extend(late);
        }
        self.lateness_ms
            .values_mut()
            .for_each(|all| all.sort_unstable());
        Ok(())
    }

    fn percentile(&self, group: Group, percent: usize) -> i64 {
        let all = self.lateness_ms.get(&group).map_or(&[][..], Vec::as_slice);
        let last = all.len().saturating_sub(1);
        all.get(last * percent / 100).copied().unwrap_or(0)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (others, each) = self.sizes;
        writeln!(
            f,
            "\n{others} others with {each} each; the greedy one with {}",
            100 * each
        )?;
        writeln!(
            f,
            "lateness of the start, ms{:>24} {:>8} {:>8} {:>8}",
            "runs", "p50", "p99", "max"
        )?;
        for (group, all) in &self.lateness_ms {
            let at = |percent| self.percentile(*group, percent);
            writeln!(
                f,
                "  {:<38} {:>8} {:>8} {:>8} {:>8}",
                group.name(),
                all.len(),
                at(50),
                at(99),
                at(100)
            )?;
        }
        let (alone, beside) = (
            self.percentile(Group::Alone, 99),
            self.percentile(Group::Beside, 99),
        );
        #[expect(clippy::cast_precision_loss, reason = "figures of one bench")]
        let factor = beside as f64 / alone.max(1) as f64;
        writeln!(
            f,
            "p99 of the others: factor {factor:.1}; bound: a minute of work of their band, 60000 ms, whatever the greedy one wants"
        )?;
        writeln!(
            f,
            "\nlevel and deferred (high, normal, low), when they changed"
        )?;
        for (at, level, deferred) in &self.seen {
            let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
            let PerBand { high, normal, low } = deferred;
            writeln!(
                f,
                "  {at}  {:<16} {high:>6} {normal:>6} {low:>6}",
                level.name()
            )?;
        }
        let lost = self.groups.len().saturating_sub(self.records.len());
        let doubled = self.records.values().filter(|count| **count > 1).count();
        writeln!(
            f,
            "\nlost {lost}, doubled {doubled}, targets called twice {}",
            self.doubled_calls
        )
    }
}
