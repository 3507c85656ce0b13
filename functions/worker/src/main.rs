//! Wires the worker to AWS.

use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use punctual::aws::{Clients, Meter, connect};
use punctual::edge::{Config, start_telemetry};
use punctual::jobtype::{Registry, http_client};
use punctual::usecase::WorkLog;
use punctual_worker::{Worker, handle};

#[tokio::main]
async fn main() -> Result<(), Error> {
    start_telemetry();
    let config = Config::from_env()?;
    let clients = Clients::new(None).await;
    let (world, _) = connect(&clients, &config, &Arc::new(Meter::default()));
    let worker = &Worker {
        world,
        registry: Registry::standard(http_client()?),
        namespace: config.namespace,
        work: WorkLog::default(),
    };
    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Error>(handle(worker, event.payload).await)
    }))
    .await
}
