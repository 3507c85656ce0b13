//! Edits, pauses and cancels that race a dispatch: the queue already holds the message when the user changes his mind.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use futures_util::future::join_all;
use punctual::domain::{self, Queue};
use punctual_local::Function;
use punctual_tests::{Answer, Sandbox, Target, eventually};
use serde_json::json;

#[tokio::test]
async fn an_edit_recalls_the_message_that_is_already_queued() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let first = Sandbox::once_in(5, &target.url("/edited"));
    let job = sandbox.create(first.clone()).await;
    let later = Sandbox::once_in(9, &target.url("/edited"));
    let change = json!({ "schedule": later["schedule"] });
    let (status, view) = sandbox
        .call("PATCH", &format!("/v1/jobs/{job}"), Some(change))
        .await;
    assert_eq!(status, 200, "{view}");

    let execution = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(execution["fire_time"], later["schedule"]["at"]);
    assert_eq!(execution["job_version"], 2);
    let skipped = sandbox.execution_in(&job, "skipped").await;
    assert_eq!(skipped["fire_time"], first["schedule"]["at"]);
    assert_eq!(skipped["reason"], "superseded");
    assert_eq!(target.calls("/edited").len(), 1);
}

#[tokio::test]
async fn of_edits_that_name_the_same_version_exactly_one_is_made() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api]).await;
    let job = sandbox
        .create(Sandbox::once_in(3_600, "http://127.0.0.1:9/"))
        .await;
    let path = format!("/v1/jobs/{job}");
    let edits = (0..8).map(|number| {
        let change = json!({ "name": format!("edit {number}") });
        let seen = [("if-match", "\"1\"")];
        let (sandbox, path) = (&sandbox, &path);
        async move { sandbox.call_with("PATCH", path, Some(change), &seen).await }
    });
    let answers = join_all(edits).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|(status, _)| *status == 200);
    assert_eq!(made.len(), 1, "{answers:?}");
    for (status, problem) in refused {
        assert_eq!(*status, 412, "{problem}");
        assert_eq!(problem["detail"], "the job is at version 2");
    }
    let (_, view) = sandbox.call("GET", &path, None).await;
    assert_eq!(view["name"], made[0].1["name"]);

    // All that reached the row announced themselves; of the same version, only the one that was made is called applied.
    let admin = sandbox.token("root", domain::Role::Admin);
    let audit = format!("/v1/admin/audit?subject={job}");
    let as_admin = [("authorization", admin.as_str())];
    let (_, audit) = sandbox.call_with("GET", &audit, None, &as_admin).await;
    let entries = audit["items"].as_array().unwrap();
    let applied = |version| {
        let announced = entries.iter().filter(move |one| one["version"] == version);
        announced.filter(|one| one["applied"] == true).count()
    };
    assert_eq!((applied(1), applied(2)), (1, 1), "{audit}");
    assert!(
        entries.iter().all(|one| one["applied"].is_boolean()),
        "{audit}"
    );

    let (_, first) = sandbox
        .call("GET", &format!("{path}/versions/1"), None)
        .await;
    assert_eq!(first["definition"]["name"], "once");
}

#[tokio::test]
async fn a_one_time_job_that_has_run_still_shows_the_version_that_ran() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let job = sandbox
        .create(Sandbox::once_in(2, &target.url("/ran")))
        .await;
    let ran = sandbox.execution_in(&job, "succeeded").await;
    let path = format!("/v1/jobs/{job}");
    eventually("the job is completed", || async {
        let (_, view) = sandbox.call("GET", &path, None).await;
        (view["status"] == "completed").then_some(())
    })
    .await;
    let (_, versions) = sandbox.call("GET", &format!("{path}/versions"), None).await;
    let shown: Vec<_> = versions["items"].as_array().unwrap().iter().collect();
    assert_eq!(shown.len(), 2, "{versions}");
    assert_eq!(
        (&shown[0]["action"], &shown[0]["by"]),
        (&json!("complete"), &json!("punctual"))
    );
    assert_eq!(shown[1]["version"], ran["job_version"]);
    assert_eq!(
        (&shown[1]["action"], &shown[1]["status"]),
        (&json!("create"), &json!("active"))
    );
}

#[tokio::test]
async fn a_paused_job_does_not_fire_and_says_why() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let job = sandbox
        .create(Sandbox::once_in(4, &target.url("/paused")))
        .await;
    let (status, view) = sandbox
        .call("POST", &format!("/v1/jobs/{job}/pause"), None)
        .await;
    assert_eq!((status, &view["status"]), (200, &json!("paused")));
    let skipped = sandbox.execution_in(&job, "skipped").await;
    assert_eq!(skipped["reason"], "job_paused");
    assert!(target.calls("/paused").is_empty());

    let (status, view) = sandbox
        .call("POST", &format!("/v1/jobs/{job}/resume"), None)
        .await;
    assert_eq!(
        (status, &view["status"]),
        (200, &json!("completed")),
        "its only instant fell into the pause"
    );
}

#[tokio::test]
async fn nothing_starts_once_a_delete_has_returned() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let mut jobs = Vec::new();
    for seconds in [2, 2, 3, 3, 4, 4] {
        jobs.push(
            sandbox
                .create(Sandbox::once_in(seconds, &target.url("/deleted")))
                .await,
        );
    }
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    for job in &jobs {
        let (status, _) = sandbox
            .call("DELETE", &format!("/v1/jobs/{job}"), None)
            .await;
        assert_eq!(status, 204);
    }
    let started = target.calls("/deleted").len();
    eventually("every message is judged", || async {
        let mut ended = 0;
        for job in &jobs {
            let executions = sandbox.executions(job).await;
            ended += executions
                .iter()
                .filter(|one| one["state"] != "running")
                .count();
        }
        (ended == jobs.len()).then_some(())
    })
    .await;
    assert_eq!(target.calls("/deleted").len(), started);
}

#[tokio::test]
async fn an_execution_that_is_canceled_before_its_time_never_starts() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let job = sandbox
        .create(Sandbox::once_in(4, &target.url("/tombstone")))
        .await;
    let (_, view) = sandbox.call("GET", &format!("/v1/jobs/{job}"), None).await;
    let at = view["schedule"]["at"]
        .as_str()
        .unwrap()
        .replace(['-', ':'], "");
    let (status, canceled) = sandbox
        .call("POST", &format!("/v1/executions/{job}_{at}/cancel"), None)
        .await;
    assert_eq!(status, 200, "{canceled}");
    assert_eq!(canceled["state"], "canceled");
    queue_drains(&sandbox).await;
    assert!(target.calls("/tombstone").is_empty());
    let executions = sandbox.executions(&job).await;
    assert_eq!(executions.len(), 1);
    assert_eq!(executions[0]["reason"], "canceled_by_user");
}

#[tokio::test]
async fn a_running_execution_is_told_to_stop() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    target.answer(Answer::After(Duration::from_mins(1)));
    let job = sandbox
        .create(Sandbox::once_in(2, &target.url("/slow")))
        .await;
    let running = sandbox.execution_in(&job, "running").await;
    let path = format!("/v1/executions/{}/cancel", running["id"].as_str().unwrap());
    let (status, told) = sandbox.call("POST", &path, None).await;
    assert_eq!(status, 202, "{told}");
    let canceled = sandbox.execution_in(&job, "canceled").await;
    assert_eq!(canceled["reason"], "canceled_by_user");
    let (status, problem) = sandbox.call("POST", &path, None).await;
    assert!(
        status == 200 || status == 409,
        "a second cancel is answered: {problem}"
    );
}

/// Waits until the normal queue holds nothing: neither waiting, nor delayed, nor in hand.
async fn queue_drains(sandbox: &Sandbox) {
    eventually("the queue has drained", || async {
        let answer = sandbox
            .clients
            .sqs
            .get_queue_attributes()
            .queue_url(
                sandbox
                    .ports
                    .queues
                    .url(Queue::Work(punctual::domain::Band::Normal.into())),
            )
            .attribute_names(QueueAttributeName::All)
            .send()
            .await
            .ok()?;
        let count = |name| -> u64 {
            let attributes = answer.attributes();
            attributes
                .and_then(|all| all.get(&name))
                .and_then(|text| text.parse().ok())
                .unwrap_or(0)
        };
        let left = count(QueueAttributeName::ApproximateNumberOfMessages)
            + count(QueueAttributeName::ApproximateNumberOfMessagesDelayed)
            + count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible);
        (left == 0).then_some(())
    })
    .await;
}
