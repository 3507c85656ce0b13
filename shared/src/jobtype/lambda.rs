//! `lambda`: invokes a function, and waits for its result or does not. The execution id travels in the client context,
//! which a function that is waited for sees.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value, json};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::payload::Place;
use super::target::{ArnOf, CALL_TIMEOUT, Kind, RoleArn, caller, is_plain, within_reach};
use super::{Attempt, JobType, ends};
use crate::domain::{Body, Invalid, MAX_RESULT_BYTES};
use crate::plan::Ended;
use crate::port::{AwsApi, AwsFailure, AwsService, CallAs, SignedAnswer, SignedCall};

/// What a function that nobody waits for may be given.
const MAX_EVENT_BYTES: usize = 262_144;

pub(super) struct Lambda<A> {
    pub(super) aws: A,
}

#[derive(Clone, Debug)]
pub(super) struct FunctionKind;

impl Kind for FunctionKind {
    const SERVICE: &'static str = "lambda";
    const PREFIX: &'static str = "function:";
    const NAME: &'static str = "[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_-]{1,128})?";
    const EXAMPLE: &'static str =
        "arn:aws:lambda:eu-west-1:123456789012:function:punctual-target-report:live";

    fn is_name(name: &str) -> bool {
        let (name, qualifier) = name.split_once(':').unwrap_or((name, "LATEST"));
        name.len() <= 64 && is_plain(name) && qualifier.len() <= 128 && is_plain(qualifier)
    }
}

/// A function, by its ARN or by its name, with a version or an alias or without.
#[derive(Clone, Debug)]
pub(super) enum Function {
    Arn(ArnOf<FunctionKind>),
    Name(String),
}

impl Function {
    fn name(&self) -> &str {
        match self {
            Self::Arn(arn) => arn.name(),
            Self::Name(name) => name,
        }
    }

    fn region(&self) -> Option<String> {
        match self {
            Self::Arn(arn) => Some(arn.region()),
            Self::Name(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Function {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let function = if text.starts_with("arn:") {
            ArnOf::parse(&text).map(Self::Arn)
        } else {
            FunctionKind::is_name(&text).then_some(Self::Name(text))
        };
        function.ok_or_else(|| {
            de::Error::custom(
                "must be a function's name or ARN, with :version or :alias or without",
            )
        })
    }
}

impl PartialSchema for Function {
    fn schema() -> RefOr<Schema> {
        let name = FunctionKind::NAME;
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "The function's name or ARN, with `:version` or `:alias` or without.",
            ))
            .pattern(Some(format!(
                "^(arn:aws(-[a-z-]{{1,20}})?:lambda:[a-z0-9-]{{1,32}}:[0-9]{{12}}:function:)?{name}$"
            )))
            .examples([FunctionKind::EXAMPLE])
            .into()
    }
}

impl ToSchema for Function {}

/// The invocation to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_field_names,
    reason = "Lambda calls the event the payload, too, and so do its users"
)]
pub(super) struct Payload {
    #[schema(inline)]
    function: Function,
    /// The event. Null, if absent.
    #[serde(default)]
    payload: Value,
    /// Whether the attempt lasts as long as the function runs, and fails if it fails. Otherwise the attempt is done once
    /// the event is accepted.
    #[serde(default = "yes")]
    #[schema(default = yes)]
    wait: bool,
    /// The calls are made under this role; without one, under Punctual's own, which reaches `punctual-target-*` only.
    #[schema(inline)]
    role_arn: Option<RoleArn>,
}

fn yes() -> bool {
    true
}

impl<A: AwsApi> JobType for Lambda<A> {
    const NAME: &'static str = "lambda";
    type Payload = Payload;

    fn place(path: &[&str]) -> Place {
        match path {
            ["payload", ..] => Place::JSON,
            _ => Place::FIXED,
        }
    }

    fn check(payload: &Payload) -> Result<(), Invalid> {
        let name = payload.function.name();
        within_reach("function", name, payload.role_arn.as_ref())?;
        if !payload.wait && payload.payload.to_string().len() > MAX_EVENT_BYTES {
            return Err(Invalid::new(
                "payload.payload",
                "must be at most 256 KB for a function that is not waited for",
            ));
        }
        Ok(())
    }

    async fn run(&self, attempt: &Attempt, payload: Payload) -> Ended {
        let invocation = Invocation {
            region: payload.function.region(),
            function: match &payload.function {
                Function::Arn(arn) => arn.arn().to_string(),
                Function::Name(name) => name.clone(),
            },
            event: payload.payload,
            wait: payload.wait,
            call_as: caller(payload.role_arn.as_ref(), attempt),
        };
        match invoke(&self.aws, attempt, invocation).await {
            Ok(answer) if payload.wait => returned(answer),
            Ok(_) => ends::succeeded(json!({ "accepted": true })),
            Err(failure) => failure.into(),
        }
    }
}

/// An invocation of any function: of a user's, or of one of Punctual's own.
pub(super) struct Invocation {
    /// Its name or ARN, with a qualifier or without.
    pub(super) function: String,
    pub(super) region: Option<String>,
    pub(super) event: Value,
    pub(super) wait: bool,
    pub(super) call_as: CallAs,
}

/// Invokes a function. Whether it failed is in the answer: see [`function_error`].
pub(super) async fn invoke(
    aws: &impl AwsApi,
    attempt: &Attempt,
    invocation: Invocation,
) -> Result<SignedAnswer, AwsFailure> {
    let function = invocation.function.replace(':', "%3A");
    let event = invocation.event.to_string().into_bytes();
    let kind = if invocation.wait {
        "RequestResponse"
    } else {
        "Event"
    };
    let mut call = SignedCall {
        path: format!("/2015-03-31/functions/{function}/invocations"),
        timeout: CALL_TIMEOUT,
        ..SignedCall::post(AwsService::Lambda, "lambda.Invoke", event)
            .header("content-type", "application/json".to_owned())
            .header("x-amz-invocation-type", kind.to_owned())
            .within(invocation.region, invocation.call_as)
    };
    if invocation.wait {
        let context = json!({ "custom": {
            "idempotency_key": attempt.execution,
            "fire_time": attempt.fire_time,
            "attempt": attempt.number.to_string(),
        } });
        let context = BASE64_STANDARD.encode(context.to_string());
        call = call.header("x-amz-client-context", context);
        call.max_answer_bytes = MAX_RESULT_BYTES;
    }
    aws.call(call).await
}

/// How the function ended, if it did not return: `Handled` or `Unhandled`.
pub(super) fn function_error(answer: &SignedAnswer) -> Option<&str> {
    answer.header("x-amz-function-error")
}

fn returned(answer: SignedAnswer) -> Ended {
    let error = function_error(&answer).map(ToOwned::to_owned);
    let content_type = answer.header("content-type").unwrap_or("application/json");
    let result = Body {
        content_type: content_type.to_owned(),
        bytes: answer.body,
        cut: answer.cut,
    };
    let Some(error) = error else {
        return ends::succeeded(ends::told(Map::new(), "result", result));
    };
    // Functions fail for reasons that pass and for reasons that do not, and do not say which.
    let detail = format!("the function failed: {error}");
    let summary = Map::from_iter([("function_error".to_owned(), error.into())]);
    ends::failed(detail, Some(ends::told(summary, "result", result)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(text: &str) -> Option<Function> {
        serde_json::from_value(json!(text)).ok()
    }

    #[test]
    fn a_function_is_named_in_four_ways() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:report";
        for text in ["report", "report:live", arn, &format!("{arn}:7")] {
            assert!(function(text).is_some(), "{text}");
        }
        for text in [
            "",
            "report:",
            "report:a:b",
            "../report",
            "a/b",
            "123456789012:function:report",
            "arn:aws:lambda:eu-west-1:123456789012:layer:report",
        ] {
            assert!(function(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_function_that_failed_is_a_failure_with_its_words_kept() {
        let answer = SignedAnswer {
            status: 200,
            headers: vec![("x-amz-function-error".into(), "Unhandled".into())],
            body: br#"{"errorMessage": "no"}"#.to_vec(),
            cut: false,
        };
        let Ended::Failed { output, .. } = returned(answer) else {
            panic!("not a failure");
        };
        let kept = json!({ "function_error": "Unhandled", "result": { "errorMessage": "no" } });
        assert_eq!(output, Some(kept.into()));
    }

    #[test]
    fn the_whole_of_a_large_result_is_kept_under_its_own_type() {
        let result = json!({ "text": "x".repeat(3_000) }).to_string();
        let answer = SignedAnswer {
            status: 200,
            body: result.clone().into_bytes(),
            ..SignedAnswer::default()
        };
        let Ended::Succeeded {
            output: Some(output),
        } = returned(answer)
        else {
            panic!("not a success with an output");
        };
        let whole = output.whole().unwrap();
        assert_eq!(&*whole.bytes, result.as_bytes());
        assert_eq!((whole.content_type, whole.cut), ("application/json", false));
    }
}
