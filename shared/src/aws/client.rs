//! Makes the AWS clients: TLS by ring, short time-outs, two tries. A call that has not been answered in time is given
//! up well within the limits that the protocol assumes.

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_sdk_dynamodb::config::retry::RetryPartition;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use super::{DoorError, DynamoStore, Endpoints, EventBus, Meter, SignedDoor, SqsQueues};
use crate::edge::{Config, RandomEntropy, SystemClock};
use crate::port::{AwsService, NoResults, NoSecrets};
use crate::usecase::Ports;

/// An AWS-compatible server on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(pub String);

/// The clients, for what lies outside the ports: provisioning, and receiving on behalf of a function.
#[derive(Clone, Debug)]
pub struct Clients {
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// SQS. Its calls may take as long as a long poll.
    pub sqs: aws_sdk_sqs::Client,
    /// EventBridge.
    pub eventbridge: aws_sdk_eventbridge::Client,
    sdk: SdkConfig,
    endpoints: Endpoints,
}

impl Clients {
    /// Makes the clients, from the environment's AWS settings or for a server on this machine.
    pub async fn new(endpoint: Option<&Endpoint>) -> Self {
        let config = sdk_config(endpoint).await;
        Self {
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            eventbridge: aws_sdk_eventbridge::Client::new(&config),
            sdk: config,
            endpoints: Endpoints::new(endpoint.cloned()),
        }
    }

    /// Makes the clients of a stand-in in this process: their requests go by `http_client`, and none leaves it. What they
    /// learn of how it fares, and how much they therefore try again, they share with no other clients.
    pub async fn over(http_client: SharedHttpClient) -> Self {
        let config = local_sdk_config(http_client, "http://stand-in").await;
        let partition = || RetryPartition::custom("stand-in").build();
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(&config).retry_partition(partition());
        let sqs = aws_sdk_sqs::config::Builder::from(&config).retry_partition(partition());
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
            eventbridge: aws_sdk_eventbridge::Client::new(&config),
            sdk: config,
            endpoints: Endpoints::new(None),
        }
    }

    /// Has another server on this machine answer for one service, behind the signed door.
    #[must_use]
    pub fn with_endpoint(self, service: AwsService, endpoint: Endpoint) -> Self {
        Self {
            endpoints: self.endpoints.with(service, endpoint),
            ..self
        }
    }

    /// The signed door to what has no client here.
    ///
    /// # Errors
    /// If the environment names no region or credentials, or TLS cannot be set up.
    pub fn door(&self, namespace: &str, meter: &Arc<Meter>) -> Result<SignedDoor, DoorError> {
        SignedDoor::new(
            &self.sdk,
            self.endpoints.clone(),
            namespace,
            Arc::clone(meter),
        )
    }
}

/// The access key, and its secret, of a stand-in on this machine.
pub const LOCAL_KEY: &str = "local";

async fn sdk_config(endpoint: Option<&Endpoint>) -> SdkConfig {
    let http_client = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    match endpoint {
        None => loader(http_client).load().await,
        Some(Endpoint(url)) => local_sdk_config(http_client, url).await,
    }
}

fn loader(http_client: SharedHttpClient) -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client)
        .retry_config(RetryConfig::standard().with_max_attempts(2))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(1))
                .operation_attempt_timeout(Duration::from_secs(2))
                .build(),
        )
}

/// A server on this machine checks nobody, but the SDK sends no request without credentials; and links that are signed
/// with them are checked.
async fn local_sdk_config(http_client: SharedHttpClient, url: &str) -> SdkConfig {
    let credentials = Credentials::new(LOCAL_KEY, LOCAL_KEY, None, None, "punctual");
    loader(http_client)
        .endpoint_url(url)
        .region(Region::new("us-east-1"))
        .credentials_provider(credentials)
        .load()
        .await
}

/// The ports on AWS. Secrets and results are for the functions that are allowed to them.
pub type AwsPorts<K = NoSecrets, R = NoResults> =
    Ports<DynamoStore, SqsQueues<SystemClock>, SystemClock, RandomEntropy, K, R>;

/// The ports, and the bus for dead letters, as `config` names them.
pub fn connect(clients: &Clients, config: &Config, meter: &Arc<Meter>) -> (AwsPorts, EventBus) {
    let ports = Ports {
        store: DynamoStore::new(
            clients.dynamodb.clone(),
            &config.namespace,
            config.shards,
            Arc::clone(meter),
        ),
        queues: SqsQueues::new(clients.sqs.clone(), config, SystemClock, Arc::clone(meter)),
        clock: SystemClock,
        entropy: RandomEntropy,
        secrets: NoSecrets,
        results: NoResults,
    };
    let events = EventBus::new(clients.eventbridge.clone(), config.event_bus.clone());
    (ports, events)
}
