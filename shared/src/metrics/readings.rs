//! What one invocation has to report, as values of metrics. Invariant: a value's label is one that its metric can have, for
//! labels are made of closed lists only.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::catalogue::{Dimension, Function, Kind, Metric, Skip};
use crate::domain::Lane;

/// What tells the values of a metric apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// Nothing: it has no further dimension.
    Whole,
    /// The lane.
    Band(Lane),
    /// Why.
    Reason(Skip),
    /// Who reports.
    Function(Function),
}

impl Label {
    /// The dimension, and its value.
    pub fn dimension(self) -> Option<(Dimension, &'static str)> {
        match self {
            Self::Whole => None,
            Self::Band(lane) => Some((Dimension::Band, lane.name())),
            Self::Reason(skip) => Some((Dimension::Reason, skip.name())),
            Self::Function(function) => Some((Dimension::Function, function.name())),
        }
    }

    fn fits(self, metric: Metric) -> bool {
        metric.definition().dimension == self.dimension().map(|(dimension, _)| dimension)
    }
}

/// Values, by metric and label. Of a counter or a gauge there is one, of a distribution any number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readings(BTreeMap<(Metric, Label), Vec<f64>>);

impl Readings {
    /// Nothing to report.
    pub fn none() -> Self {
        Self::default()
    }

    /// Counts `count` of a metric without a label, even if that is 0.
    #[must_use]
    pub fn counting(mut self, metric: Metric, count: u64) -> Self {
        self.take(metric, Label::Whole, number(count));
        self
    }

    /// The same under a label.
    #[must_use]
    pub fn counting_by(mut self, metric: Metric, label: Label, count: u64) -> Self {
        self.take(metric, label, number(count));
        self
    }

    /// The same for a count that need not be whole.
    #[must_use]
    pub fn amounting_to(mut self, metric: Metric, label: Label, amount: f64) -> Self {
        self.take(metric, label, amount);
        self
    }

    /// Adds a length of time, in milliseconds.
    #[must_use]
    pub fn lasting(mut self, metric: Metric, label: Label, time: TimeDelta) -> Self {
        self.take(metric, label, milliseconds(time));
        self
    }

    /// Adds what `others` report.
    pub fn add(&mut self, others: Self) {
        for ((metric, label), values) in others.0 {
            for value in values {
                self.take(metric, label, value);
            }
        }
    }

    fn take(&mut self, metric: Metric, label: Label, value: f64) {
        debug_assert!(label.fits(metric), "{metric:?} is not told by {label:?}");
        let values = self.0.entry((metric, label)).or_default();
        match (metric.definition().kind, values.last_mut()) {
            (Kind::Counter, Some(sum)) => *sum += value,
            (Kind::Gauge, Some(latest)) => *latest = value,
            (Kind::Distribution, _) | (_, None) => values.push(value),
        }
    }

    /// Every value, by metric and label.
    pub fn iter(&self) -> impl Iterator<Item = (Metric, Label, &[f64])> + '_ {
        self.0
            .iter()
            .map(|((metric, label), values)| (*metric, *label, values.as_slice()))
    }

    /// The values of one metric under one label.
    pub fn of(&self, metric: Metric, label: Label) -> &[f64] {
        self.0.get(&(metric, label)).map_or(&[], Vec::as_slice)
    }

    /// Whether there is nothing to report.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Counts are of what one invocation does: far below what a double holds exactly.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
fn milliseconds(time: TimeDelta) -> f64 {
    time.num_milliseconds() as f64
}
