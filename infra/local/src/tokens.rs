//! Whose tokens the hosted API accepts: the development issuer's, which is then hosted, too, or another's.

use clap::Args;
use punctual_api::identity::{DEFAULT_ROLE_CLAIM, IdentityConfig};

use crate::{HostError, Issuer};

/// Whose tokens the API accepts.
#[derive(Clone, Debug)]
pub enum Tokens {
    /// The development issuer's. It is hosted beside the API, on a free port.
    Development(Issuer),
    /// As the configuration says.
    Configured(IdentityConfig),
}

/// Another issuer than the development one. All three of its facts, or none.
#[derive(Args, Clone, Debug)]
pub struct OtherIssuer {
    /// Accept the tokens of this issuer instead of the development one's
    #[arg(long, env = "PUNCTUAL_ISSUER", requires_all = ["audience", "jwks_url"])]
    issuer: Option<String>,
    /// The audience of its tokens
    #[arg(long, env = "PUNCTUAL_AUDIENCE", requires = "issuer")]
    audience: Option<String>,
    /// Where it publishes its keys
    #[arg(long, env = "PUNCTUAL_JWKS_URL", requires = "issuer")]
    jwks_url: Option<String>,
    /// The claim of its tokens that names the role
    #[arg(long, env = "PUNCTUAL_ROLE_CLAIM", default_value = DEFAULT_ROLE_CLAIM)]
    role_claim: String,
}

impl OtherIssuer {
    /// The other issuer's tokens, or those of `development`.
    ///
    /// # Errors
    /// If a value cannot be used.
    pub fn or_else(
        self,
        development: impl FnOnce() -> Result<Issuer, HostError>,
    ) -> Result<Tokens, HostError> {
        if self.issuer.is_none() {
            return Ok(Tokens::Development(development()?));
        }
        let config = IdentityConfig::from_lookup(|name| match name {
            "PUNCTUAL_IDENTITY" => Some("issuer".to_owned()),
            "PUNCTUAL_ISSUER" => self.issuer.clone(),
            "PUNCTUAL_AUDIENCE" => self.audience.clone(),
            "PUNCTUAL_JWKS_URL" => self.jwks_url.clone(),
            "PUNCTUAL_ROLE_CLAIM" => Some(self.role_claim.clone()),
            _ => None,
        });
        Ok(Tokens::Configured(config?))
    }
}
