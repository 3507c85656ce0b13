//! Posts notifications over HTTP. Anything but a 2xx answer is a refusal.

use std::time::Duration;

use punctual::usecase::Webhook;
use serde_json::Value;

/// How long a webhook may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Posts with an HTTP client.
#[derive(Clone, Debug)]
pub struct HttpWebhook {
    client: reqwest::Client,
}

impl HttpWebhook {
    /// Posts with `client`.
    pub fn new(client: reqwest::Client) -> Self {
        Self { client }
    }
}

impl Webhook for HttpWebhook {
    async fn post(&self, url: &str, idempotency_key: &str, body: &Value) -> Result<(), String> {
        let answer = self
            .client
            .post(url)
            .timeout(TIMEOUT)
            .header("content-type", "application/json")
            .header("idempotency-key", idempotency_key)
            .body(body.to_string())
            .send()
            .await
            // The URL may hold a secret: it stays out of the log.
            .map_err(|error| error.without_url().to_string())?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(format!("the webhook answered {}", answer.status()))
        }
    }
}
