//! Attacks on the way in: each is answered 401 with a challenge, or 403, and nothing is read or written for it.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

use crate::support::issuer::{AUDIENCE, ISSUER, Signer, Source, claims, encoded, identity, token};
use crate::support::{Answer, Bench, now};

/// Lists jobs with a header of this value.
async fn authorized(bench: &Bench, value: &str) -> Answer {
    let request = Request::get("/v1/jobs").header("authorization", value);
    bench.call(request.body(Body::empty()).unwrap()).await
}

async fn assert_refused(bench: &Bench, token: &str, because: &str) {
    let answer = authorized(bench, &format!("Bearer {token}")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{because}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let challenge = answer.header("www-authenticate");
    let expected = format!("Bearer error=\"invalid_token\", error_description=\"{because}\"");
    assert_eq!(challenge, expected);
    assert_eq!(answer.body["detail"], because);
}

async fn assert_accepted(bench: &Bench, token: &str) {
    let answer = authorized(bench, &format!("Bearer {token}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

/// The claims of `alice`, a user, changed.
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims("alice", "user");
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims("alice", "user");
    claims.as_object_mut().unwrap().remove(name);
    claims
}

#[tokio::test]
async fn a_token_of_each_algorithm_is_accepted() {
    let bench = Bench::new();
    for signer in [Signer::ed25519(), Signer::p256(), Signer::rsa()] {
        assert_accepted(&bench, &signer.token(&claims("alice", "user"))).await;
    }
    let several = with("aud", json!(["another", AUDIENCE]));
    assert_accepted(&bench, &Signer::rsa().token(&several)).await;
    let lower_case = format!("bearer {}", token("alice", "user"));
    assert_eq!(authorized(&bench, &lower_case).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_without_a_bearer_token_is_told_which_scheme_to_use() {
    let bench = Bench::new();
    let token = token("alice", "user");
    let basic = "Basic YWxpY2U6cGFzc3dvcmQ=".to_owned();
    for header in [None, Some(basic), Some(token.clone()), Some(String::new())] {
        let mut request = Request::get("/v1/jobs");
        if let Some(value) = &header {
            request = request.header("authorization", value);
        }
        let answer = bench.call(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{header:?}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn a_token_counts_in_one_header_only() {
    let bench = Bench::new();
    let token = token("alice", "user");
    let query = Request::get(format!("/v1/jobs?access_token={token}"));
    let old = Request::get("/v1/jobs").header("x-punctual-user", "alice");
    let cookie = Request::get("/v1/jobs").header("cookie", format!("access_token={token}"));
    let forwarded = Request::get("/v1/jobs").header("x-authorization", format!("Bearer {token}"));
    for request in [query, old, cookie, forwarded] {
        let answer = bench.call(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let twice = Request::get("/v1/jobs")
        .header("authorization", format!("Bearer {token}"))
        .header("authorization", format!("Bearer {token}"));
    let answer = bench.call(twice.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(
        answer
            .header("www-authenticate")
            .contains("invalid_request")
    );
}

#[tokio::test]
async fn an_unsigned_token_is_refused() {
    let bench = Bench::new();
    let payload = encoded(claims("alice", "admin").to_string());
    for alg in ["none", "None", "NONE", ""] {
        let header = encoded(json!({ "alg": alg, "kid": "ed" }).to_string());
        let unsigned = format!("{header}.{payload}.");
        assert_refused(&bench, &unsigned, "the algorithm is not accepted").await;
    }
    let signed = token("alice", "admin");
    let cut = &signed[..=signed.rfind('.').unwrap()];
    assert_refused(&bench, cut, "the signature does not verify").await;
}

#[tokio::test]
async fn the_public_key_is_no_secret_to_sign_with() {
    let bench = Bench::new();
    for signer in [Signer::ed25519(), Signer::p256(), Signer::rsa()] {
        let jwk = signer.jwk();
        for public in [jwk.to_string(), jwk["x"].to_string(), jwk["n"].to_string()] {
            let header = json!({ "alg": "HS256", "typ": "JWT", "kid": signer.kid });
            let payload = claims("alice", "admin").to_string();
            let message = format!("{}.{}", encoded(header.to_string()), encoded(payload));
            let secret = EncodingKey::from_secret(public.as_bytes());
            let signature = crypto::sign(message.as_bytes(), &secret, Algorithm::HS256).unwrap();
            let forged = format!("{message}.{signature}");
            assert_refused(&bench, &forged, "the algorithm is not accepted").await;
        }
    }
}

#[tokio::test]
async fn a_key_serves_its_own_algorithm_alone() {
    let bench = Bench::new();
    let signers = [Signer::ed25519(), Signer::p256(), Signer::rsa()];
    for signer in &signers {
        for other in &signers {
            if signer.kid != other.kid {
                let header = json!({ "alg": signer.algorithm, "kid": other.kid }).to_string();
                let token = signer.sign(&header, &claims("alice", "admin").to_string());
                assert_refused(&bench, &token, "the key is of another algorithm").await;
            }
        }
    }
    for alg in [
        "RS384", "RS512", "PS256", "ES384", "HS256", "Ed25519", "rs256",
    ] {
        let header = json!({ "alg": alg, "kid": "rsa" }).to_string();
        let token = Signer::rsa().sign(&header, &claims("alice", "admin").to_string());
        assert_refused(&bench, &token, "the algorithm is not accepted").await;
    }
}

#[tokio::test]
async fn a_token_cannot_bring_its_own_key() {
    let bench = Bench::new();
    let stranger = Signer::ed25519_of("ed", [8; 32]);
    let token = stranger.token(&claims("alice", "admin"));
    assert_refused(&bench, &token, "the signature does not verify").await;
    let mut header = stranger.header();
    header["jwk"] = stranger.jwk();
    header["jku"] = json!("https://attacker.example/jwks.json");
    let token = stranger.sign(&header.to_string(), &claims("alice", "admin").to_string());
    assert_refused(&bench, &token, "the signature does not verify").await;
    let unknown = Signer::ed25519_of("made-up", [7; 32]);
    let token = unknown.token(&claims("alice", "admin"));
    assert_refused(&bench, &token, "the token's key is not known").await;
    for kid in [
        Value::Null,
        json!(""),
        json!(7),
        json!(["ed"]),
        json!("k".repeat(257)),
    ] {
        let mut header = Signer::ed25519().header();
        header["kid"] = kid;
        let token = Signer::ed25519().sign(&header.to_string(), &claims("a", "user").to_string());
        assert_refused(&bench, &token, "the token does not name its key").await;
    }
}

#[tokio::test]
async fn what_was_signed_cannot_be_changed() {
    let bench = Bench::new();
    for signer in [Signer::ed25519(), Signer::p256(), Signer::rsa()] {
        let genuine = signer.token(&claims("alice", "user"));
        let parts: Vec<_> = genuine.split('.').collect();
        let payload = encoded(claims("alice", "admin").to_string());
        let tampered = format!("{}.{payload}.{}", parts[0], parts[2]);
        assert_refused(&bench, &tampered, "the signature does not verify").await;
        let mut header = signer.header();
        header["typ"] = json!("at+jwt");
        let header = encoded(header.to_string());
        let tampered = format!("{header}.{}.{}", parts[1], parts[2]);
        assert_refused(&bench, &tampered, "the signature does not verify").await;
    }
}

#[tokio::test]
async fn not_one_character_of_a_token_can_be_another() {
    let bench = Bench::new();
    let genuine = token("alice", "user");
    for at in 0..genuine.len() {
        for other in ["A", "B", "-", "=", ".", " "] {
            let mut changed = genuine.clone();
            changed.replace_range(at..=at, other);
            if changed != genuine {
                let answer = authorized(&bench, &format!("Bearer {changed}")).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{at}: {changed}");
            }
        }
    }
}

#[tokio::test]
async fn a_token_of_another_issuer_audience_or_time_is_refused() {
    let bench = Bench::new();
    let now = now().timestamp();
    for (claims, because) in [
        (
            with("iss", json!("https://other.example")),
            "the token is another issuer's",
        ),
        (
            with("iss", json!([ISSUER])),
            "the token is another issuer's",
        ),
        (without("iss"), "the token is another issuer's"),
        (
            with("aud", json!("another")),
            "the token is for another audience",
        ),
        (with("aud", json!([])), "the token is for another audience"),
        (without("aud"), "the token is for another audience"),
        (with("exp", json!(now - 31)), "the token has expired"),
        (
            with("exp", json!((now + 60).to_string())),
            "exp, nbf and iat must be numbers",
        ),
        (without("exp"), "the token has no exp"),
        (with("nbf", json!(now + 31)), "the token is not valid yet"),
        (with("iat", json!(now + 31)), "the token is not valid yet"),
        (
            without("sub"),
            "sub must be 1 to 128 visible ASCII characters",
        ),
        (
            with("sub", json!(["alice"])),
            "sub must be 1 to 128 visible ASCII characters",
        ),
        (
            with("sub", json!("two words")),
            "sub must be 1 to 128 visible ASCII characters",
        ),
    ] {
        assert_refused(&bench, &Signer::ed25519().token(&claims), because).await;
    }
}

#[tokio::test]
async fn a_token_of_another_type_is_refused() {
    let bench = Bench::new();
    let signer = Signer::ed25519();
    let claims = claims("alice", "user").to_string();
    for (field, value) in [
        ("typ", json!("logout+jwt")),
        ("typ", json!("dpop+jwt")),
        ("typ", json!(["JWT"])),
        ("crit", json!(["b64"])),
        ("crit", json!([])),
    ] {
        let mut header = signer.header();
        header[field] = value;
        let token = signer.sign(&header.to_string(), &claims);
        assert_refused(&bench, &token, "the token is not of an accepted type").await;
    }
    for typ in ["JWT", "jwt", "at+jwt", "application/at+jwt"] {
        let mut header = signer.header();
        header["typ"] = json!(typ);
        assert_accepted(&bench, &signer.sign(&header.to_string(), &claims)).await;
    }
}

#[tokio::test]
async fn a_claim_that_is_said_twice_is_refused() {
    let bench = Bench::new();
    let signer = Signer::ed25519();
    let header = signer.header().to_string();
    let whole = claims("alice", "user").to_string();
    let (open, rest) = whole.split_at(1);
    for (first, last) in [
        (r#""punctual_role":"admin","#, ""),
        ("", r#","punctual_role":"admin""#),
        (r#""sub":"bob","#, ""),
        (r#""x":{"a":1,"a":2},"#, ""),
    ] {
        let body = rest.strip_suffix('}').unwrap();
        let twice = format!("{open}{first}{body}{last}}}");
        let token = signer.sign(&header, &twice);
        assert_refused(&bench, &token, "the claims cannot be read").await;
    }
    let twice = header.replacen('{', r#"{"alg":"none","#, 1);
    let token = signer.sign(&twice, &whole);
    assert_refused(&bench, &token, "the token is not a signed JWT").await;
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let bench = Bench::new();
    let genuine = token("alice", "user");
    let padded = genuine.replacen('.', "=.", 1);
    let extra = format!("{genuine}.x");
    for garbage in [
        "x",
        ".",
        "..",
        "...",
        "a.b.c",
        "{}",
        "e30.e30.e30.e30.e30",
        &padded,
        &extra,
    ] {
        assert_refused(&bench, garbage, "the token is not a signed JWT").await;
    }
    let long = format!("{genuine}{}", "A".repeat(8 * 1024));
    assert_refused(&bench, &long, "the token is longer than 8 KB").await;
    let request = Request::get("/v1/jobs").header("authorization", b"Bearer \xff\xfe".as_slice());
    let answer = bench.call(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_role_of_another_form_is_no_role() {
    let bench = Bench::new();
    for role in [
        json!(["admin"]),
        json!([["admin"]]),
        json!({ "admin": true }),
        json!({ "role": "admin" }),
        json!("Admin"),
        json!("admin "),
        json!("admin,user"),
        json!("root"),
        json!(""),
        json!(null),
        json!(true),
    ] {
        let token = Signer::ed25519().token(&with("punctual_role", role.clone()));
        for (method, path) in [(Method::GET, "/v1/jobs"), (Method::POST, "/v1/jobs")] {
            let answer = bench.send_with(&token, method, path, json!({})).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role}");
            assert_eq!(answer.body["type"], "/problems/forbidden");
        }
    }
    let mut elsewhere = without("punctual_role");
    elsewhere["role"] = json!("admin");
    elsewhere["realm_access"] = json!({ "punctual_role": "admin" });
    let token = Signer::ed25519().token(&elsewhere);
    let answer = bench
        .send_with(&token, Method::GET, "/v1/jobs", Value::Null)
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(bench.writes(), 0);
}

#[tokio::test]
async fn while_no_keys_can_be_had_nobody_is_let_in_and_nobody_is_called_a_liar() {
    let source = Source::publishing(&[]);
    source.go_down();
    let bench = Bench::with(identity(&source));
    let answer = bench.send(Method::GET, "/v1/jobs", Value::Null).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers.contains_key("retry-after"));
    let health = Request::get("/healthz").body(Body::empty()).unwrap();
    assert_eq!(bench.call(health).await.status, StatusCode::OK);
}

#[tokio::test]
async fn another_users_thing_is_answered_byte_for_byte_like_a_missing_one() {
    let bench = Bench::new();
    let job = bench
        .created(json!({
            "name": "n", "job_type": "echo", "schedule": { "kind": "every", "seconds": 60 },
        }))
        .await;
    let job = job.rsplit('/').next().unwrap();
    let execution = crate::support::in_an_hour(job).to_string();
    let missing = "00000000-0000-4000-8000-000000000000";
    for (method, path) in [
        (Method::GET, "/v1/jobs/{}"),
        (Method::DELETE, "/v1/jobs/{}"),
        (Method::POST, "/v1/jobs/{}/run"),
        (Method::GET, "/v1/jobs/{}/executions"),
        (Method::DELETE, "/job/{}"),
        (Method::GET, "/v1/executions/{}"),
        (Method::POST, "/v1/executions/{}/cancel"),
    ] {
        let mut answers = Vec::new();
        for id in [job, missing] {
            let id = if path.contains("executions/{}") {
                execution.replace(job, id)
            } else {
                id.to_owned()
            };
            let path = path.replace("{}", &id);
            answers.push(
                bench
                    .send_as("mallory", method.clone(), &path, Value::Null)
                    .await,
            );
        }
        let [theirs, none] = &answers[..] else {
            unreachable!()
        };
        assert_eq!(theirs.status, StatusCode::NOT_FOUND, "{method} {path}");
        assert_eq!(theirs.headers, none.headers, "{method} {path}");
        assert_eq!(theirs.bytes, none.bytes, "{method} {path}");
    }
}
