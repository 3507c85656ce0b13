//! Items of every recorded shape, `events/versions/`: today's code reads the old ones, passes over what it does not know, and
//! writes the newest. A change of shape fails here, and asks for a shape to be recorded: `shared/docs/versions.md`.

use std::collections::HashMap;
use std::path::Path;

use aws_sdk_dynamodb::types::{AttributeValue, TimeToLiveSpecification};
use chrono::{DateTime, TimeDelta, Utc};
use punctual::aws::{TABLES, TTL_ATTRIBUTE};
use punctual::domain::{
    Admissions, AgendaEntry, ExecutionId, ExecutionState, JobId, Minute, Occasion, Placing, Stamp,
    Term,
};
use punctual::port::{
    Executions, Expected, Hint, HintKind, Hints, Jobs, PortError, Put, ScanProgress, Terms,
};
use punctual_tests::Sandbox;
use serde_json::{Map, Number, Value};

/// The instant that the recorded shapes are about.
fn noon() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// A sandbox whose tables keep what has expired, as what was recorded has by now.
async fn untouched() -> Sandbox {
    let sandbox = Sandbox::new().await;
    let forever = TimeToLiveSpecification::builder()
        .attribute_name(TTL_ATTRIBUTE)
        .enabled(false)
        .build()
        .unwrap();
    for table in TABLES {
        let name = format!("{}-{}", sandbox.namespace, table.suffix);
        let update = sandbox.clients.dynamodb.update_time_to_live();
        let update = update.table_name(name);
        let update = update.time_to_live_specification(forever.clone());
        update.send().await.unwrap();
    }
    sandbox
}

fn shape(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/versions");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(is) => AttributeValue::Bool(*is),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Array(items) => AttributeValue::L(items.iter().map(attribute).collect()),
        Value::Object(fields) => {
            let fields = fields.iter();
            AttributeValue::M(
                fields
                    .map(|(name, of)| (name.clone(), attribute(of)))
                    .collect(),
            )
        }
    }
}

fn plain(attribute: &AttributeValue) -> Value {
    match attribute {
        AttributeValue::Bool(is) => Value::Bool(*is),
        AttributeValue::N(number) => Value::Number(number.parse::<Number>().unwrap()),
        AttributeValue::S(text) => Value::String(text.clone()),
        AttributeValue::L(items) => items.iter().map(plain).collect(),
        AttributeValue::M(fields) => object(fields),
        _ => Value::Null,
    }
}

fn object(fields: &HashMap<String, AttributeValue>) -> Value {
    let fields = fields.iter();
    let fields: Map<_, _> = fields.map(|(name, of)| (name.clone(), plain(of))).collect();
    Value::Object(fields)
}

/// Puts a recorded item, with a field that no version has had.
async fn put(sandbox: &Sandbox, table: &str, item: &Value) {
    let mut item = item.clone();
    item["of_the_future"] = Value::from("unknown here");
    let fields = item.as_object().unwrap().iter();
    let put = sandbox
        .clients
        .dynamodb
        .put_item()
        .table_name(format!("{}-{table}", sandbox.namespace))
        .set_item(Some(
            fields
                .map(|(name, of)| (name.clone(), attribute(of)))
                .collect(),
        ));
    put.send().await.unwrap();
}

/// The only item of the table.
async fn only(sandbox: &Sandbox, table: &str) -> Value {
    let table = format!("{}-{table}", sandbox.namespace);
    let scan = sandbox.clients.dynamodb.scan().table_name(table);
    let items = scan.send().await.unwrap().items.unwrap_or_default();
    assert_eq!(items.len(), 1, "{items:?}");
    object(&items[0])
}

fn sample() -> JobId {
    JobId::from_random(1)
}

fn recorded() -> ExecutionId {
    ExecutionId::scheduled(sample(), noon())
}

#[tokio::test]
async fn the_first_execution_records_are_read_whole_and_written_as_they_were() {
    let shape = shape("execution-1");
    let sandbox = untouched().await;
    put(&sandbox, "executions", &shape).await;
    let read = sandbox.ports.store.execution(recorded()).await.unwrap();
    let read = read.unwrap();
    assert_eq!(read.state, ExecutionState::Succeeded);
    assert_eq!((read.attempt, read.stamp), (2, Stamp(7)));
    assert_eq!(read.started_at, Some(noon() + TimeDelta::milliseconds(12)));

    let fresh = untouched().await;
    let written = fresh.ports.store.put_execution(&read, Expected::Absent);
    assert_eq!(written.await.unwrap(), Put::Written);
    assert_eq!(only(&fresh, "executions").await, shape);
}

#[tokio::test]
async fn a_record_that_is_written_whole_loses_what_its_writer_does_not_know() {
    let sandbox = untouched().await;
    let store = &sandbox.ports.store;
    put(&sandbox, "executions", &shape("execution-1")).await;
    let mut execution = store.execution(recorded()).await.unwrap().unwrap();
    execution.stamp = Stamp(8);
    let written = store.put_execution(&execution, Expected::Stamp(Stamp(7)));
    assert_eq!(written.await.unwrap(), Put::Written);
    let item = only(&sandbox, "executions").await;
    assert_eq!(item["stamp"], 8);
    assert_eq!(item.get("of_the_future"), None);
}

#[tokio::test]
async fn todays_job_rows_are_as_recorded_and_a_row_that_cannot_be_read_is_refused_and_stays() {
    let newest = shape("job-2");
    let sandbox = untouched().await;
    let store = &sandbox.ports.store;
    put(&sandbox, "jobs", &newest).await;
    let job = store.job(sample()).await.unwrap().unwrap();
    assert_eq!((job.name.as_str(), job.version), ("report", 1));
    let fresh = untouched().await;
    assert_eq!(fresh.ports.store.put_job(&job).await.unwrap(), Put::Written);
    assert_eq!(only(&fresh, "jobs").await, newest);

    let before = shape("job-1-refused");
    put(&sandbox, "jobs", &before).await;
    let refused = store.job(sample()).await.unwrap_err();
    assert!(matches!(refused, PortError::Corrupt { .. }), "{refused}");
    assert_eq!(only(&sandbox, "jobs").await["schedule"], before["schedule"]);
}

#[tokio::test]
async fn a_job_that_was_placed_by_load_is_read_and_written_with_its_place() {
    let placed = shape("job-3");
    let sandbox = untouched().await;
    put(&sandbox, "jobs", &placed).await;
    let job = sandbox.ports.store.job(sample()).await.unwrap().unwrap();
    let spread = job.timetable.spread.unwrap();
    assert_eq!((spread.offset_seconds, spread.placed), (417, Placing::Auto));
    let fresh = untouched().await;
    let written = fresh.ports.store.put_job(&job).await.unwrap();
    assert_eq!(written, Put::Written);
    assert_eq!(only(&fresh, "jobs").await, placed);
}

/// Its lines lie deflated: what a chunk is made of is recorded, not what it looks like.
#[test]
fn the_first_lines_of_an_agenda_are_read_and_written_as_they_were() {
    let line = shape("agenda-1");
    let mut later = line.clone();
    later["of_the_future"] = Value::from("unknown here");
    let entry: AgendaEntry = serde_json::from_value(later).unwrap();
    assert_eq!(serde_json::to_value(&entry).unwrap(), line);
}

#[tokio::test]
async fn the_first_hints_are_found_and_todays_are_as_recorded() {
    let retry = HintKind::Retry {
        occasion: Occasion::Scheduled(noon()),
        attempt: 2,
    };
    for (name, kind) in [("hint-1", HintKind::Fire), ("hint-2", retry)] {
        let hint = Hint {
            at: noon() + TimeDelta::seconds(59),
            job: sample(),
            kind,
        };
        let sandbox = untouched().await;
        sandbox.ports.store.put_hints(&[hint]).await.unwrap();
        assert_eq!(only(&sandbox, "due").await, shape(name));
        put(&sandbox, "due", &shape(name)).await;
        assert!(sandbox.ports.store.has_hint(&hint).await.unwrap());
    }
}

#[tokio::test]
async fn the_first_low_water_mark_is_read_in_the_first_term_and_todays_items_are_as_recorded() {
    let minute = Minute::of(noon());
    let sandbox = untouched().await;
    put(&sandbox, "control", &shape("low-water-1")).await;
    let progress = sandbox.ports.store.progress().await.unwrap().unwrap();
    assert_eq!(
        (progress.term, progress.low_water),
        (Term::default(), minute)
    );
    assert_eq!(progress.admitted, Admissions::default());

    let sandbox = untouched().await;
    let store = &sandbox.ports.store;
    let (first, none) = (Term::default(), Admissions::default());
    let raised = store.raise_low_water(&first, minute, &none);
    raised.await.unwrap();
    assert_eq!(only(&sandbox, "control").await, shape("low-water-2"));

    let sandbox = untouched().await;
    let term = Term::default().next(Some("eu-west-1".to_owned()), minute);
    assert!(sandbox.ports.store.begin_term(&term).await.unwrap());
    assert_eq!(only(&sandbox, "control").await, shape("term-1"));
    put(&sandbox, "control", &shape("term-1")).await;
    assert_eq!(sandbox.ports.store.term().await.unwrap(), term);
}
