//! Wires the scanner to AWS.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use chrono::DateTime;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use punctual::aws::{Clients, Meter, connect};
use punctual::edge::{Config, Reporter, places_from_env, start_telemetry};
use punctual::metrics::{Function, of_tick};
use punctual_scanner::handle;
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    start_telemetry();
    let config = Config::from_env()?;
    let places = places_from_env()?;
    let clients = Clients::new(None).await;
    let meter = Arc::new(Meter::default());
    let (world, _) = connect(&clients, &config, &meter);
    let reporter = &Reporter::to_log(Function::Scanner, &meter, &config);
    let world = &world;
    run(service_fn(|event: LambdaEvent<Value>| async move {
        let left = event.context.deadline().duration_since(UNIX_EPOCH);
        let deadline = DateTime::from(UNIX_EPOCH + left.unwrap_or(Duration::ZERO));
        let report = handle(world, places, deadline).await;
        reporter.report_of(&report, of_tick);
        let report = report?;
        Ok::<_, Error>(json!({
            "stood_by": report.stood_by,
            "minutes_done": report.minutes_done,
            "dispatched": report.dispatched,
            "deferred": report.deferred,
            "failures": report.failures.len(),
        }))
    }))
    .await
}
