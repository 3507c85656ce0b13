//! What the jobs call: two servers that write down every start before they do anything else, one steady and one that
//! fails now and then.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use punctual::edge::SystemClock;
use punctual::port::Clock;
use tokio::net::TcpListener;

use crate::evidence::Call;

/// How many of a hundred attempts the failing server fails.
const FAILS_PERCENT: u64 = 25;

/// The servers. They end with the runtime.
#[derive(Clone)]
pub struct Targets {
    steady: SocketAddr,
    failing: SocketAddr,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Targets {
    /// Starts both on free ports of loopback.
    ///
    /// # Errors
    /// If there are none.
    pub async fn start() -> std::io::Result<Self> {
        let calls = Arc::<Mutex<Vec<Call>>>::default();
        let steady = serve(0, Arc::clone(&calls)).await?;
        let failing = serve(FAILS_PERCENT, Arc::clone(&calls)).await?;
        Ok(Self {
            steady,
            failing,
            calls,
        })
    }

    /// Where a call takes `milliseconds` and is answered with 200.
    pub fn steady(&self, milliseconds: u64) -> String {
        format!("http://{}/work/{milliseconds}", self.steady)
    }

    /// Where a call takes `milliseconds` and is answered with 200, or, by chance, with 503.
    pub fn failing(&self, milliseconds: u64) -> String {
        format!("http://{}/work/{milliseconds}", self.failing)
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        let calls = self.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many calls there were so far.
    pub fn count(&self) -> usize {
        let calls = self.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).len()
    }
}

type Shared = (u64, Arc<Mutex<Vec<Call>>>);

async fn serve(fails_percent: u64, calls: Arc<Mutex<Vec<Call>>>) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route("/work/{milliseconds}", any(work))
        .with_state((fails_percent, calls));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

async fn work(
    State((fails_percent, calls)): State<Shared>,
    Path(milliseconds): Path<u64>,
    headers: HeaderMap,
) -> StatusCode {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let execution = header("idempotency-key");
    let attempt = header("punctual-attempt").parse().unwrap_or(0);
    let fails = chance_of(&execution, attempt) % 100 < fails_percent;
    let index = {
        let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push(Call {
            execution,
            attempt,
            received_at: SystemClock.now(),
            answered: 0,
        });
        calls.len() - 1
    };
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    let status = if fails {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(call) = calls.get_mut(index) {
        call.answered = status.as_u16();
    }
    status
}

/// A number that is an attempt's own: the same run of the same seed would fail the same attempts.
fn chance_of(execution: &str, attempt: u32) -> u64 {
    let bytes = execution.bytes().chain(attempt.to_be_bytes());
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    }) >> 16
}
