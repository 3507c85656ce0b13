//! Fairness and shedding on this machine. One user wants a hundred times as much as each of the others, at the same
//! priority and in the same second; then more is asked for than there is capacity for, at all priorities. Prints how late
//! everybody was, what was deferred, the levels, and what was lost or doubled. Jobs are stored as if they had been created
//! long before, so it is the scheduler that is measured, not how fast this machine creates them.

mod fair_figures;
mod fair_target;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use futures_util::{StreamExt, TryStreamExt, stream};
use punctual::aws::{AwsPorts, Meter, connect};
use punctual::domain::{
    Band, DispatchMessage, ExecutionId, JobId, JobRequest, Level, Minute, PerBand, Tier, Tiers,
    UserId,
};
use punctual::edge::{Config, RandomEntropy, SystemClock};
use punctual::plan::Pulse;
use punctual::port::{
    Backlog, Clock, Deferred, Gauges, Hint, HintKind, Hints, Jobs, OutgoingMessage, Put, Queues,
    ScanProgress, SendAt,
};
use punctual_local::{
    Function, HostError, Issuer, LocalMail, LocalScripts, Settings, StandIn, System, Tokens,
};
use serde_json::json;

use crate::fair_figures::{Figures, Group};
use crate::fair_target::Target;

#[derive(Parser)]
#[command(about = "Measures how much one user with much work delays the others, and what is shed")]
struct Cli {
    /// How many others there are
    #[arg(long, default_value_t = 20)]
    others: usize,
    /// How many jobs each of them has in the minute; the greedy one has a hundred times as many
    #[arg(long, default_value_t = 10)]
    each: usize,
    /// The stand-in's program
    #[arg(long, default_value = ".venv/bin/ministack")]
    stand_in: PathBuf,
    /// The stand-in's port
    #[arg(long, default_value_t = 4_578)]
    stand_in_port: u16,
}

const NAMESPACE: &str = "fair";
const SHARDS: NonZeroU16 = NonZeroU16::new(4).unwrap();
/// One batch of ten at a time in each band: ten places, so that the queues are scarce and this machine is not.
const CONCURRENCY: PerBand<u32> = PerBand {
    high: 1,
    normal: 1,
    low: 1,
};
/// How long the target takes, while fairness is measured.
const SHORT: Duration = Duration::from_millis(200);
/// And while shedding is: ten places take six hundred a minute.
const LONG: Duration = Duration::from_secs(1);
/// Per priority: sent at once, as what is created within minutes of its time is; and by hints, minutes later.
const SENT: [(u8, usize); 3] = [(2, 300), (5, 600), (9, 1_800)];
const HINTED: [(u8, usize); 4] = [(1, 200), (4, 200), (6, 200), (8, 200)];
/// The bench gives up on stragglers this long after the last jobs were due.
const LONGEST_DRAIN: TimeDelta = TimeDelta::minutes(15);

#[tokio::main]
async fn main() -> Result<(), HostError> {
    let cli = Cli::parse();
    let stand_in = StandIn::start(&cli.stand_in, cli.stand_in_port, None).await?;
    let endpoint = stand_in.endpoint();
    let workers = host(&endpoint, &[Function::Worker]).await?;
    let config = Config {
        namespace: NAMESPACE.to_owned(),
        queue_base_url: format!("{endpoint}/000000000000"),
        shards: SHARDS,
        region: None,
        event_bus: None,
        mail_from: None,
        results_bucket: None,
    };
    let (ports, _) = connect(workers.clients(), &config, &Arc::new(Meter::default()));
    let figures = Box::pin(run(&cli, &ports, &workers, &endpoint)).await;
    workers.stop().await;
    stand_in.stop().await?;
    println!("{}", figures?);
    Ok(())
}

async fn host(endpoint: &str, functions: &[Function]) -> Result<System, HostError> {
    System::start(Settings {
        endpoint: endpoint.to_owned(),
        namespace: NAMESPACE.to_owned(),
        shards: SHARDS,
        region: None,
        api_address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        functions: functions.to_vec(),
        plans: Tiers {
            unassigned: Tier::Enterprise,
            ..Tiers::default()
        },
        concurrency: CONCURRENCY,
        band_visibility_seconds: None,
        secrets_dir: std::env::temp_dir(),
        tokens: Tokens::Development(Issuer::fresh(&RandomEntropy)?),
        mail: LocalMail::Folder(std::env::temp_dir().join("punctual-bench-mail")),
        postgres: None,
        open_targets: Settings::loopback(),
        pulse: Pulse::STANDARD,
        scripts: LocalScripts::new(None, &std::env::current_exe()?)?,
    })
    .await
}

/// A job to be stored.
struct Planned {
    id: JobId,
    user: String,
    priority: u8,
    due: DateTime<Utc>,
    group: Group,
    /// Its message is sent at once, as if it had been created within the direct window.
    direct: bool,
}

/// `count` jobs of one group.
fn jobs(
    planned: &mut Vec<Planned>,
    count: usize,
    user: &str,
    (priority, due): (u8, DateTime<Utc>),
    group: Group,
    direct: bool,
) {
    for _ in 0..count {
        let id = JobId::from_random(planned.len() as u128);
        let user = user.to_owned();
        planned.push(Planned {
            id,
            user,
            priority,
            due,
            group,
            direct,
        });
    }
}

fn plan(
    cli: &Cli,
    alone: DateTime<Utc>,
    beside: DateTime<Utc>,
    shed: DateTime<Utc>,
) -> Vec<Planned> {
    let mut planned = Vec::new();
    for number in 0..cli.others {
        let user = format!("user-{number}");
        let all = &mut planned;
        jobs(all, cli.each, &user, (5, alone), Group::Alone, false);
        jobs(all, cli.each, &user, (5, beside), Group::Beside, false);
    }
    let much = 100 * cli.each;
    jobs(
        &mut planned,
        much,
        "greedy",
        (5, beside),
        Group::Greedy,
        false,
    );
    // Scanned once the level has risen: what was sent before for the next minutes is not called back.
    let later = shed + TimeDelta::minutes(3);
    for (all_at, listed, direct) in [(shed, &SENT[..], true), (later, &HINTED[..], false)] {
        for (priority, count) in listed {
            let band = match priority {
                1..=3 => Band::High,
                4..=7 => Band::Normal,
                _ => Band::Low,
            };
            let group = Group::Shed(band);
            jobs(
                &mut planned,
                *count,
                "many",
                (*priority, all_at),
                group,
                direct,
            );
        }
    }
    planned
}

async fn run(
    cli: &Cli,
    ports: &AwsPorts,
    workers: &System,
    endpoint: &str,
) -> Result<Figures, HostError> {
    let clock = SystemClock;
    ports.store.begin_at(Minute::of(clock.now())).await?;
    let target = Target::start(SHORT).await?;
    // Behind the time that storing takes.
    let alone = Minute::of(clock.now()).plus(3).start();
    let beside = alone + TimeDelta::minutes(1);
    let shed = beside + TimeDelta::minutes(3);
    let planned = plan(cli, alone, beside, shed);
    println!(
        "{} jobs; {} others with {} each, alone at {alone}, beside a greedy one with {} at {beside}; shed at {shed}",
        planned.len(),
        cli.others,
        cli.each,
        100 * cli.each
    );
    stream::iter(&planned)
        .map(|job| store(ports, &target, job))
        .buffer_unordered(8)
        .try_collect::<Vec<()>>()
        .await?;
    println!("stored at {}", clock.now());
    let scanner = host(endpoint, &[Function::Scanner]).await?;
    let groups: HashMap<_, _> = planned.iter().map(|job| (job.id, job.group)).collect();
    let mut figures = Figures::new(groups, (cli.others, cli.each));
    let mut is_slow = false;
    let give_up = shed + LONGEST_DRAIN;
    while clock.now() < give_up {
        tokio::time::sleep(Duration::from_secs(2)).await;
        if !is_slow && clock.now() > shed - TimeDelta::seconds(50) {
            is_slow = true;
            target.take(LONG);
            send(ports, &planned).await?;
        }
        look(ports, &mut figures, clock.now()).await?;
        if target.answered() >= planned.len() && is_slow {
            break;
        }
    }
    // The last records are written after the last answers.
    tokio::time::sleep(Duration::from_secs(3)).await;
    scanner.stop().await;
    figures.read(workers, NAMESPACE).await?;
    figures.doubled_calls = target.doubled();
    Ok(figures)
}

async fn store(ports: &AwsPorts, target: &Target, job: &Planned) -> Result<(), HostError> {
    let request: JobRequest = serde_json::from_value(json!({
        "name": "fair",
        "job_type": "http",
        "payload": { "url": target.url() },
        "priority": job.priority,
        "retry": { "max_retries": 0 },
        "schedule": { "kind": "once", "at": job.due.to_rfc3339() },
    }))?;
    let user = UserId::new(&job.user)?;
    let row = request.into_job(job.id, user, job.due - TimeDelta::hours(1))?;
    if !job.direct {
        let hint = Hint {
            at: job.due,
            job: job.id,
            kind: HintKind::Fire,
        };
        ports.store.put_hints(&[hint]).await?;
    }
    match ports.store.put_job(&row).await? {
        Put::Written => Ok(()),
        Put::Refused(_) => Err("a job is there already".into()),
    }
}

async fn send(ports: &AwsPorts, planned: &[Planned]) -> Result<(), HostError> {
    let mut outgoing = Vec::new();
    for job in planned.iter().filter(|job| job.direct) {
        let id = ExecutionId::scheduled(job.id, job.due);
        let Group::Shed(band) = job.group else {
            continue;
        };
        outgoing.push(OutgoingMessage {
            lane: band.into(),
            user: Some(UserId::new(&job.user)?),
            send_at: SendAt::Before(job.due),
            message: DispatchMessage::new(id, 1, serde_json::from_value(json!(30))?),
        });
    }
    Ok(ports.queues.send(&outgoing).await?)
}

/// Notes the level and what is deferred, as far as they have changed.
async fn look(
    ports: &AwsPorts,
    figures: &mut Figures,
    now: DateTime<Utc>,
) -> Result<(), HostError> {
    let found = ports.store.pressure().await?;
    let level = found.map_or(Level::Calm, |found| found.level);
    let mut deferred = PerBand::default();
    for band in Band::ALL {
        let backlog = Backlog::Capacity(band);
        *deferred.get_mut(band) = ports.store.count_deferred(&backlog, 10_000).await?.count;
    }
    figures.note(now, level, deferred);
    Ok(())
}
