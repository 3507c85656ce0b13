//! A router over tables in memory, and requests to it. The tables count their writes, so that a test can say "none".

mod calendars;
mod deferred;
mod edges;
mod holds;
pub mod issuer;
mod letters;
mod pull;
mod reported;
mod tables;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{
    DeadLetter, Execution, ExecutionId, ExecutionState, JobId, PerBand, Perimeter, ResultKey,
    Stamp, StoredResult, Tier, Tiers, UserId, Whole,
};
use punctual::jobtype::{Doors, Registry};
use punctual::outbound::Outbound;
use punctual::port::{Clock, NoSecrets, PortResult, Results};
use punctual::usecase::{ActivityWatch, Admission, HoldWatch, Ports, PressureWatch};
use punctual_api::identity::Identity;
use punctual_api::{Api, router};
use serde_json::{Value, json};
use tower::ServiceExt;

use issuer::{Signer, Source};
use reported::Reported;
pub use tables::{FixedClock, NoQueues, Sequence, Tables};

type TestWorld = Ports<Tables, NoQueues, FixedClock, Sequence, NoSecrets, Links, Reported>;

/// Links to results that nobody follows.
pub struct Links;

impl Results for Links {
    async fn put_result(&self, _: &ResultKey, _: Whole<'_>) -> PortResult<()> {
        unimplemented!("the API makes no attempts")
    }

    async fn link_to_result(&self, key: &ResultKey) -> PortResult<String> {
        Ok(format!("https://results.example/{}", key.as_str()))
    }
}

/// What a record says of a result that it has no room for.
pub fn large_result(execution: ExecutionId) -> StoredResult {
    StoredResult {
        bytes: 2_000,
        content_type: "text/plain".to_owned(),
        key: ResultKey::new(&UserId::new("alice").unwrap(), execution, 1),
        cut: false,
    }
}

/// The API of one test.
pub struct Bench {
    router: Router,
    api: Arc<Api<TestWorld>>,
}

/// An answer, read whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
    /// The body as it was sent.
    pub bytes: Vec<u8>,
}

pub const NOW: &str = "2026-11-21T12:00:00.250Z";

pub fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

impl Bench {
    /// Its callers show tokens of [`issuer`]. Whoever is given no plan has the greatest.
    pub fn new() -> Self {
        let keys = [Signer::ed25519(), Signer::p256(), Signer::rsa()];
        Self::with(issuer::identity(&Source::publishing(&keys)))
    }

    pub fn with(identity: Identity) -> Self {
        let plans = Tiers {
            unassigned: Tier::Enterprise,
            ..Tiers::default()
        };
        Self::made(identity, plans)
    }

    /// Its users have these plans.
    pub fn rationed(plans: Tiers) -> Self {
        let keys = [Signer::ed25519()];
        Self::made(issuer::identity(&Source::publishing(&keys)), plans)
    }

    fn made(identity: Identity, plans: Tiers) -> Self {
        let api = Arc::new(Api {
            world: Ports {
                store: Tables::default(),
                queues: NoQueues,
                clock: FixedClock::at(now()),
                entropy: Sequence::default(),
                secrets: NoSecrets,
                results: Links,
                activity: Reported::default(),
            },
            registry: Registry::standard(Doors::closed(
                Outbound::within(Perimeter::public()).unwrap(),
            )),
            identity,
            admission: Admission::by(plans),
            pressure: PressureWatch::default(),
            holds: HoldWatch::default(),
            activity: ActivityWatch::default(),
            places: PerBand::of(|_| 10),
        });
        Self {
            router: router(Arc::clone(&api)),
            api,
        }
    }

    pub fn writes(&self) -> usize {
        self.api.world.store.writes()
    }

    pub fn store(&self) -> &Tables {
        &self.api.world.store
    }

    pub fn reported(&self) -> &Reported {
        &self.api.world.activity
    }

    /// The present time, which goes on only as it is told to.
    pub fn now(&self) -> DateTime<Utc> {
        self.api.world.clock.now()
    }

    /// Lets time go on.
    pub fn advance(&self, by: TimeDelta) {
        self.api.world.clock.advance(by);
    }

    pub fn insert(&self, execution: Execution) {
        self.api.world.store.insert(execution);
    }

    pub fn index(&self, letter: DeadLetter) {
        self.api.world.store.letters.add(letter);
    }

    /// Stores an execution that is offered, with its offer.
    pub fn offer(&self, execution: &Execution) {
        self.insert(execution.clone());
        self.api.world.store.pull.offer(execution);
    }

    /// Sends a request as `alice`, a user.
    pub async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        self.send_as("alice", method, path, body).await
    }

    pub async fn send_as(&self, user: &str, method: Method, path: &str, body: Value) -> Answer {
        self.send_with(&issuer::token(user, "user"), method, path, body)
            .await
    }

    pub async fn send_with(&self, token: &str, method: Method, path: &str, body: Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(match body {
                Value::Null => Body::empty(),
                body => Body::from(body.to_string()),
            });
        self.call(request.unwrap()).await
    }

    /// The paths of the router's routes.
    pub fn paths(&self) -> BTreeSet<String> {
        let shown = format!("{:?}", self.router);
        let texts = shown.split('"').skip(1).step_by(2);
        texts
            .filter(|text| text.starts_with('/'))
            .map(ToOwned::to_owned)
            .collect()
    }

    pub async fn call(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let media_type = parts.headers.get("content-type");
        let is_json = media_type.is_some_and(|value| value.to_str().unwrap().ends_with("json"));
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: if is_json && !bytes.is_empty() {
                serde_json::from_slice(&bytes).unwrap()
            } else {
                Value::Null
            },
            bytes: bytes.into(),
        }
    }

    /// Creates a job and returns its path.
    pub async fn created(&self, body: Value) -> String {
        let answer = self.send(Method::POST, "/v1/jobs", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.header("location")
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> String {
        self.headers[name].to_str().unwrap().to_owned()
    }
}

/// The header of `alice`, a user.
pub fn alice() -> (&'static str, String) {
    (
        "authorization",
        format!("Bearer {}", issuer::token("alice", "user")),
    )
}

/// The record of an execution that a worker of `owner`'s holds since `now`, under the claim `token`.
pub fn held(id: ExecutionId, owner: &str, token: &str) -> Execution {
    let offer = json!({
        "work": "resize-images", "priority": 5, "heartbeat_seconds": 60, "timeout_seconds": 600,
        "until": now().timestamp_millis() + 3_600_000, "taken_at": now().timestamp_millis(),
    });
    Execution {
        user: UserId::new(owner).ok(),
        attempt: 1,
        claim: token.parse().ok(),
        lease_until: Some(now() + TimeDelta::seconds(60)),
        offer: serde_json::from_value(offer).unwrap(),
        ..Execution::new(id, ExecutionState::Running, Stamp(1))
    }
}

/// The record of an execution that is offered to the workers of `owner`, for an hour.
pub fn offered(id: ExecutionId, owner: &str, priority: u8) -> Execution {
    let offer = json!({
        "work": "resize-images", "priority": priority, "heartbeat_seconds": 60,
        "timeout_seconds": 600, "until": now().timestamp_millis() + 3_600_000,
    });
    Execution {
        user: UserId::new(owner).ok(),
        job_version: Some(1),
        attempt: 1,
        offer: serde_json::from_value(offer).unwrap(),
        ..Execution::new(id, ExecutionState::Offered, Stamp(1))
    }
}

/// The execution of the job at `path` an hour from now.
pub fn in_an_hour(path: &str) -> ExecutionId {
    let job: JobId = path.rsplit('/').next().unwrap().parse().unwrap();
    let at = punctual::domain::floor_second(now()) + TimeDelta::hours(1);
    ExecutionId::scheduled(job, at)
}
