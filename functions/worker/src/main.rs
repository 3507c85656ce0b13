//! Wires the worker to AWS.

use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use punctual::aws::{AwsSecrets, Clients, Meter, ResultsBucket, ScriptFunction, SesMail, connect};
use punctual::domain::Tier;
use punctual::edge::{
    Config, RememberedSecrets, Reporter, SystemClock, perimeter_from_env, plans_from_env,
    start_telemetry,
};
use punctual::jobtype::{Doors, Registry};
use punctual::metrics::Function;
use punctual::outbound::Outbound;
use punctual::plan::Pulse;
use punctual::usecase::{ChoresIn, Gate, WorkLog};
use punctual_worker::{Worker, handle};

#[tokio::main]
async fn main() -> Result<(), Error> {
    start_telemetry();
    let config = Config::from_env()?;
    let plans = plans_from_env(Tier::Free)?;
    let perimeter = perimeter_from_env()?;
    let clients = Clients::new(None).await;
    let meter = Arc::new(Meter::default());
    let (world, _) = connect(&clients, &config, &meter);
    let door = clients.door(&config.namespace, &meter)?;
    let secrets = AwsSecrets::new(door.clone(), &config.namespace);
    let world = world
        .with_secrets(RememberedSecrets::new(secrets, SystemClock))
        .with_results(ResultsBucket::new(
            door.clone(),
            config.require_results_bucket()?,
        ));
    let (beside, _) = connect(&clients, &config, &meter);
    let doors = Doors {
        http: Outbound::within(perimeter)?,
        mail: SesMail::new(door.clone(), config.mail_from.clone()),
        scripts: ScriptFunction::new(door.clone(), &config.namespace),
        aws: door,
        chores: ChoresIn(Arc::new(beside)),
    };
    let reporter = &Reporter::to_log(Function::Worker, &meter, &config);
    let worker = &Worker {
        world,
        registry: Registry::standard(doors),
        gate: Gate::by(plans),
        pulse: Pulse::STANDARD,
        namespace: config.namespace,
        work: WorkLog::default(),
    };
    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        let handled = handle(worker, event.payload).await;
        reporter.report(handled.readings);
        Ok::<_, Error>(handled.response)
    }))
    .await
}
