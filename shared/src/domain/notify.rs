//! Who is told of what becomes of a job. Nobody, unless the job asks.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{ExecutionState, Invalid, Perimeter, http_url, is_mail_address};

/// A job's wish to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// Short for a first channel of the kind `webhook`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        format = "uri",
        pattern = "^https?://",
        max_length = 2_048,
        example = "https://example.com/alarm"
    )]
    pub webhook_url: Option<String>,
    /// What is told. Bad ends, if the user names nothing.
    #[serde(default = "bad_ends")]
    #[schema(default = bad_ends)]
    pub on: Vec<NotifyOn>,
    /// By which ways: up to five, `webhook_url` included, and one at least.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 5)]
    pub channels: Vec<Channel>,
    /// How late an execution may start before `late` is told, in seconds; 60 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 86_400)]
    pub late_after_seconds: Option<u32>,
}

/// What a user may be told of.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NotifyOn {
    /// The execution failed for a reason that another attempt cannot mend.
    Failed,
    /// Its retries were used up, or its message was poison.
    Dead,
    /// It did its work.
    Succeeded,
    /// It started later than `late_after_seconds`, or came so late that it did not start at all.
    Late,
    /// The job paused itself.
    Paused,
}

impl NotifyOn {
    /// The name in the API and in keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Succeeded => "succeeded",
            Self::Late => "late",
            Self::Paused => "paused",
        }
    }

    /// What there is to tell of an end in `state`, if there is anything.
    pub fn of(state: ExecutionState) -> Option<Self> {
        match state {
            ExecutionState::Failed => Some(Self::Failed),
            ExecutionState::Dead => Some(Self::Dead),
            ExecutionState::Succeeded => Some(Self::Succeeded),
            _ => None,
        }
    }

    /// Whether many of these at once are told as one.
    pub fn is_death(self) -> bool {
        matches!(self, Self::Failed | Self::Dead)
    }
}

fn bad_ends() -> Vec<NotifyOn> {
    vec![NotifyOn::Failed, NotifyOn::Dead]
}

/// A way to tell somebody.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
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

/// Where to post.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChannel {
    /// http or https.
    #[schema(
        format = "uri",
        pattern = "^https?://",
        max_length = 2_048,
        example = "https://example.com/alarm"
    )]
    pub url: String,
}

/// Which incoming webhook.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackChannel {
    /// Its address, http or https. Whoever knows it may write there.
    #[schema(
        format = "uri",
        pattern = "^https?://",
        max_length = 2_048,
        example = "https://hooks.slack.com/services/T0/B0/x"
    )]
    pub url: String,
}

/// Whom to write to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailChannel {
    /// One to ten addresses.
    #[schema(min_items = 1, max_items = 10, schema_with = addresses, example = json!(["ops@example.com"]))]
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SnsChannel {
    /// Its ARN. On AWS, topics of the deployment's account whose names begin with `punctual-`.
    #[schema(
        pattern = "^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$",
        example = "arn:aws:sns:eu-west-1:123456789012:punctual-alarms"
    )]
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

    fn check(&self, field: &str) -> Result<(), Invalid> {
        match self {
            Self::Webhook(WebhookChannel { url }) | Self::Slack(SlackChannel { url }) => {
                http_url(&format!("{field}.url"), url).map(drop)
            }
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

const MAX_CHANNELS: usize = 5;
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

impl Notify {
    /// Every way to tell, in a fixed order: its place names a channel in messages.
    pub fn channels(&self) -> Vec<Channel> {
        let short = self.webhook_url.clone();
        let short = short.map(|url| Channel::Webhook(WebhookChannel { url }));
        short
            .into_iter()
            .chain(self.channels.iter().cloned())
            .collect()
    }

    /// Whether this is told.
    pub fn wants(&self, event: NotifyOn) -> bool {
        self.on.contains(&event)
    }

    /// How late an execution may start before that is told.
    pub fn late_after(&self) -> TimeDelta {
        TimeDelta::seconds(self.late_after_seconds.unwrap_or(60).into())
    }

    /// Checks that whom it names may be called. What is no URL at all is left to [`Self::check`].
    ///
    /// # Errors
    /// [`Invalid`] names the field under `notify`.
    pub fn within(&self, perimeter: &Perimeter) -> Result<(), Invalid> {
        let admit = |field: String, url: &str| match url::Url::parse(url) {
            Ok(url) => perimeter
                .admits(&url)
                .map_err(|refused| Invalid::new(field, refused.to_string())),
            Err(_) => Ok(()),
        };
        if let Some(url) = &self.webhook_url {
            admit("notify.webhook_url".to_owned(), url)?;
        }
        for (index, channel) in self.channels.iter().enumerate() {
            if let Channel::Webhook(WebhookChannel { url }) | Channel::Slack(SlackChannel { url }) =
                channel
            {
                admit(format!("notify.channels[{index}].url"), url)?;
            }
        }
        Ok(())
    }

    /// Checks what its shape cannot say.
    ///
    /// # Errors
    /// [`Invalid`] names the field under `notify`.
    pub fn check(&self) -> Result<(), Invalid> {
        if let Some(url) = &self.webhook_url {
            http_url("notify.webhook_url", url)?;
        }
        if !(1..=MAX_CHANNELS).contains(&self.channels().len()) {
            let reason = format!("must be 1 to {MAX_CHANNELS}, webhook_url included");
            return Err(Invalid::new("notify.channels", reason));
        }
        for (index, channel) in self.channels.iter().enumerate() {
            channel.check(&format!("notify.channels[{index}]"))?;
        }
        if self
            .late_after_seconds
            .is_some_and(|late| !(1..=86_400).contains(&late))
        {
            let reason = "must be from 1 to 86400";
            return Err(Invalid::new("notify.late_after_seconds", reason));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn refused(notify: Value) -> Option<String> {
        let notify: Notify = serde_json::from_value(notify).unwrap();
        notify.check().err().map(|invalid| invalid.field)
    }

    #[test]
    fn what_was_stored_before_there_were_channels_reads_and_writes_as_it_was() {
        let stored = r#"{"webhook_url":"https://example.com/","on":["dead"]}"#;
        let read: Notify = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
        let [Channel::Webhook(webhook)] = &read.channels()[..] else {
            panic!("{:?}", read.channels());
        };
        assert_eq!(webhook.url, "https://example.com/");
    }

    #[test]
    fn what_cannot_be_told_is_refused_by_its_field() {
        let email = |to: &[&str]| json!({ "channels": [{ "kind": "email", "to": to }] });
        let sns = |arn: &str| json!({ "channels": [{ "kind": "sns", "topic_arn": arn }] });
        let url = "https://example.com/";
        let hook = json!({ "kind": "webhook", "url": url });
        let table = [
            (json!({ "webhook_url": url }), None),
            (json!({ "channels": [hook] }), None),
            (email(&["a@example.com", "o'hara+x@b-c.example"]), None),
            (sns("arn:aws:sns:eu-west-1:123456789012:punctual-a_b"), None),
            (json!({}), Some("notify.channels")),
            (
                json!({ "webhook_url": url, "channels": [hook, hook, hook, hook, hook] }),
                Some("notify.channels"),
            ),
            (
                json!({ "webhook_url": "ftp://x" }),
                Some("notify.webhook_url"),
            ),
            (
                json!({ "channels": [{ "kind": "slack", "url": "x" }] }),
                Some("notify.channels[0].url"),
            ),
            (
                json!({ "webhook_url": url, "late_after_seconds": 0 }),
                Some("notify.late_after_seconds"),
            ),
            (email(&[]), Some("notify.channels[0].to")),
            (email(&["a@b.c", "x"]), Some("notify.channels[0].to[1]")),
            (
                email(&["a@b.c\r\nBcc: x@y.z"]),
                Some("notify.channels[0].to[0]"),
            ),
            (email(&["a b@c.d"]), Some("notify.channels[0].to[0]")),
            (email(&["A <a@b.c>"]), Some("notify.channels[0].to[0]")),
            (
                sns("arn:aws:sqs:eu-west-1:123456789012:punctual"),
                Some("notify.channels[0].topic_arn"),
            ),
            (
                sns("arn:aws:sns:eu-west-1:1:x"),
                Some("notify.channels[0].topic_arn"),
            ),
        ];
        for (notify, field) in table {
            assert_eq!(refused(notify.clone()).as_deref(), field, "{notify}");
        }
    }

    #[test]
    fn one_channel_has_one_key_and_another_has_another() {
        let url = || "https://example.com/".to_owned();
        let webhook = Channel::Webhook(WebhookChannel { url: url() });
        let slack = Channel::Slack(SlackChannel { url: url() });
        assert_ne!(webhook.key(), slack.key());
        assert_eq!(webhook.key().to_string().parse(), Ok(webhook.key()));
    }

    proptest! {
        #[test]
        fn no_address_can_break_out_of_a_header(text in "\\PC{0,8}[\r\n,;<> ]\\PC{0,8}@\\PC{1,8}") {
            prop_assert!(!is_mail_address(&text));
        }
    }
}
