//! The template's alarms and its dashboard agree with the runbook, with the catalogue of metrics and with what AWS
//! publishes.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};
use punctual::domain::{ExecutionId, JobId};
use punctual::metrics::{Dimension, Metric, NAMESPACE, STAGE as STAGE_DIMENSION};
use punctual_alarms::intrinsics::Resolver;
use punctual_alarms::streams::MetricId;
use serde_json::Value;

use crate::{STAGE, alarms, read};

/// Metrics that AWS publishes, by namespace, with the dimensions under which it does so. What is not here is not known to
/// exist.
const AWS: [(&str, &[&str], &[&str], &str); 4] = [
    (
        "AWS/SQS",
        &[
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
        ],
        &["QueueName"],
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
    ),
    (
        "AWS/Lambda",
        &["ConcurrentExecutions", "Errors", "Throttles"],
        &["FunctionName"],
        "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
    ),
    (
        "AWS/ApiGateway",
        &["4xx", "5xx", "Count", "Latency"],
        &["ApiId"],
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html",
    ),
    (
        "AWS/DynamoDB",
        &["ConsumedWriteCapacityUnits"],
        &["TableName"],
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html",
    ),
];

/// Fails unless the metric is one that is published under these dimensions, with such values.
fn is_published(metric: &MetricId, by: &str) {
    let names: Vec<&str> = metric.dimensions.keys().map(String::as_str).collect();
    if metric.namespace != NAMESPACE {
        let known = AWS
            .iter()
            .find(|(namespace, ..)| *namespace == metric.namespace);
        let (_, metrics, dimensions, source) = known.unwrap_or_else(|| panic!("{by}: {metric:?}"));
        assert!(
            metrics.contains(&metric.name.as_str()),
            "{by}: {} is not on {source}",
            metric.name
        );
        assert_eq!(names, *dimensions, "{by}: {source}");
        return;
    }
    let found = Metric::ALL.iter().map(|metric| metric.definition());
    let mut found = found.filter(|definition| definition.name == metric.name);
    let definition = found
        .next()
        .unwrap_or_else(|| panic!("{by}: no metric is called {}", metric.name));
    let mut sets = definition.dimension_sets();
    for set in &mut sets {
        set.sort_unstable();
    }
    assert!(
        sets.contains(&names),
        "{by}: {} is not published by {names:?}",
        metric.name
    );
    for (name, value) in &metric.dimensions {
        if name == STAGE_DIMENSION {
            assert_eq!(value, STAGE, "{by}");
            continue;
        }
        let mut dimensions = Dimension::ALL.iter();
        let dimension = dimensions
            .find(|dimension| dimension.name() == name)
            .unwrap();
        assert!(
            dimension.values().contains(&value.as_str()),
            "{by}: {name} is never {value}"
        );
    }
}

#[test]
fn alarms_watch_what_is_published() {
    for alarm in alarms().metric {
        for (metric, _) in alarm.metrics.values() {
            is_published(metric, &alarm.name);
        }
        let mut used = alarm.expression.names();
        used.sort_unstable();
        used.dedup();
        let watched: Vec<_> = alarm.metrics.keys().map(String::as_str).collect();
        assert_eq!(used, watched, "{}", alarm.name);
    }
}

#[test]
fn no_message_that_is_on_its_way_is_old_enough_for_an_alarm() {
    const LONGEST_DELAY: f64 = 900.0;
    let template: Value = serde_yaml_ng::from_str(&read("infra/template.yaml")).unwrap();
    let resources = template["Resources"].as_object().unwrap().values();
    let queues: Vec<_> = resources
        .filter(|resource| resource["Type"] == "AWS::SQS::Queue")
        .map(|queue| &queue["Properties"])
        .collect();
    let alarms = alarms().metric;
    let ages = alarms
        .iter()
        .filter(|alarm| alarm.name.ends_with("-oldest-message"));
    let mut checked = 0;
    for alarm in ages {
        let lane = alarm.name.trim_end_matches("-oldest-message");
        let name = format!("punctual-${{Stage}}-{lane}");
        let queue = queues
            .iter()
            .find(|queue| queue["QueueName"]["Fn::Sub"] == name);
        // As long as a worker may keep it, and its function's time with that.
        let kept = queue.unwrap()["VisibilityTimeout"].as_f64().unwrap();
        assert!(alarm.threshold > LONGEST_DELAY + kept, "{}", alarm.name);
        checked += 1;
    }
    assert_eq!(checked, 4);
}

/// The dashboard, resolved.
fn dashboard() -> Value {
    let template: Value = serde_yaml_ng::from_str(&read("infra/template.yaml")).unwrap();
    let resolver = Resolver {
        template: &template,
        stage: STAGE,
    };
    let body = &template["Resources"]["Dashboard"]["Properties"]["DashboardBody"];
    serde_json::from_str(&resolver.text(body).unwrap()).unwrap()
}

#[test]
fn the_dashboard_shows_what_is_published() {
    let dashboard = dashboard();
    let mut shown = BTreeSet::new();
    for widget in dashboard["widgets"].as_array().unwrap() {
        let title = widget["properties"]["title"].as_str().unwrap();
        let rows = widget["properties"]["metrics"].as_array();
        for row in rows.into_iter().flatten() {
            let words: Vec<_> = row
                .as_array()
                .unwrap()
                .iter()
                .map_while(Value::as_str)
                .collect();
            let [namespace, name, dimensions @ ..] = words.as_slice() else {
                continue;
            };
            let dimensions: Vec<_> = dimensions
                .chunks(2)
                .map(|pair| (pair[0], pair[1]))
                .collect();
            let metric = MetricId::new(namespace, name, &dimensions);
            is_published(&metric, title);
            shown.insert(metric.name);
        }
    }
    for metric in [
        "Lateness",
        "TickSeen",
        "SchedulerLag",
        "PressureLevel",
        "ConsumedWriteUnits",
    ] {
        assert!(shown.contains(metric), "{metric} is not shown");
    }
}

#[test]
fn the_dashboard_lists_every_alarm_that_each_stage_has() {
    let template: Value = serde_yaml_ng::from_str(&read("infra/template.yaml")).unwrap();
    let resources = template["Resources"].as_object().unwrap().values();
    let made = resources
        .filter(|resource| resource["Condition"].is_null())
        .map(|resource| &resource["Properties"]["AlarmName"]["Fn::Sub"]);
    let made: BTreeSet<_> = made
        .filter_map(Value::as_str)
        .map(|name| name.replace("${Stage}", STAGE))
        .collect();
    let dashboard = dashboard();
    let listed = dashboard["widgets"][0]["properties"]["alarms"]
        .as_array()
        .unwrap();
    let listed = listed
        .iter()
        .map(|arn| arn.as_str().unwrap().rsplit(':').next().unwrap());
    assert_eq!(listed.map(str::to_owned).collect::<BTreeSet<_>>(), made);
}

/// Finds the minute of the hour in an execution's id, wherever that is in a line of the log.
const MINUTE: &str = "parse @message /_[0-9]{8}T[0-9]{2}(?<minute>[0-9]{2})[0-9]{2}/";

#[test]
fn the_dashboard_asks_logs_for_what_is_logged() {
    let worker = read("functions/worker/src/lib.rs");
    let dashboard = dashboard();
    let widgets = dashboard["widgets"].as_array().unwrap().iter();
    let queries = widgets.filter_map(|widget| widget["properties"]["query"].as_str());
    let queries: Vec<_> = queries.collect();
    assert_eq!(queries.len(), 2);
    for query in queries {
        assert!(query.contains("message = 'finished'"), "{query}");
        assert!(query.contains(MINUTE), "{query}");
        assert!(query.contains("lateness_ms"), "{query}");
    }
    for logged in ["\"finished\"", "lateness_ms =", "message.execution_id()"] {
        assert!(worker.contains(logged), "the worker does not log {logged}");
    }
    // What that pattern looks for is where an id has it.
    let job: JobId = "0198c0de-0000-7000-8000-000000000001".parse().unwrap();
    let due = DateTime::UNIX_EPOCH + TimeDelta::minutes(7 * 60 + 42);
    let id = ExecutionId::scheduled(job, due).to_string();
    assert!(id.ends_with("_19700101T074200Z"), "{id}");
}

#[test]
fn every_alarm_has_its_heading_in_the_runbook_and_the_runbook_no_other() {
    let runbook = read("infra/RUNBOOK.md");
    let headings = runbook.lines().filter_map(|line| line.strip_prefix("### "));
    let headings: Vec<_> = headings.collect();
    let alarms = alarms();
    let metric = alarms.metric.iter().map(|alarm| alarm.name.as_str());
    let names = metric.chain(
        alarms
            .composite
            .iter()
            .map(|composite| composite.name.as_str()),
    );
    let names: BTreeSet<_> = names.collect();
    assert_eq!(headings.iter().copied().collect::<BTreeSet<_>>(), names);
    assert_eq!(headings.len(), names.len(), "a heading twice");
    for section in runbook.split("\n### ").skip(1) {
        let section = section.split("\n## ").next().unwrap();
        for part in [
            "**Meaning.**",
            "**First look.**",
            "**Safe action.**",
            "**Escalate**",
        ] {
            let heading = section.lines().next().unwrap();
            assert!(section.contains(part), "{heading} has no {part}");
        }
    }
}

#[test]
fn the_runbook_asks_the_api_for_what_there_is() {
    let description: Value = serde_json::from_str(&read("functions/api/openapi.json")).unwrap();
    let runbook = read("infra/RUNBOOK.md");
    let asked = runbook.split("/v1/").skip(1).map(|rest| {
        let path = rest.split([' ', '`', '\n', ';', ',']).next().unwrap();
        format!("/v1/{path}")
    });
    let asked: BTreeSet<_> = asked.collect();
    assert!(asked.len() > 4, "{asked:?}");
    for path in asked {
        assert!(
            description["paths"][&path].is_object(),
            "there is no {path}"
        );
    }
}

#[test]
fn the_runbook_counts_what_is_paid_for() {
    let alarms = alarms();
    let (metric, composite) = (alarms.metric.len(), alarms.composite.len());
    let watched: usize = alarms.metric.iter().map(|alarm| alarm.metrics.len()).sum();
    let cents = 10 * watched + 50 * composite;
    let (dollars, cents) = (cents / 100, cents % 100);
    let said = read("infra/RUNBOOK.md").replace('\n', " ");
    for count in [
        format!("{metric} alarms on {watched} metrics, and {composite} composites: "),
        format!(" a composite ${dollars}.{cents:02} a month"),
    ] {
        assert!(said.contains(&count), "the runbook should say {count:?}");
    }
}

#[test]
fn descriptions_of_alarms_lead_to_their_headings() {
    let template: Value = serde_yaml_ng::from_str(&read("infra/template.yaml")).unwrap();
    let resources = template["Resources"].as_object().unwrap().values();
    let alarms = resources.filter(|resource| {
        let kind = resource["Type"].as_str().unwrap();
        kind.starts_with("AWS::CloudWatch::") && kind.ends_with("Alarm")
    });
    for alarm in alarms {
        let name = alarm["Properties"]["AlarmName"]["Fn::Sub"]
            .as_str()
            .unwrap();
        let name = name.strip_prefix("punctual-${Stage}-").unwrap();
        let description = alarm["Properties"]["AlarmDescription"].as_str().unwrap();
        assert!(
            description.ends_with(&format!("infra/RUNBOOK.md#{name}")),
            "{name}"
        );
    }
}

#[test]
fn each_alarm_tells_either_by_itself_or_through_one_composite() {
    let alarms = alarms();
    for alarm in &alarms.metric {
        let through = alarms.composite.iter();
        let through =
            through.filter(|composite| composite.rule.alarms().contains(alarm.name.as_str()));
        assert_eq!(
            through.count() + usize::from(alarm.tells),
            1,
            "{}",
            alarm.name
        );
    }
    for composite in &alarms.composite {
        assert!(composite.tells, "{}", composite.name);
    }
}
