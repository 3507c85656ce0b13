//! What the jobs call: an HTTP server that takes its time, and knows which executions it was called for.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use punctual_local::HostError;
use tokio::net::TcpListener;

/// The server.
pub struct Target {
    address: SocketAddr,
    memory: Arc<Mutex<Memory>>,
}

struct Memory {
    takes: Duration,
    calls: HashMap<String, usize>,
}

impl Target {
    /// Starts one that takes so long.
    pub async fn start(takes: Duration) -> Result<Self, HostError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let memory = Arc::new(Mutex::new(Memory {
            takes,
            calls: HashMap::new(),
        }));
        let router = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&memory));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, memory })
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Takes so long from now on.
    pub fn take(&self, takes: Duration) {
        lock(&self.memory).takes = takes;
    }

    /// For how many executions it was called.
    pub fn answered(&self) -> usize {
        lock(&self.memory).calls.len()
    }

    /// For how many of them it was called more than once.
    pub fn doubled(&self) -> usize {
        let memory = lock(&self.memory);
        memory.calls.values().filter(|calls| **calls > 1).count()
    }
}

fn lock(memory: &Mutex<Memory>) -> std::sync::MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn receive(State(memory): State<Arc<Mutex<Memory>>>, headers: HeaderMap) -> &'static str {
    let key = headers.get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok()).unwrap_or_default();
    let takes = {
        let mut memory = lock(&memory);
        *memory.calls.entry(key.to_owned()).or_default() += 1;
        memory.takes
    };
    tokio::time::sleep(takes).await;
    "done"
}
