//! Calendars that keep jobs silent.

use chrono::{TimeDelta, Utc};
use punctual::edge::SystemClock;
use punctual::port::Clock;
use punctual_local::Function;
use punctual_tests::{Sandbox, eventually};
use serde_json::json;

#[tokio::test]
async fn a_job_is_silent_on_the_days_of_its_calendar_and_another_is_not() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let now = SystemClock.now();
    let day = |days: i64| (now + TimeDelta::days(days)).format("%Y-%m-%d").to_string();
    // Tomorrow as well: the test may begin just before midnight.
    let today = json!({ "dates": [day(0), day(1)] });
    let path = "/v1/calendars/today";
    let (status, put) = sandbox.call("PUT", path, Some(today)).await;
    assert_eq!(status, 200, "{put}");
    let every_ten = |calendars| {
        json!({
            "name": "every ten seconds", "job_type": "echo",
            "schedule": { "kind": "every", "seconds": 10 },
            "exclude_calendars": calendars,
        })
    };
    let silent = sandbox.create(every_ten(json!(["today"]))).await;
    let other = sandbox.create(every_ten(json!([]))).await;
    eventually("the other has fired three times", || async {
        let executions = sandbox.executions(&other).await;
        let done = executions.iter().filter(|one| one["state"] == "succeeded");
        (done.count() >= 3).then_some(())
    })
    .await;
    assert!(sandbox.executions(&silent).await.is_empty());
    let (_, view) = sandbox
        .call("GET", &format!("/v1/jobs/{silent}"), None)
        .await;
    let next: chrono::DateTime<Utc> = view["next_fire_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(next.format("%Y-%m-%d").to_string(), day(2));

    let (status, _) = sandbox.call("DELETE", path, None).await;
    assert_eq!(status, 409, "a job names it");
}
