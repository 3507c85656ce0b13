//! The ports on AWS. The only place that names an `aws_*` type: none leaves in a signature that a use case sees.

mod activity;
mod client;
mod definition;
mod dynamo;
mod eventbridge;
mod mail;
mod meter;
mod provision;
mod results;
mod scripts;
mod secrets;
mod signed;
mod sqs;
mod throttles;

pub use activity::CloudWatch;
pub use client::{AwsPorts, Clients, Endpoint, LOCAL_KEY, connect};
pub use definition::{
    BY_USER, DLQ_RETENTION_SECONDS, DLQ_VISIBILITY_SECONDS, IndexDefinition, PARTITION_KEY, QUEUES,
    QueueDefinition, SORT_KEY, TABLES, TTL_ATTRIBUTE, TableDefinition,
};
pub use dynamo::DynamoStore;
pub use eventbridge::EventBus;
pub use mail::SesMail;
pub use meter::{Charge, Meter, Usage};
pub use provision::{provision, provision_without_bucket, results_bucket};
pub use results::ResultsBucket;
pub use scripts::ScriptFunction;
pub use secrets::AwsSecrets;
pub use signed::{DoorError, Endpoints, SignedDoor, external_id, object_path};
pub use sqs::SqsQueues;
