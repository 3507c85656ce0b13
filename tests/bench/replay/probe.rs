//! A client of the API that asks at a fixed rate, whatever becomes of what it asked before, and notes how long each answer
//! took from when it was to be asked: a service that stalls cannot hide the requests that were never made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{JobId, Role, UserId};
use punctual::edge::{SystemClock, http_client};
use punctual::port::Clock;
use punctual_local::{HostError, Issuer};
use reqwest::RequestBuilder;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::herd::{Member, USERS, user};

/// After this long a request has failed.
const TIMEOUT: Duration = Duration::from_secs(10);

/// An answer, or its want.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When it was to be asked, in milliseconds since 1970.
    pub asked_ms: i64,
    /// How long it took.
    pub took_ms: f64,
    /// Whether the answer was a good one.
    pub is_good: bool,
}

/// The client, while it asks.
pub struct Probe {
    stop: Arc<AtomicBool>,
    asking: JoinHandle<Vec<Sample>>,
}

struct Requests {
    client: reqwest::Client,
    api: String,
    tokens: Vec<String>,
    jobs: Vec<JobId>,
}

impl Probe {
    /// Asks the API at `port` about the herd, `rate` times a second.
    pub fn start(
        rate: u32,
        port: u16,
        issuer: &Issuer,
        herd: &[Member],
    ) -> Result<Self, HostError> {
        let tokens = (0..USERS).map(|number| {
            let user = UserId::new(&user(number))?;
            issuer.token(&user, Role::User, TimeDelta::hours(12), SystemClock.now())
        });
        let requests = Requests {
            client: http_client()?,
            api: format!("http://127.0.0.1:{port}/v1/jobs"),
            tokens: tokens.collect::<Result<_, HostError>>()?,
            jobs: herd.iter().map(|member| member.job.id).collect(),
        };
        let stop = Arc::new(AtomicBool::new(false));
        let asking = tokio::spawn(ask(rate, requests, Arc::clone(&stop)));
        Ok(Self { stop, asking })
    }

    /// Stops, and returns what came of all that was asked.
    pub async fn stop(self) -> Result<Vec<Sample>, HostError> {
        self.stop.store(true, Ordering::Relaxed);
        Ok(self.asking.await?)
    }
}

async fn ask(rate: u32, requests: Requests, stop: Arc<AtomicBool>) -> Vec<Sample> {
    let mut ticks = interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut under_way = JoinSet::new();
    let mut samples = Vec::new();
    let (began, began_at) = (Instant::now(), SystemClock.now());
    for number in 0.. {
        let asked = ticks.tick().await;
        let asked_at = began_at + TimeDelta::from_std(asked - began).unwrap_or_default();
        under_way.spawn(answered(requests.request(number), asked, asked_at));
        while let Some(done) = under_way.try_join_next() {
            samples.extend(done);
        }
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    while let Some(done) = under_way.join_next().await {
        samples.extend(done);
    }
    samples.sort_by_key(|sample: &Sample| sample.asked_ms);
    samples
}

async fn answered(request: RequestBuilder, asked: Instant, asked_at: DateTime<Utc>) -> Sample {
    let whole = async {
        let answer = request.timeout(TIMEOUT).send().await?.error_for_status()?;
        answer.bytes().await
    };
    let is_good = whole.await.is_ok();
    Sample {
        asked_ms: asked_at.timestamp_millis(),
        took_ms: asked.elapsed().as_secs_f64() * 1_000.0,
        is_good,
    }
}

impl Requests {
    /// Of ten, seven look at a job, two list a user's, one creates one.
    fn request(&self, number: usize) -> RequestBuilder {
        let index = number % self.jobs.len().max(1);
        let request = match (number % 10, self.jobs.get(index)) {
            (0, _) | (_, None) => self.client.post(&self.api).json(&json!({
                "name": "made meanwhile",
                "job_type": "echo",
                "schedule": { "kind": "once", "at": "2099-01-01T00:00:00Z" },
            })),
            (1 | 2, _) => self.client.get(format!("{}?limit=20", self.api)),
            (_, Some(job)) => self.client.get(format!("{}/{job}", self.api)),
        };
        request.bearer_auth(&self.tokens[index % USERS])
    }
}
