//! What a run comes to: pure arithmetic over its records, its target's book and its client's samples.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use punctual::domain::JobId;
use serde::{Deserialize, Serialize};

use crate::probe::Sample;
use crate::records::Record;
use crate::target::{CONNECTIONS, Page};

/// The API may become slower by this factor while a herd runs.
const API_FACTOR: f64 = 2.0;

/// What became of the executions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Executions {
    /// How many were due.
    pub due: usize,
    /// Milliseconds from the fire time to the start, sorted.
    pub lateness_ms: Vec<i64>,
    /// The most that were under way at once.
    pub peak: usize,
    /// How many ended otherwise than well.
    pub failed: usize,
    /// How many ended well behind a second attempt.
    pub retried: usize,
    /// Fire times without a record of an end.
    pub lost: usize,
    /// Fire times with more than one record, and records of what was never due.
    pub duplicates: usize,
    /// How many started in each second, from the herd's minute on.
    pub starts: BTreeMap<i64, usize>,
    /// When the last of them ended, in milliseconds since 1970.
    pub drained_ms: i64,
}

impl Executions {
    /// Counts the `records` of the jobs that were due at `fire_times`, the first of them at `at`.
    pub fn count(
        records: &[Record],
        fire_times: &HashMap<JobId, DateTime<Utc>>,
        at: DateTime<Utc>,
    ) -> Self {
        let mut of_job: HashMap<JobId, Vec<&Record>> = HashMap::new();
        for record in records {
            of_job.entry(record.job).or_default().push(record);
        }
        let owed = |record: &&Record| fire_times.get(&record.job) == Some(&record.due);
        let ended = records.iter().filter(|record| record.finished_ms.is_some());
        let ended: Vec<_> = ended.filter(owed).collect();
        let at_ms = at.timestamp_millis();
        let mut starts = BTreeMap::new();
        let mut lateness_ms = Vec::new();
        for record in &ended {
            if let Some(started_ms) = record.started_ms {
                *starts
                    .entry((started_ms - at_ms).div_euclid(1_000))
                    .or_default() += 1;
                lateness_ms.push(started_ms - record.due.timestamp_millis());
            }
        }
        lateness_ms.sort_unstable();
        let good = ended.iter().filter(|record| record.succeeded);
        Self {
            due: fire_times.len(),
            peak: peak(&ended),
            failed: ended.len() - good.clone().count(),
            retried: good.filter(|record| record.attempts > 1).count(),
            lost: fire_times
                .keys()
                .filter(|job| !ended.iter().any(|record| record.job == **job))
                .count(),
            duplicates: of_job.values().map(|records| records.len() - 1).sum(),
            drained_ms: ended
                .iter()
                .filter_map(|record| record.finished_ms)
                .max()
                .unwrap_or(at_ms),
            lateness_ms,
            starts,
        }
    }
}

/// How many were under way at once, at most: of those with several attempts, the last one counts.
fn peak(ended: &[&Record]) -> usize {
    let mut changes = Vec::with_capacity(2 * ended.len());
    for record in ended {
        let Some(end) = record.finished_ms else {
            continue;
        };
        let last_began = record.ran_ms.map(|ran| end - ran);
        let began = if record.attempts > 1 {
            last_began
        } else {
            record.started_ms
        };
        changes.extend([(began.unwrap_or(end), 1_i64), (end, -1)]);
    }
    // An end goes before a start of the same millisecond.
    changes.sort_unstable();
    let mut under_way = 0;
    let highest = changes.into_iter().map(|(_, change)| {
        under_way += change;
        under_way
    });
    usize::try_from(highest.max().unwrap_or(0)).unwrap_or(0)
}

/// How the API answered in a part of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// How many were asked for.
    pub asked: usize,
    /// How many were bad, or none.
    pub failed: usize,
    /// The 99th percentile of how long they took.
    pub p99_ms: f64,
}

impl Answers {
    /// The answers that were asked for within this time, in milliseconds since 1970.
    pub fn within(samples: &[Sample], from_ms: i64, until_ms: i64) -> Self {
        let within = samples
            .iter()
            .filter(|sample| (from_ms..until_ms).contains(&sample.asked_ms));
        let mut took: Vec<_> = within.clone().map(|sample| sample.took_ms).collect();
        took.sort_by(f64::total_cmp);
        Self {
            asked: took.len(),
            failed: within.filter(|sample| !sample.is_good).count(),
            p99_ms: percentile(&took, 99).unwrap_or(0.0),
        }
    }
}

/// The value below which so many per cent of the sorted values lie.
pub fn percentile<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// All that a run came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// Its name in the table.
    pub name: String,
    /// The folder of its logs.
    pub folder: String,
    /// Whether it is what this is all about, and must keep its promises.
    pub is_ours: bool,
    /// The herd's minute, in milliseconds since 1970.
    pub at_ms: i64,
    /// What became of the executions.
    pub executions: Executions,
    /// The target's book.
    pub target: Page,
    /// The API before anything was due.
    pub before: Answers,
    /// The API from a second before the first was due until the last had ended.
    pub during: Answers,
    /// What the API's client saw.
    pub samples: Vec<Sample>,
}

impl Run {
    /// Milliseconds from the first fire time to the last end.
    pub fn drained_after_ms(&self) -> i64 {
        self.executions.drained_ms - self.at_ms
    }

    /// The promises that were not kept, in words.
    pub fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let mut must = |holds: bool, what: String| {
            if !holds {
                broken.push(format!("{}: {what}", self.name));
            }
        };
        let (open, refused) = (self.target.peak_open(), self.target.refused());
        must(
            open <= CONNECTIONS && refused == 0,
            format!("the target had {open} connections open and refused {refused}"),
        );
        let (before, during) = (self.before.p99_ms, self.during.p99_ms);
        must(
            during <= API_FACTOR * before && self.during.failed == 0,
            format!(
                "the API's p99 went from {before:.1} to {during:.1} ms, and {} requests failed",
                self.during.failed
            ),
        );
        let Executions {
            lost,
            duplicates,
            failed,
            ..
        } = self.executions;
        must(lost == 0, format!("{lost} fire times have no ended record"));
        must(duplicates == 0, format!("{duplicates} records too many"));
        must(failed == 0, format!("{failed} executions ended badly"));
        broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_000_000_000_000;

    fn at() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(AT).unwrap()
    }

    fn ended(job: u128, started_ms: i64, finished_ms: i64) -> Record {
        Record {
            job: JobId::from_random(job),
            due: at(),
            started_ms: Some(AT + started_ms),
            finished_ms: Some(AT + finished_ms),
            ran_ms: None,
            succeeded: true,
            attempts: 1,
        }
    }

    fn owed(jobs: u128) -> HashMap<JobId, DateTime<Utc>> {
        (0..jobs)
            .map(|job| (JobId::from_random(job), at()))
            .collect()
    }

    #[test]
    fn what_is_owed_and_has_no_end_on_record_is_lost() {
        let open = Record {
            finished_ms: None,
            ..ended(1, 0, 0)
        };
        let counted = Executions::count(&[ended(0, 5, 9), open], &owed(3), at());
        assert_eq!((counted.lost, counted.duplicates), (2, 0));
        assert_eq!(counted.lateness_ms, [5]);
    }

    #[test]
    fn a_second_record_of_a_job_is_a_duplicate_whenever_it_was_due() {
        let again = Record {
            due: at() + chrono::TimeDelta::seconds(1),
            ..ended(0, 0, 1)
        };
        let counted = Executions::count(&[ended(0, 0, 1), again], &owed(1), at());
        assert_eq!((counted.lost, counted.duplicates), (0, 1));
    }

    #[test]
    fn the_peak_counts_those_that_overlap() {
        let records = [ended(0, 0, 10), ended(1, 5, 20), ended(2, 10, 30)];
        assert_eq!(Executions::count(&records, &owed(3), at()).peak, 2);
    }

    #[test]
    fn a_percentile_is_a_value_that_occurred() {
        let values: Vec<_> = (1..=200).collect();
        assert_eq!(percentile(&values, 50), Some(100));
        assert_eq!(percentile(&values, 99), Some(198));
        assert_eq!(percentile(&values, 100), Some(200));
        assert_eq!(percentile::<i64>(&[], 50), None);
    }

    #[test]
    fn each_broken_promise_is_named() {
        let mut run = Run {
            name: "ours".to_owned(),
            folder: "exact".to_owned(),
            is_ours: true,
            at_ms: AT,
            executions: Executions::default(),
            target: Page::default(),
            before: Answers {
                p99_ms: 5.0,
                ..Answers::default()
            },
            during: Answers {
                p99_ms: 10.0,
                ..Answers::default()
            },
            samples: Vec::new(),
        };
        assert!(run.broken().is_empty());
        run.during.p99_ms = 10.1;
        run.executions.lost = 1;
        run.executions.duplicates = 1;
        run.target.lines.entry(0).or_default().refused = 1;
        assert_eq!(run.broken().len(), 4);
    }
}
