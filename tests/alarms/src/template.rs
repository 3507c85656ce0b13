//! Reads the alarms of a template. Invariant: a setting that is not read here is refused, so that none is passed over.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::alarm::{Alarm, Comparison};
use crate::evaluation::{Bounds, Missing};
use crate::expression::Expression;
use crate::intrinsics::Resolver;
use crate::rule::Rule;
use crate::statistic::Statistic;
use crate::streams::MetricId;
use crate::watch::{Composite, Suppressor};
use crate::{Unsupported, unsupported};

/// The settings of an alarm that are understood.
const SETTINGS: [&str; 16] = [
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "MetricName",
    "Metrics",
    "Namespace",
    "Period",
    "Statistic",
    "Tags",
    "Threshold",
    "TreatMissingData",
];

/// All alarms of a template.
#[derive(Clone, Debug, Default)]
pub struct Alarms {
    /// On metrics.
    pub metric: Vec<Alarm>,
    /// On other alarms.
    pub composite: Vec<Composite>,
}

/// Reads the alarms that a template (YAML) makes in `stage`.
///
/// # Errors
/// If the template is not one, or an alarm has what is not evaluated here.
pub fn read(template: &str, stage: &str) -> Result<Alarms, Unsupported> {
    let template: Value =
        serde_yaml_ng::from_str(template).map_err(|error| Unsupported(error.to_string()))?;
    let reader = Reader {
        resolver: Resolver {
            template: &template,
            stage,
        },
        prefix: format!("punctual-{stage}-"),
    };
    let mut alarms = Alarms::default();
    let resources = template["Resources"].as_object();
    for resource in resources.into_iter().flat_map(|all| all.values()) {
        if !reader.resolver.is_made(resource)? {
            continue;
        }
        match resource["Type"].as_str() {
            Some("AWS::CloudWatch::Alarm") => {
                alarms.metric.push(reader.alarm(&resource["Properties"])?);
            }
            Some("AWS::CloudWatch::CompositeAlarm") => {
                alarms
                    .composite
                    .push(reader.composite(&resource["Properties"])?);
            }
            _ => {}
        }
    }
    Ok(alarms)
}

struct Reader<'a> {
    resolver: Resolver<'a>,
    prefix: String,
}

impl Reader<'_> {
    fn alarm(&self, properties: &Value) -> Result<Alarm, Unsupported> {
        let name = self.name(&properties["AlarmName"])?;
        let settings = properties
            .as_object()
            .into_iter()
            .flat_map(|all| all.keys());
        if let Some(other) = settings
            .into_iter()
            .find(|key| !SETTINGS.contains(&key.as_str()))
        {
            return unsupported(format!("{name}: {other}"));
        }
        let evaluated = number(&properties["EvaluationPeriods"])?;
        let breaching = match &properties["DatapointsToAlarm"] {
            Value::Null => evaluated,
            value => number(value)?,
        };
        let (metrics, expression, period) = if let Value::Array(queries) = &properties["Metrics"] {
            self.math(&name, queries)?
        } else {
            let statistic = properties["Statistic"].as_str();
            let statistic = statistic.or(properties["ExtendedStatistic"].as_str());
            let statistic = Statistic::parse(statistic.unwrap_or_default())?;
            let watched = Expression::Series("value".to_owned());
            let metric = (self.metric(properties)?, statistic);
            let metrics = BTreeMap::from([("value".to_owned(), metric)]);
            (metrics, watched, number(&properties["Period"])?)
        };
        Ok(Alarm {
            metrics,
            expression,
            period: i64::try_from(period / 60).unwrap_or_default(),
            bounds: Bounds {
                evaluated,
                breaching,
            },
            threshold: properties["Threshold"]
                .as_f64()
                .ok_or_else(|| Unsupported(format!("{name}: no threshold")))?,
            comparison: comparison(&properties["ComparisonOperator"])?,
            missing: missing(&properties["TreatMissingData"])?,
            tells: tells(properties),
            name,
        })
    }

    /// The metrics and the one expression of an alarm that does sums, and their period.
    #[expect(
        clippy::type_complexity,
        reason = "three parts of an alarm, named where they go"
    )]
    fn math(
        &self,
        name: &str,
        queries: &[Value],
    ) -> Result<(BTreeMap<String, (MetricId, Statistic)>, Expression, usize), Unsupported> {
        let mut metrics = BTreeMap::new();
        let mut expression = None;
        let mut period = None;
        for query in queries {
            let id = query["Id"].as_str().unwrap_or_default().to_owned();
            let returned = query["ReturnData"].as_bool().unwrap_or(true);
            if returned != query["MetricStat"].is_null() || (returned && expression.is_some()) {
                return unsupported(format!("{name}: what is returned is one expression"));
            }
            if returned {
                let text = self.resolver.text(&query["Expression"])?;
                expression = Some(Expression::parse(&text)?);
                continue;
            }
            let stat = &query["MetricStat"];
            let statistic = Statistic::parse(stat["Stat"].as_str().unwrap_or_default())?;
            let seconds = number(&stat["Period"])?;
            if period
                .replace(seconds)
                .is_some_and(|other| other != seconds)
            {
                return unsupported(format!("{name}: periods differ"));
            }
            metrics.insert(id, (self.metric(&stat["Metric"])?, statistic));
        }
        match (expression, period) {
            (Some(expression), Some(period)) if metrics.len() <= 10 => {
                Ok((metrics, expression, period))
            }
            _ => unsupported(format!("{name}: one expression, and one to ten metrics")),
        }
    }

    fn metric(&self, metric: &Value) -> Result<MetricId, Unsupported> {
        let mut dimensions = BTreeMap::new();
        for dimension in metric["Dimensions"].as_array().into_iter().flatten() {
            let name = self.resolver.text(&dimension["Name"])?;
            dimensions.insert(name, self.resolver.text(&dimension["Value"])?);
        }
        Ok(MetricId {
            namespace: self.resolver.text(&metric["Namespace"])?,
            name: self.resolver.text(&metric["MetricName"])?,
            dimensions,
        })
    }

    fn composite(&self, properties: &Value) -> Result<Composite, Unsupported> {
        let rule = self.resolver.text(&properties["AlarmRule"])?;
        let suppressor = match &properties["ActionsSuppressor"] {
            Value::Null => None,
            suppressor => Some(Suppressor {
                alarm: self.name(suppressor)?,
                wait: minutes(&properties["ActionsSuppressorWaitPeriod"])?,
                extension: minutes(&properties["ActionsSuppressorExtensionPeriod"])?,
            }),
        };
        Ok(Composite {
            name: self.name(&properties["AlarmName"])?,
            rule: Rule::parse(&rule.replace(&self.prefix, ""))?,
            suppressor,
            tells: tells(properties),
        })
    }

    fn name(&self, value: &Value) -> Result<String, Unsupported> {
        let name = self.resolver.text(value)?;
        match name.strip_prefix(&self.prefix) {
            Some(name) => Ok(name.to_owned()),
            None => unsupported(format!("{name} does not begin with {}", self.prefix)),
        }
    }
}

fn tells(properties: &Value) -> bool {
    properties["AlarmActions"]
        .as_array()
        .is_some_and(|actions| !actions.is_empty())
}

fn minutes(value: &Value) -> Result<i64, Unsupported> {
    let seconds = number(value)?;
    Ok(i64::try_from(seconds / 60).unwrap_or_default())
}

fn number(value: &Value) -> Result<usize, Unsupported> {
    let number = value
        .as_u64()
        .and_then(|number| usize::try_from(number).ok());
    number.map_or_else(|| unsupported(format!("{value} is no count")), Ok)
}

fn comparison(value: &Value) -> Result<Comparison, Unsupported> {
    match value.as_str().unwrap_or_default() {
        "GreaterThanOrEqualToThreshold" => Ok(Comparison::MoreOrEqual),
        "GreaterThanThreshold" => Ok(Comparison::More),
        "LessThanThreshold" => Ok(Comparison::Less),
        "LessThanOrEqualToThreshold" => Ok(Comparison::LessOrEqual),
        other => unsupported(format!("comparison {other}")),
    }
}

fn missing(value: &Value) -> Result<Missing, Unsupported> {
    match value.as_str().unwrap_or("missing") {
        "missing" => Ok(Missing::Missing),
        "ignore" => Ok(Missing::Ignore),
        "breaching" => Ok(Missing::Breaching),
        "notBreaching" => Ok(Missing::NotBreaching),
        other => unsupported(format!("missing data as {other}")),
    }
}
