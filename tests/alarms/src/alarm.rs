//! An alarm on a metric, or on an expression of several, and what it makes of a stream. Invariant: it is evaluated at every
//! full minute, on periods that end then, as AWS documents it for periods of a minute or more: a period of five minutes is
//! not one of the clock.

use std::collections::BTreeMap;

use crate::Unsupported;
use crate::evaluation::{Bounds, Missing, State};
use crate::expression::{Expression, Value};
use crate::statistic::Statistic;
use crate::streams::{MetricId, Streams};

/// A metric alarm.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// Its name, without the stage's.
    pub name: String,
    /// The metrics, by id.
    pub metrics: BTreeMap<String, (MetricId, Statistic)>,
    /// What is made of them.
    pub expression: Expression,
    /// Minutes to a data point.
    pub period: i64,
    /// How many data points decide.
    pub bounds: Bounds,
    /// What they are compared with.
    pub threshold: f64,
    /// How.
    pub comparison: Comparison,
    /// What stands in for missing ones.
    pub missing: Missing,
    /// Whether it tells somebody itself.
    pub tells: bool,
}

/// What is beyond a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are called what they are")]
pub enum Comparison {
    MoreOrEqual,
    More,
    Less,
    LessOrEqual,
}

impl Comparison {
    fn is_beyond(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::MoreOrEqual => value >= threshold,
            Self::More => value > threshold,
            Self::Less => value < threshold,
            Self::LessOrEqual => value <= threshold,
        }
    }
}

impl Alarm {
    /// The data points that are retrieved at `minute`, the oldest first. What was published in `minute` is not looked at
    /// any more: it is just beginning.
    ///
    /// # Errors
    /// If the expression names a metric that the alarm does not have.
    pub fn points(&self, streams: &Streams, minute: i64) -> Result<Vec<Option<f64>>, Unsupported> {
        let range = self.bounds.range();
        let ends = (0..).step_by(usize::try_from(self.period).unwrap_or(1));
        let ends: Vec<i64> = ends.take(range).map(|back: i64| minute - back).collect();
        let named = self.metrics.iter().map(|(id, (metric, statistic))| {
            let points = ends.iter().rev().map(|end| {
                let values = streams.values(metric, end - self.period..*end);
                statistic.of(&values)
            });
            (id.clone(), Value::Series(points.collect()))
        });
        let value = self.expression.evaluate(&named.collect(), range)?;
        Ok(match value {
            Value::Series(points) => points,
            Value::Scalar(value) => vec![Some(value); range],
        })
    }

    /// The state at `minute`, after `before`.
    ///
    /// # Errors
    /// As [`Self::points`].
    pub fn state(
        &self,
        streams: &Streams,
        minute: i64,
        before: State,
    ) -> Result<State, Unsupported> {
        let points = self.points(streams, minute)?;
        let beyond = |value: f64| self.comparison.is_beyond(value, self.threshold);
        let points: Vec<_> = points.iter().map(|point| point.map(beyond)).collect();
        Ok(self.bounds.evaluate(&points, self.missing, before))
    }
}
