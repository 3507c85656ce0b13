//! Carries notices out: posts over HTTP. Anything but a 2xx answer is a refusal.

use std::time::Duration;

use punctual::port::{Courier, Parcel};
use serde_json::Value;

/// How long a webhook may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Delivers every kind of parcel.
#[derive(Clone, Debug)]
pub struct HouseCourier {
    client: reqwest::Client,
}

impl HouseCourier {
    /// Posts with `client`.
    pub fn new(client: reqwest::Client) -> Self {
        Self { client }
    }

    async fn post(&self, url: &str, key: &str, body: &Value) -> Result<(), String> {
        let answer = self
            .client
            .post(url)
            .timeout(TIMEOUT)
            .header("content-type", "application/json")
            .header("idempotency-key", key)
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

impl Courier for HouseCourier {
    async fn deliver(&self, key: &str, parcel: &Parcel) -> Result<(), String> {
        match parcel {
            Parcel::Post { url, body } => self.post(url, key, body).await,
            Parcel::Mail { .. } | Parcel::Publish { .. } => {
                Err("this deployment has no way to send it".to_owned())
            }
        }
    }
}
