//! Takes metrics from a log line in CloudWatch's embedded metric format, as CloudWatch Logs does. Invariant: a metric is
//! published under each set of dimensions that its directive lists, and under no other.

use serde_json::Value;

use crate::streams::{MetricId, Streams};
use crate::{Unsupported, unsupported};

/// Publishes what `document` says, in `minute`.
///
/// # Errors
/// If it is not such a document.
pub fn publish(streams: &mut Streams, document: &Value, minute: i64) -> Result<(), Unsupported> {
    for directive in list(&document["_aws"]["CloudWatchMetrics"], "directives")? {
        let namespace = text(&directive["Namespace"], "a namespace")?;
        for set in list(&directive["Dimensions"], "sets of dimensions")? {
            let names = list(set, "a set of dimensions")?.iter();
            let dimensions = names.map(|name| {
                let name = text(name, "a dimension's name")?;
                Ok((name, text(&document[name], name)?))
            });
            let dimensions = dimensions.collect::<Result<Vec<_>, _>>()?;
            for metric in list(&directive["Metrics"], "metrics")? {
                let name = text(&metric["Name"], "a metric's name")?;
                let id = MetricId::new(namespace, name, &dimensions);
                streams.publish(id, minute, &values(&document[name], name)?);
            }
        }
    }
    Ok(())
}

fn values(member: &Value, name: &str) -> Result<Vec<f64>, Unsupported> {
    let members = match member {
        Value::Array(members) => members.as_slice(),
        one => std::slice::from_ref(one),
    };
    let values: Option<Vec<f64>> = members.iter().map(Value::as_f64).collect();
    values.map_or_else(|| unsupported(format!("{name} is {member}")), Ok)
}

fn list<'a>(value: &'a Value, what: &str) -> Result<&'a [Value], Unsupported> {
    let list = value.as_array().map(Vec::as_slice);
    list.map_or_else(|| unsupported(format!("{what}: {value}")), Ok)
}

fn text<'a>(value: &'a Value, what: &str) -> Result<&'a str, Unsupported> {
    let text = value.as_str();
    text.map_or_else(|| unsupported(format!("{what}: {value}")), Ok)
}
