//! Wires the worker to AWS.

use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use punctual::aws::{Clients, Meter, SesMail, connect};
use punctual::edge::{Config, start_telemetry};
use punctual::jobtype::{Doors, Registry, http_client};
use punctual::usecase::ChoresIn;
use punctual_worker::{Worker, handle};

#[tokio::main]
async fn main() -> Result<(), Error> {
    start_telemetry();
    let config = Config::from_env()?;
    let clients = Clients::new(None).await;
    let meter = Arc::new(Meter::default());
    let (world, _) = connect(&clients, &config, &meter);
    let (beside, _) = connect(&clients, &config, &meter);
    let door = clients.door(&config.namespace, &meter)?;
    let doors = Doors {
        http: http_client()?,
        mail: SesMail::new(door.clone(), config.mail_from.clone()),
        aws: door,
        chores: ChoresIn(Arc::new(beside)),
    };
    let worker = &Worker {
        world,
        registry: Registry::standard(doors),
        namespace: config.namespace,
    };
    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Error>(handle(worker, event.payload).await)
    }))
    .await
}
