//! Makes the AWS clients: TLS by ring, short time-outs, two tries. A call that has not been answered in time is given
//! up well within the limits that the protocol assumes.

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryPartition;
use aws_sdk_dynamodb::config::{SharedHttpClient, StalledStreamProtectionConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use super::throttles::CountThrottles;
use super::{DoorError, DynamoStore, Endpoints, EventBus, Meter, SignedDoor, SqsQueues};
use crate::edge::{Config, RandomEntropy, SystemClock};
use crate::port::{AwsService, NoActivity, NoResults, NoSecrets};
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
        Self::of(sdk_config(endpoint).await)
    }

    /// Makes the clients over another HTTP client: one whose servers are in this process, say. They sleep by tokio's
    /// timers, retry as those of [`Self::new`] do but without jitter, and share no retry budget with any other clients:
    /// what they do follows from what they are answered, and when. Only the dates that they sign with are the machine's.
    pub fn over(http_client: SharedHttpClient) -> Self {
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http_client)
            .retry_config(retry_config().with_use_static_exponential_base(true))
            .timeout_config(timeout_config())
            // Watches the pace of sockets; there are none.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .endpoint_url("http://127.0.0.1:1")
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(local_credentials()))
            .build();
        let partition = || RetryPartition::custom("of its own").build();
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(&sdk).retry_partition(partition());
        let sqs = aws_sdk_sqs::config::Builder::from(&sdk).retry_partition(partition());
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
            ..Self::of(sdk)
        }
    }

    fn of(config: SdkConfig) -> Self {
        // What AWS_ENDPOINT_URL says holds behind the signed door, too, as it does for the clients.
        let endpoint = config.endpoint_url().map(|url| Endpoint(url.to_owned()));
        Self {
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            eventbridge: aws_sdk_eventbridge::Client::new(&config),
            endpoints: Endpoints::new(endpoint),
            sdk: config,
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

fn local_credentials() -> Credentials {
    Credentials::new(LOCAL_KEY, LOCAL_KEY, None, None, "punctual")
}

fn retry_config() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(2)
}

fn timeout_config() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .build()
}

async fn sdk_config(endpoint: Option<&Endpoint>) -> SdkConfig {
    let http_client = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client)
        .retry_config(retry_config())
        .timeout_config(timeout_config());
    match endpoint {
        None => loader.load().await,
        Some(Endpoint(url)) => {
            // A server on this machine checks nobody, but the SDK sends no request without credentials; and links that
            // are signed with them are checked.
            loader
                .endpoint_url(url)
                .region(Region::new("us-east-1"))
                .credentials_provider(local_credentials())
                .load()
                .await
        }
    }
}

/// The ports on AWS. Secrets and results are for the functions that are allowed to them.
pub type AwsPorts<K = NoSecrets, R = NoResults> =
    Ports<DynamoStore, SqsQueues<SystemClock>, SystemClock, RandomEntropy, K, R>;

/// The ports, and the bus for dead letters, as `config` names them.
pub fn connect(clients: &Clients, config: &Config, meter: &Arc<Meter>) -> (AwsPorts, EventBus) {
    let throttles = || CountThrottles(Arc::clone(meter));
    let tables = clients.dynamodb.config().to_builder();
    let tables = tables.interceptor(throttles()).build();
    let queues = clients.sqs.config().to_builder();
    let queues = aws_sdk_sqs::Client::from_conf(queues.interceptor(throttles()).build());
    let ports = Ports {
        store: DynamoStore::new(
            aws_sdk_dynamodb::Client::from_conf(tables),
            &config.namespace,
            config.shards,
            Arc::clone(meter),
        )
        .in_region(config.region.clone()),
        queues: SqsQueues::new(queues, config, SystemClock, Arc::clone(meter)),
        clock: SystemClock,
        entropy: RandomEntropy,
        secrets: NoSecrets,
        results: NoResults,
        activity: NoActivity,
    };
    let events = EventBus::new(clients.eventbridge.clone(), config.event_bus.clone());
    (ports, events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configured_endpoint_holds_behind_the_signed_door_too() {
        let config = || SdkConfig::builder().behavior_version(BehaviorVersion::latest());
        let aws = Clients::of(config().build());
        let base = |clients: &Clients| clients.endpoints.base(AwsService::Sns, "eu-west-1");
        assert_eq!(base(&aws), "https://sns.eu-west-1.amazonaws.com");
        let here = config().endpoint_url("http://127.0.0.1:4566").build();
        assert_eq!(base(&Clients::of(here)), "http://127.0.0.1:4566");
    }
}
