//! A dispatcher as the outage had it, built for this comparison only: at the full hour it reads every job that is due,
//! without a limit, and starts them all at once, in the process that serves the API and by the API's own connections.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use clap::Args;
use futures_util::future::join_all;
use punctual::aws::{AwsPorts, Meter, connect};
use punctual::domain::{ExecutionId, JobId, Minute, Tier, Tiers};
use punctual::edge::{RandomEntropy, SystemClock, http_client};
use punctual::plan::Pulse;
use punctual::port::{Clock, Hints, Jobs};
use punctual_local::{
    Function, HostError, Issuer, LocalMail, LocalScripts, Settings, System, Tokens,
};

use crate::fleet::{SHARDS, config};

/// As long as an attempt of ours may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How soon it looks again, if it could not read what is due.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// The file in its folder that says that it has seen to every job.
pub const DONE: &str = "done";

/// What to dispatch, and where the API listens.
#[derive(Args)]
pub struct Naive {
    #[arg(long)]
    endpoint: String,
    #[arg(long)]
    namespace: String,
    #[arg(long)]
    port: u16,
    #[arg(long)]
    data_dir: PathBuf,
    /// When its jobs are due
    #[arg(long)]
    at: DateTime<Utc>,
}

/// Serves the API, dispatches once, and goes on serving until it is killed.
pub async fn serve(naive: &Naive) -> Result<(), HostError> {
    let system = Box::pin(System::start(Settings {
        endpoint: naive.endpoint.clone(),
        namespace: naive.namespace.clone(),
        shards: SHARDS,
        region: None,
        api_address: SocketAddr::from((Ipv4Addr::LOCALHOST, naive.port)),
        functions: vec![Function::Api],
        plans: Tiers {
            unassigned: Tier::Enterprise,
            ..Tiers::default()
        },
        concurrency: Settings::CONCURRENCY,
        pulse: Pulse::STANDARD,
        band_visibility_seconds: None,
        secrets_dir: naive.data_dir.join("secrets"),
        tokens: Tokens::Development(Issuer::open(&naive.data_dir, &RandomEntropy)?),
        mail: LocalMail::Folder(naive.data_dir.join("mail")),
        scripts: LocalScripts::new(None, &std::env::current_exe()?)?,
        postgres: None,
        open_targets: Settings::loopback(),
    }))
    .await?;
    SystemClock.sleep_until(naive.at).await;
    let dispatcher = Dispatcher {
        system: &system,
        client: http_client()?,
        table: format!("{}-executions", naive.namespace),
    };
    let unrecorded = loop {
        match dispatcher.dispatch(naive).await {
            Ok(unrecorded) => break unrecorded,
            // Nothing was started: it tries once more, as it would at its next look.
            Err(error) => eprintln!("{} the jobs could not be read: {error}", SystemClock.now()),
        }
        tokio::time::sleep(AFTER_FAILURE).await;
    };
    std::fs::write(naive.data_dir.join(DONE), unrecorded.to_string())?;
    std::future::pending::<()>().await;
    Ok(())
}

struct Dispatcher<'a> {
    system: &'a System,
    client: reqwest::Client,
    table: String,
}

impl Dispatcher<'_> {
    /// Runs everything that is due. Returns how many executions could not be recorded.
    async fn dispatch(&self, naive: &Naive) -> Result<usize, HostError> {
        let config = config(&naive.endpoint, &naive.namespace);
        let (ports, _) = connect(self.system.clients(), &config, &Arc::new(Meter::default()));
        let mut due = Vec::new();
        for shard in 0..ports.store.shards() {
            due.extend(ports.store.hints(Minute::of(naive.at), shard).await?);
        }
        let ids: Vec<_> = due.iter().map(|hint| hint.job).collect();
        let runs = ids.into_iter().map(|id| self.run(&ports, id, naive.at));
        let recorded = join_all(runs).await;
        let unrecorded = recorded.iter().filter(|recorded| recorded.is_err());
        Ok(unrecorded.count())
    }

    async fn run(&self, ports: &AwsPorts, job: JobId, at: DateTime<Utc>) -> Result<(), HostError> {
        let job = ports.store.job(job).await?.ok_or("a job is missing")?;
        let id = ExecutionId::scheduled(job.id, at);
        let started_at = SystemClock.now();
        self.record(id, "running", started_at, None).await?;
        let url = job.payload["url"].as_str().unwrap_or_default();
        let answer = self.client.post(url).timeout(TIMEOUT).send().await;
        let is_success = answer.is_ok_and(|answer| answer.status().is_success());
        let state = if is_success { "succeeded" } else { "failed" };
        self.record(id, state, started_at, Some(SystemClock.now()))
            .await
    }

    async fn record(
        &self,
        id: ExecutionId,
        state: &str,
        started_at: DateTime<Utc>,
        finished_at: Option<DateTime<Utc>>,
    ) -> Result<(), HostError> {
        let text = AttributeValue::S;
        let instant = |at: DateTime<Utc>| AttributeValue::N(at.timestamp_millis().to_string());
        let put = self
            .system
            .clients()
            .dynamodb
            .put_item()
            .table_name(&self.table)
            .item("pk", text(format!("J#{}", id.job)))
            .item("sk", text(id.occasion.to_string()))
            .item("state", text(state.to_owned()))
            .item("attempt", AttributeValue::N("1".to_owned()))
            .item("started_at", instant(started_at));
        let put = match finished_at {
            Some(at) => put.item("finished_at", instant(at)),
            None => put,
        };
        put.send().await?;
        Ok(())
    }
}
