//! Reads back from CloudWatch what the functions have reported. One call asks for every metric at once: `GetMetricData`
//! is paid by the metric, a cent for a thousand, however many minutes are asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::domain::{Counted, Minute};
use crate::metrics::{COUNTED, Label, Metric, NAMESPACE, STAGE, count_of, stage_of, whole};
use crate::port::{
    Activity, ActivitySource, AwsApi, AwsService, PortError, PortResult, SignedCall,
};

const GET: &str = "cloudwatch.GetMetricData";
const TARGET: &str = "GraniteServiceVersion20100801.GetMetricData";

/// Who looks waits for it, and sees the other half without it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Three hours of every series are some 200 KB.
const MAX_ANSWER_BYTES: usize = 2 * 1_024 * 1_024;

/// An answer may be in parts; three hours fit one.
const MAX_PARTS: usize = 10;

/// From a log line to its metric takes CloudWatch a minute or two.
const SETTLES_AFTER: TimeDelta = TimeDelta::minutes(2);

/// The metrics of a deployment.
#[derive(Clone, Debug)]
pub struct CloudWatch<A> {
    api: A,
    stage: String,
}

impl<A: AwsApi> CloudWatch<A> {
    /// Those of the deployment whose names begin with `namespace`, by calls through `api`.
    pub fn new(api: A, namespace: &str) -> Self {
        let stage = stage_of(namespace).to_owned();
        Self { api, stage }
    }
}

impl<A: AwsApi> Activity for CloudWatch<A> {
    fn source(&self) -> ActivitySource {
        ActivitySource::CloudWatch
    }

    fn settles_after(&self) -> TimeDelta {
        SETTLES_AFTER
    }

    async fn counted(&self, from: Minute, to: Minute) -> PortResult<BTreeMap<Minute, Counted>> {
        let series = series();
        let queries = series.iter().enumerate();
        let queries = queries.map(|(number, series)| series.query(number, &self.stage));
        let queries: Vec<_> = queries.collect();
        let mut body = json!({
            "MetricDataQueries": queries,
            "StartTime": from.start().timestamp(),
            "EndTime": to.plus(1).start().timestamp(),
            "ScanBy": "TimestampAscending",
        });
        let mut counted = BTreeMap::new();
        for _ in 0..MAX_PARTS {
            let call = SignedCall {
                timeout: PATIENCE,
                max_answer_bytes: MAX_ANSWER_BYTES,
                ..SignedCall::json(AwsService::CloudWatch, GET, "1.0", TARGET, &body)
            };
            let answer = self.api.call(call).await?.json();
            add(&mut counted, &series, &answer)?;
            match answer["NextToken"].as_str() {
                None => return Ok(counted),
                Some(token) => body["NextToken"] = token.into(),
            }
        }
        Err(unexpected("more parts than three hours can have"))
    }
}

/// What is asked for: one statistic of one metric under one label.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Series {
    metric: Metric,
    label: Label,
    statistic: &'static str,
}

const P50: &str = "p50";
const P99: &str = "p99";

/// Everything that is asked for.
fn series() -> Vec<Series> {
    let counters = COUNTED.into_iter().flat_map(|metric| {
        let labels = Label::all(metric.definition().dimension).into_iter();
        labels.map(move |label| Series {
            metric,
            label,
            statistic: "Sum",
        })
    });
    let others = [
        (Metric::Lateness, P50),
        (Metric::Lateness, P99),
        (Metric::Backlog, "Maximum"),
    ];
    let others = others.map(|(metric, statistic)| Series {
        metric,
        label: Label::Whole,
        statistic,
    });
    counters.chain(others).collect()
}

impl Series {
    fn query(&self, number: usize, stage: &str) -> Value {
        let mut dimensions = vec![json!({ "Name": STAGE, "Value": stage })];
        if let Some((dimension, value)) = self.label.dimension() {
            dimensions.push(json!({ "Name": dimension.name(), "Value": value }));
        }
        json!({
            "Id": id(number),
            "MetricStat": {
                "Metric": {
                    "Namespace": NAMESPACE,
                    "MetricName": self.metric.definition().name,
                    "Dimensions": dimensions,
                },
                "Period": 60,
                "Stat": self.statistic,
            },
        })
    }

    /// Adds `value` to the counts of its minute.
    fn put(&self, counted: &mut Counted, value: f64) {
        match (self.metric, self.statistic) {
            (Metric::Lateness, P50) => counted.lateness_p50_ms = Some(value),
            (Metric::Lateness, P99) => counted.lateness_p99_ms = Some(value),
            (Metric::Backlog, _) => counted.ready = Some(whole(value)),
            (metric, _) => {
                if let Some(count) = count_of(counted, metric) {
                    *count += whole(value);
                }
            }
        }
    }
}

/// What a query is called in the answer.
fn id(number: usize) -> String {
    format!("s{number}")
}

/// Adds what a part of an answer says.
fn add(
    counted: &mut BTreeMap<Minute, Counted>,
    series: &[Series],
    answer: &Value,
) -> PortResult<()> {
    let results = answer["MetricDataResults"].as_array();
    for result in results.ok_or_else(|| unexpected("no results"))? {
        let status = result["StatusCode"].as_str().unwrap_or_default();
        if !["Complete", "PartialData"].contains(&status) {
            return Err(unexpected(&format!("a series is {status}")));
        }
        let mut asked = series.iter().enumerate();
        let asked = asked.find(|(number, _)| result["Id"].as_str() == Some(&id(*number)));
        let (_, asked) = asked.ok_or_else(|| unexpected("a series that nobody asked for"))?;
        let all = |name: &str| result[name].as_array().cloned().unwrap_or_default();
        for (at, value) in all("Timestamps").iter().zip(all("Values")) {
            let (at, value) = instant(at)
                .zip(value.as_f64())
                .ok_or_else(|| unexpected("a figure without its minute"))?;
            asked.put(counted.entry(Minute::of(at)).or_default(), value);
        }
    }
    Ok(())
}

/// Seconds since 1970, as the protocol has instants: `1764331200`, `1.7643312E9`; or as text, which a stand-in writes.
#[expect(clippy::cast_possible_truncation, reason = "a cast saturates")]
fn instant(at: &Value) -> Option<DateTime<Utc>> {
    match at.as_f64() {
        Some(seconds) => DateTime::from_timestamp(seconds as i64, 0),
        None => at.as_str()?.parse().ok(),
    }
}

fn unexpected(what: &str) -> PortError {
    PortError::Corrupt {
        operation: GET,
        source: what.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::metrics::Kind;
    use crate::port::{AwsFailure, SignedAnswer};

    /// Answers calls one after the other, and keeps what was asked.
    struct Scripted {
        answers: Mutex<Vec<Value>>,
        asked: Mutex<Vec<SignedCall>>,
    }

    impl AwsApi for &'static Scripted {
        async fn call(&self, call: SignedCall) -> Result<SignedAnswer, AwsFailure> {
            self.asked.lock().unwrap().push(call);
            Ok(SignedAnswer {
                status: 200,
                body: self.answers.lock().unwrap().remove(0).to_string().into(),
                ..SignedAnswer::default()
            })
        }
    }

    fn scripted(answers: impl IntoIterator<Item = Value>) -> &'static Scripted {
        Box::leak(Box::new(Scripted {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: Mutex::default(),
        }))
    }

    fn minute(text: &str) -> Minute {
        text.parse().unwrap()
    }

    fn result(metric: Metric, statistic: &str, figures: &[(i64, f64)]) -> Value {
        let all = series();
        let number = all
            .iter()
            .position(|one| one.metric == metric && one.statistic == statistic);
        let (at, values): (Vec<_>, Vec<_>) = figures.iter().copied().unzip();
        json!({
            "Id": id(number.unwrap()), "Label": "l", "StatusCode": "Complete",
            "Timestamps": at, "Values": values,
        })
    }

    const NOON: i64 = 1_764_331_200;

    #[tokio::test]
    async fn every_metric_is_asked_for_at_once_and_only_of_this_stage() {
        let api = scripted([json!({ "MetricDataResults": [] })]);
        let reader = CloudWatch::new(api, "punctual-prod");
        let (from, to) = (minute("2025-11-28T12:00"), minute("2025-11-28T12:59"));
        assert_eq!(reader.counted(from, to).await.unwrap(), BTreeMap::new());
        let asked = api.asked.lock().unwrap();
        let [call] = &asked[..] else {
            panic!("{asked:?}")
        };
        let header = |name| call.headers.iter().find(|(known, _)| *known == name);
        assert_eq!(header("x-amz-target").unwrap().1, TARGET);
        let body: Value = serde_json::from_slice(&call.body).unwrap();
        assert_eq!(body["StartTime"], NOON);
        assert_eq!(
            body["EndTime"],
            NOON + 3_600,
            "to the end of the last minute"
        );
        let queries = body["MetricDataQueries"].as_array().unwrap();
        assert_eq!(queries.len(), 24, "what reading costs follows from it");
        for query in queries {
            let dimensions = query["MetricStat"]["Metric"]["Dimensions"].as_array();
            let stage = json!({ "Name": "Stage", "Value": "prod" });
            assert!(dimensions.unwrap().contains(&stage), "{query}");
        }
        for one in series() {
            let definition = one.metric.definition();
            let dimension = one.label.dimension().map(|(dimension, _)| dimension);
            assert!(
                definition.also_whole || dimension == definition.dimension,
                "{one:?} is never published"
            );
            let is_counted = one.statistic == "Sum";
            assert_eq!(definition.kind == Kind::Counter, is_counted, "{one:?}");
        }
    }

    #[tokio::test]
    async fn parts_and_series_come_together_by_the_minute() {
        let skipped = |one: &Series| one.metric == Metric::Skipped;
        let second_reason = series().iter().position(skipped).unwrap() + 1;
        let skips = json!({
            "Id": id(second_reason), "StatusCode": "Complete",
            "Timestamps": ["2025-11-28T12:00:00Z"], "Values": [4.0],
        });
        let api = scripted([
            json!({
                "MetricDataResults": [
                    result(Metric::Started, "Sum", &[(NOON, 12.0), (NOON + 60, 3.0)]),
                    result(Metric::Skipped, "Sum", &[(NOON, 2.0)]),
                    skips,
                ],
                "NextToken": "more",
            }),
            json!({
                "MetricDataResults": [
                    result(Metric::Lateness, P50, &[(NOON, -3.5)]),
                    result(Metric::Lateness, P99, &[(NOON, 812.25)]),
                    result(Metric::Backlog, "Maximum", &[(NOON + 60, 7.0)]),
                ],
            }),
        ]);
        let reader = CloudWatch::new(api, "punctual-prod");
        let (from, to) = (minute("2025-11-28T12:00"), minute("2025-11-28T12:59"));
        let counted = reader.counted(from, to).await.unwrap();
        let expected = BTreeMap::from([
            (
                from,
                Counted {
                    started: 12,
                    skipped: 6,
                    lateness_p50_ms: Some(-3.5),
                    lateness_p99_ms: Some(812.25),
                    ..Counted::default()
                },
            ),
            (
                from.plus(1),
                Counted {
                    started: 3,
                    ready: Some(7),
                    ..Counted::default()
                },
            ),
        ]);
        assert_eq!(counted, expected);
        let second: Value = serde_json::from_slice(&api.asked.lock().unwrap()[1].body).unwrap();
        assert_eq!(second["NextToken"], "more");
    }

    #[tokio::test]
    async fn an_answer_that_says_less_than_was_asked_is_no_answer() {
        for answer in [
            json!({}),
            json!({ "MetricDataResults": [{ "Id": "s0", "StatusCode": "Forbidden" }] }),
            json!({ "MetricDataResults": [{ "Id": "x", "StatusCode": "Complete" }] }),
            json!({ "MetricDataResults": [{ "Id": "s0", "StatusCode": "Complete", "Timestamps": ["noon"], "Values": [1] }] }),
        ] {
            let reader = CloudWatch::new(scripted([answer.clone()]), "punctual-prod");
            let at = minute("2025-11-28T12:00");
            let read = reader.counted(at, at).await;
            assert!(matches!(read, Err(PortError::Corrupt { .. })), "{answer}");
        }
    }
}
