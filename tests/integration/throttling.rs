//! Tables that ask for less load for a while: what that costs an execution is seconds, and never a second call.

use punctual_local::Function;
use punctual_tests::{Sandbox, Target, Throttle};

/// More than two minutes: whoever waited for it would have failed the test.
const VISIBILITY_SECONDS: u32 = 600;

/// What is tried again by the client itself is refused twice a call.
const A_CALL: usize = 2;

#[tokio::test]
async fn an_end_that_is_refused_for_a_while_is_written_by_whoever_met_it() {
    let mut sandbox = Sandbox::with_visibility(VISIBILITY_SECONDS).await;
    let holds = ["-executions", r#""state":{"S":"succeeded"}"#];
    let throttle = Throttle::start(&sandbox.endpoint, &holds, 3 * A_CALL).await;
    sandbox.endpoint = throttle.endpoint();
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let job = Sandbox::once_in(2, &target.url("/refused"));
    let job = sandbox.create(job).await;

    let done = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(throttle.refused(), 3 * A_CALL);
    assert_eq!(done["attempt"], 1);
    assert_eq!(target.calls("/refused").len(), 1);
}

#[tokio::test]
async fn a_claim_that_is_refused_for_a_while_is_made_long_before_the_queue_hands_it_over_again() {
    let mut sandbox = Sandbox::with_visibility(VISIBILITY_SECONDS).await;
    let holds = ["-executions", r#""state":{"S":"running"}"#];
    let throttle = Throttle::start(&sandbox.endpoint, &holds, A_CALL).await;
    sandbox.endpoint = throttle.endpoint();
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let job = Sandbox::once_in(2, &target.url("/claimed"));
    let job = sandbox.create(job).await;

    let done = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(throttle.refused(), A_CALL);
    assert_eq!(done["attempt"], 1);
    assert_eq!(target.calls("/claimed").len(), 1);
}

#[tokio::test]
async fn a_job_that_cannot_be_read_behind_the_claim_costs_no_attempt() {
    let mut sandbox = Sandbox::with_visibility(VISIBILITY_SECONDS).await;
    let _rest = sandbox
        .host(&[Function::Api, Function::Scanner, Function::Dlq])
        .await;
    let target = Target::start().await;
    let job = Sandbox::once_in(2, &target.url("/unread"));
    let job = sandbox.create(job).await;
    let partition = format!("J#{job}").leak();
    let holds = ["-jobs", "KeyConditionExpression", &*partition];
    let throttle = Throttle::start(&sandbox.endpoint, &holds, A_CALL).await;
    sandbox.endpoint = throttle.endpoint();
    let _worker = sandbox.host(&[Function::Worker]).await;

    let done = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(throttle.refused(), A_CALL);
    assert_eq!(done["attempt"], 1);
    assert_eq!(target.calls("/unread").len(), 1);
}
