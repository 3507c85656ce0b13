//! A way to the stand-in by which some calls are refused, as AWS refuses what is too much for a table.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

/// As DynamoDB says it.
const REFUSAL: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow down"}"#;

/// The way. It ends with the test's runtime.
pub struct Throttle {
    address: SocketAddr,
    refused: Arc<AtomicUsize>,
}

struct Way {
    behind: String,
    http: reqwest::Client,
    holds: Vec<&'static str>,
    most: usize,
    refused: Arc<AtomicUsize>,
}

impl Throttle {
    /// A way to `endpoint` by which the first `most` calls are refused whose bodies hold all of `holds`.
    ///
    /// # Panics
    /// If loopback has no free port.
    pub async fn start(endpoint: &str, holds: &[&'static str], most: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let refused = Arc::new(AtomicUsize::new(0));
        let way = Way {
            behind: endpoint.to_owned(),
            http: punctual::edge::http_client().expect("an HTTP client"),
            holds: holds.to_vec(),
            most,
            refused: Arc::clone(&refused),
        };
        let router = Router::new().fallback(pass).with_state(Arc::new(way));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, refused }
    }

    /// Where it begins.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many calls it has refused.
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }
}

async fn pass(
    State(way): State<Arc<Way>>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = String::from_utf8_lossy(&body);
    if way.holds.iter().all(|part| text.contains(part)) {
        let next = |refused: usize| (refused < way.most).then_some(refused + 1);
        let refuses = way
            .refused
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
        if refuses.is_ok() {
            return (StatusCode::BAD_REQUEST, REFUSAL).into_response();
        }
    }
    headers.remove(header::HOST);
    let request = way.http.request(method, format!("{}{uri}", way.behind));
    match request.headers(headers).body(body).send().await {
        Ok(answer) => {
            let (status, mut headers) = (answer.status(), answer.headers().clone());
            headers.remove(header::TRANSFER_ENCODING);
            let body = answer.bytes().await.unwrap_or_default();
            (status, headers, body).into_response()
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
