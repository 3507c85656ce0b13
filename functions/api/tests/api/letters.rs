//! Dead letters through the REST face.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use punctual::domain::{
    AttemptError, DeadLetter, Execution, ExecutionId, ExecutionState, JobId, Reason, Stamp, UserId,
    floor_second,
};
use serde_json::{Value, json};

use crate::support::issuer::token;
use crate::support::{Bench, now};

async fn hourly(bench: &Bench, user: &str, name: &str) -> JobId {
    let job = json!({
        "name": name, "job_type": "echo", "payload": { "n": 1 },
        "schedule": { "kind": "every", "seconds": 3600 },
    });
    let answer = bench.send_as(user, Method::POST, "/v1/jobs", job).await;
    answer.body["id"].as_str().unwrap().parse().unwrap()
}

/// An execution that died `minutes` ago, and its letter.
fn died(bench: &Bench, user: &str, job: JobId, minutes: i64, reason: Reason) -> ExecutionId {
    let at = now() - TimeDelta::minutes(minutes);
    let id = ExecutionId::scheduled(job, floor_second(at));
    let user = UserId::new(user).unwrap();
    let dead = Execution {
        user: Some(user.clone()),
        attempt: 4,
        job_version: Some(1),
        reason: Some(reason),
        finished_at: Some(at),
        dead_lettered_at: Some(at),
        errors: vec![AttemptError {
            attempt: 4,
            reason,
            detail: "the target answered 503".to_owned(),
        }],
        ..Execution::new(id, ExecutionState::Dead, Stamp(1))
    };
    bench.insert(dead.clone());
    bench.index(DeadLetter {
        execution: id,
        user,
        job_name: "report".to_owned(),
        job_type: "echo".to_owned(),
        state: ExecutionState::Dead,
        reason: Some(reason),
        attempt: 4,
        finished_at: at,
        keep_until: dead.keep_until,
    });
    id
}

async fn listed(bench: &Bench, user: &str, role: &str, query: &str) -> Vec<String> {
    let path = format!("/v1/dead-letters{query}");
    let token = token(user, role);
    let answer = bench
        .send_with(&token, Method::GET, &path, Value::Null)
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
    let items = answer.body["items"].as_array().unwrap();
    let ids = items
        .iter()
        .map(|item| item["execution_id"].as_str().unwrap());
    ids.map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn letters_are_listed_within_reach_newest_first_and_by_every_filter() {
    let bench = Bench::new();
    let (one, other) = (
        hourly(&bench, "alice", "one").await,
        hourly(&bench, "bob", "two").await,
    );
    let old = died(&bench, "alice", one, 90, Reason::TimedOut).to_string();
    let new = died(&bench, "alice", one, 10, Reason::AttemptFailed).to_string();
    let bobs = died(&bench, "bob", other, 30, Reason::AttemptFailed).to_string();
    let all = [&new, &bobs, &old];
    for (user, role, query, expected) in [
        ("alice", "user", String::new(), &[&new, &old][..]),
        ("alice", "viewer", String::new(), &[&new, &old]),
        ("olga", "operator", String::new(), &all),
        ("olga", "admin", "?user=bob".to_owned(), &[&bobs]),
        ("olga", "operator", "?reason=timed_out".to_owned(), &[&old]),
        ("olga", "operator", "?job_type=http".to_owned(), &[]),
        ("olga", "operator", "?job_type=echo".to_owned(), &all),
        ("olga", "operator", format!("?job={other}"), &[&bobs]),
        (
            "olga",
            "operator",
            "?from=2026-11-21T11:20:00Z".to_owned(),
            &[&new, &bobs],
        ),
        (
            "olga",
            "operator",
            "?until=2026-11-21T11:00:00Z".to_owned(),
            &[&old],
        ),
        ("olga", "operator", "?status=open".to_owned(), &all),
        ("olga", "operator", "?status=discarded".to_owned(), &[]),
        ("alice", "user", "?user=alice".to_owned(), &[&new, &old]),
    ] {
        assert_eq!(
            listed(&bench, user, role, &query)
                .await
                .iter()
                .collect::<Vec<_>>(),
            expected,
            "{user} {query}"
        );
    }
    for (query, name) in [
        ("?user=bob", "user"),
        ("?status=dead", "status"),
        ("?reason=bad", "reason"),
        ("?job=x", "job"),
        ("?from=2027-01-01T00:00:00Z", "from"),
        ("?cursor=x", "cursor"),
    ] {
        let path = format!("/v1/dead-letters{query}");
        let refused = bench.send(Method::GET, &path, Value::Null).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(refused.body["field"], name);
    }
}

#[tokio::test]
async fn a_letter_shows_the_payload_as_it_was_run_and_what_went_wrong() {
    let bench = Bench::new();
    let job = hourly(&bench, "alice", "report").await;
    let id = died(&bench, "alice", job, 10, Reason::AttemptFailed);
    let mended = json!({ "payload": { "n": 2 } });
    bench
        .send(Method::PATCH, &format!("/v1/jobs/{job}"), mended)
        .await;
    let path = format!("/v1/dead-letters/{id}");
    let shown = bench.send(Method::GET, &path, Value::Null).await.body;
    assert_eq!(shown["payload"], json!({ "n": 1 }), "{shown}");
    assert_eq!(shown["status"], "open");
    assert_eq!(shown["execution"]["job_version"], 1);
    assert_eq!(
        shown["execution"]["errors"][0]["detail"],
        "the target answered 503"
    );
    assert_eq!(shown["message"]["job"], json!(job));
    let theirs = bench.send_as("bob", Method::GET, &path, Value::Null).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_redrive_grants_one_attempt_under_the_same_id_and_asked_twice_grants_no_other() {
    let bench = Bench::new();
    let job = hourly(&bench, "alice", "report").await;
    let id = died(&bench, "alice", job, 10, Reason::AttemptFailed);
    let path = format!("/v1/dead-letters/{id}/redrive");
    let first = bench.send(Method::POST, &path, Value::Null).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.body);
    assert_eq!(first.body["id"], json!(id));
    assert_eq!(
        (&first.body["state"], &first.body["attempt"]),
        (&json!("retry_wait"), &json!(4))
    );
    let writes = bench.writes();
    let again = bench.send(Method::POST, &path, Value::Null).await;
    assert_eq!(
        (again.status, &again.body),
        (StatusCode::ACCEPTED, &first.body)
    );
    assert_eq!(bench.writes(), writes, "nothing is written twice");
    assert_eq!(
        listed(&bench, "alice", "user", "?status=redriven").await,
        [id.to_string()]
    );
    let shown = bench
        .send(Method::GET, &format!("/v1/dead-letters/{id}"), Value::Null)
        .await
        .body;
    assert_eq!(shown["redriven"]["attempt"], 5);
    assert_eq!(shown["redriven"]["by"], "alice");
    let token = token("olga", "operator");
    let audit = bench
        .send_with(&token, Method::GET, "/v1/admin/audit", Value::Null)
        .await
        .body;
    assert_eq!(audit["items"][0]["action"], "redrive");
    assert_eq!(audit["items"][0]["subject"]["id"], json!(id));
}

#[tokio::test]
async fn what_is_not_dead_or_belongs_to_a_deleted_job_is_not_redriven() {
    let bench = Bench::new();
    let job = hourly(&bench, "alice", "report").await;
    let id = died(&bench, "alice", job, 10, Reason::AttemptFailed);
    let well = ExecutionId::scheduled(job, floor_second(now()));
    for state in [
        ExecutionState::Succeeded,
        ExecutionState::Running,
        ExecutionState::Skipped,
    ] {
        bench.insert(Execution::new(well, state, Stamp(1)));
        for verb in ["redrive", "discard"] {
            let path = format!("/v1/dead-letters/{well}/{verb}");
            let refused = bench
                .send(Method::POST, &path, json!({ "note": "n" }))
                .await;
            assert_eq!(refused.status, StatusCode::CONFLICT, "{state:?} {verb}");
        }
    }
    bench
        .send(Method::DELETE, &format!("/v1/jobs/{job}"), Value::Null)
        .await;
    let path = format!("/v1/dead-letters/{id}/redrive");
    let refused = bench.send(Method::POST, &path, Value::Null).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("deleted"), "{detail}");
}

#[tokio::test]
async fn a_discarded_letter_keeps_its_note_and_can_still_be_redriven_by_itself() {
    let bench = Bench::new();
    let job = hourly(&bench, "alice", "report").await;
    let id = died(&bench, "alice", job, 10, Reason::AttemptFailed);
    let path = format!("/v1/dead-letters/{id}");
    let discard = format!("{path}/discard");
    for bad in [json!({}), json!({ "note": "" }), json!({ "note": "a\nb" })] {
        let refused = bench.send(Method::POST, &discard, bad).await;
        assert_eq!(
            (refused.status, &refused.body["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("note"))
        );
    }
    let note = json!({ "note": "the target is gone" });
    assert_eq!(
        bench
            .send(Method::POST, &discard, note.clone())
            .await
            .status,
        StatusCode::OK
    );
    let writes = bench.writes();
    assert_eq!(
        bench.send(Method::POST, &discard, note).await.status,
        StatusCode::OK
    );
    assert_eq!(bench.writes(), writes, "the same note changes nothing");
    assert_eq!(
        listed(&bench, "alice", "user", "?status=discarded").await,
        [id.to_string()]
    );
    let shown = bench.send(Method::GET, &path, Value::Null).await.body;
    assert_eq!(shown["discarded"]["note"], "the target is gone");
    let redriven = bench
        .send(Method::POST, &format!("{path}/redrive"), Value::Null)
        .await;
    assert_eq!(redriven.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_dry_run_counts_and_shows_some_and_writes_nothing() {
    let bench = Bench::new();
    let job = hourly(&bench, "alice", "report").await;
    for minutes in 1..=130 {
        died(&bench, "alice", job, minutes, Reason::AttemptFailed);
    }
    let settled = died(&bench, "alice", job, 131, Reason::AttemptFailed);
    let note = json!({ "note": "n" });
    bench
        .send(
            Method::POST,
            &format!("/v1/dead-letters/{settled}/discard"),
            note,
        )
        .await;
    let writes = bench.writes();
    let body = json!({ "filter": { "job": job, "reason": "attempt_failed" }, "dry_run": true, "rate_per_minute": 50 });
    let dry = bench
        .send(Method::POST, "/v1/dead-letters/redrive", body)
        .await;
    assert_eq!(dry.status, StatusCode::OK, "{}", dry.body);
    for (field, expected) in [
        ("dry_run", json!(true)),
        ("count", json!(130)),
        ("at_least", json!(false)),
        ("minutes", json!(3)),
        ("redrive", Value::Null),
    ] {
        assert_eq!(dry.body[field], expected, "{field}");
    }
    assert_eq!(dry.body["sample"].as_array().unwrap().len(), 10);
    let body = json!({ "note": "n", "dry_run": true });
    let dry = bench
        .send(Method::POST, "/v1/dead-letters/discard", body)
        .await;
    assert_eq!(
        (&dry.body["count"], &dry.body["discarded"]),
        (&json!(130), &json!(0))
    );
    assert_eq!(bench.writes(), writes);
}

#[tokio::test]
async fn a_redrive_of_many_is_kept_shown_and_stopped() {
    let bench = Bench::new();
    let job = hourly(&bench, "alice", "report").await;
    died(&bench, "alice", job, 10, Reason::AttemptFailed);
    for (body, field) in [
        (json!({ "rate_per_minute": 0 }), "rate_per_minute"),
        (json!({ "rate_per_minute": 1_001 }), "rate_per_minute"),
        (json!({ "filter": { "user": "bob" } }), "filter.user"),
        (
            json!({ "filter": { "from": "2027-01-01T00:00:00Z" } }),
            "filter.from",
        ),
        (json!({ "filter": { "resaon": "x" } }), "filter.resaon"),
        // A list whose items serde would take for the filter's fields: it would admit everything.
        (json!({ "filter": [null, null] }), "filter"),
    ] {
        let refused = bench
            .send(Method::POST, "/v1/dead-letters/redrive", body)
            .await;
        assert_eq!(
            (refused.status, &refused.body["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(field))
        );
    }
    let kept = bench
        .send(Method::POST, "/v1/dead-letters/redrive", json!({}))
        .await;
    assert_eq!(kept.status, StatusCode::ACCEPTED, "{}", kept.body);
    let path = kept.header("location");
    let shown = bench.send(Method::GET, &path, Value::Null).await.body;
    assert_eq!(shown, kept.body["redrive"]);
    assert_eq!(
        (
            &shown["state"],
            &shown["matched"],
            &shown["rate_per_minute"]
        ),
        (&json!("releasing"), &json!(1), &json!(60))
    );
    assert_eq!(
        shown["filter"]["user"], "alice",
        "nobody reaches further than they may"
    );
    let list = bench
        .send(Method::GET, "/v1/dead-letters/redrives", Value::Null)
        .await
        .body;
    assert_eq!(list["items"], json!([shown]));
    let theirs = bench
        .send_as("bob", Method::GET, "/v1/dead-letters/redrives", Value::Null)
        .await
        .body;
    assert_eq!(theirs["items"], json!([]));
    let cancel = format!("{path}/cancel");
    for _ in 0..2 {
        let canceled = bench.send(Method::POST, &cancel, Value::Null).await;
        assert_eq!(
            (canceled.status, &canceled.body["state"]),
            (StatusCode::OK, &json!("canceled"))
        );
    }
    let token = token("olga", "operator");
    let audit = bench
        .send_with(&token, Method::GET, "/v1/admin/audit", Value::Null)
        .await
        .body;
    let entries = audit["items"].as_array().unwrap();
    let of_redrive: Vec<_> = entries
        .iter()
        .filter(|entry| entry["subject"]["kind"] == "dead_letters")
        .collect();
    assert_eq!(
        of_redrive.len(),
        2,
        "one entry for the request, one for its end"
    );
    let detail = of_redrive[1]["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("1 letters of {\"user\":\"alice\"")
            && detail.ends_with("at 60 a minute"),
        "{detail}"
    );
}

#[tokio::test]
async fn many_are_discarded_under_one_entry_of_the_audit() {
    let bench = Bench::new();
    let job = hourly(&bench, "alice", "report").await;
    for minutes in 1..=7 {
        died(&bench, "alice", job, minutes, Reason::AttemptFailed);
    }
    let body = json!({ "filter": { "job": job }, "note": "the target is gone" });
    let done = bench
        .send(Method::POST, "/v1/dead-letters/discard", body)
        .await;
    assert_eq!(
        (&done.body["count"], &done.body["discarded"]),
        (&json!(7), &json!(7)),
        "{}",
        done.body
    );
    assert_eq!(
        listed(&bench, "alice", "user", "?status=open").await,
        [""; 0]
    );
    assert_eq!(
        listed(&bench, "alice", "user", "?status=discarded")
            .await
            .len(),
        7
    );
}
