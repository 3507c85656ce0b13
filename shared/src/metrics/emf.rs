//! Readings as CloudWatch's embedded metric format: log lines from which CloudWatch takes metrics, at no price but that of
//! the line. Invariant: no document exceeds a limit of the format, and no value is left out.
//!
//! One document holds all that an invocation reports. A document can hold only one value of a dimension, and only one
//! member of a name: there is a second where one metric was counted for two reasons, or one distribution has more values
//! than a member may have.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::catalogue::{Metric, NAMESPACE, STAGE};
use super::readings::{Label, Readings};

/// The most values that a member may have.
pub const MAX_VALUES: usize = 100;

/// The most metrics that a document may define.
pub const MAX_METRICS: usize = 100;

/// The documents, each to be written as one line, for what was read in `stage` at `at`.
pub fn documents(readings: &Readings, stage: &str, at: DateTime<Utc>) -> Vec<Value> {
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    for (metric, label, values) in readings.iter() {
        for part in values.chunks(MAX_VALUES) {
            if let Some(draft) = drafts.iter_mut().find(|draft| draft.admits(metric, label)) {
                draft.take(metric, label, part);
            } else {
                let mut draft = Draft::default();
                draft.take(metric, label, part);
                drafts.push(draft);
            }
        }
    }
    let written = drafts.into_iter().map(|draft| draft.document(stage, at));
    written.collect()
}

/// A document in the making.
#[derive(Default)]
struct Draft<'a> {
    entries: Vec<(Metric, Label, &'a [f64])>,
}

impl<'a> Draft<'a> {
    fn admits(&self, metric: Metric, label: Label) -> bool {
        let agrees = |other: Label| match (label.dimension(), other.dimension()) {
            (Some((dimension, value)), Some((other, theirs))) if dimension == other => {
                value == theirs
            }
            _ => true,
        };
        self.entries.len() < MAX_METRICS
            && self
                .entries
                .iter()
                .all(|(other, label, _)| *other != metric && agrees(*label))
    }

    fn take(&mut self, metric: Metric, label: Label, values: &'a [f64]) {
        self.entries.push((metric, label, values));
    }

    fn document(self, stage: &str, at: DateTime<Utc>) -> Value {
        let mut root = Map::new();
        let mut directives: Vec<(Vec<Vec<&str>>, Vec<Value>)> = Vec::new();
        root.insert(STAGE.to_owned(), stage.into());
        for (metric, label, values) in self.entries {
            let definition = metric.definition();
            if let Some((dimension, value)) = label.dimension() {
                root.insert(dimension.name().to_owned(), value.into());
            }
            root.insert(definition.name.to_owned(), member(values));
            let defined = json!({ "Name": definition.name, "Unit": definition.unit.name() });
            let sets = definition.dimension_sets();
            match directives.iter_mut().find(|(known, _)| *known == sets) {
                Some((_, metrics)) => metrics.push(defined),
                None => directives.push((sets, vec![defined])),
            }
        }
        let directives: Vec<_> = directives
            .into_iter()
            .map(|(sets, metrics)| {
                json!({ "Namespace": NAMESPACE, "Dimensions": sets, "Metrics": metrics })
            })
            .collect();
        let metadata =
            json!({ "Timestamp": at.timestamp_millis(), "CloudWatchMetrics": directives });
        root.insert("_aws".to_owned(), metadata);
        Value::Object(root)
    }
}

fn member(values: &[f64]) -> Value {
    match values {
        [one] => figure(*one),
        many => many.iter().copied().map(figure).collect(),
    }
}

/// Whole numbers without a fraction: shorter, by a third of a line's figures.
#[expect(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "only of what is the same afterwards"
)]
fn figure(value: f64) -> Value {
    let whole = value.round();
    if whole == value && whole.abs() < 9e15 {
        (whole as i64).into()
    } else {
        value.into()
    }
}
