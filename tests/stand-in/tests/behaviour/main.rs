//! What the stand-in answers, call by call: as DynamoDB and SQS do.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod batches;
mod capacity;
mod conditions;
mod expiry;
mod journal;
mod queries;
mod queues;
mod redrive;
mod staleness;
mod updates;
mod wire;

use chrono::{DateTime, TimeDelta, Utc};
use punctual_stand_in::{Cloud, Service};
use serde_json::{Value as Json, json};

fn noon() -> DateTime<Utc> {
    "2026-11-28T12:00:00Z".parse().unwrap()
}

/// A cloud with a table `t`, its index `by-user`, a queue `q` and its dead-letter queue, and the time there.
struct World {
    cloud: Cloud,
    now: DateTime<Utc>,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            cloud: Cloud::new("http://stand-in"),
            now: noon(),
        };
        let string = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
        let key = |name: &str, of: &str| json!({ "AttributeName": name, "KeyType": of });
        world.dynamo(
            "CreateTable",
            json!({
                "TableName": "t",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [string("pk"), string("sk"), string("gpk"), string("gsk")],
                "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
                "GlobalSecondaryIndexes": [{
                    "IndexName": "by-user",
                    "KeySchema": [key("gpk", "HASH"), key("gsk", "RANGE")],
                    "Projection": { "ProjectionType": "KEYS_ONLY" },
                }],
            }),
        );
        world.sqs("CreateQueue", json!({ "QueueName": "q-dlq" }));
        let redrive = json!({
            "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:q-dlq",
            "maxReceiveCount": "2",
        });
        let attributes = json!({ "VisibilityTimeout": "30", "RedrivePolicy": redrive.to_string() });
        world.sqs(
            "CreateQueue",
            json!({ "QueueName": "q", "Attributes": attributes }),
        );
        world
    }

    fn call(&mut self, service: Service, operation: &str, body: &Json) -> Result<Json, Json> {
        let body = body.to_string();
        let answer = self
            .cloud
            .call(self.now, service, operation, body.as_bytes());
        let body = serde_json::from_slice(&answer.body).unwrap();
        match answer.error {
            None => Ok(body),
            Some(_) => Err(body),
        }
    }

    /// A call to DynamoDB that goes well.
    fn dynamo(&mut self, operation: &str, body: Json) -> Json {
        self.call(Service::DynamoDb, operation, &body).unwrap()
    }

    /// The error of a call to DynamoDB: its name and what it says.
    fn dynamo_error(&mut self, operation: &str, body: Json) -> (String, String) {
        error(&self.call(Service::DynamoDb, operation, &body).unwrap_err())
    }

    /// A call to SQS that goes well.
    fn sqs(&mut self, operation: &str, body: Json) -> Json {
        self.call(Service::Sqs, operation, &body).unwrap()
    }

    /// The error of a call to SQS.
    fn sqs_error(&mut self, operation: &str, body: Json) -> (String, String) {
        error(&self.call(Service::Sqs, operation, &body).unwrap_err())
    }

    fn put(&mut self, item: &Json) {
        self.dynamo("PutItem", json!({ "TableName": "t", "Item": item }));
    }

    fn get(&mut self, sort: &str) -> Option<Json> {
        let key = json!({ "pk": { "S": "p" }, "sk": { "S": sort } });
        let request = json!({ "TableName": "t", "Key": key, "ConsistentRead": true });
        self.dynamo("GetItem", request).get("Item").cloned()
    }

    fn pass(&mut self, time: TimeDelta) {
        self.now += time;
    }
}

fn error(body: &Json) -> (String, String) {
    let name = body["__type"].as_str().unwrap().rsplit('#').next().unwrap();
    (
        name.to_owned(),
        body["message"].as_str().unwrap().to_owned(),
    )
}

/// The item under `p` and `sort`, with more attributes.
fn item(sort: &str, more: &Json) -> Json {
    let mut item = json!({ "pk": { "S": "p" }, "sk": { "S": sort } });
    for (name, value) in more.as_object().unwrap() {
        item[name] = value.clone();
    }
    item
}
