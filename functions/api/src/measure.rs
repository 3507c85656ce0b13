//! Measures requests where the function begins and ends: what the router answers, whichever layer of it did.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use punctual::edge::{Reporter, SystemClock};
use punctual::metrics::of_request;
use punctual::port::Clock;

/// Has `reporter` told of every request that `router` answers.
pub fn measured(router: Router, reporter: Reporter) -> Router {
    router.layer(from_fn_with_state(Arc::new(reporter), measure))
}

async fn measure(State(reporter): State<Arc<Reporter>>, request: Request, next: Next) -> Response {
    let began = SystemClock.now();
    let response = next.run(request).await;
    let took = SystemClock.now() - began;
    reporter.report(of_request(response.status().as_u16(), took));
    response
}
