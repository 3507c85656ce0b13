//! The ports of one process: the product's own adapters on the SDK's clients, whose calls go to the services in memory by
//! way of the faults.

use std::num::NonZeroU16;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use punctual::aws::{Clients, DynamoStore, SqsQueues};
use punctual::aws::{
    DLQ_RETENTION_SECONDS, DLQ_VISIBILITY_SECONDS, PARTITION_KEY, QUEUES, SORT_KEY, TABLES,
};
use punctual::domain::Queue;
use punctual::edge::Config;
use punctual::port::{Entropy, NoActivity, NoResults, NoSecrets};
use punctual::usecase::Ports;
use punctual_stand_in::Service;
use serde_json::{Value, json};

use super::wire::FaultyWire;
use super::{Seat, Sim};
use crate::chance::Chance;
use crate::time::SimClock;

/// First part of every table's and queue's name.
pub const NAMESPACE: &str = "sim";

/// The ports.
pub type World = Ports<DynamoStore, SqsQueues<SimClock>, SimClock, Drawn, NoSecrets, NoResults>;

/// A process's entropy.
#[derive(Clone, Debug)]
pub struct Drawn(Arc<Chance>);

impl Entropy for Drawn {
    fn next_u64(&self) -> u64 {
        self.0.bits()
    }
}

/// A place for a process, wired to the services.
pub struct Wired {
    /// The place.
    pub seat: Arc<Seat>,
    clients: Clients,
    drawn: Drawn,
}

impl Wired {
    /// Wires `seat`.
    pub fn new(seat: Arc<Seat>) -> Self {
        let clients = FaultyWire::clients(&seat);
        let drawn = Drawn(Arc::new(
            seat.sim
                .seed
                .stream(&format!("entropy of {}", seat.name), 0),
        ));
        Self {
            seat,
            clients,
            drawn,
        }
    }

    /// The ports of a process that sits there.
    pub fn world(&self) -> World {
        let config = Config {
            namespace: NAMESPACE.to_owned(),
            queue_base_url: QUEUE_BASE_URL.to_owned(),
            shards: SHARDS,
            region: None,
            event_bus: None,
            mail_from: None,
            results_bucket: None,
        };
        let meter = self.seat.sim.meters.of(&self.seat.name);
        let clock = self.seat.clock();
        Ports {
            store: DynamoStore::new(
                self.clients.dynamodb.clone(),
                NAMESPACE,
                SHARDS,
                Arc::clone(&meter),
            ),
            queues: SqsQueues::new(self.clients.sqs.clone(), &config, clock, meter),
            clock,
            entropy: self.drawn.clone(),
            secrets: NoSecrets,
            results: NoResults,
            activity: NoActivity,
        }
    }
}

const SHARDS: NonZeroU16 = NonZeroU16::new(2).unwrap();
const ACCOUNT: &str = "000000000000";
const QUEUE_BASE_URL: &str = "http://stand-in/000000000000";

/// A queue's URL.
pub fn queue_url(queue: Queue) -> String {
    format!("{QUEUE_BASE_URL}/{NAMESPACE}-{}", queue.suffix())
}

/// A queue's ARN.
pub fn queue_arn(queue: Queue) -> String {
    format!(
        "arn:aws:sqs:us-east-1:{ACCOUNT}:{NAMESPACE}-{}",
        queue.suffix()
    )
}

/// Has SQS carry out a call of the host's own, which never fails.
pub fn sqs(sim: &Sim, now: DateTime<Utc>, operation: &str, body: &Value) -> Value {
    called(sim, now, Service::Sqs, operation, body)
}

fn called(sim: &Sim, now: DateTime<Utc>, service: Service, operation: &str, body: &Value) -> Value {
    let answer = sim
        .cloud()
        .call(now, service, operation, body.to_string().as_bytes());
    serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
}

/// Makes the tables and queues, from the product's definition of them.
pub fn provision(sim: &Sim) {
    let now = sim.era.now();
    let string = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
    let schema = |partition: &str, sort: &str| {
        json!([
            { "AttributeName": partition, "KeyType": "HASH" },
            { "AttributeName": sort, "KeyType": "RANGE" },
        ])
    };
    for table in &TABLES {
        let mut attributes = vec![string(PARTITION_KEY), string(SORT_KEY)];
        let mut indexes = Vec::new();
        for index in table.indexes {
            attributes.extend([string(index.partition_key), string(index.sort_key)]);
            indexes.push(json!({
                "IndexName": index.name,
                "KeySchema": schema(index.partition_key, index.sort_key),
                "Projection": { "ProjectionType": "KEYS_ONLY" },
            }));
        }
        let mut asked = json!({
            "TableName": format!("{NAMESPACE}-{}", table.suffix),
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": schema(PARTITION_KEY, SORT_KEY),
            "AttributeDefinitions": attributes,
        });
        if !indexes.is_empty() {
            asked["GlobalSecondaryIndexes"] = Value::Array(indexes);
        }
        called(sim, now, Service::DynamoDb, "CreateTable", &asked);
    }
    for queue in &QUEUES {
        let name = format!("{NAMESPACE}-{}", queue.suffix);
        let dlq = json!({
            "VisibilityTimeout": DLQ_VISIBILITY_SECONDS.to_string(),
            "MessageRetentionPeriod": DLQ_RETENTION_SECONDS.to_string(),
        });
        sqs(
            sim,
            now,
            "CreateQueue",
            &json!({ "QueueName": format!("{name}-dlq"), "Attributes": dlq }),
        );
        let redrive = json!({
            "deadLetterTargetArn": format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{name}-dlq"),
            "maxReceiveCount": queue.max_receive_count.to_string(),
        });
        let attributes = json!({
            "VisibilityTimeout": queue.visibility_seconds.to_string(),
            "MessageRetentionPeriod": queue.retention_seconds.to_string(),
            "RedrivePolicy": redrive.to_string(),
        });
        sqs(
            sim,
            now,
            "CreateQueue",
            &json!({ "QueueName": name, "Attributes": attributes }),
        );
    }
}
