//! A real HTTP server that jobs call. It remembers every call, and answers as the test says.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use tokio::net::TcpListener;

/// How the target answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With this status, at once.
    Status(u16),
    /// With 200, after this long.
    After(Duration),
    /// With 200, and with the headers and the body that it was sent.
    Echo,
    /// With 200, and with so many bytes.
    Bytes(usize),
}

/// A call that the target received.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Call {
    /// A header as text; empty if absent.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

/// The server. It ends with the test's runtime.
#[derive(Clone)]
pub struct Target {
    address: SocketAddr,
    memory: Arc<Mutex<Memory>>,
}

struct Memory {
    answer: Answer,
    calls: Vec<Call>,
    under_way: usize,
    peak: usize,
}

/// A call from its arrival to its answer, or until its caller has gone.
struct UnderWay(Arc<Mutex<Memory>>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.under_way -= 1;
    }
}

impl Target {
    /// Starts a target that answers 200.
    ///
    /// # Panics
    /// If loopback has no free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let memory = Arc::new(Mutex::new(Memory {
            answer: Answer::Status(200),
            calls: Vec::new(),
            under_way: 0,
            peak: 0,
        }));
        let router = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&memory));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, memory }
    }

    /// The URL of `path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers so from now on.
    pub fn answer(&self, answer: Answer) {
        self.memory
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .answer = answer;
    }

    /// The calls to `path` so far.
    pub fn calls(&self, path: &str) -> Vec<Call> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = memory.calls.iter().filter(|call| call.path == path);
        calls.cloned().collect()
    }

    /// How many calls at most were under way at once.
    pub fn peak(&self) -> usize {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.peak
    }
}

async fn receive(
    State(memory): State<Arc<Mutex<Memory>>>,
    request: Request,
) -> (StatusCode, String) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20)
        .await
        .unwrap_or_default();
    let _under_way = UnderWay(Arc::clone(&memory));
    let (answer, call) = {
        let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.under_way += 1;
        memory.peak = memory.peak.max(memory.under_way);
        let call = Call {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        memory.calls.push(call.clone());
        (memory.answer, call)
    };
    match answer {
        Answer::Status(status) => (
            StatusCode::from_u16(status).unwrap_or(StatusCode::OK),
            "answered".to_owned(),
        ),
        Answer::After(wait) => {
            tokio::time::sleep(wait).await;
            (StatusCode::OK, "answered late".to_owned())
        }
        Answer::Echo => (StatusCode::OK, format!("{:?}\n{}", call.headers, call.body)),
        Answer::Bytes(count) => (StatusCode::OK, "x".repeat(count)),
    }
}
