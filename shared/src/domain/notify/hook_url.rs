//! Where a notice is posted. An address that is a secret by itself is named, never given: what is stored and shown is the
//! name.

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{OneOfBuilder, Schema, SchemaFormat};
use utoipa::openapi::{ObjectBuilder, Type};

use crate::domain::{Invalid, SecretReference, http_url, secret_reference};

/// An address, or the secret that is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "must be a URL, or name a secret that is one: {\"secret\": \"name\"}"
)]
pub enum HookUrl {
    /// It is no secret.
    Plain(String),
    /// It is one of the owner's secrets.
    Secret(SecretReference),
}

/// Hosts where the address is all that it takes to write: Slack's incoming webhooks.
const CONFIDENTIAL_HOSTS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];

impl HookUrl {
    /// Checks what its shape cannot say. What a secret holds is checked by who reads it.
    ///
    /// # Errors
    /// [`Invalid`] names `field`.
    pub fn check(&self, field: &str) -> Result<(), Invalid> {
        match self {
            Self::Plain(url) => Self::check_plain(field, url),
            Self::Secret(_) => Ok(()),
        }
    }

    /// As [`Self::check`], of an address that is no secret: it must be none that should be.
    ///
    /// # Errors
    /// As [`Self::check`]. It does not say what the address is.
    pub fn check_plain(field: &str, url: &str) -> Result<(), Invalid> {
        let url = http_url(field, url)?;
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        if CONFIDENTIAL_HOSTS.contains(&host) {
            let reason = r#"must be a reference to a secret: {"secret": "name"}; whoever knows this address may write there"#;
            return Err(Invalid::new(field, reason));
        }
        Ok(())
    }
}

/// What it looks like, described for its channel.
pub(super) fn hook_url(description: &str) -> Schema {
    let plain = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("uri".to_owned())))
        .pattern(Some("^https?://"))
        .max_length(Some(2_048));
    let either = OneOfBuilder::new()
        .item(plain)
        .item(secret_reference())
        .description(Some(description));
    Schema::OneOf(either.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_a_secret_is_not_taken_in_plain_text_however_it_is_spelt() {
        let path = "services/T0/B0/x";
        for url in [
            format!("https://hooks.slack.com/{path}"),
            format!("http://HOOKS.Slack.com/{path}"),
            format!("https://hooks.slack.com.:443/{path}"),
            format!("https://hooks%2eslack.com/{path}"),
            format!("https://hooks.slack-gov.com/{path}"),
        ] {
            let refused = HookUrl::check_plain("url", &url).unwrap_err();
            assert!(
                refused.reason.contains(r#"{"secret": "name"}"#),
                "{refused}"
            );
            assert!(!refused.to_string().contains(path), "{refused}");
        }
        for url in [
            "https://slack.com/api",
            "https://hooks.slack.com.example.org/",
            "https://example.com/hooks.slack.com",
        ] {
            assert_eq!(HookUrl::check_plain("url", url), Ok(()), "{url}");
        }
    }
}
