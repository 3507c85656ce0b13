//! Who is told of what becomes of a job. Nobody, unless the job asks.

mod channel;
mod hook_url;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::channel::{
    Channel, ChannelKey, EmailChannel, SlackChannel, SnsChannel, WebhookChannel,
};
pub use self::hook_url::HookUrl;
use super::{ExecutionState, Invalid, Perimeter};

/// A job's wish to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// Short for a first channel of the kind `webhook`, unsigned.
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

const MAX_CHANNELS: usize = 5;

impl Notify {
    /// Every way to tell, in a fixed order: its place names a channel in messages.
    pub fn channels(&self) -> Vec<Channel> {
        let short = self.webhook_url.clone();
        let short = short.map(|url| {
            Channel::Webhook(WebhookChannel {
                url: HookUrl::Plain(url),
                sign: None,
            })
        });
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

    /// Checks that whom it names may be called. What is no URL at all is left to [`Self::check`]; one that is a secret, to
    /// who calls it.
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
            if let Some(HookUrl::Plain(url)) = channel.hook_url() {
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
            HookUrl::check_plain("notify.webhook_url", url)?;
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
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::{Root, read};

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
        assert_eq!(
            webhook.url,
            HookUrl::Plain("https://example.com/".to_owned())
        );
    }

    #[test]
    fn what_cannot_be_told_is_refused_by_its_field() {
        let email = |to: &[&str]| json!({ "channels": [{ "kind": "email", "to": to }] });
        let sns = |arn: &str| json!({ "channels": [{ "kind": "sns", "topic_arn": arn }] });
        let url = "https://example.com/";
        let hook = json!({ "kind": "webhook", "url": url });
        let signed = |keys: usize| {
            let sign = json!({ "keys": vec![json!({ "secret": "hook-key" }); keys] });
            json!({ "channels": [{ "kind": "webhook", "url": { "secret": "hook" }, "sign": sign }] })
        };
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
                json!({ "webhook_url": "https://hooks.slack.com/services/T0/B0/x" }),
                Some("notify.webhook_url"),
            ),
            (
                json!({ "channels": [hook, { "kind": "slack", "url": "https://hooks.slack.com/services/T0/B0/x" }] }),
                Some("notify.channels[1].url"),
            ),
            (
                json!({ "channels": [{ "kind": "slack", "url": { "secret": "team" } }] }),
                None,
            ),
            (signed(1), None),
            (signed(2), None),
            (signed(0), Some("notify.channels[0].sign.keys")),
            (signed(3), Some("notify.channels[0].sign.keys")),
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
        ];
        for (notify, field) in table {
            assert_eq!(refused(notify.clone()).as_deref(), field, "{notify}");
        }
    }

    #[test]
    fn what_is_no_channel_is_refused_by_its_field() {
        let channel = |channel: Value| json!({ "channels": [channel] });
        let url = "https://example.com/";
        let by_secret = |name: &str| json!({ "secret": name });
        let signed_by = |keys: Value| {
            channel(json!({ "kind": "webhook", "url": url, "sign": { "keys": keys } }))
        };
        let table = [
            (
                channel(json!({ "kind": "slack", "url": by_secret("../team") })),
                "url",
            ),
            (
                channel(json!({ "kind": "slack", "url": by_secret("") })),
                "url",
            ),
            (
                channel(json!({ "kind": "slack", "url": { "secret": "a", "of": "b" } })),
                "url",
            ),
            (channel(json!({ "kind": "webhook", "url": 7 })), "url"),
            (channel(json!({ "kind": "webhook", "url": null })), "url"),
            (
                channel(
                    json!({ "kind": "slack", "url": url, "sign": { "keys": [by_secret("k")] } }),
                ),
                "sign",
            ),
            (
                signed_by(json!(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])),
                "sign",
            ),
            (
                channel(json!({ "kind": "webhook", "url": url, "sign": "whsec_x" })),
                "sign",
            ),
            (signed_by(json!([by_secret("a/b")])), "sign"),
        ];
        for (notify, field) in table {
            let refused = read::<Notify>(Root::Field("notify"), &notify).unwrap_err();
            assert_eq!(
                refused.field,
                format!("notify.channels[0].{field}"),
                "{notify}: {refused}"
            );
            assert!(!refused.reason.contains("whsec_"), "{refused}");
        }
    }

    #[test]
    fn only_a_plain_address_is_judged_before_it_is_called() {
        let within = |url: Value| {
            let notify = json!({ "channels": [{ "kind": "slack", "url": url }] });
            let notify: Notify = serde_json::from_value(notify).unwrap();
            notify
                .within(&Perimeter::public())
                .map_err(|refused| refused.field)
        };
        let field = "notify.channels[0].url".to_owned();
        assert_eq!(within(json!("http://169.254.169.254/")), Err(field));
        assert_eq!(within(json!({ "secret": "team" })), Ok(()));
    }

    #[test]
    fn who_does_not_say_what_to_be_told_of_is_told_of_bad_ends() {
        let notify: Notify = serde_json::from_value(json!({})).unwrap();
        assert_eq!(notify.on, [NotifyOn::Failed, NotifyOn::Dead]);
    }

    #[test]
    fn only_deaths_are_told_many_as_one() {
        let all = [
            NotifyOn::Failed,
            NotifyOn::Dead,
            NotifyOn::Succeeded,
            NotifyOn::Late,
            NotifyOn::Paused,
        ];
        let deaths: Vec<_> = all.into_iter().filter(|event| event.is_death()).collect();
        assert_eq!(deaths, [NotifyOn::Failed, NotifyOn::Dead]);
        for state in [ExecutionState::Failed, ExecutionState::Dead] {
            assert!(NotifyOn::of(state).unwrap().is_death());
        }
        let succeeded = NotifyOn::of(ExecutionState::Succeeded);
        assert_eq!(succeeded, Some(NotifyOn::Succeeded));
        assert_eq!(NotifyOn::of(ExecutionState::Skipped), None);
    }

    #[test]
    fn a_topic_is_named_by_the_whole_arn_of_a_standard_one() {
        let sns = |arn: &str| refused(json!({ "channels": [{ "kind": "sns", "topic_arn": arn }] }));
        let longest = format!("arn:aws:sns:eu-west-1:123456789012:{}", "x".repeat(256));
        for arn in [
            "arn:aws-us-gov:sns:us-gov-west-1:123456789012:a",
            "arn:aws:sns:eu-west-1:123456789012:A-b_9",
            &longest,
        ] {
            assert_eq!(sns(arn), None, "{arn}");
        }
        for arn in [
            "arn:aws:sns:eu-west-1:1:x",
            "urn:aws:sns:eu-west-1:123456789012:x",
            "arn:gcp:sns:eu-west-1:123456789012:x",
            "arn:aws2:sns:eu-west-1:123456789012:x",
            "arn:aws:sns::123456789012:x",
            "arn:aws:sns:EU:123456789012:x",
            "arn:aws:sns:eu-west-1:12345678901x:x",
            "arn:aws:sns:eu-west-1:1234567890123:x",
            "arn:aws:sns:eu-west-1:123456789012:",
            "arn:aws:sns:eu-west-1:123456789012:x.fifo",
            "arn:aws:sns:eu-west-1:123456789012:x:y",
            &format!("{longest}x"),
        ] {
            let field = Some("notify.channels[0].topic_arn");
            assert_eq!(sns(arn).as_deref(), field, "{arn}");
        }
    }
}
