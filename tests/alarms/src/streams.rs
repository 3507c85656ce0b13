//! Metrics over time, in minutes from the beginning of a test. Invariant: a metric is its namespace, its name and all its
//! dimensions; under fewer dimensions it is another one, and has no values unless they were published so.

use std::collections::BTreeMap;
use std::ops::Range;

/// Which metric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricId {
    /// `Punctual`, or one of AWS's.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What tells it from others of the name.
    pub dimensions: BTreeMap<String, String>,
}

impl MetricId {
    /// A metric of `namespace`.
    pub fn new(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Self {
        let dimensions = dimensions.iter();
        let dimensions = dimensions.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions: dimensions.collect(),
        }
    }
}

/// What was published, by metric and minute.
#[derive(Clone, Debug, Default)]
pub struct Streams(BTreeMap<MetricId, BTreeMap<i64, Vec<f64>>>);

impl Streams {
    /// Adds values of a minute.
    pub fn publish(&mut self, metric: MetricId, minute: i64, values: &[f64]) {
        let minutes = self.0.entry(metric).or_default();
        minutes.entry(minute).or_default().extend(values);
    }

    /// All values of these minutes.
    pub fn values(&self, metric: &MetricId, minutes: Range<i64>) -> Vec<f64> {
        let stream = self.0.get(metric).into_iter();
        let values = stream.flat_map(|stream| stream.range(minutes.clone()));
        values.flat_map(|(_, values)| values).copied().collect()
    }

    /// Every metric that has values.
    pub fn metrics(&self) -> impl Iterator<Item = &MetricId> {
        self.0.keys()
    }
}
