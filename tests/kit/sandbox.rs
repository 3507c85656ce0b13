//! A namespace of its own in the stand-in that `tests/with-stand-in` started: tests run side by side and see nothing of
//! each other.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use punctual::aws::{
    AwsPorts, Clients, Endpoint, Meter, PARTITION_KEY, SORT_KEY, SignedDoor, connect, provision,
};
use punctual::domain::{self, Tier, Tiers, UserId};
use punctual::edge::{Config, RandomEntropy, SystemClock};
use punctual::plan::Pulse;
use punctual::port::Clock;
use punctual_local::{
    Function, Issuer, LocalMail, LocalScripts, SecretFiles, Settings, System, Tokens,
};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

/// How long [`eventually`] waits: a bound against hanging, far above what is needed, and no measure of anything.
const PATIENCE: Duration = Duration::from_secs(150);

/// A namespace, and the means to use it.
pub struct Sandbox {
    /// The stand-in's address.
    pub endpoint: String,
    /// The namespace.
    pub namespace: String,
    /// The ports, for a test that looks behind the API.
    pub ports: AwsPorts,
    /// The clients behind the ports.
    pub clients: Clients,
    /// Where the mail of functions goes that are hosted from now on.
    pub mail: LocalMail,
    /// The database that their `sql` jobs reach; without one, the stand-in's.
    pub postgres: Option<String>,
    /// How the workers show in long attempts that they live.
    pub pulse: Pulse,
    /// The region that hosted functions play.
    pub region: Option<String>,
    /// A folder of scripts; without one, those that are built in.
    pub scripts: Option<PathBuf>,
    issuer: Issuer,
    visibility_seconds: u32,
    secrets: SecretFolder,
    http: reqwest::Client,
    api: Option<SocketAddr>,
}

/// Redelivery after a crash waits for this, in seconds.
const VISIBILITY_SECONDS: u32 = 5;

impl Sandbox {
    /// Makes the tables and queues of a fresh namespace.
    ///
    /// # Panics
    /// Without a stand-in: run the tests by `tests/with-stand-in`.
    pub async fn new() -> Self {
        Self::with_visibility(VISIBILITY_SECONDS).await
    }

    /// The same, but what is received and not deleted comes back after so many seconds.
    ///
    /// # Panics
    /// As [`Self::new`].
    pub async fn with_visibility(visibility_seconds: u32) -> Self {
        let endpoint = std::env::var("PUNCTUAL_TEST_ENDPOINT").expect(
            "PUNCTUAL_TEST_ENDPOINT is not set: run this by tests/with-stand-in, or make test",
        );
        let clients = Clients::new(Some(&Endpoint(endpoint.clone()))).await;
        #[expect(clippy::disallowed_methods, reason = "this is a test's edge")]
        let namespace = format!("t{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
        make(&clients, &namespace, visibility_seconds).await;
        let config = Config {
            namespace: namespace.clone(),
            queue_base_url: format!("{endpoint}/000000000000"),
            shards: SHARDS,
            region: None,
            event_bus: None,
            mail_from: None,
            results_bucket: None,
        };
        let (ports, _) = connect(&clients, &config, &Arc::new(Meter::default()));
        let folder = std::env::temp_dir().join(format!("punctual-{namespace}"));
        Self {
            endpoint,
            visibility_seconds,
            secrets: SecretFolder(folder),
            namespace,
            ports,
            clients,
            issuer: Issuer::fresh(&RandomEntropy).expect("an issuer"),
            http: punctual::edge::http_client().expect("an HTTP client"),
            api: None,
            mail: LocalMail::Folder(std::env::temp_dir().join("punctual-mail")),
            postgres: None,
            pulse: Pulse::STANDARD,
            region: None,
            scripts: None,
        }
    }

    /// Where this namespace's secrets are.
    pub fn secrets_dir(&self) -> PathBuf {
        self.secrets.0.join("secrets")
    }

    /// Gives a user a secret.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn keep_secret(&self, user: &str, name: &str, text: &str) {
        let secrets = SecretFiles::new(self.secrets_dir());
        let user = UserId::new(user).expect("a user's name");
        let path = secrets.path(&user, &name.parse().expect("a secret's name"));
        let folder = path.parent().expect("a folder");
        std::fs::create_dir_all(folder).expect("the user's folder");
        let mut file = std::fs::OpenOptions::new();
        let file = file.write(true).create(true).truncate(true).mode(0o600);
        let mut file = file.open(path).expect("the secret's file");
        file.write_all(text.as_bytes()).expect("the secret");
    }

    /// Hosts functions in this process.
    ///
    /// # Panics
    /// If they cannot be started.
    pub async fn host(&mut self, functions: &[Function]) -> System {
        let plans = Tiers {
            unassigned: Tier::Enterprise,
            ..Tiers::default()
        };
        self.host_with(functions, plans).await
    }

    /// Hosts functions in this process, for users of these plans. Calls go to the API that was hosted last.
    ///
    /// # Panics
    /// If they cannot be started.
    pub async fn host_with(&mut self, functions: &[Function], plans: Tiers) -> System {
        let system = Box::pin(System::start(Settings {
            endpoint: self.endpoint.clone(),
            namespace: self.namespace.clone(),
            shards: SHARDS,
            region: self.region.clone(),
            api_address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            functions: functions.to_vec(),
            plans,
            concurrency: Settings::CONCURRENCY,
            pulse: self.pulse,
            band_visibility_seconds: Some(self.visibility_seconds),
            secrets_dir: self.secrets_dir(),
            tokens: Tokens::Development(self.issuer.clone()),
            mail: self.mail.clone(),
            scripts: LocalScripts::new(self.scripts.as_deref(), &binary("punctual-local"))
                .expect("the scripts"),
            postgres: self.postgres.clone(),
            open_targets: Settings::loopback(),
        }))
        .await
        .expect("the system starts");
        self.api = system.api_address().or(self.api);
        system
    }

    /// Hosts a function in a process of its own, which ends with the test.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn spawn(&self, function: &str) -> Child {
        self.spawn_with(function, &["--port", "0"])
    }

    /// As [`Self::spawn`], with more options.
    ///
    /// # Panics
    /// As [`Self::spawn`].
    pub fn spawn_with(&self, function: &str, options: &[&str]) -> Child {
        let mut command = self.command(function);
        let spawned = command.args(options).kill_on_drop(true).spawn();
        spawned.expect("the function's process")
    }

    /// What hosts a function in a process of its own.
    pub fn command(&self, function: &str) -> Command {
        let mut command = Command::new(binary("punctual-local"));
        command
            .args(["function", function, "--endpoint", &self.endpoint])
            .args(["--namespace", &self.namespace])
            .args(["--shards", &SHARDS.to_string()])
            .args(["--band-visibility-seconds", &VISIBILITY_SECONDS.to_string()])
            .args([
                "--heartbeat-seconds",
                &self.pulse.0.num_seconds().to_string(),
            ]);
        command
    }

    /// A header that proves a caller to the hosted API.
    ///
    /// # Panics
    /// If `user` cannot be a user's name.
    pub fn token(&self, user: &str, role: domain::Role) -> String {
        let user = UserId::new(user).expect("a user's name");
        let token = self
            .issuer
            .token(&user, role, TimeDelta::hours(1), SystemClock.now());
        format!("Bearer {}", token.expect("a token"))
    }

    /// Calls the API as `alice`, a user. Returns the status and the body, null if it has none.
    ///
    /// # Panics
    /// If the API does not answer, or not with JSON.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        self.call_with(method, path, body, &[]).await
    }

    /// Calls the API with more headers; as `alice`, a user, unless they say who calls.
    ///
    /// # Panics
    /// As [`Self::call`].
    pub async fn call_with(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> (u16, Value) {
        let api = self.api.expect("the API is hosted");
        let method = method.parse().expect("a method");
        let mut request = self.http.request(method, format!("http://{api}{path}"));
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            request = request.header("authorization", self.token("alice", domain::Role::User));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("the API answers");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a body");
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).expect("JSON")
        };
        (status, body)
    }

    /// Creates a job and returns its id.
    ///
    /// # Panics
    /// If the API refuses it.
    pub async fn create(&self, job: Value) -> String {
        let (status, body) = self.call("POST", "/v1/jobs", Some(job)).await;
        assert_eq!(status, 201, "{body}");
        body["id"].as_str().expect("an id").to_owned()
    }

    /// The job's executions, latest first.
    ///
    /// # Panics
    /// If the API does not list them.
    pub async fn executions(&self, job: &str) -> Vec<Value> {
        let (status, body) = self
            .call("GET", &format!("/v1/jobs/{job}/executions"), None)
            .await;
        assert_eq!(status, 200, "{body}");
        body["items"].as_array().expect("items").clone()
    }

    /// Waits for the job's first execution to reach `state`, and returns it.
    pub async fn execution_in(&self, job: &str, state: &str) -> Value {
        eventually(&format!("an execution of {job} is {state}"), || async {
            let executions = self.executions(job).await;
            executions
                .into_iter()
                .find(|execution| execution["state"] == state)
        })
        .await
    }

    /// Runs a job as it is, and returns the execution's id.
    ///
    /// # Panics
    /// If the API refuses it.
    pub async fn run(&self, job: &str) -> String {
        let path = format!("/v1/jobs/{job}/run");
        let (status, body) = self.call("POST", &path, None).await;
        assert_eq!(status, 202, "{body}");
        body["execution_id"].as_str().expect("an id").to_owned()
    }

    /// Waits for the execution `id` to reach `state`, and returns it.
    pub async fn execution(&self, id: &str, state: &str) -> Value {
        let path = format!("/v1/executions/{id}");
        eventually(&format!("{id} is {state}"), || async {
            let (_, found) = self.call("GET", &path, None).await;
            (found["state"] == state).then_some(found)
        })
        .await
    }

    /// Takes everything out of a table, as if it had been lost and restored empty.
    ///
    /// # Panics
    /// If the stand-in does not do as asked.
    pub async fn empty_table(&self, table: &str) {
        let dynamodb = &self.clients.dynamodb;
        let scanned = dynamodb.scan().table_name(table).consistent_read(true);
        for mut item in scanned
            .send()
            .await
            .expect("the items")
            .items
            .unwrap_or_default()
        {
            item.retain(|name, _| [PARTITION_KEY, SORT_KEY].contains(&name.as_str()));
            let delete = dynamodb.delete_item().table_name(table).set_key(Some(item));
            delete.send().await.expect("a delete");
        }
    }

    /// An `http` job that calls `url` once, `seconds` from now.
    pub fn once_in(seconds: i64, url: &str) -> Value {
        Self::once_of(seconds, "http", &json!({ "url": url }))
    }

    /// A job of any type that runs once, `seconds` from now.
    pub fn once_of(seconds: i64, job_type: &str, payload: &Value) -> Value {
        let at = SystemClock.now() + TimeDelta::seconds(seconds);
        json!({
            "name": "once",
            "job_type": job_type,
            "payload": payload,
            "schedule": { "kind": "once", "at": whole_second(at) },
        })
    }

    /// Runs a job of any type once, soon, with one retry, and returns how its execution ended: it must be in `state`.
    ///
    /// # Panics
    /// If it is not.
    pub async fn run_once(&self, job_type: &str, payload: &Value, state: &str) -> Value {
        let mut job = Self::once_of(2, job_type, payload);
        job["retry"] = json!({ "max_retries": 1, "backoff_seconds": 1 });
        let job = self.create(job).await;
        let ended = eventually(&format!("the {job_type} job ends"), || async {
            let executions = self.executions(&job).await;
            executions.into_iter().find(|execution| {
                let state = execution["state"].as_str().unwrap_or_default();
                !["running", "retry_wait"].contains(&state)
            })
        })
        .await;
        assert_eq!(ended["state"], state, "{ended}");
        ended
    }

    /// The whole of a result that its record has no room for, by the link that its owner is given.
    ///
    /// # Panics
    /// If there is no link, or nothing behind it.
    pub async fn result_of(&self, execution: &Value) -> Vec<u8> {
        let id = execution["id"].as_str().expect("an id");
        let path = format!("/v1/executions/{id}/result");
        let (status, link) = self.call("GET", &path, None).await;
        assert_eq!(status, 200, "{link}");
        let request = self.http.get(link["url"].as_str().expect("a link"));
        let response = request.send().await.expect("the bucket answers");
        assert_eq!(response.status().as_u16(), 200, "{link}");
        response.bytes().await.expect("the result").to_vec()
    }

    /// The signed door, for a test that makes what jobs are to reach.
    ///
    /// # Panics
    /// If TLS cannot be set up.
    pub fn door(&self) -> SignedDoor {
        let meter = Arc::new(Meter::default());
        let door = self.clients.door(&self.namespace, &meter);
        door.expect("a door")
    }
}

/// The folder of a namespace's secrets, which goes with its test.
struct SecretFolder(PathBuf);

impl Drop for SecretFolder {
    fn drop(&mut self) {
        // Most tests have none.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const SHARDS: NonZeroU16 = NonZeroU16::new(4).unwrap();

/// Makes the tables and queues. All tests do at once what takes a busy stand-in longer than a call may: what is there already
/// stays, so that it can be done again.
async fn make(clients: &Clients, namespace: &str, visibility_seconds: u32) {
    let mut tries = 1..=5;
    while let Err(error) = Box::pin(provision(clients, namespace, Some(visibility_seconds))).await {
        assert!(tries.next().is_some(), "tables and queues: {error:?}");
    }
}

/// An instant as the API takes it.
fn whole_second(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Asks again and again until there is an answer.
///
/// # Panics
/// If there is none after a time that is far above what it should take.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    let answered = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let answer = tokio::time::timeout(PATIENCE, answered).await;
    answer.unwrap_or_else(|_| panic!("waited in vain until {what}"))
}

/// A binary of this workspace, built beside the running test: `cargo build --workspace --bins` makes them.
///
/// # Panics
/// If it has not been built.
pub fn binary(name: &str) -> PathBuf {
    let mut folder = std::env::current_exe().expect("the test's own path");
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let binary = folder.join(name);
    assert!(
        binary.exists(),
        "{} is missing: run cargo build --workspace --bins, or make test",
        binary.display()
    );
    binary
}
