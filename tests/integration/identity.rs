//! Tokens over the network: made by one process, verified by another with keys that it fetched.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use punctual::domain;
use punctual_local::Function;
use punctual_tests::{Sandbox, binary, eventually};
use tokio::process::Command;

/// What `punctual-local token` prints.
async fn printed_token(data_dir: &Path, role: &str) -> String {
    let output = Command::new(binary("punctual-local"))
        .args(["token", "--user", "alice", "--role", role, "--data-dir"])
        .arg(data_dir)
        .output()
        .await
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn a_token_from_the_command_line_opens_the_api_of_the_same_folder_and_no_other() {
    let sandbox = Sandbox::new().await;
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let token = printed_token(ours.path(), "user").await;
    let foreign = printed_token(theirs.path(), "admin").await;
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let (port, data_dir) = (port.to_string(), ours.path().to_str().unwrap());
    let _api = sandbox.spawn_with("api", &["--port", &port, "--data-dir", data_dir]);
    let client = punctual::edge::http_client().unwrap();
    let url = format!("http://127.0.0.1:{port}/v1/jobs");
    let get = |token: String| client.get(&url).bearer_auth(token).send();
    let answer = eventually("the API answers", || async {
        get(token.clone()).await.ok()
    })
    .await;
    assert_eq!(answer.status(), 200);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (_, other_signature) = foreign.rsplit_once('.').unwrap();
    for forged in [
        foreign.clone(),
        format!("{signed}.{other_signature}"),
        format!("{signed}."),
        format!("{signed}.{}", signature.to_lowercase()),
    ] {
        let answer = get(forged).await.unwrap();
        assert_eq!(answer.status(), 401);
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
        assert!(
            challenge.starts_with("Bearer error=\"invalid_token\""),
            "{challenge}"
        );
    }
}

#[tokio::test]
async fn one_systems_token_is_worth_nothing_to_another() {
    let mut one = Sandbox::new().await;
    let _one = one.host(&[Function::Api]).await;
    let other = Sandbox::new().await;
    for (token, status) in [
        (one.token("alice", domain::Role::Viewer), 200),
        (other.token("alice", domain::Role::Admin), 401),
    ] {
        let headers = [("authorization", token.as_str())];
        let (found, answer) = one.call_with("GET", "/v1/jobs", None, &headers).await;
        assert_eq!(found, status, "{answer}");
    }
}
