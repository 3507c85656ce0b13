//! Which hosts are spared for a user.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use punctual::domain::{HostBreaker, HostKey, HostState, Stamp, UserId};
use punctual::port::HostBreakers;
use serde_json::{Value, json};

use crate::support::issuer::token;
use crate::support::{Answer, Bench, now};

async fn spare(bench: &Bench, user: &str, host: &str, state: HostState) {
    let key = HostKey {
        user: UserId::new(user).unwrap(),
        destination: host.parse().unwrap(),
    };
    let breaker = HostBreaker {
        state,
        trips: 3,
        stamp: Stamp(1),
    };
    bench
        .store()
        .put_host_breaker(&key, &breaker, None)
        .await
        .unwrap();
}

async fn list(bench: &Bench, (user, role): (&str, &str), query: &str) -> Answer {
    let path = format!("/v1/host-breakers{query}");
    bench
        .send_with(&token(user, role), Method::GET, &path, Value::Null)
        .await
}

#[tokio::test]
async fn a_user_sees_its_own_breakers_and_operators_anybodys() {
    let bench = Bench::new();
    let until = now() + TimeDelta::seconds(30);
    spare(&bench, "alice", "a.example:443", HostState::Open { until }).await;
    spare(
        &bench,
        "alice",
        "[2001:db8::1]:80",
        HostState::Closed { since: now() },
    )
    .await;
    spare(
        &bench,
        "alice",
        "c.example:8443",
        HostState::Probing { until },
    )
    .await;
    let said = "2026-11-21T12:00:30.250Z";
    let expected = json!([
        { "host": "a.example", "port": 443, "state": "open", "since": null, "until": said, "trips": 3 },
        { "host": "2001:db8::1", "port": 80, "state": "closed", "since": "2026-11-21T12:00:00.250Z",
          "until": null, "trips": 3 },
        { "host": "c.example", "port": 8443, "state": "half_open", "since": null, "until": said, "trips": 3 },
    ]);
    let own = list(&bench, ("alice", "viewer"), "").await;
    assert_eq!(own.body["items"], expected, "{}", own.body);
    for role in ["operator", "admin"] {
        let seen = list(&bench, ("olga", role), "?user=alice").await;
        assert_eq!(seen.body["items"], expected);
        let own = list(&bench, ("olga", role), "").await;
        assert_eq!(own.body["items"], json!([]));
    }
    let anothers = list(&bench, ("bob", "user"), "?user=alice").await;
    assert_eq!(anothers.status, StatusCode::NOT_FOUND);
    let nobodys = list(&bench, ("bob", "user"), "?user=nobody").await;
    assert_eq!(nobodys.body, anothers.body, "the two cannot be told apart");
}

#[tokio::test]
async fn breakers_are_paged() {
    let bench = Bench::new();
    for host in ["a.example:443", "b.example:443", "c.example:443"] {
        spare(&bench, "alice", host, HostState::Closed { since: now() }).await;
    }
    let first = list(&bench, ("alice", "user"), "?limit=2").await;
    assert_eq!(first.body["items"].as_array().unwrap().len(), 2);
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let rest = list(
        &bench,
        ("alice", "user"),
        &format!("?limit=2&cursor={cursor}"),
    )
    .await;
    assert_eq!(rest.body["items"][0]["host"], "c.example");
    assert_eq!(rest.body["next_cursor"], Value::Null);
    let foreign = list(&bench, ("alice", "user"), "?cursor=x").await;
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
    assert_eq!(foreign.body["field"], "cursor");
}
