//! Wires the dead-letter handler to AWS.

use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use punctual::aws::{AwsSecrets, Clients, Meter, SesMail, connect};
use punctual::edge::{
    Config, RememberedSecrets, Reporter, SystemClock, perimeter_from_env, start_telemetry,
};
use punctual::metrics::Function;
use punctual::outbound::Outbound;
use punctual_dlq::{DeadLetterHandler, HouseCourier, handle};

#[tokio::main]
async fn main() -> Result<(), Error> {
    start_telemetry();
    let config = Config::from_env()?;
    let clients = Clients::new(None).await;
    let meter = Arc::new(Meter::default());
    let (world, events) = connect(&clients, &config, &meter);
    let door = clients.door(&config.namespace, &meter)?;
    let secrets = AwsSecrets::new(door.clone(), &config.namespace);
    let world = world.with_secrets(RememberedSecrets::new(secrets, SystemClock));
    let reporter = &Reporter::to_log(Function::Dlq, &meter, &config);
    let mail = SesMail::new(door.clone(), config.mail_from);
    let handler = &DeadLetterHandler {
        world,
        events,
        courier: HouseCourier::new(Outbound::within(perimeter_from_env()?)?, mail, door),
        namespace: config.namespace,
    };
    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        let done = handle(handler, event.payload).await;
        reporter.report(done.readings);
        Ok::<_, Error>(done.response)
    }))
    .await
}
