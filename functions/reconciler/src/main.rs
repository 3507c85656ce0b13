//! Wires the reconciler to AWS.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use chrono::DateTime;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use punctual::aws::{Clients, Meter, connect};
use punctual::edge::{Config, Reporter, start_telemetry};
use punctual::metrics::{Function, of_reconciliation};
use punctual_reconciler::{handle, renew_agenda};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    start_telemetry();
    let config = Config::from_env()?;
    let clients = Clients::new(None).await;
    let meter = Arc::new(Meter::default());
    let (world, _) = connect(&clients, &config, &meter);
    let reporter = &Reporter::to_log(Function::Reconciler, &meter, &config);
    let world = &world;
    run(service_fn(|event: LambdaEvent<Value>| async move {
        let left = event.context.deadline().duration_since(UNIX_EPOCH);
        let deadline = DateTime::from(UNIX_EPOCH + left.unwrap_or(Duration::ZERO));
        let report = handle(world, deadline).await;
        renew_agenda(world, deadline).await;
        reporter.report_of(&report, |report| of_reconciliation(report.as_ref()));
        Ok::<_, Error>(serde_json::to_value(report?)?)
    }))
    .await
}
