//! The way from the SDK's clients to the cloud, without a socket: an HTTP client for them, and the place where something
//! may stand in between and break what it likes.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use chrono::{DateTime, Utc};

use crate::cloud::{Answer, Cloud, Service};

/// A call on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Whom it is for.
    pub service: Service,
    /// What is asked for: `PutItem`.
    pub operation: String,
    /// JSON.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The connection broke.
    #[error("the connection broke")]
    Connection,
    /// The answer did not come in time.
    #[error("the answer did not come in time")]
    TimedOut,
}

/// What carries calls.
pub trait Wire: Send + Sync + 'static {
    /// Carries one call there, and its answer back.
    fn call(&self, call: Call) -> impl Future<Output = Result<Answer, Broken>> + Send;
}

/// The wire straight to a cloud, which never breaks.
#[derive(Clone, Debug)]
pub struct Direct<N> {
    cloud: Arc<Mutex<Cloud>>,
    now: N,
}

impl<N: Fn() -> DateTime<Utc>> Direct<N> {
    /// To `cloud`, whose clock is `now`.
    pub fn new(cloud: Arc<Mutex<Cloud>>, now: N) -> Self {
        Self { cloud, now }
    }

    /// Has the cloud carry out a call, now.
    pub fn call_now(&self, call: &Call) -> Answer {
        let mut cloud = self.cloud.lock().unwrap_or_else(PoisonError::into_inner);
        cloud.call((self.now)(), call.service, &call.operation, &call.body)
    }
}

impl<N: Fn() -> DateTime<Utc> + Send + Sync + 'static> Wire for Direct<N> {
    async fn call(&self, call: Call) -> Result<Answer, Broken> {
        Ok(self.call_now(&call))
    }
}

/// An HTTP client for the SDK's clients whose requests go over `wire`.
pub fn http_client(wire: impl Wire) -> SharedHttpClient {
    SharedHttpClient::new(OverWire(Arc::new(wire)))
}

struct OverWire<W>(Arc<W>);

impl<W> Clone for OverWire<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W> std::fmt::Debug for OverWire<W> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("OverWire")
    }
}

impl<W: Wire> HttpClient for OverWire<W> {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl<W: Wire> HttpConnector for OverWire<W> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = match read(&request) {
            Ok(call) => call,
            Err(message) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(message.into())));
            }
        };
        let wire = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            let service = call.service;
            match wire.call(call).await {
                Ok(answer) => response(service, answer),
                Err(Broken::Connection) => Err(ConnectorError::io(Broken::Connection.into())),
                Err(Broken::TimedOut) => Err(ConnectorError::timeout(Broken::TimedOut.into())),
            }
        })
    }
}

fn read(request: &HttpRequest) -> Result<Call, &'static str> {
    let target = request.headers().get("x-amz-target");
    let target = target.and_then(Service::of_target);
    let (service, operation) =
        target.ok_or("only DynamoDB and SQS can be called without a socket")?;
    Ok(Call {
        service,
        operation: operation.to_owned(),
        body: request
            .body()
            .bytes()
            .ok_or("the body is a stream")?
            .to_vec(),
    })
}

fn response(service: Service, answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let other = |message: &'static str| ConnectorError::other(message.into(), None);
    let status = StatusCode::try_from(answer.status).map_err(|_| other("no such status"))?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    let headers = response.headers_mut();
    headers.insert("content-type", "application/x-amz-json-1.0");
    if let Some((name, value)) = answer.error.and_then(|error| error_header(service, &error)) {
        headers
            .try_insert(name, value)
            .map_err(|_| other("no such header"))?;
    }
    Ok(response)
}

/// The header that tells an error's code apart from its type, which SQS's clients go by.
pub(crate) fn error_header(service: Service, error: &str) -> Option<(&'static str, String)> {
    match service {
        Service::Sqs => Some(("x-amzn-query-error", format!("{error};Sender"))),
        Service::DynamoDb => None,
    }
}
