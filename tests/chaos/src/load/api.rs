//! The API, as a client sees it that must live with every answer, and with none.

use std::time::Duration;

use serde_json::Value;

use crate::Broken;
use crate::evidence::Outcome;

/// How long the client waits for an answer. After that, it does not know.
const PATIENCE: Duration = Duration::from_secs(6);

/// The addresses of the API, and the right to use them.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    addresses: Vec<String>,
    token: String,
}

/// What came back.
pub enum Answer {
    /// A status, with a body, null if there was none.
    Status(u16, Value),
    /// Nothing, or nothing whole.
    Lost(String),
}

impl Answer {
    /// What it tells of a request.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Status(200..300, body) => Outcome::Acknowledged {
                version: body["version"].as_u64(),
                execution: body["execution_id"].as_str().map(str::to_owned),
            },
            Self::Status(status @ 400..500, _) => Outcome::Refused { status: *status },
            Self::Status(status, _) => Outcome::Unknown {
                why: format!("status {status}"),
            },
            Self::Lost(why) => Outcome::Unknown { why: why.clone() },
        }
    }
}

impl Api {
    /// The API at `addresses`, for the bearer of `token`.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(addresses: Vec<String>, token: String) -> Result<Self, Broken> {
        Ok(Self {
            http: punctual::edge::http_client()?,
            addresses,
            token,
        })
    }

    /// Sends a request to one of the addresses; the `choice` is the caller's.
    pub async fn send(
        &self,
        choice: u64,
        method: &str,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Answer {
        match self.try_send(choice, method, path, body, key).await {
            Ok((status, body)) => Answer::Status(status, body),
            Err(error) => Answer::Lost(error.to_string()),
        }
    }

    async fn try_send(
        &self,
        choice: u64,
        method: &str,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<(u16, Value), Broken> {
        let index = usize::try_from(choice).unwrap_or_default() % self.addresses.len().max(1);
        let address = self.addresses.get(index).ok_or("there is no API")?;
        let url = format!("{address}{path}");
        let mut request = self
            .http
            .request(method.parse()?, url)
            .timeout(PATIENCE)
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text)?
        };
        Ok((status, body))
    }

    /// Reads `path` until it is read: when all is well again, and only then.
    ///
    /// # Errors
    /// If it is refused, or cannot be read in many tries.
    pub async fn read(&self, path: &str) -> Result<Value, Broken> {
        let mut last = String::new();
        for choice in 0..20 {
            match self.send(choice, "GET", path, None, None).await {
                Answer::Status(200, body) => return Ok(body),
                Answer::Status(status, body) => last = format!("{status} {body}"),
                Answer::Lost(why) => last = why,
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Err(format!("{path} cannot be read: {last}").into())
    }

    /// Reads all pages of the list at `path`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn read_all(&self, path: &str) -> Result<Vec<Value>, Broken> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let mut page = self
                .read(&format!("{path}{joint}limit=100{cursor}"))
                .await?;
            if let Value::Array(found) = page["items"].take() {
                items.extend(found);
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(items),
            }
        }
    }
}
