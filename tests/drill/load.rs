//! The load: jobs whose every instant is known, and what their creator was told.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use punctual::domain::{ExecutionId, JobId};
use punctual::edge::{RandomEntropy, SystemClock};
use punctual::port::{Clock, Entropy};
use serde_json::{Value, json};

use crate::Broken;

/// How often an API that is there is asked again, and after how long.
const TRIES: u32 = 30;
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

/// The most jobs of one batch.
const BATCH: usize = 100;

/// A job that runs once, and whose creation was acknowledged.
#[derive(Clone, Copy, Debug)]
pub struct Promise {
    /// The job.
    pub job: JobId,
    /// When it is due.
    pub due: DateTime<Utc>,
    /// When its creator knew.
    pub acknowledged_at: DateTime<Utc>,
}

impl Promise {
    /// The execution that it must come to.
    pub fn execution(&self) -> ExecutionId {
        ExecutionId::scheduled(self.job, self.due)
    }
}

/// Creates jobs by an API.
#[derive(Clone)]
pub struct Creator {
    http: reqwest::Client,
    token: String,
    target: String,
}

impl Creator {
    /// For the bearer of `token`; the jobs call `target`.
    pub fn new(token: String, target: String) -> Result<Self, Broken> {
        Ok(Self {
            http: punctual::edge::http_client()?,
            token,
            target,
        })
    }

    /// Creates a job for each instant, by the API at `api`.
    pub async fn once(&self, api: &str, dues: &[DateTime<Utc>]) -> Result<Vec<Promise>, Broken> {
        let mut promises = Vec::new();
        for dues in dues.chunks(BATCH) {
            let jobs: Vec<_> = dues
                .iter()
                .map(|due| {
                    let at = due.to_rfc3339_opts(SecondsFormat::Secs, true);
                    self.job(&json!({ "kind": "once", "at": at }))
                })
                .collect();
            let created = self.create_patiently(api, &jobs).await?;
            let acknowledged_at = SystemClock.now();
            promises.extend(created.into_iter().zip(dues).map(|(job, due)| Promise {
                job,
                due: *due,
                acknowledged_at,
            }));
        }
        Ok(promises)
    }

    /// Creates `count` jobs that fire every `seconds`.
    pub async fn every(&self, api: &str, seconds: u32, count: usize) -> Result<(), Broken> {
        let job = self.job(&json!({ "kind": "every", "seconds": seconds }));
        let jobs = vec![job; count];
        for jobs in jobs.chunks(BATCH) {
            self.create_patiently(api, jobs).await?;
        }
        Ok(())
    }

    fn job(&self, schedule: &Value) -> Value {
        json!({
            "name": "drill", "job_type": "http", "payload": { "url": self.target },
            "schedule": schedule, "overlap": "allow",
            "misfire": { "policy": "fire_all" },
        })
    }

    /// A job that is due at `due`, if its API answers at once: the key is for another try, which is not made.
    pub async fn try_once(&self, api: &str, due: DateTime<Utc>) -> Result<Promise, Broken> {
        let at = due.to_rfc3339_opts(SecondsFormat::Secs, true);
        let job = self.job(&json!({ "kind": "once", "at": at }));
        let created = self.create(api, &[job], &fresh_key()).await?;
        Ok(Promise {
            job: *created.first().ok_or("no job")?,
            due,
            acknowledged_at: SystemClock.now(),
        })
    }

    /// Creates jobs by an API that is there, however slow: one key for all tries.
    async fn create_patiently(&self, api: &str, jobs: &[Value]) -> Result<Vec<JobId>, Broken> {
        let key = fresh_key();
        for _ in 0..TRIES {
            match self.create(api, jobs, &key).await {
                Ok(created) => return Ok(created),
                Err(error) => println!("  the API: {error}; once more"),
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.create(api, jobs, &key).await
    }

    async fn create(&self, api: &str, jobs: &[Value], key: &str) -> Result<Vec<JobId>, Broken> {
        let request = self
            .http
            .post(format!("{api}/v1/jobs/batch"))
            .bearer_auth(&self.token)
            .header("idempotency-key", key)
            .json(&json!({ "jobs": jobs }));
        let answer: Value = request.send().await?.error_for_status()?.json().await?;
        let results = answer["results"].as_array().ok_or("no results")?;
        let ids = results.iter().map(|result| {
            let id = result["job"]["id"].as_str();
            Ok(id.ok_or_else(|| format!("refused: {result}"))?.parse()?)
        });
        ids.collect()
    }
}

fn fresh_key() -> String {
    format!("{:032x}", RandomEntropy.next_u128())
}

/// `count` whole seconds, even between `first` and `last` seconds from `now`.
pub fn spread(now: DateTime<Utc>, first: i64, last: i64, count: usize) -> Vec<DateTime<Utc>> {
    let begin = punctual::domain::next_second(now);
    let span = last - first;
    let steps = i64::try_from(count.max(1)).unwrap_or(i64::MAX);
    (0..steps)
        .map(|step| begin + TimeDelta::seconds(first + step * span / steps))
        .collect()
}
