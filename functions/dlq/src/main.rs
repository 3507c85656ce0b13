//! Wires the dead-letter handler to AWS.

use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use punctual::aws::{Clients, Meter, connect};
use punctual::edge::{Config, start_telemetry};
use punctual::jobtype::http_client;
use punctual_dlq::{DeadLetterHandler, HouseCourier, handle};

#[tokio::main]
async fn main() -> Result<(), Error> {
    start_telemetry();
    let config = Config::from_env()?;
    let clients = Clients::new(None).await;
    let (world, events) = connect(&clients, &config, &Arc::new(Meter::default()));
    let handler = &DeadLetterHandler {
        world,
        events,
        courier: HouseCourier::new(http_client()?),
        namespace: config.namespace,
    };
    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Error>(handle(handler, event.payload).await)
    }))
    .await
}
