//! Makes the tables and queues of a namespace from their definition. For servers on this machine: on AWS the template
//! makes them. Making what is there already is fine.

use std::error::Error;
use std::sync::Arc;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;

use super::definition::{DLQ_RETENTION_SECONDS, DLQ_VISIBILITY_SECONDS};
use super::{
    Clients, IndexDefinition, Meter, PARTITION_KEY, QUEUES, QueueDefinition, SORT_KEY, TABLES,
    TTL_ATTRIBUTE, TableDefinition,
};
use crate::domain::Lane;
use crate::port::{AwsApi, AwsService, SignedCall};

/// Why something could not be made.
pub type ProvisionError = Box<dyn Error + Send + Sync>;

/// The bucket for large results of a namespace on this machine. On AWS, CloudFormation names it.
pub fn results_bucket(namespace: &str) -> String {
    format!("{namespace}-results")
}

/// Makes every table and queue of `namespace`, and its bucket. `visibility_seconds` replaces that of every
/// queue but the long lane's: a test of a crash need not wait two minutes for the redelivery. A worker cuts the long lane's
/// itself.
///
/// # Errors
/// The first call that failed.
pub async fn provision(
    clients: &Clients,
    namespace: &str,
    visibility_seconds: Option<u32>,
) -> Result<(), ProvisionError> {
    provision_without_bucket(clients, namespace, visibility_seconds).await?;
    make_bucket(clients, namespace).await
}

/// As [`provision`], but makes no bucket: the one thing that is not made by the SDK's clients.
///
/// # Errors
/// As [`provision`].
pub async fn provision_without_bucket(
    clients: &Clients,
    namespace: &str,
    visibility_seconds: Option<u32>,
) -> Result<(), ProvisionError> {
    for table in &TABLES {
        make_table(clients, namespace, table).await?;
    }
    for queue in &QUEUES {
        let is_long = queue.suffix == Lane::Long.name();
        let visibility = visibility_seconds.filter(|_| !is_long);
        let visibility = visibility.unwrap_or(queue.visibility_seconds);
        make_queue(clients, namespace, queue, visibility).await?;
    }
    Ok(())
}

async fn make_bucket(clients: &Clients, namespace: &str) -> Result<(), ProvisionError> {
    let door = clients.door(namespace, &Arc::new(Meter::default()))?;
    let make = SignedCall {
        method: "PUT",
        path: format!("/{}", results_bucket(namespace)),
        ..SignedCall::post(AwsService::S3, "s3.CreateBucket", Vec::new())
    };
    match door.call(make).await {
        Err(failure) if failure.code != "BucketAlreadyOwnedByYou" => Err(failure.into()),
        _ => Ok(()),
    }
}

async fn make_table(
    clients: &Clients,
    namespace: &str,
    table: &TableDefinition,
) -> Result<(), ProvisionError> {
    let name = format!("{namespace}-{}", table.suffix);
    let mut attributes = vec![string(PARTITION_KEY)?, string(SORT_KEY)?];
    let mut request = clients
        .dynamodb
        .create_table()
        .table_name(&name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(key_schema(PARTITION_KEY, SORT_KEY)?));
    for index in table.indexes {
        attributes.push(string(index.partition_key)?);
        attributes.push(string(index.sort_key)?);
        request = request.global_secondary_indexes(keys_only(index)?);
    }
    let made = request
        .set_attribute_definitions(Some(attributes))
        .send()
        .await;
    match made.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
        Err(error) if error.is_resource_in_use_exception() => return Ok(()),
        made => made?,
    };
    let expiry = TimeToLiveSpecification::builder()
        .attribute_name(TTL_ATTRIBUTE)
        .enabled(true)
        .build()?;
    clients
        .dynamodb
        .update_time_to_live()
        .table_name(&name)
        .time_to_live_specification(expiry)
        .send()
        .await?;
    Ok(())
}

fn string(name: &str) -> Result<AttributeDefinition, ProvisionError> {
    Ok(AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(ScalarAttributeType::S)
        .build()?)
}

fn key_schema(partition: &str, sort: &str) -> Result<Vec<KeySchemaElement>, ProvisionError> {
    let element = |name, key_type| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(key_type)
            .build()
    };
    Ok(vec![
        element(partition, KeyType::Hash)?,
        element(sort, KeyType::Range)?,
    ])
}

fn keys_only(index: &IndexDefinition) -> Result<GlobalSecondaryIndex, ProvisionError> {
    let projection = Projection::builder()
        .projection_type(ProjectionType::KeysOnly)
        .build();
    Ok(GlobalSecondaryIndex::builder()
        .index_name(index.name)
        .set_key_schema(Some(key_schema(index.partition_key, index.sort_key)?))
        .projection(projection)
        .build()?)
}

async fn make_queue(
    clients: &Clients,
    namespace: &str,
    queue: &QueueDefinition,
    visibility_seconds: u32,
) -> Result<(), ProvisionError> {
    let name = format!("{namespace}-{}", queue.suffix);
    let dlq = clients
        .sqs
        .create_queue()
        .queue_name(format!("{name}-dlq"))
        .attributes(
            QueueAttributeName::VisibilityTimeout,
            DLQ_VISIBILITY_SECONDS.to_string(),
        )
        .attributes(
            QueueAttributeName::MessageRetentionPeriod,
            DLQ_RETENTION_SECONDS.to_string(),
        )
        .send()
        .await?;
    let dlq_attributes = clients
        .sqs
        .get_queue_attributes()
        .set_queue_url(dlq.queue_url)
        .attribute_names(QueueAttributeName::QueueArn)
        .send()
        .await?;
    let dlq_arn = dlq_attributes
        .attributes()
        .and_then(|attributes| attributes.get(&QueueAttributeName::QueueArn))
        .ok_or("the dead-letter queue has no ARN")?;
    let redrive = json!({
        "deadLetterTargetArn": dlq_arn,
        "maxReceiveCount": queue.max_receive_count.to_string(),
    });
    clients
        .sqs
        .create_queue()
        .queue_name(name)
        .attributes(
            QueueAttributeName::VisibilityTimeout,
            visibility_seconds.to_string(),
        )
        .attributes(
            QueueAttributeName::MessageRetentionPeriod,
            queue.retention_seconds.to_string(),
        )
        .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string())
        .send()
        .await?;
    Ok(())
}
