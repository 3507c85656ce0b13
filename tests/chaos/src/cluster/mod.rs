//! The system as separate processes, each with a link of its own to the stand-in, and what befalls them.

mod process;
mod proxy;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::net::{TcpListener, TcpStream};

use self::process::Process;
use self::proxy::Proxy;
use crate::Broken;
use crate::strike::{Fault, STAND_IN, Strike, Weather};

/// The processes: more than one of everything that AWS runs more than one of.
const MEMBERS: [(&str, &str); 9] = [
    ("api-1", "api"),
    ("api-2", "api"),
    ("scanner-1", "scanner"),
    ("scanner-2", "scanner"),
    ("worker-1", "worker"),
    ("worker-2", "worker"),
    ("worker-3", "worker"),
    ("dlq-1", "dlq"),
    ("reconciler-1", "reconciler"),
];

/// How long a received message stays hidden: what a killed worker is missed by.
const VISIBILITY_SECONDS: u32 = 15;

/// How often a long attempt shows that it lives.
const HEARTBEAT_SECONDS: u32 = 5;

/// Where things are.
#[derive(Clone, Debug)]
pub struct Places {
    /// `punctual-local`.
    pub host: PathBuf,
    /// The stand-in's program.
    pub stand_in: PathBuf,
    /// The run's own folder: logs, state, keys, traces.
    pub folder: PathBuf,
}

impl Places {
    /// Whether the stand-in keeps what it has acknowledged when it is killed. The one in Python writes its state down only
    /// when it ends cleanly.
    pub fn stand_in_is_durable(&self) -> bool {
        self.stand_in
            .file_name()
            .is_none_or(|name| name != "ministack")
    }

    /// Where the processes' keys are.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Where they write the protocol's events.
    pub fn trace(&self) -> PathBuf {
        self.folder.join("trace")
    }
}

struct Member {
    process: Process,
    link: Proxy,
}

/// The processes.
pub struct Cluster {
    stand_in: Process,
    members: Vec<Member>,
    apis: Vec<String>,
    restarts: usize,
}

impl Cluster {
    /// How long it takes at most until a message comes back that a killed worker had received.
    pub const REDELIVERY: Duration = Duration::from_secs(VISIBILITY_SECONDS as u64 + 10);

    /// The victims' names, without the stand-in's.
    pub fn victims() -> Vec<&'static str> {
        MEMBERS.iter().map(|(name, _)| *name).collect()
    }

    /// Starts everything, and waits until the APIs answer.
    ///
    /// # Errors
    /// If something does not start.
    pub async fn start(places: &Places) -> Result<Self, Broken> {
        for folder in [places.folder.join("log"), places.data(), places.trace()] {
            std::fs::create_dir_all(folder)?;
        }
        let port = free_port().await?;
        let mut stand_in = stand_in(places, port);
        stand_in.start()?;
        answers(port).await?;
        let mut members = Vec::new();
        let mut apis = Vec::new();
        for (name, function) in MEMBERS {
            let link = Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
            let port = free_port().await?;
            let mut process = member(places, name, function, &link, port);
            process.start()?;
            if function == "api" {
                apis.push(format!("http://127.0.0.1:{port}"));
                // The first one makes the tables and queues.
                answers(port).await?;
            }
            members.push(Member { process, link });
        }
        Ok(Self {
            stand_in,
            members,
            apis,
            restarts: 0,
        })
    }

    /// The addresses of the APIs.
    pub fn apis(&self) -> Vec<String> {
        self.apis.clone()
    }

    /// How often a process that had ended by itself was started again.
    pub fn restarts(&self) -> usize {
        self.restarts
    }

    /// Lets a strike fall.
    pub async fn strike(&mut self, strike: &Strike) {
        if let (Fault::Link(weather), Some(member)) = (strike.fault, self.member(&strike.victim)) {
            return member.link.set(weather);
        }
        let Some(process) = self.process(&strike.victim) else {
            return;
        };
        match strike.fault {
            Fault::Kill => process.end(Signal::SIGKILL).await,
            Fault::Terminate => {
                // One that is frozen would never hear it.
                process.signal(Signal::SIGCONT);
                process.signal(Signal::SIGTERM);
                tokio::time::sleep(TO_END_CLEANLY).await;
                process
                    .end(if strike.victim == STAND_IN {
                        Signal::SIGTERM
                    } else {
                        Signal::SIGKILL
                    })
                    .await;
            }
            Fault::Freeze => process.signal(Signal::SIGSTOP),
            Fault::Link(_) => {}
        }
    }

    /// Ends what a strike has begun.
    ///
    /// # Errors
    /// If a process cannot be started again.
    pub fn relieve(&mut self, strike: &Strike) -> Result<(), Broken> {
        if let (Fault::Link(_), Some(member)) = (strike.fault, self.member(&strike.victim)) {
            member.link.set(Weather::Clear);
            return Ok(());
        }
        match (strike.fault, self.process(&strike.victim)) {
            (Fault::Freeze, Some(process)) => process.signal(Signal::SIGCONT),
            (_, Some(process)) => process.start()?,
            (_, None) => {}
        }
        Ok(())
    }

    /// Starts again what ended by itself: a process that cannot reach the stand-in when it starts gives up.
    ///
    /// # Errors
    /// If a process cannot be started.
    pub fn supervise(&mut self) -> Result<(), Broken> {
        for member in &mut self.members {
            if member.process.supervise()? {
                self.restarts += 1;
            }
        }
        Ok(())
    }

    /// Makes everything well: links clear, processes awake and running.
    ///
    /// # Errors
    /// If a process cannot be started, or an API does not answer.
    pub async fn heal(&mut self) -> Result<(), Broken> {
        self.stand_in.signal(Signal::SIGCONT);
        self.stand_in.start()?;
        for member in &mut self.members {
            member.link.set(Weather::Clear);
            member.process.signal(Signal::SIGCONT);
            member.process.start()?;
        }
        for api in &self.apis {
            let port = api.rsplit(':').next().and_then(|port| port.parse().ok());
            let mut left = POLLS;
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port.unwrap_or_default()))
                .await
                .is_err()
            {
                left = left.checked_sub(1).ok_or("an API does not come back")?;
                for member in &mut self.members {
                    member.process.supervise()?;
                }
                tokio::time::sleep(POLL).await;
            }
        }
        Ok(())
    }

    /// Ends everything: the functions first, the stand-in after them.
    pub async fn stop(mut self) {
        for member in &self.members {
            member.process.signal(Signal::SIGTERM);
        }
        tokio::time::sleep(TO_END_CLEANLY).await;
        for member in &mut self.members {
            member.process.end(Signal::SIGKILL).await;
        }
        self.stand_in.end(Signal::SIGTERM).await;
    }

    fn member(&mut self, name: &str) -> Option<&mut Member> {
        let mut members = self.members.iter_mut();
        members.find(|member| member.process.name == name)
    }

    fn process(&mut self, name: &str) -> Option<&mut Process> {
        if name == STAND_IN {
            return Some(&mut self.stand_in);
        }
        self.member(name).map(|member| &mut member.process)
    }
}

/// How long a process that is told to end may take.
const TO_END_CLEANLY: Duration = Duration::from_secs(3);

const POLL: Duration = Duration::from_millis(200);
const POLLS: u32 = 300;

fn stand_in(places: &Places, port: u16) -> Process {
    let log = places.folder.join("log/stand-in.log");
    let state = places.folder.join("state");
    if places.stand_in_is_durable() {
        let arguments = ["--port", &port.to_string(), "--state"].map(str::to_owned);
        let arguments = arguments.into_iter().chain([text(&state)]).collect();
        return Process::new(STAND_IN, places.stand_in.clone(), arguments, log);
    }
    let settings = [
        ("BIND_HOST", "127.0.0.1"),
        ("GATEWAY_PORT", &port.to_string()),
        ("SERVICES", "dynamodb,sqs,events,s3"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("IOT_MTLS_ENABLED", "0"),
        ("SFTP_ENABLED", "0"),
        ("LOG_LEVEL", "WARNING"),
        ("PERSIST_STATE", "1"),
        ("STATE_DIR", &text(&state)),
    ];
    let process = Process::new(STAND_IN, places.stand_in.clone(), Vec::new(), log);
    settings
        .into_iter()
        .fold(process, |process, (name, value)| process.with(name, value))
}

fn member(places: &Places, name: &str, function: &str, link: &Proxy, port: u16) -> Process {
    let arguments = [
        "function",
        function,
        "--endpoint",
        &link.endpoint(),
        "--data-dir",
        &text(&places.data()),
        "--namespace",
        "chaos",
        "--shards",
        "4",
        "--port",
        &port.to_string(),
        "--band-visibility-seconds",
        &VISIBILITY_SECONDS.to_string(),
        "--heartbeat-seconds",
        &HEARTBEAT_SECONDS.to_string(),
    ];
    let arguments = arguments.map(str::to_owned).to_vec();
    let log = places.folder.join(format!("log/{name}.log"));
    Process::new(name, places.host.clone(), arguments, log)
        .with("PUNCTUAL_TRACE", &text(&places.trace()))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

async fn free_port() -> std::io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    Ok(listener.local_addr()?.port())
}

async fn answers(port: u16) -> Result<(), Broken> {
    for _ in 0..POLLS {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .is_ok()
        {
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
    Err(format!("nothing answers at port {port}").into())
}
