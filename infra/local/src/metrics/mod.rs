//! The metrics of the functions that are hosted here, in memory: summed up since the start, and by the minute. Invariant: whatever can be
//! counted is there from the start, as 0: who watches a rate misses no first event.

mod history;
mod text;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use punctual::domain::{Counted, Minute};
use punctual::edge::SystemClock;
use punctual::metrics::{Kind, Label, Metric, Readings, Recorder};
use punctual::port::{Activity, ActivitySource, Clock, PortResult};

use self::history::History;

pub(crate) use self::text::CONTENT_TYPE;

/// Upper bounds of a histogram's buckets, in milliseconds.
const BOUNDS_MS: [f64; 12] = [
    50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0, 5_000.0, 10_000.0, 30_000.0, 60_000.0, 300_000.0,
    900_000.0,
];

/// The values of one metric under one label.
#[derive(Clone, Debug, PartialEq)]
enum Series {
    Counter(f64),
    /// `None`: not known yet.
    Gauge(Option<f64>),
    Histogram(Histogram),
}

impl Series {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Counter => Self::Counter(0.0),
            Kind::Gauge => Self::Gauge(None),
            Kind::Distribution => Self::Histogram(Histogram::default()),
        }
    }

    fn take(&mut self, value: f64) {
        match self {
            Self::Counter(sum) => *sum += value,
            Self::Gauge(latest) => *latest = Some(value),
            Self::Histogram(histogram) => histogram.take(value),
        }
    }
}

/// How many values were at most so large.
#[derive(Clone, Debug, Default, PartialEq)]
struct Histogram {
    /// By bucket, those of smaller buckets not included.
    counts: [u64; BOUNDS_MS.len()],
    count: u64,
    sum: f64,
}

impl Histogram {
    fn take(&mut self, value: f64) {
        if let Some(bucket) = BOUNDS_MS.iter().position(|bound| value <= *bound) {
            self.counts[bucket] += 1;
        }
        self.count += 1;
        self.sum += value;
    }
}

/// What was reported.
#[derive(Debug)]
pub(crate) struct Totals {
    stage: String,
    series: Mutex<BTreeMap<(Metric, Label), Series>>,
    history: Mutex<History>,
}

impl Totals {
    /// Nothing counted yet, of `stage`.
    pub(crate) fn new(stage: &str) -> Self {
        let series = Metric::ALL.iter().flat_map(|metric| {
            let definition = metric.definition();
            let labels = Label::all(definition.dimension).into_iter();
            labels.map(move |label| ((*metric, label), Series::new(definition.kind)))
        });
        Self {
            stage: stage.to_owned(),
            series: Mutex::new(series.collect()),
            history: Mutex::default(),
        }
    }

    /// In Prometheus' text format.
    pub(crate) fn text(&self) -> String {
        let series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        text::written(&self.stage, &series)
    }
}

impl Recorder for Totals {
    fn record(&self, readings: &Readings) {
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        for (metric, label, values) in readings.iter() {
            let kind = metric.definition().kind;
            let found = series
                .entry((metric, label))
                .or_insert_with(|| Series::new(kind));
            for value in values {
                found.take(*value);
            }
        }
        drop(series);
        let minute = Minute::of(SystemClock.now());
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.take(minute, readings);
    }
}

/// Reads back what the functions hosted here have reported.
#[derive(Clone, Debug)]
pub(crate) struct Remembered(pub(crate) Arc<Totals>);

impl Activity for Remembered {
    fn source(&self) -> ActivitySource {
        ActivitySource::Memory
    }

    fn settles_after(&self) -> TimeDelta {
        TimeDelta::zero()
    }

    async fn counted(&self, from: Minute, to: Minute) -> PortResult<BTreeMap<Minute, Counted>> {
        let history = self.0.history.lock();
        let history = history.unwrap_or_else(PoisonError::into_inner);
        Ok(history.counted(from, to))
    }
}
