//! The ways to tell somebody. A secret among what they say is a name, so a channel may be stored, shown and hashed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use sha2::{Digest, Sha256};
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::hook_url::{HookUrl, hook_url};
use crate::domain::{Invalid, SecretName, SecretReference, Sign, is_mail_address, signed_with};

/// A way to tell somebody.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Channel {
    /// A POST with a JSON body.
    Webhook(WebhookChannel),
    /// A message to an incoming webhook of Slack, or of what understands the same.
    Slack(SlackChannel),
    /// A mail.
    Email(EmailChannel),
    /// A message to a topic of SNS.
    Sns(SnsChannel),
}

/// Described as one shape, which says by its kind what else it has: readers of choices by a field are rare.
impl PartialSchema for Channel {
    fn schema() -> RefOr<Schema> {
        let kinds = ["webhook", "slack", "email", "sns"];
        let topic = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(
                "^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$",
            ))
            .description(Some(
                "Of `sns`: the topic's ARN. On AWS, topics of the deployment's account whose names begin with `punctual-`.",
            ));
        ObjectBuilder::new()
            .description(Some(
                "A way to tell somebody: `webhook` has `url` and may have `sign`, `slack` has `url`, `email` has `to`, `sns` \
                 has `topic_arn`.",
            ))
            .property(
                "kind",
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(kinds)),
            )
            .property(
                "url",
                hook_url(
                    "Of `webhook` and `slack`: http or https; or a secret that is such an address, as one of Slack's own \
                     must be.",
                ),
            )
            .property("sign", signed_with())
            .property("to", addresses())
            .property("topic_arn", topic)
            .required("kind")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)))
            .into()
    }
}

impl ToSchema for Channel {}

/// Where to post.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookChannel {
    /// http or https; or a secret that is such an address.
    pub url: HookUrl,
    /// Signs each POST by the Standard Webhooks scheme, so that its receiver can tell it from anybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<Sign<SecretReference>>,
}

/// Which incoming webhook.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlackChannel {
    /// Its address, http or https. Whoever knows one of Slack's own may write there: those must be secrets.
    pub url: HookUrl,
}

/// Whom to write to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailChannel {
    /// One to ten addresses.
    pub to: Vec<String>,
}

fn addresses() -> utoipa::openapi::Array {
    let address = utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::Type::String)
        .format(Some(utoipa::openapi::SchemaFormat::Custom(
            "mail-address".to_owned(),
        )))
        .max_length(Some(254));
    utoipa::openapi::ArrayBuilder::new()
        .items(address)
        .min_items(Some(1))
        .max_items(Some(10))
        .description(Some("One to ten addresses."))
        .build()
}

/// Which topic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnsChannel {
    /// Its ARN. On AWS, topics of the deployment's account whose names begin with `punctual-`.
    pub topic_arn: String,
}

/// What tells one channel from another, whichever jobs name it: the beginning of its hash. It does not give the channel
/// away, and may stand in keys and logs.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, SerializeDisplay, DeserializeFromStr,
)]
pub struct ChannelKey(u64);

impl fmt::Display for ChannelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for ChannelKey {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let number = u64::from_str_radix(text, 16).ok().map(Self);
        number
            .filter(|key| key.to_string() == text)
            .ok_or_else(|| Invalid::new("channel", "must be 16 hexadecimal digits"))
    }
}

impl Channel {
    /// Its key.
    pub fn key(&self) -> ChannelKey {
        let text = serde_json::to_vec(self).unwrap_or_default();
        let mut first = [0; 8];
        first.copy_from_slice(&Sha256::digest(text)[..8]);
        ChannelKey(u64::from_be_bytes(first))
    }

    /// The name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Slack(_) => "slack",
            Self::Email(_) => "email",
            Self::Sns(_) => "sns",
        }
    }

    /// Where it is posted to, if it is posted.
    pub fn hook_url(&self) -> Option<&HookUrl> {
        match self {
            Self::Webhook(WebhookChannel { url, .. }) | Self::Slack(SlackChannel { url }) => {
                Some(url)
            }
            Self::Email(_) | Self::Sns(_) => None,
        }
    }

    /// The secrets that it names.
    pub fn secrets(&self) -> Vec<&SecretName> {
        let url = match self.hook_url() {
            Some(HookUrl::Secret(reference)) => Some(&reference.secret),
            Some(HookUrl::Plain(_)) | None => None,
        };
        let keys = match self {
            Self::Webhook(WebhookChannel {
                sign: Some(sign), ..
            }) => sign.keys.as_slice(),
            _ => &[],
        };
        let keys = keys.iter().map(|reference| &reference.secret);
        url.into_iter().chain(keys).collect()
    }

    pub(super) fn check(&self, field: &str) -> Result<(), Invalid> {
        match self {
            Self::Webhook(WebhookChannel { url, sign }) => {
                url.check(&format!("{field}.url"))?;
                let sign = sign.as_ref();
                sign.map_or(Ok(()), |sign| sign.check(&format!("{field}.sign")))
            }
            Self::Slack(SlackChannel { url }) => url.check(&format!("{field}.url")),
            Self::Email(EmailChannel { to }) => {
                if !(1..=MAX_ADDRESSES).contains(&to.len()) {
                    let reason = format!("must be 1 to {MAX_ADDRESSES} addresses");
                    return Err(Invalid::new(format!("{field}.to"), reason));
                }
                let bad = to.iter().position(|address| !is_mail_address(address));
                bad.map_or(Ok(()), |index| {
                    let reason = "is not a mail address that can be written to";
                    Err(Invalid::new(format!("{field}.to[{index}]"), reason))
                })
            }
            Self::Sns(SnsChannel { topic_arn }) => {
                if is_topic(topic_arn) {
                    return Ok(());
                }
                let reason = "must be the ARN of a standard SNS topic";
                Err(Invalid::new(format!("{field}.topic_arn"), reason))
            }
        }
    }
}

const MAX_ADDRESSES: usize = 10;

fn is_topic(text: &str) -> bool {
    let parts: Vec<_> = text.split(':').collect();
    let [arn, partition, service, region, account, name] = parts[..] else {
        return false;
    };
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    arn == "arn"
        && partition.starts_with("aws")
        && partition
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        && service == "sns"
        && !region.is_empty()
        && region.bytes().all(lower)
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && (1..=256).contains(&name.len())
        && name.bytes().all(in_name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn channel(text: Value) -> Channel {
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn a_channel_is_of_the_kind_that_it_was_asked_for_by() {
        for asked in [
            json!({ "kind": "webhook", "url": "https://example.com/hook" }),
            json!({ "kind": "slack", "url": { "secret": "hook" } }),
            json!({ "kind": "email", "to": ["a@b.c"] }),
            json!({ "kind": "sns", "topic_arn": "arn:aws:sns:eu-west-1:123456789012:punctual-target-x" }),
        ] {
            assert_eq!(asked["kind"], channel(asked.clone()).kind());
        }
    }

    #[test]
    fn one_channel_has_one_key_and_another_has_another() {
        let url = "https://example.com/";
        let keys = |names: &[&str]| -> Vec<_> {
            names.iter().map(|name| json!({ "secret": name })).collect()
        };
        let webhook = |url: Value| channel(json!({ "kind": "webhook", "url": url }));
        let signed = |names| {
            channel(json!({ "kind": "webhook", "url": url, "sign": { "keys": keys(names) } }))
        };
        let channels = [
            webhook(json!(url)),
            webhook(json!({ "secret": "hook" })),
            webhook(json!({ "secret": "sm:hook" })),
            signed(&["a"]),
            signed(&["a", "b"]),
            channel(json!({ "kind": "slack", "url": url })),
            channel(json!({ "kind": "slack", "url": { "secret": "hook" } })),
        ];
        let distinct: std::collections::BTreeSet<_> = channels.iter().map(Channel::key).collect();
        assert_eq!(distinct.len(), channels.len());
        for channel in channels {
            assert_eq!(channel.key().to_string().parse(), Ok(channel.key()));
            let again = serde_json::from_str(&serde_json::to_string(&channel).unwrap());
            assert_eq!(again.ok(), Some(channel));
        }
    }

    #[test]
    fn a_key_is_the_one_that_it_was_before_channels_could_be_signed() {
        let webhook = channel(json!({ "kind": "webhook", "url": "https://example.com/" }));
        let text = r#"{"kind":"webhook","url":"https://example.com/"}"#;
        assert_eq!(serde_json::to_string(&webhook).unwrap(), text);
        assert_eq!(webhook.key().to_string(), "0dca8255946e2e71");
    }

    #[test]
    fn a_channel_says_which_secrets_it_names() {
        let sign = json!({ "keys": [{ "secret": "new" }, { "secret": "sm:old" }] });
        let table = [
            (
                json!({ "kind": "webhook", "url": { "secret": "hook" }, "sign": sign }),
                &["hook", "new", "sm:old"][..],
            ),
            (
                json!({ "kind": "webhook", "url": "https://example.com/", "sign": sign }),
                &["new", "sm:old"],
            ),
            (
                json!({ "kind": "slack", "url": { "secret": "team" } }),
                &["team"],
            ),
            (
                json!({ "kind": "slack", "url": "https://example.com/" }),
                &[],
            ),
            (json!({ "kind": "email", "to": ["a@b.c"] }), &[]),
        ];
        for (text, expected) in table {
            let channel = channel(text.clone());
            let named: Vec<_> = channel.secrets().iter().map(ToString::to_string).collect();
            assert_eq!(named, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_address_can_break_out_of_a_header(text in "\\PC{0,8}[\r\n,;<> ]\\PC{0,8}@\\PC{1,8}") {
            prop_assert!(!is_mail_address(&text));
        }
    }
}
