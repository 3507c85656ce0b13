//! Wires the worker to AWS.

use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use punctual::aws::{Clients, Meter, connect};
use punctual::domain::Tier;
use punctual::edge::{Config, plans_from_env, start_telemetry};
use punctual::jobtype::{Registry, http_client};
use punctual::usecase::Gate;
use punctual_worker::{Worker, handle};

#[tokio::main]
async fn main() -> Result<(), Error> {
    start_telemetry();
    let config = Config::from_env()?;
    let plans = plans_from_env(Tier::Free)?;
    let clients = Clients::new(None).await;
    let (world, _) = connect(&clients, &config, &Arc::new(Meter::default()));
    let worker = &Worker {
        world,
        registry: Registry::standard(http_client()?),
        gate: Gate::by(plans),
        namespace: config.namespace,
    };
    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Error>(handle(worker, event.payload).await)
    }))
    .await
}
