//! Where keys come from: one bounded GET, over TLS or loopback, that follows no redirect.

use std::pin::Pin;
use std::time::Duration;

use super::jwk::KeySet;

/// A set this long would hold hundreds of keys.
const MAX_SET_BYTES: usize = 64 * 1024;
/// A request may wait for this.
const PATIENCE: Duration = Duration::from_secs(5);

/// Gives the issuer's present keys.
pub trait KeySource: Send + Sync {
    /// Asks for them.
    fn fetch(&self) -> Fetching<'_>;
}

/// A fetch under way.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<KeySet, FetchError>> + Send + 'a>>;

/// Why keys could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The issuer did not answer.
    #[error("the issuer did not answer")]
    Unreachable(#[source] reqwest::Error),
    /// It answered with another status than 200.
    #[error("the issuer answered {0}")]
    Status(u16),
    /// The answer is too long, or no key set.
    #[error("the issuer's answer is not a key set of at most 64 KB")]
    NoKeySet,
}

/// An issuer's key set at a URL.
pub struct HttpKeySource {
    client: reqwest::Client,
    url: String,
}

impl HttpKeySource {
    /// The set at `url`, fetched by `client`, which must not follow redirects.
    pub fn new(client: reqwest::Client, url: String) -> Self {
        Self { client, url }
    }

    async fn get(&self) -> Result<KeySet, FetchError> {
        let request = self.client.get(&self.url).timeout(PATIENCE);
        let mut response = request.send().await.map_err(FetchError::Unreachable)?;
        if response.status().as_u16() != 200 {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(FetchError::Unreachable)? {
            if body.len() + chunk.len() > MAX_SET_BYTES {
                return Err(FetchError::NoKeySet);
            }
            body.extend_from_slice(&chunk);
        }
        let text = std::str::from_utf8(&body).map_err(|_| FetchError::NoKeySet)?;
        KeySet::read(text).ok_or(FetchError::NoKeySet)
    }
}

impl KeySource for HttpKeySource {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(self.get())
    }
}
