//! `sns`: publishes one message. On a FIFO topic the execution id is its deduplication id, so a second attempt within
//! five minutes publishes nothing twice.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::message;
use super::payload::Place;
use super::target::{ArnOf, CALL_TIMEOUT, Kind, RoleArn, caller, is_plain};
use super::{Attempt, JobType, ends};
use crate::domain::Invalid;
use crate::plan::Ended;
use crate::port::{AwsApi, AwsService, SignedCall};

pub(super) struct Sns<A> {
    pub(super) aws: A,
}

#[derive(Clone, Debug)]
pub(super) struct Topic;

type TopicArn = ArnOf<Topic>;

impl Kind for Topic {
    const SERVICE: &'static str = "sns";
    const PREFIX: &'static str = "";
    const NAME: &'static str = "([A-Za-z0-9_-]{1,256}|[A-Za-z0-9_-]{1,251}\\.fifo)";
    const EXAMPLE: &'static str = "arn:aws:sns:eu-west-1:123456789012:punctual-target-orders";

    fn is_name(name: &str) -> bool {
        is_plain(name.strip_suffix(".fifo").unwrap_or(name))
    }
}

/// The message to publish.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Payload {
    #[schema(inline)]
    topic_arn: TopicArn,
    /// One line for mail: ASCII, beginning with a letter, a digit or punctuation.
    #[schema(pattern = "^[!-~][ -~]{0,99}$")]
    subject: Option<String>,
    /// Published as it is if it is a string, as JSON otherwise.
    message: Value,
    #[serde(default)]
    #[schema(schema_with = message::attributes)]
    attributes: BTreeMap<String, String>,
    /// The group, on a FIFO topic.
    #[schema(schema_with = message::fifo_token)]
    group_id: Option<String>,
    /// On a FIFO topic: the execution id, unless another is given.
    #[schema(schema_with = message::fifo_token)]
    deduplication_id: Option<String>,
    /// The calls are made under this role; without one, under Punctual's own, which reaches `punctual-target-*` only.
    #[schema(inline)]
    role_arn: Option<RoleArn>,
}

impl Payload {
    #[expect(
        clippy::case_sensitive_file_extension_comparisons,
        reason = "it is a name's ending, which is written so, and no file"
    )]
    fn is_fifo(&self) -> bool {
        self.topic_arn.name().ends_with(".fifo")
    }

    fn fields(&self, attempt: &Attempt) -> Vec<(String, String)> {
        let mut fields = vec![
            ("Action".to_owned(), "Publish".to_owned()),
            ("Version".to_owned(), "2010-03-31".to_owned()),
            ("TopicArn".to_owned(), self.topic_arn.arn().to_string()),
            ("Message".to_owned(), message::text(&self.message)),
        ];
        let mut add = |name: &str, value: &str| fields.push((name.to_owned(), value.to_owned()));
        if let Some(subject) = &self.subject {
            add("Subject", subject);
        }
        if let Some(group) = &self.group_id {
            add("MessageGroupId", group);
            match &self.deduplication_id {
                Some(given) => add("MessageDeduplicationId", given),
                None => add("MessageDeduplicationId", &attempt.execution.to_string()),
            }
        }
        let text = message::text(&self.message);
        let attributes = message::attributes_sent(self.attributes.clone(), &text, attempt.trace);
        for (number, (name, value)) in (1..).zip(&attributes) {
            let entry = format!("MessageAttributes.entry.{number}");
            add(&format!("{entry}.Name"), name);
            add(&format!("{entry}.Value.DataType"), "String");
            add(&format!("{entry}.Value.StringValue"), value);
        }
        fields
    }
}

impl<A: AwsApi> JobType for Sns<A> {
    const NAME: &'static str = "sns";
    type Payload = Payload;

    fn place(path: &[&str]) -> Place {
        match path {
            ["message", ..] => Place::JSON,
            ["subject" | "group_id" | "deduplication_id"] | ["attributes", _] => Place::TEXT,
            _ => Place::FIXED,
        }
    }

    fn check(payload: &Payload) -> Result<(), Invalid> {
        let role = payload.role_arn.as_ref();
        payload.topic_arn.check("topic_arn", role)?;
        let is_subject = |subject: &String| {
            (1..=100).contains(&subject.len())
                && subject.bytes().all(|byte| (b' '..=b'~').contains(&byte))
                && !subject.starts_with(' ')
        };
        if !payload.subject.as_ref().is_none_or(is_subject) {
            return Err(Invalid::new(
                "payload.subject",
                "must be 1 to 100 printable ASCII characters, not beginning with a space",
            ));
        }
        message::check_text("message", &message::text(&payload.message))?;
        message::check_attributes(&payload.attributes)?;
        message::check_fifo(
            payload.is_fifo(),
            payload.group_id.as_deref(),
            payload.deduplication_id.as_deref(),
        )
    }

    async fn run(&self, attempt: &Attempt, payload: Payload) -> Ended {
        let fields = payload.fields(attempt);
        let fields = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let call = SignedCall {
            timeout: CALL_TIMEOUT,
            ..SignedCall::form(AwsService::Sns, "sns.Publish", fields).within(
                Some(payload.topic_arn.region()),
                caller(payload.role_arn.as_ref(), attempt),
            )
        };
        match self.aws.call(call).await {
            Ok(answer) => ends::succeeded(json!({ "message_id": answer.xml("MessageId") })),
            Err(failure) => failure.into(),
        }
    }
}
