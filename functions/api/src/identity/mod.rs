//! Who calls, proven by a token. Nothing else a request says names its caller: no header, no parameter, no body.

mod bearer;
mod claims;
mod config;
mod gateway;
mod jwk;
mod keys;
mod refusal;
mod source;
mod token;

use axum::http::request::Parts;
use chrono::{DateTime, Utc};

pub use bearer::MAX_TOKEN_BYTES;
pub use claims::{Expected, Proven};
pub use config::{DEFAULT_ROLE_CLAIM, IdentityConfig};
pub use jwk::KeySet;
pub use keys::{Keys, REFRESH, RETRY, STALE_LIMIT};
pub use refusal::Refusal;
pub use source::{FetchError, Fetching, HttpKeySource, KeySource};

use crate::identity::token::Unverified;

/// How callers prove who they are.
pub enum Identity {
    /// API Gateway has verified the token.
    Gateway {
        /// The claim that names the role.
        role_claim: String,
    },
    /// The token is verified here.
    Issuer {
        /// What it must say.
        expected: Expected,
        /// The issuer's keys.
        keys: Keys,
    },
}

impl Identity {
    /// As `config` says; `client` fetches keys and must not follow redirects.
    pub fn new(config: IdentityConfig, client: reqwest::Client) -> Self {
        match config {
            IdentityConfig::Gateway { role_claim } => Self::Gateway { role_claim },
            IdentityConfig::Issuer { expected, jwks_url } => Self::Issuer {
                expected,
                keys: Keys::of(HttpKeySource::new(client, jwks_url)),
            },
        }
    }

    /// The caller of a request.
    ///
    /// # Errors
    /// [`Refusal`] says why it is not known.
    pub async fn caller(&self, request: &Parts, now: DateTime<Utc>) -> Result<Proven, Refusal> {
        match self {
            Self::Gateway { role_claim } => gateway::proven(&request.extensions, role_claim),
            Self::Issuer { expected, keys } => {
                let token = Unverified::read(bearer::bearer(&request.headers)?)?;
                let key = keys.get(token.key_id(), now).await?;
                expected.check(&token.verify(&key)?, now)
            }
        }
    }
}
