//! `sqs`: sends one message. On a FIFO queue the execution id is its deduplication id, so a second attempt within five
//! minutes sends nothing twice.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};
use serde_json::{Value, json};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::message;
use super::payload::Place;
use super::target::{ArnOf, CALL_TIMEOUT, Kind, RoleArn, caller, is_plain};
use super::{Attempt, JobType, ends};
use crate::domain::Invalid;
use crate::plan::Ended;
use crate::port::{AwsApi, AwsService, SignedCall};

pub(super) struct Sqs<A> {
    pub(super) aws: A,
}

#[derive(Clone, Debug)]
struct QueueKind;

impl Kind for QueueKind {
    const SERVICE: &'static str = "sqs";
    const PREFIX: &'static str = "";
    const NAME: &'static str = "([A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\\.fifo)";
    const MAX_NAME: usize = 80;
    const EXAMPLE: &'static str = "arn:aws:sqs:eu-west-1:123456789012:punctual-target-orders";

    fn is_name(name: &str) -> bool {
        is_plain(name.strip_suffix(".fifo").unwrap_or(name))
    }
}

/// A queue, by its ARN or by its URL.
#[derive(Clone, Debug)]
pub(super) struct Queue(ArnOf<QueueKind>);

impl Queue {
    fn parse(text: &str) -> Option<Self> {
        if text.starts_with("arn:") {
            return ArnOf::parse(text).map(Self);
        }
        let (host, path) = text.strip_prefix("https://sqs.")?.split_once('/')?;
        let (region, suffix) = host.split_once('.')?;
        let partition = match (suffix, region) {
            ("amazonaws.com.cn", _) => "aws-cn",
            ("amazonaws.com", region) if region.starts_with("us-gov-") => "aws-us-gov",
            ("amazonaws.com", _) => "aws",
            _ => return None,
        };
        let (account, name) = path.split_once('/')?;
        ArnOf::parse(&format!("arn:{partition}:sqs:{region}:{account}:{name}")).map(Self)
    }

    fn url(&self) -> String {
        let arn = self.0.arn();
        let suffix = match arn.partition.as_str() {
            "aws-cn" => "amazonaws.com.cn",
            _ => "amazonaws.com",
        };
        let (region, account, name) = (&arn.region, &arn.account, self.0.name());
        format!("https://sqs.{region}.{suffix}/{account}/{name}")
    }

    #[expect(
        clippy::case_sensitive_file_extension_comparisons,
        reason = "it is a name's ending, which is written so, and no file"
    )]
    fn is_fifo(&self) -> bool {
        self.0.name().ends_with(".fifo")
    }
}

impl<'de> Deserialize<'de> for Queue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("must be the ARN or the URL of a queue"))
    }
}

impl PartialSchema for Queue {
    fn schema() -> RefOr<Schema> {
        let name = QueueKind::NAME;
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The queue's ARN or URL."))
            .pattern(Some(format!(
                "^(arn:aws(-[a-z-]{{1,20}})?:sqs:[a-z0-9-]{{1,32}}:[0-9]{{12}}:\
                 |https://sqs\\.[a-z0-9-]{{1,32}}\\.amazonaws\\.com(\\.cn)?/[0-9]{{12}}/){name}$"
            )))
            .examples([QueueKind::EXAMPLE])
            .into()
    }
}

impl ToSchema for Queue {}

/// The message to send.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Payload {
    #[schema(inline)]
    queue: Queue,
    /// Sent as it is if it is a string, as JSON otherwise.
    body: Value,
    /// Text attributes, ten at most.
    #[serde(default)]
    #[schema(schema_with = message::attributes)]
    attributes: BTreeMap<String, String>,
    /// The group, on a FIFO queue.
    #[schema(schema_with = message::fifo_token)]
    group_id: Option<String>,
    /// On a FIFO queue: the execution id, unless another is given.
    #[schema(schema_with = message::fifo_token)]
    deduplication_id: Option<String>,
    /// The calls are made under this role; without one, under Punctual's own, which reaches `punctual-target-*` only.
    #[schema(inline)]
    role_arn: Option<RoleArn>,
}

impl<A: AwsApi> JobType for Sqs<A> {
    const NAME: &'static str = "sqs";
    type Payload = Payload;

    fn place(path: &[&str]) -> Place {
        match path {
            ["body", ..] => Place::JSON,
            ["group_id" | "deduplication_id"] | ["attributes", _] => Place::TEXT,
            _ => Place::FIXED,
        }
    }

    fn check(payload: &Payload) -> Result<(), Invalid> {
        payload.queue.0.check("queue", payload.role_arn.as_ref())?;
        message::check_text("body", &message::text(&payload.body))?;
        message::check_attributes(&payload.attributes)?;
        message::check_fifo(
            payload.queue.is_fifo(),
            payload.group_id.as_deref(),
            payload.deduplication_id.as_deref(),
        )
    }

    async fn run(&self, attempt: &Attempt, payload: Payload) -> Ended {
        let body = message::text(&payload.body);
        let attributes = message::attributes_sent(payload.attributes, &body, attempt.trace);
        let mut request = json!({ "QueueUrl": payload.queue.url(), "MessageBody": body });
        if !attributes.is_empty() {
            let attributes = attributes.iter().map(|(name, value)| {
                let value = json!({ "DataType": "String", "StringValue": value });
                (name.clone(), value)
            });
            request["MessageAttributes"] = Value::Object(attributes.collect());
        }
        if let Some(group) = payload.group_id {
            let deduplication = payload.deduplication_id;
            let deduplication = deduplication.unwrap_or_else(|| attempt.execution.to_string());
            request["MessageGroupId"] = group.into();
            request["MessageDeduplicationId"] = deduplication.into();
        }
        let call_as = caller(payload.role_arn.as_ref(), attempt);
        let call = SignedCall {
            timeout: CALL_TIMEOUT,
            ..SignedCall::json(
                AwsService::Sqs,
                "sqs.SendMessage (job)",
                "1.0",
                "AmazonSQS.SendMessage",
                &request,
            )
            .within(Some(payload.queue.0.region()), call_as)
        };
        match self.aws.call(call).await {
            Ok(answer) => ends::succeeded(json!({ "message_id": answer.json()["MessageId"] })),
            Err(failure) => failure.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queues_url_and_its_arn_name_the_same() {
        for (url, arn) in [
            (
                "https://sqs.eu-west-1.amazonaws.com/123456789012/orders.fifo",
                "arn:aws:sqs:eu-west-1:123456789012:orders.fifo",
            ),
            (
                "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/orders",
                "arn:aws-cn:sqs:cn-north-1:123456789012:orders",
            ),
        ] {
            let [by_url, by_arn] = [url, arn].map(|text| Queue::parse(text).unwrap());
            assert_eq!(by_url.0.arn(), by_arn.0.arn());
            assert_eq!(by_arn.url(), url);
        }
    }

    #[test]
    fn an_address_that_is_not_sqss_is_no_queue() {
        for text in [
            "http://sqs.eu-west-1.amazonaws.com/123456789012/orders",
            "https://sqs.eu-west-1.amazonaws.com.evil.example/123456789012/orders",
            "https://sqs.evil.example/123456789012/orders",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/orders/more",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/orders?x",
            "arn:aws:sqs:eu-west-1:123456789012:orders.fifo.fifo",
        ] {
            assert!(Queue::parse(text).is_none(), "{text}");
        }
    }
}
