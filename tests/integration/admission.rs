//! Several instances of the API ration one user's creates between them: real HTTP, real conditional writes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use punctual::domain::Role::User;
use punctual::domain::{Limits, Tier, Tiers};
use punctual::edge::SystemClock;
use punctual::port::Clock;
use punctual_local::{Function, System};
use punctual_tests::Sandbox;
use reqwest::StatusCode;
use serde_json::json;

const INSTANCES: usize = 3;

fn plans(limits: Limits) -> Tiers {
    Tiers {
        free: limits,
        unassigned: Tier::Free,
        ..Tiers::default()
    }
}

/// Creates a job that is not due for a long time, by the instance `system`.
async fn create(
    http: reqwest::Client,
    system: &System,
    token: String,
    key: Option<u64>,
) -> StatusCode {
    let api = system.api_address().unwrap();
    let job = json!({
        "name": "n", "job_type": "echo",
        "schedule": { "kind": "once", "at": "2099-01-01T00:00:00Z" },
    });
    let request = http
        .post(format!("http://{api}/v1/jobs"))
        .header("authorization", token)
        .json(&job);
    let request = match key {
        Some(key) => request.header("idempotency-key", key),
        None => request,
    };
    request.send().await.unwrap().status()
}

/// Creates a job as often as the instance is too busy to say what became of it, and says how often it was.
async fn create_surely(
    http: reqwest::Client,
    system: &System,
    token: String,
    key: u64,
) -> (StatusCode, u64) {
    let mut in_vain = 0;
    loop {
        let status = create(http.clone(), system, token.clone(), Some(key)).await;
        if status != StatusCode::SERVICE_UNAVAILABLE || in_vain == 20 {
            return (status, in_vain);
        }
        in_vain += 1;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn instances_admit_together_what_a_day_allows_and_no_more() {
    const LIMIT: u64 = 60;
    // What two of three instances may still hold when the third is refused: leases of an eighth of the limit at most.
    const SLACK: u64 = (INSTANCES as u64 - 1) * (LIMIT / 8);
    let mut sandbox = Sandbox::new().await;
    let limits = Limits {
        jobs_per_minute: 1_000,
        jobs_per_day: Some(LIMIT),
        live_jobs: Some(1_000),
        max_concurrent_executions: None,
        payload_bytes: 1_024,
    };
    let mut systems = Vec::new();
    for _ in 0..INSTANCES {
        systems.push(sandbox.host_with(&[Function::Api], plans(limits)).await);
    }
    let systems = Arc::new(systems);
    let http = punctual::edge::http_client().unwrap();
    // A run over midnight would see two quotas: it is made again, by another user.
    let (token, admitted, in_vain) = loop {
        let today = SystemClock.now().date_naive();
        let user = format!("u{today}");
        let token = sandbox.token(&user, User);
        let creates = (0..2 * LIMIT).map(|number| {
            let (http, systems, token) = (http.clone(), Arc::clone(&systems), token.clone());
            tokio::spawn(async move {
                // Uneven on purpose: the first instance gets half of all.
                let instance = [0, 1, 0, 2][usize::try_from(number % 4).unwrap()];
                create_surely(http, &systems[instance], token, number).await
            })
        });
        let (mut admitted, mut in_vain) = (0, 0);
        for created in join_all(creates).await {
            let (status, tries) = created.unwrap();
            in_vain += tries;
            match status {
                // Asked for again, what had been made is answered with 200.
                StatusCode::CREATED | StatusCode::OK => admitted += 1,
                refused => assert_eq!(refused, StatusCode::TOO_MANY_REQUESTS),
            }
        }
        if SystemClock.now().date_naive() == today {
            break (token, admitted, in_vain);
        }
    };
    println!("admitted {admitted} of a limit of {LIMIT}; the slack is {SLACK}");
    assert!(admitted <= LIMIT, "{admitted}");
    // What was asked for in vain may have been granted all the same.
    assert!(admitted + in_vain >= LIMIT - SLACK, "{admitted} {in_vain}");

    let headers = [("authorization", token.as_str())];
    let (_, page) = sandbox
        .call_with("GET", "/v1/jobs?limit=100", None, &headers)
        .await;
    let rows = page["items"].as_array().unwrap().len();
    assert_eq!(
        u64::try_from(rows).unwrap(),
        admitted,
        "what was answered is what is there"
    );
}

#[tokio::test]
async fn a_create_on_the_hot_path_costs_a_tenth_of_a_write_unit_or_less() {
    const CREATES: usize = 300;
    let mut sandbox = Sandbox::new().await;
    let limits = Tiers::default().pro;
    let system = sandbox.host_with(&[Function::Api], plans(limits)).await;
    let http = punctual::edge::http_client().unwrap();
    let token = sandbox.token("alice", User);
    for _ in 0..CREATES / 10 {
        let creates = (0..10).map(|_| create(http.clone(), &system, token.clone(), None));
        for status in join_all(creates).await {
            assert_eq!(status, StatusCode::CREATED);
        }
    }
    let used = system.meter().snapshot();
    let tally = used
        .iter()
        .filter(|(operation, _)| operation.starts_with("dynamodb.PutItem control tally"));
    let units: f64 = tally.map(|(_, usage)| usage.units).sum();
    let each = units / f64::from(u32::try_from(CREATES).unwrap());
    println!("{CREATES} creates wrote {units} units to the tally: {each:.3} each");
    for (operation, usage) in &used {
        let each = usage.units / f64::from(u32::try_from(CREATES).unwrap());
        println!("  {operation}: {each:.3} units a create");
    }
    assert!(units > 0.0, "it is metered");
    assert!(each <= 0.1, "{each}");
}
