//! Behind API Gateway: its authoriser's claims name the caller, and nothing that a caller can write.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use lambda_http::request::RequestContext;
use punctual_api::identity::{DEFAULT_ROLE_CLAIM, Identity};
use serde_json::{Value, json};

use crate::support::issuer::token;
use crate::support::{Answer, Bench};

fn bench() -> Bench {
    Bench::with(Identity::Gateway {
        role_claim: DEFAULT_ROLE_CLAIM.to_owned(),
    })
}

/// Lists jobs as the gateway would hand it over, with this `authorizer` in its event.
async fn through_gateway(bench: &Bench, authorizer: Value) -> Answer {
    let mut context = json!({
        "accountId": "123456789012", "apiId": "a", "requestId": "r", "routeKey": "$default",
        "stage": "$default", "timeEpoch": 0,
        "http": { "method": "GET", "path": "/v1/jobs", "protocol": "HTTP/1.1" },
    });
    if !authorizer.is_null() {
        context["authorizer"] = authorizer;
    }
    let context = RequestContext::ApiGatewayV2(serde_json::from_value(context).unwrap());
    let request = Request::get("/v1/jobs")
        .extension(context)
        .header(
            "authorization",
            format!("Bearer {}", token("mallory", "admin")),
        )
        .header("x-punctual-user", "mallory");
    bench.call(request.body(Body::empty()).unwrap()).await
}

fn claims(claims: Value) -> Value {
    json!({ "jwt": { "claims": claims, "scopes": null } })
}

#[tokio::test]
async fn the_authorisers_claims_name_the_caller() {
    let bench = bench();
    let verified = claims(json!({ "sub": "alice", "punctual_role": "viewer", "aud": "[a b]" }));
    let answer = through_gateway(&bench, verified).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_header_names_nobody_behind_the_gateway() {
    let bench = bench();
    for authorizer in [
        Value::Null,
        json!({}),
        json!({ "iam": { "userId": "alice" } }),
        json!({ "lambda": { "sub": "alice", "punctual_role": "admin" } }),
        claims(json!({})),
        claims(json!({ "punctual_role": "admin" })),
    ] {
        let answer = through_gateway(&bench, authorizer.clone()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{authorizer}");
        assert!(answer.headers.contains_key("www-authenticate"));
    }
    let direct = Request::get("/v1/jobs").header(
        "authorization",
        format!("Bearer {}", token("alice", "admin")),
    );
    let answer = bench.call(direct.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_claim_that_was_an_array_or_an_object_gives_no_role_and_no_name() {
    let bench = bench();
    for role in [
        "[admin]",
        "[admin user]",
        "map[admin:true]",
        "admin ",
        "Admin",
        "",
        "<nil>",
    ] {
        let answer = claims(json!({ "sub": "alice", "punctual_role": role }));
        let answer = through_gateway(&bench, answer).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role}");
    }
    for sub in ["[alice]", "[alice bob]", "map[name:alice]", "two words", ""] {
        let answer = claims(json!({ "sub": sub, "punctual_role": "user" }));
        let answer = through_gateway(&bench, answer).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{sub}");
    }
}

#[tokio::test]
async fn the_gateways_word_counts_for_nothing_where_tokens_are_verified_here() {
    let bench = Bench::new();
    let context = claims(json!({ "sub": "alice", "punctual_role": "admin" }));
    let context = json!({ "authorizer": context, "http": { "method": "GET" }, "timeEpoch": 0 });
    let context = RequestContext::ApiGatewayV2(serde_json::from_value(context).unwrap());
    let request = Request::get("/v1/jobs").extension(context);
    let answer = bench.call(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}
