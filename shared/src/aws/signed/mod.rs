//! The one signed door to AWS's HTTP APIs, beside the clients of the SDK: a request is built, signed (`SigV4`) and sent
//! once. Retries belong to whoever calls.

mod endpoint;
mod failure;
mod roles;
mod signature;

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

pub use self::endpoint::Endpoints;
use self::failure::unanswered;
use self::roles::Roles;
pub use self::roles::external_id;
use super::Meter;
use crate::domain::UserId;
use crate::edge::{SystemClock, error_chain};
use crate::port::{
    AwsApi, AwsFailure, AwsService, CallAs, Clock, FailureKind, SignedAnswer, SignedCall,
};

const ASSUME_ROLE: &str = "sts.AssumeRole";

/// Calls AWS by signed requests. Cloning is cheap, and clones share what they know.
#[derive(Clone, Debug)]
pub struct SignedDoor {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    http: reqwest::Client,
    credentials: SharedCredentialsProvider,
    region: String,
    endpoints: Endpoints,
    namespace: String,
    roles: Roles,
    meter: Arc<Meter>,
}

/// Why the door cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// There is no region, or there are no credentials to ask for.
    #[error("the environment names no {0}")]
    Missing(&'static str),
    /// TLS cannot be set up.
    #[error("the HTTP client cannot be made")]
    Http(#[from] reqwest::Error),
}

impl SignedDoor {
    /// A door with the SDK's credentials and region. `namespace` is the deployment's, for external ids.
    ///
    /// # Errors
    /// If the SDK knows no region or credentials, or TLS cannot be set up.
    pub(super) fn new(
        sdk: &SdkConfig,
        endpoints: Endpoints,
        namespace: &str,
        meter: Arc<Meter>,
    ) -> Result<Self, DoorError> {
        let credentials = sdk.credentials_provider();
        let region = sdk.region().map(ToString::to_string);
        Ok(Self {
            shared: Arc::new(Shared {
                http: http_client()?,
                credentials: credentials.ok_or(DoorError::Missing("credentials"))?,
                region: region.ok_or(DoorError::Missing("region"))?,
                endpoints,
                namespace: namespace.to_owned(),
                roles: Roles::default(),
                meter,
            }),
        })
    }

    /// The region of the function itself.
    pub fn region(&self) -> &str {
        &self.shared.region
    }

    /// A URL that lets whoever has it read the object `key` of `bucket` for `lifetime`, and nothing else.
    ///
    /// # Errors
    /// If there are no credentials to sign with.
    pub async fn presigned_get(
        &self,
        bucket: &str,
        key: &str,
        lifetime: Duration,
    ) -> Result<String, AwsFailure> {
        const PRESIGN: &str = "s3.GetObject (presigned)";
        let call = SignedCall {
            method: "GET",
            path: object_path(bucket, key),
            ..SignedCall::post(AwsService::S3, PRESIGN, Vec::new())
        };
        let credentials = self.own_credentials(PRESIGN).await?;
        let base = self.shared.endpoints.base(call.service, self.region());
        let now = SystemClock.now().into();
        let lifetime = Some(lifetime);
        signature::signed(&call, &base, self.region(), credentials, now, lifetime)
            .map(|request| request.uri().to_string())
            .map_err(|error| unanswered(PRESIGN, error_chain(error.as_ref())))
    }

    async fn own_credentials(&self, operation: &'static str) -> Result<Credentials, AwsFailure> {
        let provided = self.shared.credentials.provide_credentials().await;
        provided.map_err(|error| unanswered(operation, error_chain(&error)))
    }

    /// Credentials of a role, kept or asked for anew.
    async fn role_credentials(
        &self,
        role_arn: &str,
        user: &UserId,
        timeout: Duration,
    ) -> Result<Credentials, AwsFailure> {
        let external_id = external_id(&self.shared.namespace, user);
        let now: SystemTime = SystemClock.now().into();
        let key = (role_arn.to_owned(), external_id);
        if let Some(kept) = self.shared.roles.get(&key, now) {
            return Ok(kept);
        }
        let fields = [
            ("Action", "AssumeRole"),
            ("Version", "2011-06-15"),
            ("RoleArn", role_arn),
            ("ExternalId", &key.1),
            ("RoleSessionName", "punctual"),
            ("DurationSeconds", roles::SESSION_SECONDS),
        ];
        let call = SignedCall {
            timeout,
            ..SignedCall::form(AwsService::Sts, ASSUME_ROLE, fields)
        };
        let own = self.own_credentials(ASSUME_ROLE).await?;
        let answer = self.send(&call, own).await?;
        let credentials = roles::credentials(&answer)
            .ok_or_else(|| unanswered(ASSUME_ROLE, "the answer holds no credentials".into()))?;
        self.shared.roles.keep(key, credentials.clone(), now);
        Ok(credentials)
    }

    async fn send(
        &self,
        call: &SignedCall,
        credentials: Credentials,
    ) -> Result<SignedAnswer, AwsFailure> {
        let shared = &self.shared;
        let region = call.region.as_deref().unwrap_or(&shared.region);
        let base = shared.endpoints.base(call.service, region);
        let now = SystemClock.now().into();
        // What cannot be signed or sent is the caller's mistake, and stays one.
        let refused = |message: String| AwsFailure {
            kind: FailureKind::Refused,
            code: "NotARequest".to_owned(),
            ..unanswered(call.operation, message)
        };
        let request = signature::signed(call, &base, region, credentials, now, None)
            .map_err(|error| refused(error_chain(error.as_ref())))?;
        let mut request =
            reqwest::Request::try_from(request).map_err(|error| refused(error_chain(&error)))?;
        *request.timeout_mut() = Some(call.timeout);
        shared.meter.request(call.operation);
        let answer = self.answered(request, call.max_answer_bytes).await;
        // The address may hold what is nobody's business.
        let answer = answer
            .map_err(|error| unanswered(call.operation, error_chain(&error.without_url())))?;
        if answer.status < 300 {
            Ok(answer)
        } else {
            Err(failure::read(call.operation, &answer))
        }
    }

    async fn answered(
        &self,
        request: reqwest::Request,
        max_bytes: usize,
    ) -> reqwest::Result<SignedAnswer> {
        let mut response = self.shared.http.execute(request).await?;
        let headers = response.headers().iter().filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        });
        let mut answer = SignedAnswer {
            status: response.status().as_u16(),
            headers: headers.collect(),
            body: Vec::new(),
            cut: false,
        };
        while let Some(chunk) = response.chunk().await? {
            let room = max_bytes - answer.body.len();
            answer
                .body
                .extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                answer.cut = true;
                break;
            }
        }
        Ok(answer)
    }
}

impl AwsApi for SignedDoor {
    async fn call(&self, call: SignedCall) -> Result<SignedAnswer, AwsFailure> {
        let credentials = match &call.call_as {
            CallAs::Itself => self.own_credentials(call.operation).await?,
            CallAs::Role { role_arn, user } => {
                self.role_credentials(role_arn, user, call.timeout).await?
            }
        };
        self.send(&call, credentials).await
    }
}

/// The path of an object: every byte of its key but the plainest is encoded, as S3's signatures want it.
pub fn object_path(bucket: &str, key: &str) -> String {
    let mut path = format!("/{bucket}/");
    for byte in key.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                path.push(char::from(byte));
            }
            _ => {
                let _ = write!(path, "%{byte:02X}");
            }
        }
    }
    path
}

/// A client of its own: what jobs may reach is none of its business, and it may reach what jobs may not.
fn http_client() -> reqwest::Result<reqwest::Client> {
    // Somebody else may have installed the same provider already; either way there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(2))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keys_odd_bytes_are_encoded_and_its_folders_stay() {
        let path = object_path("results", "a b/ü+%.json");
        assert_eq!(path, "/results/a%20b/%C3%BC%2B%25.json");
    }
}
