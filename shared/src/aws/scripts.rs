//! The function `script`, invoked and waited for.

use std::time::Duration;

use super::SignedDoor;
use crate::domain::{ScriptCall, ScriptName, ScriptReport};
use crate::port::{AwsApi, AwsService, PortError, PortResult, Scripts, SignedCall};

const INVOKE: &str = "lambda.Invoke script";

/// How much longer than the script itself an invocation may take: a cold start, and the way there and back.
const AROUND: Duration = Duration::from_secs(30);

/// The most that Lambda lets a function answer.
const MAX_ANSWER_BYTES: usize = 6 * 1_024 * 1_024;

/// The function `script` of a deployment.
#[derive(Clone, Debug)]
pub struct ScriptFunction {
    door: SignedDoor,
    namespace: String,
}

impl ScriptFunction {
    /// That of `namespace`.
    pub fn new(door: SignedDoor, namespace: &str) -> Self {
        let namespace = namespace.to_owned();
        Self { door, namespace }
    }
}

impl Scripts for ScriptFunction {
    fn refusal(&self, _: &ScriptName) -> Option<String> {
        None
    }

    async fn run_script(&self, call: &ScriptCall) -> PortResult<ScriptReport> {
        let corrupt = |source| PortError::Corrupt {
            operation: INVOKE,
            source,
        };
        let event = serde_json::to_vec(call).map_err(|error| corrupt(error.into()))?;
        let invoke = SignedCall {
            path: format!(
                "/2015-03-31/functions/{}-script/invocations",
                self.namespace
            ),
            timeout: Duration::from_millis(call.wall_ms) + AROUND,
            max_answer_bytes: MAX_ANSWER_BYTES,
            ..SignedCall::post(AwsService::Lambda, INVOKE, event)
                .header("content-type", "application/json".to_owned())
                .header("x-amz-invocation-type", "RequestResponse".to_owned())
        };
        let answer = self.door.call(invoke).await?;
        if let Some(error) = answer.header("x-amz-function-error") {
            // What it says is for the log: the function's own trouble, and none of a job's.
            let said = String::from_utf8_lossy(&answer.body);
            let said: String = said.chars().take(500).collect();
            tracing::error!(error, said, "the function script has failed");
            return Err(PortError::Unavailable {
                operation: INVOKE,
                source: format!("the function script has failed: {error}").into(),
            });
        }
        serde_json::from_slice(&answer.body).map_err(|error| corrupt(error.into()))
    }
}
