//! Lists of jobs: whose, and looked for by a text.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::issuer::token;
use crate::support::{Answer, Bench};

async fn create(bench: &Bench, user: &str, name: &str) -> String {
    let job =
        json!({ "name": name, "job_type": "echo", "schedule": { "kind": "every", "seconds": 60 } });
    let created = bench.send_as(user, Method::POST, "/v1/jobs", job).await;
    created.body["id"].as_str().unwrap().to_owned()
}

async fn list(bench: &Bench, (user, role): (&str, &str), query: &str) -> Answer {
    let path = format!("/v1/jobs{query}");
    bench
        .send_with(&token(user, role), Method::GET, &path, Value::Null)
        .await
}

fn names(answer: &Answer) -> Vec<&str> {
    let items = answer.body["items"].as_array().unwrap();
    let mut names: Vec<_> = items
        .iter()
        .map(|job| job["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_text_finds_jobs_by_a_part_of_their_name_or_the_beginning_of_their_id() {
    let bench = Bench::new();
    let id = create(&bench, "alice", "Daily Report").await;
    create(&bench, "alice", "nightly backup").await;
    create(&bench, "alice", "\u{c4}rger melden").await;
    create(&bench, "bob", "report of bob").await;
    for (text, found) in [
        ("report", vec!["Daily Report"]),
        ("LY%20", vec!["Daily Report", "nightly backup"]),
        ("%C3%A4rger", vec!["\u{c4}rger melden"]),
        ("nothing", vec![]),
        (&id, vec!["Daily Report"]),
        (&id[..13], vec!["Daily Report"]),
    ] {
        let answer = list(&bench, ("alice", "user"), &format!("?text={text}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(names(&answer), found, "{text}");
        assert_eq!(answer.body["searched"], 3, "{text}");
    }
    let middle_of_an_id = list(&bench, ("alice", "user"), &format!("?text={}", &id[9..])).await;
    assert_eq!(names(&middle_of_an_id), [""; 0]);
    let filtered = list(&bench, ("alice", "user"), "?text=report&status=paused").await;
    assert_eq!(names(&filtered), [""; 0]);
}

#[tokio::test]
async fn a_text_has_1_to_100_characters() {
    let bench = Bench::new();
    for (text, status) in [
        (String::new(), 400),
        ("a".repeat(101), 400),
        ("%C3%A4".repeat(100), 200),
    ] {
        let answer = list(&bench, ("alice", "user"), &format!("?text={text}")).await;
        assert_eq!(answer.status.as_u16(), status, "{text}");
        if status == 400 {
            assert_eq!(answer.body["field"], "text");
        }
    }
}

#[tokio::test]
async fn operators_see_anybodys_jobs_and_others_are_told_that_there_is_no_such_user() {
    let bench = Bench::new();
    create(&bench, "alice", "hers").await;
    for role in ["operator", "admin"] {
        let seen = list(&bench, ("olga", role), "?user=alice").await;
        assert_eq!(names(&seen), ["hers"]);
        let found = list(&bench, ("olga", role), "?user=alice&text=HER").await;
        assert_eq!(names(&found), ["hers"]);
        let own = list(&bench, ("olga", role), "").await;
        assert_eq!(names(&own), [""; 0]);
        let nobodys = list(&bench, ("olga", role), "?user=nobody").await;
        assert_eq!(names(&nobodys), [""; 0]);
    }
    for role in ["user", "viewer"] {
        let own = list(&bench, ("alice", role), "?user=alice").await;
        assert_eq!(names(&own), ["hers"]);
        for query in ["?user=alice", "?user=alice&text=hers", "?user=nobody"] {
            let refused = list(&bench, ("bob", role), query).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{role} {query}");
        }
    }
}
