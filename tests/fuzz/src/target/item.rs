//! Items of the tables, as DynamoDB's own JSON: whatever is in them, reading ends in a record or in an error, and a record
//! that was read is written so that it reads the same. The store is the real one; its client talks to a server in memory,
//! which answers every read with the item.

use std::num::NonZeroU16;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, retry::RetryConfig};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use chrono::DateTime;
use punctual::aws::{DynamoStore, Meter};
use punctual::domain::{ExecutionId, JobId, Minute};
use punctual::port::{Executions, Expected, Hints, Jobs, Locks, PortError};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::json::parsed;

pub(super) const WORDS: &[&str] = &[
    "pk",
    "sk",
    "expires_at",
    "S",
    "N",
    "M",
    "L",
    "BOOL",
    "NULL",
    "SS",
    "B",
    "J#0b0d8a54-7b1e-4c62-9f0e-5d3f5f6f2b11",
    "D",
    "20261121T120000Z",
    "state",
    "attempt",
    "user",
    "alice",
    "running",
    "succeeded",
    "retry_wait",
    "dead",
    "stamp",
    "1732190400000",
    "lease_until",
    "timetable",
    "schedule",
    "kind",
    "cron",
    "expression",
    "resolved",
    "payload",
    "{}",
    "priority",
    "misfire",
    "retry",
    "notify",
    "holder",
    "h#30#0b0d8a54-7b1e-4c62-9f0e-5d3f5f6f2b11",
    "spread",
    "version",
    "18446744073709551615",
    "-9223372036854775808",
    "1e30",
    "effective_from",
    "skips",
    "after",
    "change",
];

/// An item.
pub(super) fn run(bytes: &[u8]) {
    let Some(item) = parsed(bytes).filter(Value::is_object) else {
        return;
    };
    let Some(tables) = &*TABLES else {
        panic!("no runtime for the client");
    };
    tables.runtime.block_on(tables.try_with(&item));
}

static TABLES: LazyLock<Option<Tables>> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .ok()?;
    Some(Tables::new(runtime))
});

struct Tables {
    runtime: Runtime,
    store: DynamoStore,
    server: Server,
}

impl Tables {
    fn new(runtime: Runtime) -> Self {
        let server = Server::default();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url("http://localhost")
            .credentials_provider(Credentials::new("a", "b", None, None, "fuzz"))
            .retry_config(RetryConfig::disabled())
            .http_client(server.clone())
            .build();
        let meter = Arc::new(Meter::default());
        let store = DynamoStore::new(Client::from_conf(config), "fuzz", NonZeroU16::MIN, meter);
        Self {
            runtime,
            store,
            server,
        }
    }

    async fn try_with(&self, item: &Value) {
        let id = JobId::from_random(7);
        let noon = DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default();

        self.server.holds(item);
        if let Ok(Some(job)) = self.store.job(id).await {
            let written = self.store.put_job(&job).await;
            assert!(
                written.is_ok(),
                "a job was read, and cannot be written: {written:?}"
            );
            self.server.holds_what_was_put();
            let again = self.store.job(id).await.ok().flatten();
            assert_eq!(
                again.as_ref(),
                Some(&job),
                "a job reads otherwise once it was written"
            );
        }

        self.server.holds(item);
        if let Ok(Some(execution)) = self.store.execution(ExecutionId::scheduled(id, noon)).await {
            let expected = Expected::from_read(Some(&execution));
            let written = self.store.put_execution(&execution, expected).await;
            assert!(
                written.is_ok(),
                "a record was read, and cannot be written: {written:?}"
            );
            self.server.holds_what_was_put();
            let again = self.store.execution(execution.id).await.ok().flatten();
            assert_eq!(
                again.as_ref(),
                Some(&execution),
                "a record reads otherwise once it was written"
            );
        }

        self.server.holds(item);
        // Rows among others: one that cannot be read keeps nobody from the rest. What the client itself cannot read is
        // no item at all: it comes from no table.
        let is_item = !matches!(self.store.job(id).await, Err(PortError::Unavailable { .. }));
        let rows = self.store.jobs_eventually(&[id]).await;
        assert!(
            rows.is_ok() || !is_item,
            "a row that cannot be read keeps others from being read: {rows:?}"
        );
        let _ = self.store.lock(id).await;
        for hint in self
            .store
            .hints(Minute::of(noon), 0)
            .await
            .into_iter()
            .flatten()
        {
            assert_eq!(
                Minute::of(hint.at),
                Minute::of(noon),
                "a hint of another minute: {hint:?}"
            );
        }
    }
}

/// A server that holds one item and remembers the last one that was put.
#[derive(Clone, Debug, Default)]
struct Server(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    item: Value,
    put: Value,
}

impl Server {
    fn holds(&self, item: &Value) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).item = item.clone();
    }

    fn holds_what_was_put(&self) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.item = held.put.take();
    }

    fn answer(&self, request: &HttpRequest) -> Value {
        let operation = request.headers().get("x-amz-target").unwrap_or_default();
        let body: Value = request
            .body()
            .bytes()
            .and_then(|body| serde_json::from_slice(body).ok())
            .unwrap_or_default();
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let item = &held.item;
        match operation.rsplit('.').next() {
            Some("GetItem") => json!({ "Item": item }),
            Some("Query") => json!({ "Items": [item], "Count": 1 }),
            Some("BatchGetItem") => {
                json!({ "Responses": { "fuzz-jobs": [item] }, "UnprocessedKeys": {} })
            }
            Some("PutItem") => {
                held.put = body.get("Item").cloned().unwrap_or_default();
                json!({})
            }
            _ => json!({}),
        }
    }
}

impl HttpConnector for Server {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.answer(&request).to_string();
        let status = 200
            .try_into()
            .map(|status| HttpResponse::new(status, SdkBody::from(answer)));
        HttpConnectorFuture::ready(status.map_err(|error| {
            aws_smithy_runtime_api::client::result::ConnectorError::other(Box::new(error), None)
        }))
    }
}

impl HttpClient for Server {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
