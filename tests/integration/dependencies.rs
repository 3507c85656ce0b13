//! Jobs that run after others, on the real thing: whole graphs, failures and their repair, waits, races and crashes.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures_util::future::join_all;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use punctual::domain::{
    DispatchMessage, Execution, ExecutionId, ExecutionState, JobId, JobRequest, Reconciliation,
    Stamp, UserId, Window, floor_second,
};
use punctual::edge::SystemClock;
use punctual::port::{
    Clock, Edge, Edges, Executions, Expected, Jobs, OutgoingMessage, Put, Queues, SendAt,
};
use punctual::usecase::{Bounds, reconcile};
use punctual_local::Function;
use punctual_tests::{Answer, Sandbox, Target, eventually};
use serde_json::{Value, json};

/// No tick: nothing here waits for a fire time that is far off.
const WITHOUT_TICK: [Function; 3] = [Function::Api, Function::Worker, Function::Dlq];

fn in_seconds(seconds: i64) -> String {
    let at = SystemClock.now() + TimeDelta::seconds(seconds);
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A job that calls `path` of the target, without retries.
fn job(target: &Target, path: &str, more: Value) -> Value {
    let mut job = json!({
        "name": path,
        "job_type": "http",
        "payload": { "url": target.url(path) },
        "retry": { "max_retries": 0 },
    });
    let Value::Object(more) = more else {
        panic!("fields are an object");
    };
    job.as_object_mut().unwrap().extend(more);
    job
}

fn once_in(seconds: i64) -> Value {
    json!({ "kind": "once", "at": in_seconds(seconds) })
}

/// A diamond in one batch, the last one first: `a`, then `b` and `c`, then `d`. Returns their ids in that order.
async fn diamond(sandbox: &Sandbox, targets: [&Target; 4], schedule: Value) -> [String; 4] {
    let [a, b, c, d] = targets;
    let jobs = json!({ "jobs": [
        job(d, "/d", json!({ "key": "d", "after": ["key:b", "key:c"] })),
        job(b, "/b", json!({ "key": "b", "after": ["key:a"] })),
        job(c, "/c", json!({ "key": "c", "after": ["key:a"] })),
        job(a, "/a", json!({ "key": "a", "schedule": schedule })),
    ] });
    let (status, body) = sandbox.call("POST", "/v1/jobs/batch", Some(jobs)).await;
    assert_eq!(status, 200, "{body}");
    let id = |index: usize| {
        let result = &body["results"][index];
        assert_eq!(result["status"], 201, "{result}");
        result["job"]["id"].as_str().unwrap().to_owned()
    };
    [id(3), id(1), id(2), id(0)]
}

/// Asks for a run of `job`, and says what the ids of all its executions end in.
async fn run(sandbox: &Sandbox, job: &str) -> String {
    let id = sandbox.run(job).await;
    id.split_once('_').unwrap().1.to_owned()
}

/// The execution of `job` in `run`, once it is in `state`.
async fn execution(sandbox: &Sandbox, job: &str, run: &str, state: &str) -> Value {
    sandbox.execution(&format!("{job}_{run}"), state).await
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

/// Each of the graph ran once, and none before those that it runs after.
async fn ran_in_order(sandbox: &Sandbox, graph: &[String; 4], run: &str) {
    let mut ended = Vec::new();
    for job in graph {
        let found = execution(sandbox, job, run, "succeeded").await;
        assert_eq!(found["attempt"], 1);
        ended.push((
            instant(&found["started_at"]),
            instant(&found["finished_at"]),
        ));
        assert_eq!(sandbox.executions(job).await.len(), 1);
    }
    for (down, ups) in [(1, vec![0]), (2, vec![0]), (3, vec![1, 2])] {
        for up in ups {
            assert!(
                ended[down].0 >= ended[up].1,
                "{down} began before {up} had ended"
            );
        }
    }
}

#[tokio::test]
async fn a_diamond_runs_once_for_each_fire_time_of_its_root() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let graph = diamond(&sandbox, [&target; 4], once_in(4)).await;
    let root = sandbox.execution_in(&graph[0], "succeeded").await;
    let run = root["id"].as_str().unwrap().split_once('_').unwrap().1;
    ran_in_order(&sandbox, &graph, run).await;
    for path in ["/a", "/b", "/c", "/d"] {
        assert_eq!(target.calls(path).len(), 1, "{path}");
    }
    let last = execution(&sandbox, &graph[3], run, "succeeded").await;
    assert_eq!(last["fire_time"], root["fire_time"]);
    // Not how long the whole graph took, but how long it waited in vain.
    let since = instant(&last["started_at"]) - instant(&last["ready_at"]);
    assert_eq!(last["lateness_ms"], since.num_milliseconds());
}

#[tokio::test]
async fn a_run_by_hand_of_the_root_runs_the_graph_once_under_its_id() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let target = Target::start().await;
    let graph = diamond(&sandbox, [&target; 4], once_in(3_600)).await;
    let by_hand = run(&sandbox, &graph[0]).await;
    ran_in_order(&sandbox, &graph, &by_hand).await;

    let path = format!("/v1/jobs/{}/graph?run={by_hand}", graph[2]);
    let (status, shown) = sandbox.call("GET", &path, None).await;
    assert_eq!(status, 200, "{shown}");
    let nodes = shown["nodes"].as_array().unwrap();
    let order: Vec<_> = nodes
        .iter()
        .map(|node| node["name"].as_str().unwrap())
        .collect();
    assert!(
        order == ["/a", "/b", "/c", "/d"] || order == ["/a", "/c", "/b", "/d"],
        "{order:?}"
    );
    for node in nodes {
        assert_eq!(node["execution"]["state"], "succeeded", "{node}");
    }
    assert_eq!(shown["edges"].as_array().unwrap().len(), 4);

    // The last one by itself waits for nobody.
    let alone = run(&sandbox, &graph[3]).await;
    execution(&sandbox, &graph[3], &alone, "succeeded").await;
    assert_eq!(sandbox.executions(&graph[0]).await.len(), 1);
}

#[tokio::test]
async fn a_failure_goes_down_with_its_cause_and_a_redrive_completes_the_rest() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let (well, broken) = (Target::start().await, Target::start().await);
    broken.answer(Answer::Status(500));
    let graph = diamond(&sandbox, [&well, &broken, &well, &well], once_in(3_600)).await;
    let by_hand = run(&sandbox, &graph[0]).await;
    let skipped = execution(&sandbox, &graph[3], &by_hand, "skipped").await;
    assert_eq!(skipped["reason"], "upstream_failed");
    let cause = format!("{}_{by_hand}", graph[1]);
    assert_eq!(skipped["cause"], json!(cause));
    assert_eq!(skipped["attempt"], 0);
    let why = format!("/v1/jobs/{}/occurrences/{by_hand}", graph[3]);
    let (_, why) = sandbox.call("GET", &why, None).await;
    assert_eq!(why["outcome"], "upstream_failed", "{why}");
    assert!(
        why["explanation"].as_str().unwrap().contains(&cause),
        "{why}"
    );
    // It is a dead letter of the one that failed, and of no other.
    let letters = eventually("there is a dead letter", || async {
        let (_, body) = sandbox.call("GET", "/v1/dead-letters", None).await;
        let items = body["items"].as_array().unwrap().clone();
        (!items.is_empty()).then_some(items)
    })
    .await;
    assert_eq!(letters.len(), 1, "{letters:?}");

    broken.answer(Answer::Status(200));
    let redrive = format!("/v1/dead-letters/{cause}/redrive");
    let (status, body) = sandbox.call("POST", &redrive, None).await;
    assert!(status < 300, "{status} {body}");
    execution(&sandbox, &graph[3], &by_hand, "succeeded").await;
    assert_eq!(well.calls("/d").len(), 1);
    assert_eq!(
        well.calls("/c").len(),
        1,
        "what had succeeded is not run again"
    );
}

#[tokio::test]
async fn a_failure_is_carried_through_several_levels() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let (well, broken) = (Target::start().await, Target::start().await);
    broken.answer(Answer::Status(500));
    let first = sandbox
        .create(job(
            &broken,
            "/first",
            json!({ "schedule": once_in(3_600) }),
        ))
        .await;
    let second = sandbox
        .create(job(&well, "/2", json!({ "after": [first] })))
        .await;
    let third = sandbox
        .create(job(&well, "/3", json!({ "after": [second] })))
        .await;
    let any = json!({ "after": [third], "after_condition": "all_finished" });
    let last = sandbox.create(job(&well, "/last", any)).await;
    let by_hand = run(&sandbox, &first).await;
    let skipped = execution(&sandbox, &third, &by_hand, "skipped").await;
    assert_eq!(skipped["cause"], json!(format!("{first}_{by_hand}")));
    // It asked only that the others end.
    execution(&sandbox, &last, &by_hand, "succeeded").await;
    assert!(well.calls("/2").is_empty() && well.calls("/3").is_empty());
}

#[tokio::test]
async fn a_job_with_a_schedule_waits_for_the_run_of_its_window_and_then_runs() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let (slow, target) = (Target::start().await, Target::start().await);
    slow.answer(Answer::After(Duration::from_secs(7)));
    let up = sandbox
        .create(job(&slow, "/up", json!({ "schedule": once_in(4) })))
        .await;
    let down = json!({ "schedule": once_in(6), "after": [up], "misfire": { "policy": "skip" } });
    let down = sandbox.create(job(&target, "/down", down)).await;
    let waiting = sandbox.execution_in(&down, "waiting").await;
    let own = instant(&waiting["fire_time"]);
    assert_eq!(instant(&waiting["waits_until"]), own + TimeDelta::days(1));
    assert!(target.calls("/down").is_empty());
    let done = sandbox.execution_in(&down, "succeeded").await;
    assert_eq!(done["id"], waiting["id"]);
    assert_eq!(target.calls("/down").len(), 1);
    let up = sandbox.execution_in(&up, "succeeded").await;
    assert_eq!(done["ready_at"], up["finished_at"]);
    assert!(instant(&done["started_at"]) >= instant(&up["finished_at"]));
}

#[tokio::test]
async fn a_run_waits_no_longer_than_its_limit() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let (slow, target) = (Target::start().await, Target::start().await);
    slow.answer(Answer::After(Duration::from_secs(40)));
    let mut up = job(&slow, "/up", json!({ "schedule": once_in(3) }));
    up["timeout_seconds"] = json!(60);
    let up = sandbox.create(up).await;
    let down = json!({ "schedule": once_in(5), "after": [up], "after_limit_seconds": 10 });
    let down = sandbox.create(job(&target, "/down", down)).await;
    let skipped = sandbox.execution_in(&down, "skipped").await;
    assert_eq!(skipped["reason"], "upstream_not_finished");
    let up = sandbox.execution_in(&up, "running").await;
    assert_eq!(skipped["cause"], up["id"]);
    assert!(target.calls("/down").is_empty());
}

#[tokio::test]
async fn a_run_that_waits_is_canceled_like_any_other() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let (slow, target) = (Target::start().await, Target::start().await);
    slow.answer(Answer::After(Duration::from_secs(8)));
    let graph = diamond(&sandbox, [&target, &slow, &target, &target], once_in(3_600)).await;
    let last = json!({ "after": [graph[3]] });
    let last = sandbox.create(job(&target, "/e", last)).await;
    let by_hand = run(&sandbox, &graph[0]).await;
    execution(&sandbox, &graph[3], &by_hand, "waiting").await;
    let cancel = format!("/v1/executions/{}_{by_hand}/cancel", graph[3]);
    let (status, canceled) = sandbox.call("POST", &cancel, None).await;
    assert_eq!(
        (status, &canceled["state"]),
        (200, &json!("canceled")),
        "{canceled}"
    );
    let behind = execution(&sandbox, &last, &by_hand, "skipped").await;
    assert_eq!(behind["cause"], canceled["id"]);
    execution(&sandbox, &graph[1], &by_hand, "succeeded").await;
    let still = execution(&sandbox, &graph[3], &by_hand, "canceled").await;
    assert_eq!(still["reason"], "canceled_by_user");
    assert!(target.calls("/d").is_empty());
}

#[tokio::test]
async fn of_two_edits_that_would_close_a_cycle_together_never_are_both_made() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api]).await;
    let target = Target::start().await;
    let new = || job(&target, "/", json!({ "schedule": once_in(3_600) }));
    let edit = async |job: &str, after: &str| {
        let path = format!("/v1/jobs/{job}");
        let change = json!({ "after": [after] });
        sandbox.call("PATCH", &path, Some(change)).await
    };
    // One behind the other, the first is made. At once, both may be refused in every pair, for each may see the edge that
    // the other is about to commit: that none was made is no failure, and how many were says nothing.
    let (one, other) = (sandbox.create(new()).await, sandbox.create(new()).await);
    assert_eq!(edit(&one, &other).await.0, 200);
    assert_eq!(edit(&other, &one).await.0, 422);
    for _ in 0..25 {
        let (one, other) = (sandbox.create(new()).await, sandbox.create(new()).await);
        let edits = [(&one, &other), (&other, &one)].map(|(job, after)| edit(job, after));
        let answers = join_all(edits).await;
        let accepted = answers.iter().filter(|(status, _)| *status == 200).count();
        assert!(accepted <= 1, "{answers:?}");
        for (status, problem) in &answers {
            if *status != 200 {
                assert_eq!(
                    (*status, &problem["field"]),
                    (422, &json!("after[0]")),
                    "{problem}"
                );
            }
        }
        // Whatever became of them, what is stored is no cycle: the graph says who is behind whom.
        let (_, graph) = sandbox
            .call("GET", &format!("/v1/jobs/{one}/graph"), None)
            .await;
        assert_eq!(
            graph["edges"].as_array().unwrap().len(),
            accepted,
            "{graph}"
        );
    }
}

#[tokio::test]
async fn a_worker_that_dies_between_an_end_and_what_follows_from_it_loses_nothing() {
    let mut sandbox = Sandbox::new().await;
    let _rest = sandbox.host(&[Function::Api, Function::Dlq]).await;
    let target = Target::start().await;
    let graph = diamond(&sandbox, [&target; 4], once_in(3_600)).await;
    let by_hand = run(&sandbox, &graph[0]).await;
    // The record of a worker that wrote the end and died then: its message is on the queue still.
    let id: ExecutionId = format!("{}_{by_hand}", graph[0]).parse().unwrap();
    let ended = Execution {
        attempt: 1,
        job_version: Some(1),
        finished_at: Some(SystemClock.now()),
        ..Execution::new(id, ExecutionState::Succeeded, Stamp(7))
    };
    let store = &sandbox.ports.store;
    store.put_execution(&ended, Expected::Absent).await.unwrap();
    let _worker = sandbox.spawn("worker");
    for job in &graph[1..] {
        execution(&sandbox, job, &by_hand, "succeeded").await;
    }
    assert!(target.calls("/a").is_empty());
    assert_eq!(target.calls("/d").len(), 1);
}

#[tokio::test]
async fn workers_that_are_killed_at_their_work_run_the_graph_to_its_end() {
    let mut sandbox = Sandbox::new().await;
    let _rest = sandbox.host(&[Function::Api, Function::Dlq]).await;
    let target = Target::start().await;
    target.answer(Answer::After(Duration::from_millis(300)));
    let mut graph = diamond(&sandbox, [&target; 4], once_in(3_600)).await;
    for job in &mut graph {
        // A lease that ends soon, and an attempt for each death.
        let patch =
            json!({ "timeout_seconds": 1, "retry": { "max_retries": 20, "backoff_seconds": 1 } });
        let (status, body) = sandbox
            .call("PATCH", &format!("/v1/jobs/{job}"), Some(patch))
            .await;
        assert_eq!(status, 200, "{body}");
    }
    let by_hand = run(&sandbox, &graph[0]).await;
    for milliseconds in [700, 900, 1_100] {
        let mut worker = sandbox.spawn("worker");
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        let pid = worker.id().and_then(|pid| i32::try_from(pid).ok()).unwrap();
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
        worker.wait().await.unwrap();
    }
    let _survivor = sandbox.spawn("worker");
    for job in &graph {
        execution(&sandbox, job, &by_hand, "succeeded").await;
        assert_eq!(sandbox.executions(job).await.len(), 1);
    }
}

#[tokio::test]
async fn a_run_that_waits_for_what_an_upstream_missed_goes_on_when_the_one_that_stands_for_it_ends()
{
    let mut sandbox = Sandbox::new().await;
    let now = floor_second(SystemClock.now());
    let missed = now - TimeDelta::minutes(62);
    let latest = now - TimeDelta::minutes(2);
    let user = UserId::new("alice").unwrap();
    let stored = |number: u128, schedule: Value, after: Vec<JobId>| {
        let request: JobRequest = serde_json::from_value(json!({
            "name": "n", "job_type": "echo", "schedule": schedule, "after": after,
        }))
        .unwrap();
        let created = now - TimeDelta::minutes(70);
        request
            .into_job(JobId::from_random(number), user.clone(), created)
            .unwrap()
    };
    let every = |seconds: i64, anchor: DateTime<Utc>| {
        let anchor = anchor.to_rfc3339();
        json!({ "kind": "every", "seconds": seconds, "anchor_at": anchor })
    };
    let up = stored(21, every(3_600, missed), Vec::new());
    let down = stored(22, every(86_400, missed), vec![up.id]);
    let store = &sandbox.ports.store;
    for job in [&up, &down] {
        assert_eq!(store.put_job(job).await.unwrap(), Put::Written);
    }
    let edge = Edge {
        up: up.id,
        down: down.id,
        written_at: now - TimeDelta::minutes(70),
    };
    store.put_edge(&edge).await.unwrap();
    // It has waited since before the outage; nothing will ask for it before tomorrow.
    let waits = Execution {
        user: Some(user.clone()),
        waits_until: Some(now + TimeDelta::days(1)),
        ..Execution::new(
            ExecutionId::scheduled(down.id, missed),
            ExecutionState::Waiting,
            Stamp(7),
        )
    };
    store.put_execution(&waits, Expected::Absent).await.unwrap();
    // What the tick sends once it is back: the latest missed one, which stands for both.
    let latest = ExecutionId::scheduled(up.id, latest);
    let mut message = DispatchMessage::new(latest, 1, up.timeout_seconds);
    message.stands_for = Some(2);
    let outgoing = OutgoingMessage {
        lane: up.lane(),
        user: Some(user),
        send_at: SendAt::Now,
        message,
    };
    sandbox.ports.queues.send(&[outgoing]).await.unwrap();
    let _system = sandbox.host(&WITHOUT_TICK).await;
    let done = sandbox
        .execution_in(&down.id.to_string(), "succeeded")
        .await;
    assert_eq!(done["id"], waits.id.to_string());
    let up = sandbox.execution_in(&up.id.to_string(), "succeeded").await;
    assert_eq!(done["ready_at"], up["finished_at"]);
}

/// Reconciles the last hour, of which everything has settled that is older than a second.
async fn reconciled(sandbox: &Sandbox) -> Reconciliation {
    let settle = TimeDelta::seconds(1);
    let until = floor_second(SystemClock.now()) + TimeDelta::seconds(1);
    SystemClock.sleep_until(until + settle).await;
    let bounds = Bounds {
        settle,
        deadline: SystemClock.now() + TimeDelta::minutes(1),
    };
    let window = Window::new(until - TimeDelta::hours(1), until).unwrap();
    let report = reconcile(&sandbox.ports, window, None, bounds).await;
    report.unwrap().unwrap()
}

#[tokio::test]
async fn a_run_behind_another_that_was_lost_is_found_by_reconciliation() {
    let mut sandbox = Sandbox::new().await;
    let _rest = sandbox
        .host(&[Function::Api, Function::Worker, Function::Dlq])
        .await;
    let target = Target::start().await;
    let graph = diamond(&sandbox, [&target; 4], once_in(3_600)).await;
    let by_hand = run(&sandbox, &graph[0]).await;
    ran_in_order(&sandbox, &graph, &by_hand).await;
    // As if the message of the last one, and all that it led to, had never been.
    let store = &sandbox.ports.store;
    let id: ExecutionId = format!("{}_{by_hand}", graph[3]).parse().unwrap();
    let record = store.execution(id).await.unwrap().unwrap();
    store.remove_execution(id, record.stamp).await.unwrap();
    let found = reconciled(&sandbox).await;
    assert_eq!((found.missing, found.resent), (1, 1), "{found:?}");
    execution(&sandbox, &graph[3], &by_hand, "succeeded").await;
    // And one that waits for what has ended.
    let record = store.execution(id).await.unwrap().unwrap();
    let waiting = Execution {
        waits_until: Some(SystemClock.now() + TimeDelta::days(1)),
        ..Execution::new(id, ExecutionState::Waiting, Stamp(8))
    };
    let expected = Expected::Stamp(record.stamp);
    store.put_execution(&waiting, expected).await.unwrap();
    let found = reconciled(&sandbox).await;
    assert_eq!((found.stalled, found.resent), (1, 1), "{found:?}");
    execution(&sandbox, &graph[3], &by_hand, "succeeded").await;
}

#[tokio::test]
async fn a_job_that_others_run_after_is_not_deleted_before_they_let_go() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api]).await;
    let target = Target::start().await;
    let graph = diamond(&sandbox, [&target; 4], once_in(3_600)).await;
    let root = format!("/v1/jobs/{}", graph[0]);
    let (status, problem) = sandbox.call("DELETE", &root, None).await;
    assert_eq!(status, 409, "{problem}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains(&graph[1]) && detail.contains(&graph[2]),
        "{detail}"
    );
    for job in [&graph[3], &graph[2], &graph[1], &graph[0]] {
        let (status, problem) = sandbox
            .call("DELETE", &format!("/v1/jobs/{job}"), None)
            .await;
        assert_eq!(status, 204, "{problem}");
    }
}
