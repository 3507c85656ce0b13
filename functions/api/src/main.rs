//! Wires the API to AWS.

use std::sync::Arc;

use lambda_http::{Error, run};
use punctual::aws::{Clients, Meter, connect};
use punctual::edge::{Config, start_telemetry};
use punctual::jobtype::{Registry, http_client};
use punctual_api::{Api, router};

#[tokio::main]
async fn main() -> Result<(), Error> {
    start_telemetry();
    let config = Config::from_env()?;
    let clients = Clients::new(None).await;
    let (world, _) = connect(&clients, &config, &Arc::new(Meter::default()));
    let registry = Registry::standard(http_client()?);
    run(router(Arc::new(Api { world, registry }))).await
}
