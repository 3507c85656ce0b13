//! The issuer's keys over time: rotated, taken back, asked for seldom, and kept while the issuer is down.

use std::net::Ipv4Addr;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use chrono::TimeDelta;
use punctual::edge::http_client;
use punctual_api::identity::{
    HttpKeySource, KeySource, Keys, REFRESH, RETRY, Refusal, STALE_LIMIT,
};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::issuer::{Signer, Source};
use crate::support::now;

const UNKNOWN: Refusal = Refusal::Invalid("the token's key is not known");

async fn refusal(keys: &Keys, id: &str, after: TimeDelta) -> Option<Refusal> {
    keys.get(id, now() + after).await.err()
}

#[tokio::test]
async fn the_issuer_is_asked_when_the_first_token_comes_and_then_not_for_a_while() {
    let source = Source::publishing(&[Signer::ed25519()]);
    let keys = Keys::of(source.clone());
    assert_eq!(source.asked(), 0);
    for after in [TimeDelta::zero(), REFRESH - TimeDelta::seconds(1)] {
        assert_eq!(refusal(&keys, "ed", after).await, None);
    }
    assert_eq!(source.asked(), 1);
    assert_eq!(refusal(&keys, "ed", REFRESH).await, None);
    assert_eq!(source.asked(), 2);
}

#[tokio::test]
async fn a_flood_of_made_up_key_ids_asks_the_issuer_once_in_half_a_minute() {
    let source = Source::publishing(&[Signer::ed25519()]);
    let keys = Keys::of(source.clone());
    for second in 0..60 {
        for made_up in 0..10 {
            let id = format!("{second}-{made_up}");
            let after = TimeDelta::seconds(second);
            assert_eq!(refusal(&keys, &id, after).await, Some(UNKNOWN));
        }
    }
    assert_eq!(source.asked(), 2);
}

#[tokio::test]
async fn requests_at_one_time_ask_the_issuer_once() {
    let source = Source::publishing(&[Signer::ed25519()]);
    let keys = Keys::of(source.clone());
    let (one, two, three) = tokio::join!(
        refusal(&keys, "ed", TimeDelta::zero()),
        refusal(&keys, "ed", TimeDelta::zero()),
        refusal(&keys, "made up", TimeDelta::zero()),
    );
    assert_eq!((one, two, three), (None, None, Some(UNKNOWN)));
    assert_eq!(source.asked(), 1);
}

#[tokio::test]
async fn a_new_key_serves_from_its_first_token_and_one_taken_back_stops() {
    let source = Source::publishing(&[Signer::ed25519()]);
    let keys = Keys::of(source.clone());
    assert_eq!(refusal(&keys, "ed", TimeDelta::zero()).await, None);
    source.publish(&[Signer::p256()]);
    assert_eq!(
        refusal(&keys, "ed", RETRY).await,
        None,
        "not asked again yet"
    );
    assert_eq!(refusal(&keys, "ec", RETRY).await, None);
    assert_eq!(refusal(&keys, "ed", RETRY).await, Some(UNKNOWN));
    assert_eq!(source.asked(), 2);
}

#[tokio::test]
async fn keys_outlive_a_silent_issuer_but_not_for_ever() {
    let source = Source::publishing(&[Signer::ed25519()]);
    let keys = Keys::of(source.clone());
    assert_eq!(refusal(&keys, "ed", TimeDelta::zero()).await, None);
    source.go_down();
    assert_eq!(refusal(&keys, "ed", REFRESH).await, None);
    assert_eq!(refusal(&keys, "ed", STALE_LIMIT).await, None);
    let over = STALE_LIMIT + TimeDelta::minutes(1);
    assert_eq!(refusal(&keys, "ed", over).await, Some(Refusal::NoKeys));
    source.publish(&[Signer::ed25519()]);
    assert_eq!(
        refusal(&keys, "ed", over + TimeDelta::seconds(29)).await,
        Some(Refusal::NoKeys),
        "the issuer is not pressed"
    );
    assert_eq!(refusal(&keys, "ed", over + RETRY).await, None);
}

#[tokio::test]
async fn a_clock_that_was_put_back_does_not_silence_the_issuer() {
    let source = Source::publishing(&[Signer::ed25519()]);
    let keys = Keys::of(source.clone());
    assert_eq!(refusal(&keys, "ed", TimeDelta::hours(3)).await, None);
    assert_eq!(refusal(&keys, "ed", TimeDelta::zero()).await, None);
    assert_eq!(source.asked(), 2);
}

#[tokio::test]
async fn a_key_set_is_taken_from_one_short_answer_and_from_nowhere_else() {
    let set = json!({ "keys": [Signer::ed25519().jwk()] }).to_string();
    let padded = format!("{set}{}", " ".repeat(64 * 1024));
    let whole = set.clone();
    let router = Router::new()
        .route("/keys", get(async || whole))
        .route("/long", get(async || padded))
        .route("/moved", get(async || Redirect::temporary("/keys")))
        .route(
            "/failed",
            get(async || (StatusCode::BAD_GATEWAY, set).into_response()),
        )
        .route("/page", get(async || "<html>"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = http_client().unwrap();
    for (path, taken) in [
        ("keys", true),
        ("long", false),
        ("moved", false),
        ("failed", false),
        ("page", false),
        ("missing", false),
    ] {
        let source = HttpKeySource::new(client.clone(), format!("http://{address}/{path}"));
        assert_eq!(source.fetch().await.is_ok(), taken, "{path}");
    }
    let closed = HttpKeySource::new(client, "http://127.0.0.1:9/keys".to_owned());
    assert!(closed.fetch().await.is_err());
}
