//! One call to the public API. Every answer is JSON or empty; one that is no success becomes a [`Failure`].

mod list;
mod problem;

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderValue};
use reqwest::{Client, Method};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

pub use self::list::{Paging, list};
pub use self::problem::{FieldError, Problem};
use crate::Failure;

/// Longer than the longest poll of a worker.
const PATIENCE: Duration = Duration::from_mins(1);

/// The API, as one caller sees it.
#[derive(Clone)]
pub struct Api {
    http: Client,
    endpoint: Url,
    token: Option<HeaderValue>,
}

/// A success.
#[derive(Debug)]
pub struct Answer {
    /// The body; null where there is none.
    pub body: Value,
    /// The version of the job that it shows, as `If-Match` takes it.
    pub etag: Option<String>,
}

impl Answer {
    /// The part of the body that is shown.
    ///
    /// # Errors
    /// If the body is of another form.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        read(&self.body)
    }
}

/// The part of a document that is shown.
///
/// # Errors
/// If it is of another form.
pub fn read<T: DeserializeOwned>(document: &Value) -> Result<T, Failure> {
    T::deserialize(document).map_err(|error| Failure::Unreadable(error.to_string()))
}

impl Api {
    /// The API at `endpoint`.
    ///
    /// # Errors
    /// If TLS cannot be set up, or the token cannot be sent.
    pub fn new(endpoint: Url, token: Option<&str>) -> Result<Self, Failure> {
        // Somebody else may have installed the same provider already; either way there is one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .timeout(PATIENCE)
            .user_agent(concat!("punctual-cli/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&endpoint) {
            http = http.no_proxy();
        }
        let http = http.build();
        let http = http.map_err(|error| Failure::Usage(format!("no HTTP client: {error}")))?;
        let token = token.map(bearer).transpose()?;
        Ok(Self {
            http,
            endpoint,
            token,
        })
    }

    /// The address.
    pub fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// A reading call to `/v1/` and these segments.
    pub fn get<'a>(&'a self, segments: &[&str]) -> Call<'a> {
        self.call(Method::GET, segments)
    }

    /// A call that does something.
    pub fn post<'a>(&'a self, segments: &[&str]) -> Call<'a> {
        self.call(Method::POST, segments)
    }

    /// Any call.
    pub fn call<'a>(&'a self, method: Method, segments: &[&str]) -> Call<'a> {
        let mut url = self.endpoint.clone();
        // An endpoint is http or https, which have paths.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("v1").extend(segments);
        }
        Call {
            api: self,
            method,
            url,
            headers: Vec::new(),
            body: None,
        }
    }
}

fn bearer(token: &str) -> Result<HeaderValue, Failure> {
    let unfit = |_| Failure::Usage("the token has characters that no token has".to_owned());
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(unfit)?;
    value.set_sensitive(true);
    Ok(value)
}

fn is_loopback(endpoint: &Url) -> bool {
    match endpoint.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A call that is being made up.
pub struct Call<'a> {
    api: &'a Api,
    method: Method,
    url: Url,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
}

impl Call<'_> {
    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.url.query_pairs_mut().append_pair(name, value.as_ref());
        self
    }

    /// Adds a query parameter if there is one.
    #[must_use]
    pub fn maybe(self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Adds an instant if there is one.
    #[must_use]
    pub fn instant(self, name: &str, at: Option<DateTime<Utc>>) -> Self {
        self.maybe(name, at.map(instant))
    }

    /// Sends this JSON along.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Has it take effect once, however often it is sent.
    #[must_use]
    pub fn once(self, key: Option<&str>) -> Self {
        self.header("idempotency-key", key)
    }

    /// Has it take effect only while the job is at this version.
    #[must_use]
    pub fn if_match(self, etag: Option<&str>) -> Self {
        self.header("if-match", etag)
    }

    fn header(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.headers
            .extend(value.map(|value| (name, value.to_owned())));
        self
    }

    /// Makes the call.
    ///
    /// # Errors
    /// [`Failure::Problem`] is the API's answer; [`Failure::Unreachable`] says that there was none.
    pub async fn send(self) -> Result<Answer, Failure> {
        let token = self.api.token.as_ref().ok_or(Failure::NoToken)?;
        let mut request = self
            .api
            .http
            .request(self.method, self.url)
            .header(AUTHORIZATION, token);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = self.body {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let unreachable = |error: reqwest::Error| Failure::Unreachable {
            endpoint: self.api.endpoint.to_string(),
            reason: innermost(&error),
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let etag = response.headers().get(ETAG);
        let etag = etag.and_then(|etag| etag.to_str().ok().map(ToOwned::to_owned));
        let text = response.text().await.map_err(unreachable)?;
        if !status.is_success() {
            let problem = Problem::of(status.as_u16(), &text);
            return Err(Failure::Problem(Box::new(problem)));
        }
        let body = match text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text)
                .map_err(|error| Failure::Unreadable(error.to_string()))?,
        };
        Ok(Answer { body, etag })
    }
}

/// An instant as the API takes it.
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_built_of_segments_whatever_they_hold() {
        for (endpoint, expected) in [
            ("http://127.0.0.1:1", "http://127.0.0.1:1/v1/jobs/a%2Fb%3Fc"),
            (
                "https://x.test/dev/",
                "https://x.test/dev/v1/jobs/a%2Fb%3Fc",
            ),
        ] {
            let api = Api::new(endpoint.parse().unwrap(), None).unwrap();
            let call = api.get(&["jobs", "a/b?c"]);
            assert_eq!(call.url.as_str(), expected);
        }
    }

    #[test]
    fn a_token_that_would_break_the_header_is_refused() {
        assert!(bearer("a.b.c").is_ok());
        assert!(bearer("a\nb").is_err());
    }
}
