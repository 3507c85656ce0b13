//! What a key and a plan allow at once, and in a minute: jobs that are due together start one behind the other, and others
//! are not kept from anything.

use std::time::Duration;

use chrono::{DateTime, Utc};
use punctual::domain::{self, Limits, Tier, Tiers};
use punctual_local::Function;
use punctual_tests::{Answer, Sandbox, Target, eventually};
use serde_json::{Value, json};

/// So soon that all are created before, and all by the queue's own delay.
const DUE_IN_SECONDS: i64 = 6;

/// `count` jobs of alice that call `url` at the same second, with `more` laid over them.
async fn due_together(sandbox: &Sandbox, count: usize, url: &str, more: &Value) -> Vec<String> {
    let mut job = Sandbox::once_in(DUE_IN_SECONDS, url);
    let fields = job.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    let mut jobs = Vec::new();
    for _ in 0..count {
        jobs.push(sandbox.create(job.clone()).await);
    }
    jobs
}

fn instant(execution: &Value, field: &str) -> DateTime<Utc> {
    execution[field].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn jobs_that_share_a_key_run_as_many_at_once_as_it_allows_and_all_of_them_run() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    target.answer(Answer::After(Duration::from_secs(2)));
    let limited = json!({ "concurrency_key": "crm", "max_concurrency": 2 });
    let jobs = due_together(&sandbox, 6, &target.url("/crm"), &limited).await;
    for job in &jobs {
        let done = sandbox.execution_in(job, "succeeded").await;
        assert_eq!(done["attempt"], 1, "to wait is no attempt: {done}");
    }
    assert_eq!(target.calls("/crm").len(), 6);
    // Both slots were used, and no third.
    assert_eq!(target.peak(), 2);
}

#[tokio::test]
async fn a_plan_that_allows_one_at_once_keeps_its_user_waiting_and_nobody_else() {
    let mut sandbox = Sandbox::new().await;
    let plans = Tiers {
        free: Limits {
            max_concurrent_executions: Some(1),
            ..Tiers::default().free
        },
        unassigned: Tier::Free,
        ..Tiers::default()
    };
    let _system = sandbox.host_with(&Function::ALL, plans).await;
    let (hers, his) = (Target::start().await, Target::start().await);
    hers.answer(Answer::After(Duration::from_secs(6)));
    let jobs = due_together(&sandbox, 2, &hers.url("/alice"), &json!({})).await;
    let token = sandbox.token("bob", domain::Role::User);
    let bob = [("authorization", token.as_str())];
    let job = Sandbox::once_in(DUE_IN_SECONDS, &his.url("/bob"));
    let (status, job) = sandbox.call_with("POST", "/v1/jobs", Some(job), &bob).await;
    assert_eq!(status, 201, "{job}");
    let path = format!("/v1/jobs/{}/executions", job["id"].as_str().unwrap());
    let of_bob = eventually("bob's has run", || async {
        let (_, page) = sandbox.call_with("GET", &path, None, &bob).await;
        let execution = page["items"][0].clone();
        (execution["state"] == "succeeded").then_some(execution)
    })
    .await;
    let mut of_alice = Vec::new();
    for job in &jobs {
        of_alice.push(sandbox.execution_in(job, "succeeded").await);
    }
    of_alice.sort_by_key(|one| instant(one, "started_at"));
    let [first, second] = &of_alice[..] else {
        panic!("{of_alice:?}");
    };
    assert!(
        instant(first, "finished_at") <= instant(second, "started_at"),
        "{of_alice:?}"
    );
    assert_eq!((hers.peak(), hers.calls("/alice").len()), (1, 2));
    assert!(
        instant(&of_bob, "finished_at") < instant(second, "started_at"),
        "{of_bob} {second}"
    );
}

#[tokio::test]
async fn whom_a_rate_makes_too_late_is_skipped_and_says_why() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let limited = json!({
        "concurrency_key": "crm", "rate_per_minute": 1, "misfire": { "policy": "skip" },
    });
    let jobs = due_together(&sandbox, 2, &target.url("/crm"), &limited).await;
    let ended = eventually("both have ended", || async {
        let mut ended = Vec::new();
        for job in &jobs {
            let execution = sandbox.executions(job).await.into_iter().next()?;
            let state = execution["state"].as_str()?.to_owned();
            let reason = execution["reason"].clone();
            ["succeeded", "skipped"]
                .contains(&state.as_str())
                .then(|| ended.push((state, reason)))?;
        }
        ended.sort_by(|one, other| one.0.cmp(&other.0));
        Some(ended)
    })
    .await;
    let [(skipped, why), (succeeded, _)] = &ended[..] else {
        panic!("{ended:?}");
    };
    assert_eq!(
        (skipped.as_str(), why, succeeded.as_str()),
        ("skipped", &json!("limited"), "succeeded")
    );
    assert_eq!(target.calls("/crm").len(), 1);
}
