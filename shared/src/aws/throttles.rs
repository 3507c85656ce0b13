//! Counts throttled attempts at calls where the SDK would hide them behind its retries. It looks, and changes nothing.

use std::sync::Arc;

use aws_sdk_dynamodb::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;

use super::Meter;
use super::dynamo::is_throttle;

/// Tells a meter of every attempt that was throttled.
#[derive(Debug)]
pub(super) struct CountThrottles(pub(super) Arc<Meter>);

impl Intercept for CountThrottles {
    fn name(&self) -> &'static str {
        "CountThrottles"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context
            .response()
            .filter(|answer| !answer.status().is_success());
        if answer.is_some_and(|answer| says_so(answer.body().bytes().unwrap_or_default())) {
            self.0.throttled();
        }
        Ok(())
    }
}

/// Whether an error's body, `{"__type": "com.amazonaws...#ThrottlingException", ...}`, is of a throttle.
fn says_so(body: &[u8]) -> bool {
    let parsed: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let kind = parsed
        .as_ref()
        .and_then(|error| error.get("__type")?.as_str());
    kind.and_then(|kind| kind.rsplit('#').next())
        .is_some_and(is_throttle)
}

#[cfg(test)]
mod tests {
    use super::says_so;

    #[test]
    fn a_throttle_is_known_by_its_type_and_by_nothing_that_an_error_quotes() {
        for (body, expected) in [
            (
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow"}"#,
                true,
            ),
            (r#"{"__type":"com.amazonaws.sqs#RequestThrottled"}"#, true),
            (
                r#"{"__type":"ProvisionedThroughputExceededException"}"#,
                true,
            ),
            (
                r#"{"__type":"x#ConditionalCheckFailedException","Item":{"a":{"S":"ThrottlingException"}}}"#,
                false,
            ),
            ("ThrottlingException", false),
            ("", false),
        ] {
            assert_eq!(says_so(body.as_bytes()), expected, "{body}");
        }
    }
}
