//! The same calls, made at random, to this stand-in in process and to another one over the network: both must answer the
//! same. Run it by `tests/with-stand-in`. What the other one is known to get wrong is not asked of it.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod calls;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use calls::{Call, Outcome, any_call};
use proptest::prelude::*;
use proptest::test_runner::Config;
use punctual::aws::{Clients, Endpoint};
use punctual::edge::SystemClock;
use punctual::port::Clock;
use punctual_stand_in::Cloud;
use punctual_stand_in::wire::{Direct, http_client};

fn clients() -> (Client, Client) {
    let endpoint = std::env::var("PUNCTUAL_TEST_ENDPOINT")
        .expect("PUNCTUAL_TEST_ENDPOINT is not set: run this by tests/with-stand-in, or make test");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let other = runtime.block_on(Clients::new(Some(&Endpoint(endpoint))));
    let cloud = Arc::new(Mutex::new(Cloud::new("http://stand-in")));
    let own = Clients::over(http_client(Direct::new(cloud, || SystemClock.now())));
    (own.dynamodb, other.dynamodb)
}

async fn outcomes(client: &Client, table: &str, calls: &[Call]) -> Vec<Outcome> {
    calls::create_table(client, table).await;
    let mut outcomes = Vec::new();
    for call in calls {
        outcomes.push(call.make(client, table).await);
    }
    outcomes
}

static TABLES: AtomicU32 = AtomicU32::new(0);

proptest! {
    #![proptest_config(Config { cases: 24, failure_persistence: None, ..Config::default() })]

    #[test]
    fn both_stand_ins_answer_the_same(calls in prop::collection::vec(any_call(), 1..60)) {
        // The SDK keeps connections, which belong to a runtime: each case has both of its own.
        let (own, other) = clients();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let table = format!("d{}-{}", std::process::id(), TABLES.fetch_add(1, Ordering::Relaxed));
        let ours = runtime.block_on(outcomes(&own, &table, &calls));
        let theirs = runtime.block_on(outcomes(&other, &table, &calls));
        let pairs: BTreeMap<usize, _> = ours.into_iter().zip(theirs).enumerate().collect();
        for (index, (ours, theirs)) in pairs {
            prop_assert_eq!(ours, theirs, "call {}: {:?}", index, calls[index]);
        }
    }
}
