//! Every route, every role, on one's own things and on another's, against a matrix written out by hand.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use punctual::domain::{Execution, ExecutionState, Role, Stamp};
use punctual_api::access::{Access, TABLE, access};
use serde_json::{Value, json};

use crate::support::issuer::{Signer, Source, identity, token};
use crate::support::{Bench, held, in_an_hour, large_result, now};

/// Two answers per role: about one's own thing, and about another user's. `-` where a call is about no thing that
/// exists already.
const MATRIX: &str = "
route                                        | admin     | operator  | user      | viewer    | no token
GET    /healthz                              | 200 -     | 200 -     | 200 -     | 200 -     | 200
GET    /openapi.json                         | 200 -     | 200 -     | 200 -     | 200 -     | 200
GET    /                                     | 308 -     | 308 -     | 308 -     | 308 -     | 308
GET    /console                              | 200 -     | 200 -     | 200 -     | 200 -     | 200
GET    /console/                             | 200 -     | 200 -     | 200 -     | 200 -     | 200
GET    /console/{*path}                      | 200 -     | 200 -     | 200 -     | 200 -     | 200
POST   /v1/jobs                              | 201 -     | 201 -     | 201 -     | 403 -     | 401
POST   /v1/jobs/batch                        | 200 -     | 200 -     | 200 -     | 403 -     | 401
POST   /v1/schedules/preview                 | 200 -     | 200 -     | 200 -     | 200 -     | 401
GET    /v1/calendars                         | 200 -     | 200 -     | 200 -     | 200 -     | 401
GET    /v1/calendars/{name}                  | 200 -     | 200 -     | 200 -     | 200 -     | 401
PUT    /v1/calendars/{name}                  | 200 -     | 200 -     | 200 -     | 403 -     | 401
DELETE /v1/calendars/{name}                  | 204 -     | 204 -     | 204 -     | 403 -     | 401
GET    /v1/jobs                              | 200 -     | 200 -     | 200 -     | 200 -     | 401
GET    /v1/jobs/{id}                         | 200 200   | 200 200   | 200 404   | 200 404   | 401
GET    /v1/jobs/{id}/executions              | 200 200   | 200 200   | 200 404   | 200 404   | 401
GET    /v1/jobs/{id}/cost                    | 200 200   | 200 200   | 200 404   | 200 404   | 401
GET    /v1/cost                              | 200 -     | 200 -     | 200 -     | 200 -     | 401
GET    /v1/forecast                          | 200 -     | 200 -     | 200 -     | 200 -     | 401
GET    /v1/forecast/minute                   | 200 -     | 200 -     | 200 -     | 200 -     | 401
POST   /v1/forecast/what-if                  | 200 -     | 200 -     | 200 -     | 200 -     | 401
GET    /v1/jobs/{id}/graph                   | 200 200   | 200 200   | 200 404   | 200 404   | 401
GET    /v1/jobs/{id}/occurrences             | 200 200   | 200 200   | 200 404   | 200 404   | 401
GET    /v1/jobs/{id}/occurrences/{fire_time} | 200 200   | 200 200   | 200 404   | 200 404   | 401
GET    /v1/executions/{id}                   | 200 200   | 200 200   | 200 404   | 200 404   | 401
GET    /v1/executions/{id}/result            | 200 200   | 200 200   | 200 404   | 200 404   | 401
POST   /v1/jobs/{id}/diff                    | 200 200   | 200 200   | 200 404   | 200 404   | 401
GET    /v1/jobs/{id}/versions                | 200 200   | 200 200   | 200 404   | 200 404   | 401
GET    /v1/jobs/{id}/versions/{version}      | 200 200   | 200 200   | 200 404   | 200 404   | 401
GET    /v1/dead-letters                      | 200 -     | 200 -     | 200 -     | 200 -     | 401
GET    /v1/dead-letters/{id}                 | 200 200   | 200 200   | 200 404   | 200 404   | 401
GET    /v1/dead-letters/redrives             | 200 -     | 200 -     | 200 -     | 200 -     | 401
GET    /v1/dead-letters/redrives/{id}        | 200 200   | 200 200   | 200 404   | 200 404   | 401
GET    /v1/host-breakers                     | 200 -     | 200 -     | 200 -     | 200 -     | 401
GET    /v1/admin/audit                       | 200 -     | 200 -     | 403 -     | 403 -     | 401
POST   /v1/jobs/{id}/run                     | 202 202   | 202 202   | 202 404   | 403 403   | 401
POST   /v1/jobs/{id}/pause                   | 200 200   | 200 200   | 200 404   | 403 403   | 401
POST   /v1/jobs/{id}/resume                  | 200 200   | 200 200   | 200 404   | 403 403   | 401
POST   /v1/jobs/{id}/skip                    | 200 200   | 200 200   | 200 404   | 403 403   | 401
POST   /v1/jobs/{id}/unskip                  | 200 200   | 200 200   | 200 404   | 403 403   | 401
POST   /v1/executions/{id}/cancel            | 200 200   | 200 200   | 200 404   | 403 403   | 401
POST   /v1/dead-letters/{id}/redrive         | 202 202   | 202 202   | 202 404   | 403 403   | 401
POST   /v1/dead-letters/{id}/discard         | 200 200   | 200 200   | 200 404   | 403 403   | 401
POST   /v1/dead-letters/redrive              | 202 -     | 202 -     | 202 -     | 403 -     | 401
POST   /v1/dead-letters/discard              | 200 -     | 200 -     | 200 -     | 403 -     | 401
POST   /v1/dead-letters/redrives/{id}/cancel | 200 200   | 200 200   | 200 404   | 403 403   | 401
POST   /v1/workers                           | 201 -     | 201 -     | 201 -     | 403 -     | 401
GET    /v1/workers                           | 200 -     | 200 -     | 200 -     | 200 -     | 401
DELETE /v1/workers/{id}                      | 204 404   | 204 404   | 204 404   | 403 403   | 401
POST   /v1/workers/{id}/poll                 | 200 404   | 200 404   | 200 404   | 403 403   | 401
POST   /v1/executions/{id}/heartbeat         | 200 404   | 200 404   | 200 404   | 403 403   | 401
POST   /v1/executions/{id}/complete          | 200 404   | 200 404   | 200 404   | 403 403   | 401
POST   /v1/executions/{id}/fail              | 200 404   | 200 404   | 200 404   | 403 403   | 401
PUT    /v1/jobs/{id}                         | 200 200   | 200 404   | 200 404   | 403 403   | 401
PATCH  /v1/jobs/{id}                         | 200 200   | 200 404   | 200 404   | 403 403   | 401
DELETE /v1/jobs/{id}                         | 204 204   | 204 404   | 204 404   | 403 403   | 401
GET    /v1/admin/users/{user}/plan           | 200 200   | 200 200   | 403 403   | 403 403   | 401
PUT    /v1/admin/users/{user}/plan           | 200 200   | 403 403   | 403 403   | 403 403   | 401
POST   /v1/admin/reconcile                   | 200 -     | 200 -     | 403 -     | 403 -     | 401
GET    /v1/admin/reconciliations             | 200 -     | 200 -     | 403 -     | 403 -     | 401
GET    /v1/admin/pressure                    | 200 -     | 200 -     | 403 -     | 403 -     | 401
GET    /v1/admin/activity                    | 200 -     | 200 -     | 403 -     | 403 -     | 401
POST   /v1/admin/holds                       | 201 -     | 201 -     | 403 -     | 403 -     | 401
GET    /v1/admin/holds                       | 200 -     | 200 -     | 403 -     | 403 -     | 401
GET    /v1/admin/holds/{id}                  | 200 200   | 200 200   | 403 403   | 403 403   | 401
DELETE /v1/admin/holds/{id}                  | 204 204   | 204 204   | 403 403   | 403 403   | 401
POST   /v1/admin/holds/{id}/release          | 200 200   | 200 200   | 403 403   | 403 403   | 401
POST   /v1/admin/holds/{id}/pause            | 200 200   | 200 200   | 403 403   | 403 403   | 401
GET    /job                                  | 200 -     | 200 -     | 200 -     | 200 -     | 401
POST   /job/create                           | 201 -     | 201 -     | 201 -     | 403 -     | 401
PUT    /job/update                           | 200 200   | 200 404   | 200 404   | 403 403   | 401
DELETE /job/{id}                             | 204 204   | 204 404   | 204 404   | 403 403   | 401
";

const TOKEN: &str = "00000000000000ab";

/// About an execution that its worker holds.
const HELD: [&str; 3] = [
    "/v1/executions/{id}/heartbeat",
    "/v1/executions/{id}/complete",
    "/v1/executions/{id}/fail",
];

fn job() -> Value {
    json!({ "name": "n", "job_type": "echo", "schedule": { "kind": "every", "seconds": 3600 } })
}

fn hold() -> Value {
    json!({ "kind": "job_type", "value": "echo", "note": "n" })
}

/// Whether the route is about a thing that exists already.
fn names_a_thing(path: &str) -> bool {
    let kept_apart = ["/v1/calendars/", "/console/"];
    let is_apart = kept_apart.iter().any(|prefix| path.starts_with(prefix));
    (path.contains('{') && !is_apart) || path == "/job/update"
}

fn body(method: &Method, path: &str, id: &str) -> Value {
    match (method.as_str(), path) {
        ("POST", "/v1/jobs") | ("PUT", "/v1/jobs/{id}") => job(),
        ("PATCH", _) | ("POST", "/v1/jobs/{id}/diff") => json!({ "priority": 1 }),
        ("POST", "/v1/workers") => json!({ "name": "w", "works": ["resize-images"] }),
        ("POST", "/v1/workers/{id}/poll") => json!({ "wait_seconds": 0 }),
        ("POST", "/v1/executions/{id}/heartbeat" | "/v1/executions/{id}/complete") => {
            json!({ "claim_token": TOKEN })
        }
        ("POST", "/v1/executions/{id}/fail") => json!({ "claim_token": TOKEN, "detail": "d" }),
        ("PUT", "/v1/calendars/{name}") => json!({ "dates": ["2026-12-25"] }),
        ("POST", "/v1/jobs/{id}/unskip") => json!({ "fire_time": "2026-11-22T12:00:00Z" }),
        ("POST", "/v1/jobs/batch") => json!({ "jobs": [job()] }),
        ("POST", "/v1/admin/reconcile" | "/v1/dead-letters/redrive") => json!({}),
        ("POST", "/v1/dead-letters/{id}/discard" | "/v1/dead-letters/discard") => {
            json!({ "note": "n" })
        }
        ("POST", "/v1/admin/holds") => hold(),
        ("POST", "/v1/admin/holds/{id}/release") => json!({ "per_minute": 60 }),
        ("PUT", "/v1/admin/users/{user}/plan") => json!({ "plan": "pro" }),
        ("POST", "/v1/schedules/preview") => json!({ "schedule": job()["schedule"] }),
        ("POST", "/v1/forecast/what-if") => json!({ "change": { "spread_seconds": 60 } }),
        ("POST", "/job/create") => json!({
            "job_name": "n", "job_type": "echo", "job_schedule_type": "RECURRING",
            "job_schedule": { "minute": 30 },
        }),
        ("PUT", "/job/update") => json!({ "job_id": id, "job_name": "m" }),
        _ => Value::Null,
    }
}

/// The status that `alice` gets, with this role, about a thing of `owner`. Each call meets fresh tables.
async fn status(method: &Method, path: &str, role: Option<Role>, owner: &str) -> StatusCode {
    // With one key: another algorithm's takes longer to read than all that is asked here.
    let bench = Bench::with(identity(&Source::publishing(&[Signer::ed25519()])));
    let created = bench.send_as(owner, Method::POST, "/v1/jobs", job()).await;
    let id = created.body["id"].as_str().unwrap();
    let execution = in_an_hour(id);
    if method == Method::GET && path.starts_with("/v1/executions/{id}") {
        bench.insert(Execution {
            result: Some(large_result(execution)),
            ..Execution::new(execution, ExecutionState::Succeeded, Stamp(1))
        });
    }
    if HELD.contains(&path) {
        bench.insert(held(execution, owner, TOKEN));
    }
    let mut worker = String::new();
    if path.starts_with("/v1/workers/{id}") {
        let request = json!({ "name": "w", "works": ["resize-images"] });
        let registered = bench.send_as(owner, Method::POST, "/v1/workers", request);
        worker.push_str(registered.await.body["id"].as_str().unwrap());
    }
    if path == "/v1/calendars/{name}" {
        let put = bench.send_as(owner, Method::PUT, "/v1/calendars/holidays", json!({}));
        assert_eq!(put.await.status, StatusCode::OK);
    }
    if path.starts_with("/v1/dead-letters/{id}") {
        bench.insert(Execution {
            finished_at: Some(now()),
            ..Execution::new(execution, ExecutionState::Dead, Stamp(1))
        });
    }
    let mut redrive = String::new();
    if path.starts_with("/v1/dead-letters/redrives/") {
        let kept = bench.send_as(owner, Method::POST, "/v1/dead-letters/redrive", json!({}));
        redrive.push_str(kept.await.body["redrive"]["id"].as_str().unwrap());
    }
    let mut placed = String::new();
    if path.starts_with("/v1/admin/holds/") {
        let operator = token(owner, "operator");
        let hold = bench.send_with(&operator, Method::POST, "/v1/admin/holds", hold());
        placed.push_str(hold.await.body["id"].as_str().unwrap());
    }
    let body = body(method, path, id);
    let path = match path {
        path if path.starts_with("/v1/dead-letters/redrives/") => path.replace("{id}", &redrive),
        path if path.starts_with("/v1/admin/holds/") => path.replace("{id}", &placed),
        path if path.starts_with("/v1/dead-letters/") => {
            path.replace("{id}", &execution.to_string())
        }
        path if path.starts_with("/v1/executions/") => path.replace("{id}", &execution.to_string()),
        path if path.starts_with("/v1/workers/{id}") => path.replace("{id}", &worker),
        path => path
            .replace("{id}", id)
            .replace("{job_id}", id)
            .replace("{name}", "holidays")
            .replace("{user}", owner)
            .replace("{version}", "1")
            .replace("{fire_time}", "2026-11-21T13:00:00Z"),
    };
    let answer = if let Some(role) = role {
        let token = token("alice", role.name());
        bench.send_with(&token, method.clone(), &path, body).await
    } else {
        let request = Request::builder().method(method).uri(&path);
        bench.call(request.body(Body::empty()).unwrap()).await
    };
    answer.status
}

#[tokio::test]
async fn every_role_may_do_what_the_matrix_says_and_nothing_else() {
    let names = Role::ALL
        .map(|role| format!("{:<9}", role.name()))
        .join(" | ");
    let mut found = format!("\n{:<44} | {names} | no token\n", "route");
    for row in TABLE {
        write!(found, "{:<6} {:<37}", row.method.as_str(), row.path).unwrap();
        for role in Role::ALL {
            let own = status(&row.method, row.path, Some(role), "alice").await;
            let cell = if names_a_thing(row.path) {
                let anothers = status(&row.method, row.path, Some(role), "bob").await;
                format!("{} {}", own.as_u16(), anothers.as_u16())
            } else {
                format!("{} -", own.as_u16())
            };
            write!(found, " | {cell:<9}").unwrap();
        }
        let stranger = status(&row.method, row.path, None, "alice").await;
        writeln!(found, " | {}", stranger.as_u16()).unwrap();
    }
    println!("{found}");
    let differ: Vec<_> = found
        .lines()
        .zip(MATRIX.lines())
        .filter(|(is, ought)| is != ought)
        .collect();
    assert_eq!(differ, []);
    assert_eq!(found, MATRIX);
}

/// Every path that the source gives to a router.
fn paths_in(folder: &Path, paths: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_dir() {
            paths_in(&entry, paths);
        } else {
            let text = std::fs::read_to_string(&entry).unwrap();
            assert!(!text.contains(".nest("), "its paths would be missed");
            for after in text.split(".route(").skip(1) {
                let path = after.trim_start().strip_prefix('"');
                let path = path.and_then(|path| path.split('"').next());
                paths.insert(path.unwrap().to_owned());
            }
        }
    }
}

#[tokio::test]
async fn the_table_and_the_router_have_the_same_routes() {
    let mut paths = BTreeSet::new();
    paths_in(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut paths,
    );
    let bench = Bench::new();
    let token = token("alice", "admin");
    let mut served = BTreeSet::new();
    for path in &paths {
        for method in [
            "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
        ] {
            let concrete = path.replace(['{', '}'], "");
            let method: Method = method.parse().unwrap();
            let answer = bench
                .send_with(&token, method.clone(), &concrete, Value::Null)
                .await;
            if answer.status != StatusCode::METHOD_NOT_ALLOWED {
                served.insert((method.to_string(), path.clone()));
            }
        }
    }
    let rows = TABLE
        .iter()
        .map(|row| (row.method.to_string(), row.path.to_owned()));
    let rows: Vec<_> = rows.collect();
    let listed: BTreeSet<_> = rows.iter().cloned().collect();
    assert_eq!(rows.len(), listed.len(), "a route is listed once");
    assert_eq!(served, listed);
}

#[tokio::test]
async fn a_head_request_opens_no_more_than_its_get() {
    let bench = Bench::new();
    let request = Request::head("/v1/jobs").body(Body::empty()).unwrap();
    assert_eq!(bench.call(request).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        access(&Method::HEAD, "/v1/jobs"),
        access(&Method::GET, "/v1/jobs")
    );
}

#[test]
fn what_is_not_in_the_table_is_nobodys() {
    assert_eq!(access(&Method::POST, "/healthz"), None);
    assert_eq!(access(&Method::GET, "/v1/jobs/"), None);
    assert_eq!(access(&Method::GET, "/v1/admin/anything"), None);
    let public = TABLE.iter().filter(|row| row.access == Access::Public);
    let public: Vec<_> = public.map(|row| row.path).collect();
    let console = ["/", "/console", "/console/", "/console/{*path}"];
    assert_eq!(
        public,
        [&["/healthz", "/openapi.json"], &console[..]].concat()
    );
}
