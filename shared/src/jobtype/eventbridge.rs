//! `eventbridge`: puts one event on a bus. A bus knows no deduplication: whoever must not act twice on one occurrence
//! looks at the event's detail.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::payload::Place;
use super::target::{ArnOf, CALL_TIMEOUT, Kind, RoleArn, caller};
use super::{Attempt, JobType, ends};
use crate::domain::Invalid;
use crate::plan::Ended;
use crate::port::{AwsApi, AwsFailure, AwsService, FailureKind, SignedAnswer, SignedCall};

const PUT_EVENTS: &str = "eventbridge.PutEvents (job)";
/// What an entry may take in all.
const MAX_BYTES: usize = 262_144;

pub(super) struct EventBridge<A> {
    pub(super) aws: A,
}

#[derive(Clone, Debug)]
pub(super) struct Bus;

type BusArn = ArnOf<Bus>;

impl Kind for Bus {
    const SERVICE: &'static str = "events";
    const PREFIX: &'static str = "event-bus/";
    const NAME: &'static str = "[A-Za-z0-9._-]{1,256}";
    const EXAMPLE: &'static str =
        "arn:aws:events:eu-west-1:123456789012:event-bus/punctual-target-orders";

    fn is_name(name: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !name.is_empty() && name.bytes().all(plain)
    }
}

/// The event to put.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Payload {
    #[schema(inline)]
    bus_arn: BusArn,
    /// Who says so. `aws.` at the beginning is AWS's.
    #[schema(
        pattern = "^[A-Za-z0-9_/-][A-Za-z0-9._/-]{0,255}$",
        example = "com.example.orders"
    )]
    source: String,
    /// What happened.
    #[schema(pattern = "^[ -~]{1,128}$", example = "Day Closed")]
    detail_type: String,
    /// The event.
    #[serde(default)]
    #[schema(value_type = Object)]
    detail: Map<String, Value>,
    /// What it is about: ARNs or other names.
    #[serde(default)]
    #[schema(max_items = 10)]
    resources: Vec<String>,
    /// The calls are made under this role; without one, under Punctual's own, which reaches `punctual-target-*` only.
    #[schema(inline)]
    role_arn: Option<RoleArn>,
}

impl<A: AwsApi> JobType for EventBridge<A> {
    const NAME: &'static str = "eventbridge";
    type Payload = Payload;

    fn place(path: &[&str]) -> Place {
        match path {
            ["detail", ..] => Place::JSON,
            ["resources", _] => Place::TEXT,
            _ => Place::FIXED,
        }
    }

    fn check(payload: &Payload) -> Result<(), Invalid> {
        let refuse = |field: &str, reason| Err(Invalid::new(format!("payload.{field}"), reason));
        payload
            .bus_arn
            .check("bus_arn", payload.role_arn.as_ref())?;
        let in_source = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte);
        let source = &payload.source;
        if !(1..=256).contains(&source.len())
            || !source.bytes().all(in_source)
            || source.starts_with('.')
        {
            return refuse(
                "source",
                "must be 1 to 256 letters, digits, dots, _, / and -",
            );
        }
        if source.to_ascii_lowercase().starts_with("aws.") {
            return refuse("source", "must not begin with aws.: those are AWS's own");
        }
        let printable = |byte: u8| (b' '..=b'~').contains(&byte);
        let detail_type = &payload.detail_type;
        if !(1..=128).contains(&detail_type.len()) || !detail_type.bytes().all(printable) {
            return refuse("detail_type", "must be 1 to 128 printable ASCII characters");
        }
        if payload.resources.len() > 10 || payload.resources.iter().any(|one| one.len() > 2_048) {
            return refuse(
                "resources",
                "must be at most 10 names of at most 2048 bytes",
            );
        }
        let detail = json!(payload.detail).to_string().len();
        let resources: usize = payload.resources.iter().map(String::len).sum();
        if source.len() + detail_type.len() + detail + resources > MAX_BYTES {
            return refuse("detail", "must be at most 256 KB with everything else");
        }
        Ok(())
    }

    async fn run(&self, attempt: &Attempt, payload: Payload) -> Ended {
        let entry = json!({
            "EventBusName": payload.bus_arn.arn().to_string(),
            "Source": payload.source,
            "DetailType": payload.detail_type,
            "Detail": json!(payload.detail).to_string(),
            "Resources": payload.resources,
        });
        let request = json!({ "Entries": [entry] });
        let target = "AWSEvents.PutEvents";
        let call = SignedCall {
            timeout: CALL_TIMEOUT,
            ..SignedCall::json(AwsService::EventBridge, PUT_EVENTS, "1.1", target, &request).within(
                Some(payload.bus_arn.region()),
                caller(payload.role_arn.as_ref(), attempt),
            )
        };
        let taken = self.aws.call(call).await.and_then(|answer| taken(&answer));
        match taken {
            Ok(event_id) => ends::succeeded(json!({ "event_id": event_id })),
            Err(failure) => failure.into(),
        }
    }
}

/// The event's id. The call succeeds even if the bus has not taken the entry.
fn taken(answer: &SignedAnswer) -> Result<Value, AwsFailure> {
    let answer = answer.json();
    let entry = &answer["Entries"][0];
    if answer["FailedEntryCount"] == 0 && entry["EventId"].is_string() {
        return Ok(entry["EventId"].clone());
    }
    let code = entry["ErrorCode"].as_str().unwrap_or("NotTaken");
    let kind = match code {
        "ThrottlingException" => FailureKind::Throttled,
        "InternalFailure" | "InternalException" | "NotTaken" => FailureKind::Unavailable,
        _ => FailureKind::Refused,
    };
    let message = entry["ErrorMessage"].as_str();
    Err(AwsFailure {
        operation: PUT_EVENTS,
        kind,
        code: code.to_owned(),
        message: message
            .unwrap_or("the bus did not take the event")
            .to_owned(),
        retry_after: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_succeeded_with_a_refused_entry_is_a_failure() {
        for (entries, expected) in [
            (
                json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "7" }] }),
                None,
            ),
            (
                json!({ "FailedEntryCount": 1, "Entries": [{ "ErrorCode": "InternalFailure" }] }),
                Some(FailureKind::Unavailable),
            ),
            (
                json!({ "FailedEntryCount": 1, "Entries": [{ "ErrorCode": "ThrottlingException" }] }),
                Some(FailureKind::Throttled),
            ),
            (
                json!({ "FailedEntryCount": 1, "Entries": [{ "ErrorCode": "NotAuthorizedForSource" }] }),
                Some(FailureKind::Refused),
            ),
            (json!({}), Some(FailureKind::Unavailable)),
        ] {
            let answer = SignedAnswer {
                body: entries.to_string().into_bytes(),
                ..SignedAnswer::default()
            };
            let kind = taken(&answer).err().map(|failure| failure.kind);
            assert_eq!(kind, expected, "{entries}");
        }
    }
}
