//! `punctual-local run`: the whole system on this machine. `punctual-local function`: one function of it, as a process of
//! its own. `punctual-local token`: a token for either.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use ipnet::IpNet;
use punctual::domain::{self, PerBand, Tier, UserId};
use punctual::edge::{RandomEntropy, SystemClock, plans_from_env};
use punctual::plan::Pulse;
use punctual::port::Clock;
use punctual_local::{
    Function, HostError, Issuer, LocalMail, LocalScripts, OtherIssuer, Settings, StandIn, System,
    Tokens, start_live_log,
};
use tokio::signal::unix::{SignalKind, signal};

#[derive(Parser)]
#[command(about = "Runs Punctual on this machine")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The whole system: stand-ins for AWS, all five functions, the minute tick
    Run {
        /// The stand-in's program
        #[arg(long, default_value = ".venv/bin/ministack")]
        stand_in: PathBuf,
        /// The stand-in's port
        #[arg(long, default_value_t = 4566)]
        stand_in_port: u16,
        #[command(flatten)]
        hosted: Hosted,
    },
    /// One function, against a stand-in that runs already
    Function {
        /// Which
        #[arg(value_parser = function_named())]
        function: Function,
        /// The stand-in's address
        #[arg(long)]
        endpoint: String,
        #[command(flatten)]
        hosted: Hosted,
    },
    /// Prints a token of the development issuer, whether or not a host runs
    Token {
        /// Whose: `sub`
        #[arg(long, default_value = "me", value_parser = UserId::new)]
        user: UserId,
        /// admin, operator, user or viewer
        #[arg(long, default_value = "user", value_parser = role_named)]
        role: domain::Role,
        /// How long it is good for
        #[arg(long, default_value_t = TWELVE_HOURS, value_parser = clap::value_parser!(u32).range(1..=A_YEAR))]
        ttl_seconds: u32,
        /// Where the issuer keeps its key
        #[arg(long, default_value = ".local")]
        data_dir: PathBuf,
    },
}

const TWELVE_HOURS: u32 = 12 * 3_600;
const A_YEAR: i64 = 366 * 86_400;

fn function_named() -> impl TypedValueParser<Value = Function> {
    let names = PossibleValuesParser::new(Function::ALL.map(Function::name));
    names.try_map(|name| {
        let found = Function::ALL.into_iter().find(|one| one.name() == name);
        found.ok_or("there is no such function")
    })
}

fn role_named(name: &str) -> Result<domain::Role, String> {
    let found = domain::Role::ALL
        .into_iter()
        .find(|role| role.name() == name);
    found.ok_or_else(|| {
        let names = domain::Role::ALL.map(domain::Role::name).join(", ");
        format!("must be one of {names}")
    })
}

#[derive(Args)]
struct Hosted {
    /// Where the stand-in keeps its state, the development issuer its key, and you your secrets: secrets/<user>/<name>
    #[arg(long, default_value = ".local")]
    data_dir: PathBuf,
    /// The API's port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// First part of every table's and queue's name
    #[arg(long, default_value = "punctual-local")]
    namespace: String,
    /// In how many shards a minute's hints lie
    #[arg(long, default_value = "8")]
    shards: NonZeroU16,
    /// The region that this plays, where there is more than one
    #[arg(long)]
    region: Option<String>,
    /// How long a received message stays hidden
    #[arg(long)]
    band_visibility_seconds: Option<u32>,
    /// Batches of ten messages under way at once, of priorities 1 to 3. The scanner and the API are told the same as the
    /// worker
    #[arg(long, default_value_t = Settings::CONCURRENCY.high, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    high_concurrency: u32,
    /// The same, of priorities 4 to 7
    #[arg(long, default_value_t = Settings::CONCURRENCY.normal, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    normal_concurrency: u32,
    /// The same, of priorities 8 to 10
    #[arg(long, default_value_t = Settings::CONCURRENCY.low, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    low_concurrency: u32,
    /// How often a long attempt shows that it lives; it is missed after three times as long
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=60))]
    heartbeat_seconds: u32,
    /// An SMTP server for mail, smtp://host:port; without one, mail is put into <data-dir>/mail
    #[arg(long)]
    smtp: Option<String>,
    /// A folder of scripts with their manifest.json; without one, those that are built in
    #[arg(long)]
    scripts: Option<PathBuf>,
    /// The server that `sql` jobs reach, postgres://user@host:port; without one, they reach the stand-in
    #[arg(long)]
    postgres: Option<String>,
    /// Addresses that jobs may call although they are not public, on any port: networks between commas, or nothing
    #[arg(long, default_value = "127.0.0.0/8,::1/128", value_parser = networks)]
    open_targets: Arc<[IpNet]>,
    #[command(flatten)]
    other_issuer: OtherIssuer,
}

fn networks(text: &str) -> Result<Arc<[IpNet]>, String> {
    let named = text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    named
        .map(|name| name.parse().map_err(|error| format!("{name}: {error}")))
        .collect()
}

impl Hosted {
    fn settings(self, endpoint: String, functions: Vec<Function>) -> Result<Settings, HostError> {
        let data_dir = self.data_dir;
        let tokens = self.other_issuer.or_else(|| {
            if functions.contains(&Function::Api) {
                Issuer::open(&data_dir, &RandomEntropy)
            } else {
                // No API here that would accept its tokens.
                Issuer::fresh(&RandomEntropy)
            }
        })?;
        let mail = match &self.smtp {
            Some(url) => LocalMail::smtp(url)?,
            None => LocalMail::Folder(data_dir.join("mail")),
        };
        Ok(Settings {
            mail,
            scripts: LocalScripts::new(self.scripts.as_deref(), &std::env::current_exe()?)?,
            postgres: self.postgres,
            open_targets: self.open_targets,
            endpoint,
            namespace: self.namespace,
            shards: self.shards,
            region: self.region,
            api_address: SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)),
            functions,
            // On your own machine you are rationed only if you say so.
            plans: plans_from_env(Tier::Enterprise)?,
            concurrency: PerBand {
                high: self.high_concurrency,
                normal: self.normal_concurrency,
                low: self.low_concurrency,
            },
            pulse: Pulse(TimeDelta::seconds(self.heartbeat_seconds.into())),
            band_visibility_seconds: self.band_visibility_seconds,
            secrets_dir: data_dir.join("secrets"),
            tokens,
        })
    }
}

fn main() -> Result<(), HostError> {
    // Each run of a script is kept by this program, started once more.
    punctual_script::become_what_the_arguments_say();
    command()
}

#[tokio::main]
async fn command() -> Result<(), HostError> {
    match Cli::parse().command {
        Command::Run {
            stand_in,
            stand_in_port,
            hosted,
        } => {
            start_live_log("run")?;
            let stand_in = StandIn::start(&stand_in, stand_in_port, Some(&hosted.data_dir)).await?;
            let outcome = match hosted.settings(stand_in.endpoint(), Function::ALL.to_vec()) {
                Ok(settings) => host(settings, true).await,
                Err(error) => Err(error),
            };
            // Last: its state is saved only when it ends cleanly.
            stand_in.stop().await?;
            outcome
        }
        Command::Function {
            function,
            endpoint,
            hosted,
        } => {
            start_live_log(function.name())?;
            host(hosted.settings(endpoint, vec![function])?, false).await
        }
        Command::Token {
            user,
            role,
            ttl_seconds,
            data_dir,
        } => {
            let issuer = Issuer::open(&data_dir, &RandomEntropy)?;
            let lifetime = TimeDelta::seconds(ttl_seconds.into());
            println!(
                "{}",
                issuer.token(&user, role, lifetime, SystemClock.now())?
            );
            Ok(())
        }
    }
}

async fn host(settings: Settings, greets: bool) -> Result<(), HostError> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let tokens = settings.tokens.clone();
    let system = Box::pin(System::start(settings)).await?;
    if let Some(address) = system.api_address()
        && greets
    {
        greet(address, &tokens)?;
    }
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping: what runs is finished first");
    system.stop().await;
    Ok(())
}

fn greet(address: SocketAddr, tokens: &Tokens) -> Result<(), HostError> {
    let token = match tokens {
        Tokens::Development(issuer) => {
            let lifetime = TimeDelta::seconds(TWELVE_HOURS.into());
            issuer.token(
                &UserId::new("me")?,
                domain::Role::User,
                lifetime,
                SystemClock.now(),
            )?
        }
        Tokens::Configured(_) => "...a token of your issuer".to_owned(),
    };
    println!(
        r#"
Punctual runs at http://{address}   (Ctrl-C stops it; its state is kept)

You are the user `me`, for twelve hours. `make token USER=... ROLE=...` makes another token.

  token={token}

Create a job that fires every ten seconds, and watch it here:

  curl -s http://{address}/v1/jobs -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
    -d '{{"name":"hello","job_type":"echo","payload":{{"hello":"world"}},"schedule":{{"kind":"every","seconds":10}}}}'
"#
    );
    Ok(())
}
