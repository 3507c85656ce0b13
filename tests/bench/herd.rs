//! The thundering herd on this machine: many recurring jobs, all due at one second, dispatched by hints and scanner as in
//! production. Prints lateness, what was lost or doubled, and what a run costs, from metered calls.

mod cost;
mod cpu;
mod report;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use clap::Parser;
use futures_util::{StreamExt, stream};
use punctual::domain::{self, Limits, Minute, Tier, Tiers, UserId};
use punctual::edge::{RandomEntropy, SystemClock};
use punctual::plan::Pulse;
use punctual::port::Clock;
use punctual_local::{
    Function, HostError, Issuer, LocalMail, LocalScripts, Settings, StandIn, System, Tokens,
};
use serde_json::json;

use crate::cpu::CpuTimes;
use crate::report::Report;

#[derive(Parser)]
#[command(about = "Runs jobs that are all due at one second, and reports lateness and cost")]
struct Cli {
    /// How many jobs
    #[arg(long, default_value_t = 5_000)]
    jobs: usize,
    /// The stand-in's program
    #[arg(long, default_value = ".venv/bin/ministack")]
    stand_in: PathBuf,
    /// The stand-in's port
    #[arg(long, default_value_t = 4_577)]
    stand_in_port: u16,
}

const NAMESPACE: &str = "bench";
/// To how many users the jobs belong.
const USERS: usize = 100;
/// Creates under way at once.
const CREATORS: usize = 8;
/// Slower than any machine creates jobs, per second: the herd must not be due before it is complete.
const CREATED_PER_SECOND: i64 = 60;
/// The bench gives up on stragglers this long after the herd was due.
const LONGEST_DRAIN: TimeDelta = TimeDelta::minutes(10);

#[tokio::main]
async fn main() -> Result<(), HostError> {
    let cli = Cli::parse();
    let stand_in = StandIn::start(&cli.stand_in, cli.stand_in_port, None).await?;
    let issuer = Issuer::fresh(&RandomEntropy)?;
    let system = System::start(Settings {
        open_targets: Settings::loopback(),
        endpoint: stand_in.endpoint(),
        namespace: NAMESPACE.to_owned(),
        shards: punctual::edge::Config::DEFAULT_SHARDS,
        region: None,
        api_address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        functions: Function::ALL.to_vec(),
        plans: unrationed(),
        concurrency: Settings::CONCURRENCY,
        pulse: Pulse::STANDARD,
        band_visibility_seconds: None,
        secrets_dir: std::env::temp_dir(),
        tokens: Tokens::Development(issuer.clone()),
        mail: LocalMail::Folder(std::env::temp_dir().join("punctual-bench-mail")),
        scripts: LocalScripts::new(None, &std::env::current_exe()?)?,
        postgres: None,
    })
    .await?;
    let report = run(&cli, &system, &issuer, stand_in.pid()).await;
    system.stop().await;
    stand_in.stop().await?;
    println!("{}", report?);
    Ok(())
}

/// One user creates the whole herd as fast as it can.
fn unrationed() -> Tiers {
    let tiers = Tiers::default();
    Tiers {
        enterprise: Limits {
            jobs_per_minute: 1_000_000,
            ..tiers.enterprise
        },
        unassigned: Tier::Enterprise,
        ..tiers
    }
}

async fn run(
    cli: &Cli,
    system: &System,
    issuer: &Issuer,
    stand_in: Option<u32>,
) -> Result<Report, HostError> {
    let clock = SystemClock;
    let creation = TimeDelta::seconds(i64::try_from(cli.jobs)? / CREATED_PER_SECOND + 1);
    // Beyond the direct window when the last job is created, so that every job goes by its hint.
    let due = Minute::of(clock.now() + creation).plus(6).start();
    println!("{} jobs, all due at {due}", cli.jobs);
    let began = clock.now();
    create(system, issuer, cli.jobs, due).await?;
    let took = (clock.now() - began).num_milliseconds();
    println!(
        "created in {:.1} s; waiting for the scanner and the second",
        seconds(took)
    );

    let created = system.meter().snapshot();
    let cpu_before = CpuTimes::read(stand_in)?;
    let finishes = 2 * u64::try_from(cli.jobs)?;
    let writes = |system: &System| {
        let usage = system.meter().snapshot();
        usage
            .get("dynamodb.PutItem executions")
            .map_or(0, |usage| usage.requests)
    };
    let mut shown = 0;
    while writes(system) < finishes && clock.now() < due + LONGEST_DRAIN {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let percent = writes(system) * 100 / finishes.max(1);
        if percent >= shown + 10 {
            shown = percent;
            println!("  {percent} % done");
        }
    }
    let drained_at = clock.now();
    let cpu = CpuTimes::read(stand_in)?.since(&cpu_before);
    Report::read(system, NAMESPACE, cli.jobs, due, drained_at, &created, cpu).await
}

fn seconds(milliseconds: i64) -> f64 {
    Duration::from_millis(milliseconds.unsigned_abs()).as_secs_f64()
}

async fn create(
    system: &System,
    issuer: &Issuer,
    jobs: usize,
    due: DateTime<Utc>,
) -> Result<(), HostError> {
    let api = system.api_address().ok_or("the API is not hosted")?;
    let client = punctual::edge::http_client()?;
    let expression = format!("{} {} * * *", due.minute(), due.hour());
    let tokens = (0..USERS)
        .map(|number| {
            let user = UserId::new(&format!("user-{number}"))?;
            issuer.token(
                &user,
                domain::Role::User,
                TimeDelta::hours(12),
                SystemClock.now(),
            )
        })
        .collect::<Result<Vec<_>, HostError>>()?;
    let created = stream::iter(0..jobs)
        .map(|number| {
            let job = json!({
                "name": format!("herd {number}"),
                "job_type": "echo",
                "schedule": { "kind": "cron", "expression": expression },
            });
            let request = client
                .post(format!("http://{api}/v1/jobs"))
                .bearer_auth(&tokens[number % USERS])
                .json(&job);
            async move {
                let status = request.send().await?.status();
                if status.as_u16() == 201 {
                    Ok(())
                } else {
                    Err(HostError::from(format!("create answered {status}")))
                }
            }
        })
        .buffer_unordered(CREATORS)
        .collect::<Vec<Result<(), HostError>>>()
        .await;
    created.into_iter().collect()
}
