//! What a stage publishes in a minute. Our own figures go the way that they go in production: a handler's report becomes
//! readings, readings a document, and from the document metrics are taken. AWS's are put as AWS puts them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{Lane, Level, Reconciliation, Window};
use punctual::metrics::{
    Consumption, Function, Label, Metric, Readings, documents, of_consumption, of_reconciliation,
    of_tick,
};
use punctual::usecase::TickReport;
use punctual_alarms::emf;
use punctual_alarms::streams::{MetricId, Streams};

use crate::STAGE;

/// The lanes and queues, as their names have them.
pub const LANES: [&str; 4] = ["high", "normal", "low", "long"];
const QUEUES: [&str; 5] = ["high", "normal", "low", "long", "notifications"];
const FUNCTIONS: [&str; 7] = [
    "api",
    "scanner",
    "worker",
    "long",
    "dlq",
    "reconciler",
    "script",
];

/// A minute's figures.
pub struct Figures {
    /// What the minute's ticks report.
    pub ticks: Vec<TickReport>,
    /// What the worker reports.
    pub worker: Readings,
    /// The hour's reconciliation, if this is its minute.
    pub reconciliation: Option<Reconciliation>,
    /// Calls that were throttled, by who made them.
    pub throttled: BTreeMap<Function, u64>,
    /// What AWS says.
    pub aws: BTreeMap<MetricId, f64>,
}

/// A tick that is well ahead.
pub fn tick() -> TickReport {
    TickReport {
        dispatched: 40,
        lag: Some(TimeDelta::seconds(-200)),
        level: Level::Calm,
        ready: Some(5),
        ..TickReport::default()
    }
}

/// A minute in which all is well. There is a reconciliation in each hour's seventh.
pub fn calm(minute: i64) -> Figures {
    let whole = Label::Whole;
    let mut worker = Readings::none().counting(Metric::Started, 40);
    for lane in Lane::ALL {
        for lateness in [40, 80, 120] {
            worker = worker.lasting(
                Metric::Lateness,
                Label::Band(lane),
                TimeDelta::milliseconds(lateness),
            );
        }
    }
    worker = worker.counting(Metric::Succeeded, 39);
    worker = worker.counting(Metric::Retried, 1);
    worker = worker.lasting(Metric::AttemptTime, whole, TimeDelta::milliseconds(30));
    let mut figures = Figures {
        ticks: vec![tick(), tick()],
        worker,
        reconciliation: (minute % 60 == 7).then(reconciliation),
        throttled: BTreeMap::new(),
        aws: BTreeMap::new(),
    };
    for queue in QUEUES {
        figures.queue(queue, "ApproximateNumberOfMessagesVisible", 3.0);
        figures.queue(queue, "ApproximateAgeOfOldestMessage", 290.0);
        let dead = format!("{queue}-dlq");
        figures.queue(&dead, "ApproximateNumberOfMessagesVisible", 0.0);
        figures.queue(&dead, "ApproximateNumberOfMessagesNotVisible", 0.0);
    }
    for function in FUNCTIONS {
        figures.function(function, "Errors", 0.0);
        figures.function(function, "Throttles", 0.0);
        figures.function(function, "ConcurrentExecutions", 2.0);
    }
    figures.gateway("Count", 300.0);
    figures.gateway("5xx", 1.0);
    figures.writes(6_000.0);
    figures
}

/// A reconciliation of an hour that has found nothing amiss.
pub fn reconciliation() -> Reconciliation {
    let until = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::hours(1);
    let window = Window::new(DateTime::UNIX_EPOCH, until).unwrap();
    Reconciliation::begin(window, until)
}

impl Figures {
    /// What SQS says of a queue.
    pub fn queue(&mut self, queue: &str, metric: &str, value: f64) {
        self.set(
            "AWS/SQS",
            metric,
            ("QueueName", &format!("punctual-{STAGE}-{queue}")),
            value,
        );
    }

    /// What Lambda says of a function.
    pub fn function(&mut self, function: &str, metric: &str, value: f64) {
        let name = format!("punctual-{STAGE}-{function}");
        self.set("AWS/Lambda", metric, ("FunctionName", &name), value);
    }

    /// What the API's gateway says.
    pub fn gateway(&mut self, metric: &str, value: f64) {
        self.set("AWS/ApiGateway", metric, ("ApiId", "HttpApi"), value);
    }

    /// What DynamoDB says of the table of executions.
    pub fn writes(&mut self, units: f64) {
        let table = format!("punctual-{STAGE}-executions");
        self.set(
            "AWS/DynamoDB",
            "ConsumedWriteCapacityUnits",
            ("TableName", &table),
            units,
        );
    }

    fn set(&mut self, namespace: &str, metric: &str, dimension: (&str, &str), value: f64) {
        self.aws
            .insert(MetricId::new(namespace, metric, &[dimension]), value);
    }

    /// Publishes them.
    pub fn publish(&self, streams: &mut Streams, minute: i64) {
        let at = DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
        let mut readings: Vec<Readings> = self.ticks.iter().map(of_tick).collect();
        readings.push(self.worker.clone());
        readings.extend(
            self.reconciliation
                .iter()
                .map(|found| of_reconciliation(Some(found))),
        );
        for (function, throttles) in &self.throttled {
            let throttles = *throttles;
            let used = Consumption {
                throttles,
                ..Consumption::default()
            };
            readings.push(of_consumption(*function, used));
        }
        for readings in &readings {
            for document in documents(readings, STAGE, at) {
                emf::publish(streams, &document, minute).unwrap();
            }
        }
        for (metric, value) in &self.aws {
            streams.publish(metric.clone(), minute, &[*value]);
        }
    }
}
