//! The API and those in front of it. A request that its process does not survive has no answer: its client cannot tell
//! what became of it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use lambda_http::request::RequestContext;
use punctual::domain::{PerBand, Tier, Tiers};
use punctual::jobtype::Registry;
use punctual::usecase::{ActivityWatch, Admission, HoldWatch, PressureWatch};
use punctual_api::identity::{DEFAULT_ROLE_CLAIM, Identity};
use punctual_api::{Api, router};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tower::ServiceExt;

use super::ports::Wired;
use super::{Seat, Sim};
use crate::chance::Chance;
use crate::work::Simulated;

/// The function's timeout, by the template.
const TIMEOUT: Duration = Duration::from_secs(29);

/// A status and a body.
pub type Answer = (u16, Value);

/// The API's processes.
pub struct ApiHost {
    processes: Vec<Mutex<Process>>,
    chance: Chance,
}

struct Process {
    wired: Wired,
    router: Router,
}

impl Process {
    fn new(wired: Wired) -> Self {
        let router = fresh(&wired);
        Self { wired, router }
    }
}

/// What a process is when it starts: nothing in its memory.
fn fresh(wired: &Wired) -> Router {
    router(Arc::new(Api {
        world: wired.world(),
        registry: Registry::empty().with(Simulated(Arc::clone(&wired.seat))),
        admission: Admission::by(plans()),
        identity: Identity::Gateway {
            role_claim: DEFAULT_ROLE_CLAIM.to_owned(),
        },
        pressure: PressureWatch::default(),
        holds: HoldWatch::default(),
        activity: ActivityWatch::default(),
        places: PerBand::of(|_| super::ticks::PLACES),
    }))
}

/// Every user has the greatest plan.
pub(super) fn plans() -> Tiers {
    Tiers {
        unassigned: Tier::Enterprise,
        ..Tiers::default()
    }
}

impl ApiHost {
    /// So many processes.
    pub fn start(sim: &Arc<Sim>, processes: u64) -> Self {
        let mut started = Vec::new();
        for number in 0..processes {
            let wired = Wired::new(Seat::new(sim, "api", number));
            started.push(Mutex::new(Process::new(wired)));
        }
        Self {
            processes: started,
            chance: sim.seed.stream("api hosts", 0),
        }
    }

    /// Sends a request to one of the processes. `None`: no answer came.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        user: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Option<Answer> {
        let last = self.processes.len() as u64 - 1;
        let chosen = usize::try_from(self.chance.between(0, last)).unwrap_or(0);
        // One request at a time, as in Lambda.
        let mut process = self.processes[chosen].lock().await;
        let seat = Arc::clone(&process.wired.seat);
        let router = process.router.clone();
        let request = request(method, path, user, key, body)?;
        let answered = seat
            .live(TIMEOUT, Vec::new(), async move {
                let response = match router.oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                };
                let status = response.status().as_u16();
                let bytes = to_bytes(response.into_body(), usize::MAX)
                    .await
                    .unwrap_or_default();
                (
                    status,
                    serde_json::from_slice(&bytes).unwrap_or(Value::Null),
                )
            })
            .await;
        if answered.is_err() {
            process.router = fresh(&process.wired);
        }
        answered.ok()
    }
}

fn request(
    method: &str,
    path: &str,
    user: &str,
    key: Option<&str>,
    body: &Value,
) -> Option<Request<Body>> {
    let context = json!({
        "accountId": "123456789012", "apiId": "a", "requestId": "r", "routeKey": "$default",
        "stage": "$default", "timeEpoch": 0,
        "http": { "method": method, "path": path, "protocol": "HTTP/1.1" },
        "authorizer": { "jwt": { "claims": { "sub": user, DEFAULT_ROLE_CLAIM: "user" }, "scopes": null } },
    });
    let context = RequestContext::ApiGatewayV2(serde_json::from_value(context).ok()?);
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .extension(context);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let body = if body.is_null() {
        Body::empty()
    } else {
        Body::from(body.to_string())
    };
    request.body(body).ok()
}
