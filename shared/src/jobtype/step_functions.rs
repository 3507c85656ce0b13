//! `step_functions`: starts a state machine. The execution id is the name of what is started, so a second attempt finds
//! it started and has done its work.

use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::payload::Place;
use super::target::{ArnOf, CALL_TIMEOUT, Kind, RoleArn, caller, is_plain};
use super::{Attempt, JobType, ends};
use crate::domain::Invalid;
use crate::plan::Ended;
use crate::port::{AwsApi, AwsService, SignedCall};

const MAX_INPUT_BYTES: usize = 262_144;

pub(super) struct StepFunctions<A> {
    pub(super) aws: A,
}

#[derive(Clone, Debug)]
pub(super) struct StateMachine;

type StateMachineArn = ArnOf<StateMachine>;

impl Kind for StateMachine {
    const SERVICE: &'static str = "states";
    const PREFIX: &'static str = "stateMachine:";
    const NAME: &'static str = "[A-Za-z0-9_-]{1,80}(:[A-Za-z0-9_-]{1,80})?";
    const EXAMPLE: &'static str =
        "arn:aws:states:eu-west-1:123456789012:stateMachine:punctual-target-orders";

    fn is_name(name: &str) -> bool {
        let (name, qualifier) = name.split_once(':').unwrap_or((name, "1"));
        name.len() <= 80 && is_plain(name) && qualifier.len() <= 80 && is_plain(qualifier)
    }
}

/// The start to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Payload {
    /// The state machine, with `:version` or `:alias` or without.
    #[schema(inline)]
    state_machine_arn: StateMachineArn,
    /// The input. An empty object, if absent.
    #[serde(default = "empty_object")]
    #[schema(default = empty_object)]
    input: Value,
    /// The calls are made under this role; without one, under Punctual's own, which reaches `punctual-target-*` only.
    #[schema(inline)]
    role_arn: Option<RoleArn>,
}

fn empty_object() -> Value {
    json!({})
}

impl<A: AwsApi> JobType for StepFunctions<A> {
    const NAME: &'static str = "step_functions";
    type Payload = Payload;

    fn place(path: &[&str]) -> Place {
        match path {
            ["input", ..] => Place::JSON,
            _ => Place::FIXED,
        }
    }

    fn check(payload: &Payload) -> Result<(), Invalid> {
        let role = payload.role_arn.as_ref();
        payload.state_machine_arn.check("state_machine_arn", role)?;
        if payload.input.to_string().len() > MAX_INPUT_BYTES {
            return Err(Invalid::new("payload.input", "must be at most 256 KB"));
        }
        Ok(())
    }

    async fn run(&self, attempt: &Attempt, payload: Payload) -> Ended {
        let machine = &payload.state_machine_arn;
        let name = attempt.execution.to_string();
        let request = json!({
            "stateMachineArn": machine.arn().to_string(),
            "name": name,
            "input": payload.input.to_string(),
        });
        let call = SignedCall {
            timeout: CALL_TIMEOUT,
            ..SignedCall::json(
                AwsService::StepFunctions,
                "states.StartExecution",
                "1.0",
                "AWSStepFunctions.StartExecution",
                &request,
            )
            .within(
                Some(machine.region()),
                caller(payload.role_arn.as_ref(), attempt),
            )
        };
        match self.aws.call(call).await {
            Ok(answer) => {
                ends::succeeded(json!({ "execution_arn": answer.json()["executionArn"] }))
            }
            // Started by an earlier attempt, whose answer was lost.
            Err(failure) if failure.code == "ExecutionAlreadyExists" => ends::succeeded(json!({
                "execution_arn": started_arn(machine, &name),
                "started_before": true,
            })),
            Err(failure) => failure.into(),
        }
    }
}

/// The ARN of what was started under `name`.
fn started_arn(machine: &ArnOf<StateMachine>, name: &str) -> String {
    let machine_name = machine.name().split(':').next().unwrap_or_default();
    let mut arn = machine.arn().clone();
    arn.resource = format!("execution:{machine_name}:{name}");
    arn.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_started_before_is_known_by_its_arn() {
        let machine = ArnOf::parse("arn:aws:states:eu-west-1:123456789012:stateMachine:m:live");
        let arn = started_arn(&machine.unwrap(), "n");
        assert_eq!(arn, "arn:aws:states:eu-west-1:123456789012:execution:m:n");
    }
}
