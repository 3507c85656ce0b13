//! The functions, wired to a stand-in and to each other as on AWS. Each may run here or in a process of its own.

use std::future::ready;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use punctual::aws::{
    AwsPorts, Clients, Endpoint, EventBus, Meter, ResultsBucket, SignedDoor, connect, provision,
    results_bucket,
};
use punctual::domain::{Lane, Minute, PerBand, Perimeter, Queue, Tiers};
use punctual::edge::{
    Config, MESSAGES_PER_INVOCATION, RememberedSecrets, Reporter, SystemClock, http_client,
};
use punctual::jobtype::{Doors, Registry};
use punctual::metrics::{Function, stage_of};
use punctual::outbound::Outbound;
use punctual::plan::Pulse;
use punctual::port::{AwsService, Clock, ScanProgress};
use punctual::usecase::{
    ActivityWatch, Admission, AgendaWatch, ChoresIn, Gate, HoldWatch, PressureWatch, WorkLog,
};
use punctual_api::identity::{Identity, IdentityConfig};
use punctual_api::{Api, measured};
use punctual_dlq::{DeadLetterHandler, HouseCourier};
use punctual_worker::Worker;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::data_api::DataApi;
use crate::event_source::EventSource;
use crate::hourly::reconcile_every_hour;
use crate::mail::LocalMail;
use crate::metrics::{CONTENT_TYPE, Remembered, Totals};
use crate::ticker::tick_every_minute;
use crate::tokens::Tokens;
use crate::{HostError, Issuer, LocalScripts, SecretFiles};

/// The account that the stand-in answers for.
const ACCOUNT: &str = "000000000000";

/// Who sends the mails that the stand-in keeps.
const MAIL_FROM: &str = "punctual@example.com";

/// Long attempts under way at once.
const LONG_CONCURRENCY: usize = 20;

/// Batches of dead letters and notifications under way at once, per queue.
const DLQ_CONCURRENCY: usize = 2;

/// What to host, and where.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The stand-in's address.
    pub endpoint: String,
    /// First part of every table's and queue's name.
    pub namespace: String,
    /// In how many shards a minute's hints lie.
    pub shards: NonZeroU16,
    /// The region that this plays, where there is more than one.
    pub region: Option<String>,
    /// Where the API listens; port 0 takes a free one.
    pub api_address: SocketAddr,
    /// The functions to host here.
    pub functions: Vec<Function>,
    /// What the API's users may do.
    pub plans: Tiers,
    /// Batches under way at once, per queue: as if the worker had a concurrency of its own for each band.
    pub concurrency: PerBand<u32>,
    /// How workers show in long attempts that they live.
    pub pulse: Pulse,
    /// Replaces the bands' visibility: for tests of crashes.
    pub band_visibility_seconds: Option<u32>,
    /// Where users' secrets are: `<user>/<name>`.
    pub secrets_dir: PathBuf,
    /// Whose tokens the API accepts.
    pub tokens: Tokens,
    /// Where mail goes.
    pub mail: LocalMail,
    /// Runs scripts.
    pub scripts: LocalScripts,
    /// The database that `sql` jobs reach, `postgres://...`. Without one, they reach the stand-in.
    pub postgres: Option<String>,
    /// Addresses that jobs and notifications may call although they are not public, on any port.
    pub open_targets: Arc<[IpNet]>,
}

impl Settings {
    /// This machine, for [`Self::open_targets`].
    pub fn loopback() -> Arc<[IpNet]> {
        let v4 = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
        let v6 = Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128);
        Arc::new([v4.into(), v6.into()])
    }

    /// The concurrency of each band, unless something else is asked for.
    pub const CONCURRENCY: PerBand<u32> = PerBand {
        high: 20,
        normal: 20,
        low: 20,
    };
}

/// The hosted functions.
pub struct System {
    api_address: Option<SocketAddr>,
    clients: Clients,
    config: Config,
    meter: Arc<Meter>,
    totals: Arc<Totals>,
    outbound: Outbound,
    mail: LocalMail,
    scripts: LocalScripts,
    plans: Tiers,
    secrets: SecretFiles,
    door: SignedDoor,
    concurrency: PerBand<u32>,
    pulse: Pulse,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl System {
    /// Makes what is missing of the tables and queues, and starts the functions.
    ///
    /// # Errors
    /// If the stand-in does not do as asked, or the API's port is taken.
    pub async fn start(settings: Settings) -> Result<Self, HostError> {
        let mut clients = Clients::new(Some(&Endpoint(settings.endpoint.clone()))).await;
        let mut data_api = None;
        if let Some(database) = &settings.postgres {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let endpoint = Endpoint(format!("http://{}", listener.local_addr()?));
            clients = clients.with_endpoint(AwsService::RdsData, endpoint);
            data_api = Some((listener, DataApi::before(database)?));
        }
        // Boxed, as it is most of a large future and over soon.
        Box::pin(provision(
            &clients,
            &settings.namespace,
            settings.band_visibility_seconds,
        ))
        .await?;
        let meter = Arc::new(Meter::default());
        let totals = Arc::new(Totals::new(stage_of(&settings.namespace)));
        let mut system = Self {
            api_address: None,
            door: clients.door(&settings.namespace, &meter)?,
            config: Config {
                queue_base_url: format!("{}/{ACCOUNT}", settings.endpoint),
                results_bucket: Some(results_bucket(&settings.namespace)),
                namespace: settings.namespace,
                shards: settings.shards,
                region: settings.region,
                event_bus: None,
                mail_from: Some(MAIL_FROM.to_owned()),
            },
            clients,
            meter,
            totals,
            outbound: Outbound::within(
                Perimeter::public().opened_to(settings.open_targets.iter().copied()),
            )?,
            mail: settings.mail,
            scripts: settings.scripts,
            plans: settings.plans,
            secrets: SecretFiles::new(settings.secrets_dir),
            concurrency: settings.concurrency,
            pulse: settings.pulse,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        if let Some((listener, door)) = data_api {
            system.serve("the Data API", listener, door.router());
        }
        for function in settings.functions {
            match function {
                Function::Api => {
                    let identity = system.identity(settings.tokens.clone()).await?;
                    system.start_api(settings.api_address, identity).await?;
                }
                Function::Scanner => system.start_scanner(),
                Function::Worker => system.start_worker(),
                Function::Dlq => system.start_dlq(),
                Function::Reconciler => system.start_reconciler(),
            }
        }
        system.tasks.close();
        Ok(system)
    }

    /// Where the API listens, if it is hosted here.
    pub fn api_address(&self) -> Option<SocketAddr> {
        self.api_address
    }

    /// What the functions hosted here have used.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The clients, for a bench that looks behind the API.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Finishes what runs, and ends.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }

    /// The ports of one function, and how it reports.
    fn ports(&self, function: Function) -> (AwsPorts, EventBus, Reporter) {
        let meter = Arc::new(Meter::part_of(&self.meter));
        let (world, events) = connect(&self.clients, &self.config, &meter);
        let totals = Arc::clone(&self.totals);
        (world, events, Reporter::new(function, &meter, totals))
    }

    fn results(&self) -> ResultsBucket {
        let bucket = results_bucket(&self.config.namespace);
        ResultsBucket::new(self.door.clone(), bucket)
    }

    /// How many executions each band can have under way at once.
    fn places(&self) -> PerBand<u32> {
        PerBand::of(|band| self.concurrency.get(band) * MESSAGES_PER_INVOCATION)
    }

    /// The job types, with everything that they run by.
    fn registry(&self) -> Registry {
        let (chores, _) = connect(&self.clients, &self.config, &self.meter);
        Registry::standard(Doors {
            http: self.outbound.clone(),
            aws: self.door.clone(),
            mail: self.mail.clone(),
            scripts: self.scripts.clone(),
            chores: ChoresIn(Arc::new(chores)),
        })
    }

    /// Hosts the development issuer, unless another's tokens are accepted.
    async fn identity(&self, tokens: Tokens) -> Result<Identity, HostError> {
        let config = match tokens {
            Tokens::Configured(config) => config,
            Tokens::Development(issuer) => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
                let address = listener.local_addr()?;
                let jwks_url = Issuer::key_set_url(address);
                tracing::info!("the development issuer publishes its key at {jwks_url}");
                self.serve("the issuer", listener, issuer.router(address));
                IdentityConfig::Issuer {
                    expected: Issuer::expected(),
                    jwks_url,
                }
            }
        };
        Ok(Identity::new(config, http_client()?))
    }

    async fn start_api(
        &mut self,
        address: SocketAddr,
        identity: Identity,
    ) -> Result<(), HostError> {
        let (world, _, reporter) = self.ports(Function::Api);
        let world = world
            .with_results(self.results())
            .with_activity(Remembered(Arc::clone(&self.totals)));
        world.store.begin_at(Minute::of(SystemClock.now())).await?;
        let router = punctual_api::router(Arc::new(Api {
            world,
            registry: Registry::standard(
                Doors::closed(self.outbound.clone()).with_scripts(self.scripts.clone()),
            ),
            admission: Admission::by(self.plans),
            identity,
            agenda: AgendaWatch::default(),
            pressure: PressureWatch::default(),
            holds: HoldWatch::default(),
            activity: ActivityWatch::default(),
            places: self.places(),
        }));
        // Open to whoever reaches this machine's loopback, as a scraper has no token.
        let totals = Arc::clone(&self.totals);
        let metrics = get(move || ready(([(header::CONTENT_TYPE, CONTENT_TYPE)], totals.text())));
        let router = measured(router, reporter).route("/metrics", metrics);
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| format!("the API cannot listen on {address}: {error}"))?;
        let address = listener.local_addr()?;
        tracing::info!("the API listens on http://{address}");
        self.api_address = Some(address);
        self.serve("the API", listener, router);
        Ok(())
    }

    fn serve(&self, what: &'static str, listener: TcpListener, router: Router) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            let served =
                axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
            if let Err(error) = served.await {
                tracing::error!(%error, "{what} ended");
            }
        });
    }

    fn start_scanner(&self) {
        let (world, _, reporter) = self.ports(Function::Scanner);
        let places = self.places();
        let stop = self.stop.clone();
        self.tasks
            .spawn(async move { tick_every_minute(&world, places, &reporter, stop).await });
    }

    fn start_reconciler(&self) {
        let (world, _, reporter) = self.ports(Function::Reconciler);
        let stop = self.stop.clone();
        self.tasks
            .spawn(async move { reconcile_every_hour(&world, &reporter, stop).await });
    }

    fn start_worker(&self) {
        let (world, _, reporter) = self.ports(Function::Worker);
        let reporter = Arc::new(reporter);
        let secrets = RememberedSecrets::new(self.secrets.clone(), SystemClock);
        let world = world.with_secrets(secrets).with_results(self.results());
        let worker = Arc::new(Worker {
            world,
            registry: self.registry(),
            gate: Gate::by(self.plans),
            pulse: self.pulse,
            namespace: self.config.namespace.clone(),
            work: WorkLog::default(),
        });
        for lane in Lane::ALL {
            let worker = Arc::clone(&worker);
            let mut source = match lane {
                Lane::Band(band) => {
                    self.source(Queue::Work(lane), *self.concurrency.get(band) as usize)
                }
                Lane::Long => self.source(Queue::Work(lane), LONG_CONCURRENCY),
            };
            if lane == Lane::Long {
                source.batch = 1;
            }
            let reporter = Arc::clone(&reporter);
            let function = move |event| {
                let (worker, reporter) = (Arc::clone(&worker), Arc::clone(&reporter));
                async move {
                    let batch = punctual_worker::handle(&worker, event).await;
                    reporter.report(batch.readings);
                    batch.response
                }
            };
            self.tasks.spawn(source.feed(function, self.stop.clone()));
        }
    }

    fn start_dlq(&self) {
        let (world, events, reporter) = self.ports(Function::Dlq);
        let reporter = Arc::new(reporter);
        let secrets = RememberedSecrets::new(self.secrets.clone(), SystemClock);
        let handler = Arc::new(DeadLetterHandler {
            world: world.with_secrets(secrets),
            events,
            courier: HouseCourier::new(self.outbound.clone(), self.mail.clone(), self.door.clone()),
            namespace: self.config.namespace.clone(),
        });
        let read = Lane::ALL.map(Queue::DeadLetters);
        for queue in read.into_iter().chain([Queue::Notifications]) {
            let handler = Arc::clone(&handler);
            let source = self.source(queue, DLQ_CONCURRENCY);
            let reporter = Arc::clone(&reporter);
            let function = move |event| {
                let (handler, reporter) = (Arc::clone(&handler), Arc::clone(&reporter));
                async move {
                    let batch = punctual_dlq::handle(&handler, event).await;
                    reporter.report(batch.readings);
                    batch.response
                }
            };
            self.tasks.spawn(source.feed(function, self.stop.clone()));
        }
    }

    fn source(&self, queue: Queue, concurrency: usize) -> EventSource {
        let name = format!("{}-{}", self.config.namespace, queue.suffix());
        EventSource {
            sqs: self.clients.sqs.clone(),
            meter: Arc::clone(&self.meter),
            url: format!("{}/{name}", self.config.queue_base_url),
            arn: format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"),
            concurrency,
            batch: MESSAGES_PER_INVOCATION,
        }
    }
}
