//! Wires the API to AWS.

use std::sync::Arc;

use lambda_http::{Error, run};
use punctual::aws::{Clients, CloudWatch, Meter, ResultsBucket, connect};
use punctual::domain::{Minute, Tier};
use punctual::edge::{
    Config, Reporter, SystemClock, http_client, perimeter_from_env, places_from_env,
    plans_from_env, scripts_from_env, start_telemetry,
};
use punctual::jobtype::{Doors, Registry};
use punctual::metrics::Function;
use punctual::outbound::Outbound;
use punctual::port::{Clock, ScanProgress};
use punctual::usecase::{ActivityWatch, Admission, HoldWatch, PressureWatch};
use punctual_api::identity::{Identity, IdentityConfig};
use punctual_api::{Api, measured, router};

#[tokio::main]
async fn main() -> Result<(), Error> {
    start_telemetry();
    let config = Config::from_env()?;
    let plans = plans_from_env(Tier::Free)?;
    let places = places_from_env()?;
    let identity = IdentityConfig::from_env()?;
    let scripts = scripts_from_env()?;
    let clients = Clients::new(None).await;
    let meter = Arc::new(Meter::default());
    let (world, _) = connect(&clients, &config, &meter);
    let door = clients.door(&config.namespace, &meter)?;
    let activity = CloudWatch::new(door.clone(), &config.namespace);
    let world = world
        .with_results(ResultsBucket::new(door, config.require_results_bucket()?))
        .with_activity(activity);
    // Hints may be put before the first tick: the scanner must begin here, not where it first runs.
    world.store.begin_at(Minute::of(SystemClock.now())).await?;
    let outbound = Outbound::within(perimeter_from_env()?)?;
    let api = Api {
        world,
        registry: Registry::standard(Doors::closed(outbound).with_scripts(scripts)),
        identity: Identity::new(identity, http_client()?),
        admission: Admission::by(plans),
        pressure: PressureWatch::default(),
        holds: HoldWatch::default(),
        activity: ActivityWatch::default(),
        places,
    };
    let reporter = Reporter::to_log(Function::Api, &meter, &config);
    run(measured(router(Arc::new(api)), reporter)).await
}
