//! The command line as a person uses it: its real process, against the real system, over HTTP.

use std::process::{Output, Stdio};

use chrono::{SecondsFormat, TimeDelta};
use punctual::domain;
use punctual::edge::SystemClock;
use punctual::port::Clock;
use punctual_local::{Function, System};
use punctual_tests::{Answer, Sandbox, Target, binary, eventually};
use serde_json::Value;
use tokio::process::Command;

/// The command line of one user, whose settings are nowhere.
struct Shell {
    endpoint: String,
    token: String,
    home: tempfile::TempDir,
}

impl Shell {
    fn of(sandbox: &Sandbox, system: &System, user: &str, role: domain::Role) -> Self {
        let api = system.api_address().expect("the API is hosted");
        let token = sandbox.token(user, role);
        Self {
            endpoint: format!("http://{api}"),
            token: token.trim_start_matches("Bearer ").to_owned(),
            home: tempfile::tempdir().expect("a home"),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary("punctual"));
        command
            .args(arguments)
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("PUNCTUAL_ENDPOINT", &self.endpoint)
            .env("PUNCTUAL_TOKEN", &self.token)
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().await;
        output.expect("the command runs")
    }

    /// What it prints when it ends well.
    async fn told(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {error}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// The same as documents, one a line or one in all.
    async fn documents(&self, arguments: &[&str]) -> Vec<Value> {
        let arguments = [&["--json"], arguments].concat();
        let text = self.told(&arguments).await;
        let documents = serde_json::Deserializer::from_str(&text).into_iter();
        documents.map(|document| document.expect("JSON")).collect()
    }

    async fn code(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.run(arguments).await;
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), error)
    }

    /// Writes a file into the home, and returns its path.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.home.path().join(name);
        std::fs::write(&path, text).expect("the file");
        path.display().to_string()
    }
}

fn soon(seconds: i64) -> String {
    let at = SystemClock.now() + TimeDelta::seconds(seconds);
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[tokio::test]
async fn a_job_is_created_seen_to_fire_explained_changed_and_deleted() {
    let mut sandbox = Sandbox::new().await;
    let system = sandbox.host(&Function::ALL).await;
    let shell = Shell::of(&sandbox, &system, "alice", domain::Role::User);
    let create = [
        "jobs",
        "create",
        "--name",
        "hello",
        "--type",
        "echo",
        "--payload",
        r#"{"a":1}"#,
    ];
    let at = soon(2);
    let dry = shell
        .told(&[&create[..], &["--at", &at, "--dry-run"]].concat())
        .await;
    assert!(dry.contains("UTC"), "{dry}");
    assert_eq!(shell.told(&["jobs", "list"]).await, "No jobs.\n");

    let created = shell
        .documents(&[&create[..], &["--at", &at]].concat())
        .await;
    let id = created[0]["id"].as_str().unwrap().to_owned();
    sandbox.execution_in(&id, "succeeded").await;
    let executions = shell.documents(&["executions", "list", "hello"]).await;
    assert_eq!(executions[0]["state"], "succeeded");
    let why = shell.told(&["why", "hello", &at]).await;
    assert!(why.contains("ran"), "{why}");
    let by_id = shell
        .told(&["why", executions[0]["id"].as_str().unwrap()])
        .await;
    assert_eq!(by_id.lines().next(), why.lines().next());

    shell.told(&["jobs", "run", &id]).await;
    eventually("the run by hand is listed", || async {
        (shell.documents(&["executions", "list", &id]).await.len() == 2).then_some(())
    })
    .await;
    let every = [
        "jobs", "create", "--name", "often", "--type", "echo", "--every", "1h",
    ];
    shell.told(&every).await;
    let edited = shell
        .documents(&[
            "jobs",
            "edit",
            "often",
            "--priority",
            "1",
            "--set",
            "retry.max_retries=7",
        ])
        .await;
    assert_eq!(
        (&edited[0]["priority"], &edited[0]["retry"]["max_retries"]),
        (&1.into(), &7.into())
    );
    let (code, stale) = shell
        .code(&[
            "jobs",
            "edit",
            "often",
            "--priority",
            "2",
            "--if-match",
            "1",
        ])
        .await;
    assert_eq!(code, Some(1), "{stale}");
    for command in [["jobs", "pause"], ["jobs", "resume"], ["jobs", "skip"]] {
        shell.told(&[&command[..], &["often"]].concat()).await;
    }
    let versions = shell.documents(&["jobs", "versions", "often"]).await;
    assert!(versions.len() >= 4, "{versions:?}");
    shell.told(&["jobs", "delete", "often", "--yes"]).await;
    let left = shell
        .documents(&["jobs", "list", "--status", "canceled"])
        .await;
    assert_eq!(left.len(), 1, "{left:?}");
}

#[tokio::test]
async fn a_failure_is_found_among_the_dead_letters_and_redriven() {
    let mut sandbox = Sandbox::new().await;
    let system = sandbox.host(&Function::ALL).await;
    let shell = Shell::of(&sandbox, &system, "alice", domain::Role::User);
    let target = Target::start().await;
    target.answer(Answer::Status(500));
    let url = target.url("/fails");
    let payload = format!(r#"{{"url":"{url}"}}"#);
    let at = soon(2);
    let create = [
        "jobs",
        "create",
        "--name",
        "fails",
        "--type",
        "http",
        "--retries",
        "0",
        "--payload",
        &payload,
        "--at",
        &at,
    ];
    let id = shell.documents(&create).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    sandbox.execution_in(&id, "dead").await;
    let letters = eventually("the letter is listed", || async {
        let letters = shell.documents(&["dlq", "list", "--job", "fails"]).await;
        (!letters.is_empty()).then_some(letters)
    })
    .await;
    let execution = letters[0]["execution_id"].as_str().unwrap();
    let shown = shell.told(&["dlq", "show", execution]).await;
    assert!(shown.contains("500") && shown.contains(&url), "{shown}");
    let counted = shell
        .told(&["dlq", "redrive", "--job", "fails", "--dry-run"])
        .await;
    assert!(counted.starts_with("1 dead letter.\n"), "{counted}");
    let (code, refused) = shell.code(&["dlq", "redrive", "--job", "fails"]).await;
    assert_eq!(code, Some(2), "{refused}");
    assert!(
        refused.contains("1 dead letter") && refused.contains("--yes"),
        "{refused}"
    );
    target.answer(Answer::Status(200));
    shell.told(&["dlq", "redrive", execution]).await;
    let mended = sandbox.execution_in(&id, "succeeded").await;
    assert_eq!(mended["attempt"], 2);
}

#[tokio::test]
async fn a_crontab_that_is_imported_twice_is_there_once() {
    let mut sandbox = Sandbox::new().await;
    let system = sandbox.host(&Function::ALL).await;
    let shell = Shell::of(&sandbox, &system, "alice", domain::Role::User);
    let lines = "MAILTO=ann\n30 2 * * * backup.sh\n*/5 * * * * curl -s https://example.com/ping\n";
    let file = shell.file("crontab", lines);
    let import = ["crontab", "import", &file, "--timezone", "Europe/Berlin"];
    let dry = shell.told(&import).await;
    assert!(
        dry.contains("02:30") && dry.contains("Nothing was created"),
        "{dry}"
    );
    assert_eq!(shell.told(&["jobs", "list"]).await, "No jobs.\n");
    let apply = [&import[..], &["--apply"]].concat();
    shell.told(&apply).await;
    let again = shell.told(&apply).await;
    assert_eq!(again.matches("was imported before").count(), 2, "{again}");
    let jobs = shell.documents(&["jobs", "list", "--all"]).await;
    let mut types: Vec<_> = jobs
        .iter()
        .map(|job| job["job_type"].as_str().unwrap())
        .collect();
    types.sort_unstable();
    assert_eq!(types, ["http", "pull"]);

    let file = shell.file(
        "crontab",
        &format!("{lines}99 * * * * never.sh\n@reboot start.sh\n"),
    );
    let (code, said) = shell
        .code(&["crontab", "import", &file, "--timezone", "Europe/Berlin"])
        .await;
    assert_eq!(code, Some(6), "{said}");
    assert!(
        said.contains("line 4 is left out: schedule.expression"),
        "{said}"
    );
    assert!(said.contains("line 5 is left out"), "{said}");
}

#[tokio::test]
async fn a_worker_runs_the_commands_of_a_crontab_and_reports_how_they_ended() {
    let mut sandbox = Sandbox::new().await;
    let system = sandbox.host(&Function::ALL).await;
    let shell = Shell::of(&sandbox, &system, "alice", domain::Role::User);
    let file = shell.file("crontab", "A=hello\n0 0 1 1 * echo $A; cat%world\n0 0 1 1 * echo no disk >&2; exit 3\n0 0 1 1 * sleep 600\n");
    shell
        .told(&[
            "crontab",
            "import",
            &file,
            "--timezone",
            "UTC",
            "--apply",
            "--work",
            "nightly",
        ])
        .await;
    let worker = shell.command(&[
        "worker",
        "run",
        "--work",
        "nightly",
        "--concurrency",
        "3",
        "--grace",
        "0",
    ]);
    let mut worker = { worker }
        .stderr(Stdio::null())
        .spawn()
        .expect("the worker");
    let id_of = async |name: &str| {
        let jobs = shell.documents(&["jobs", "list"]).await;
        let job = jobs
            .iter()
            .find(|job| job["name"].as_str().unwrap().starts_with(name));
        job.expect("the job")["id"].as_str().unwrap().to_owned()
    };
    let (greeting, failing, sleeping) = (
        id_of("echo $A").await,
        id_of("echo no").await,
        id_of("sleep").await,
    );
    for id in [&greeting, &failing, &sleeping] {
        shell.told(&["jobs", "run", id]).await;
    }
    let done = sandbox.execution_in(&greeting, "succeeded").await;
    assert_eq!(done["output"]["output"], "hello\nworld\n");
    let dead = sandbox.execution_in(&failing, "dead").await;
    assert_eq!(dead["errors"][0]["detail"], "exit code 3: no disk");
    let running = sandbox.execution_in(&sleeping, "running").await;
    shell
        .told(&[
            "executions",
            "cancel",
            running["id"].as_str().unwrap(),
            "--yes",
        ])
        .await;
    sandbox.execution_in(&sleeping, "canceled").await;
    worker.start_kill().expect("it runs");
    worker.wait().await.expect("it ends");
}

#[tokio::test]
async fn what_went_wrong_is_told_by_the_exit_code_and_the_option() {
    let mut sandbox = Sandbox::new().await;
    let system = sandbox.host(&[Function::Api]).await;
    let shell = Shell::of(&sandbox, &system, "alice", domain::Role::User);
    let viewer = Shell::of(&sandbox, &system, "vera", domain::Role::Viewer);
    let create = [
        "jobs",
        "create",
        "--name",
        "n",
        "--type",
        "echo",
        "--cron",
        "61 * * * *",
    ];
    let (code, said) = shell.code(&create).await;
    assert_eq!(code, Some(1));
    assert!(
        said.contains("schedule.expression") && said.contains("(--cron)"),
        "{said}"
    );
    let nobody = "00000000-0000-4000-8000-000000000000";
    for (shell, arguments, expected) in [
        (&shell, &["jobs", "frobnicate"][..], 2),
        (&shell, &["preview"], 2),
        (&shell, &["jobs", "get", nobody], 3),
        (&shell, &["jobs", "get", "no such name"], 3),
        (&shell, &["jobs", "list", "--token", ""], 4),
        (&shell, &["jobs", "list", "--token", "a.b.c"], 4),
        (
            &viewer,
            &[
                "jobs", "create", "--name", "n", "--type", "echo", "--every", "1h",
            ],
            4,
        ),
        (
            &shell,
            &["jobs", "list", "--endpoint", "http://127.0.0.1:1"],
            5,
        ),
        (&shell, &["completions", "bash"], 0),
        (&shell, &["--help"], 0),
    ] {
        let (code, said) = shell.code(arguments).await;
        assert_eq!(code, Some(expected), "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn a_token_that_is_kept_is_used_until_it_is_forgotten() {
    let mut sandbox = Sandbox::new().await;
    let system = sandbox.host(&[Function::Api]).await;
    let shell = Shell::of(&sandbox, &system, "alice", domain::Role::User);
    let without = |arguments: &[&str]| {
        let mut command = shell.command(arguments);
        command.env_remove("PUNCTUAL_TOKEN");
        command
    };
    let code = async |arguments: &[&str]| without(arguments).output().await.unwrap().status.code();
    assert_eq!(code(&["jobs", "list"]).await, Some(4));
    let token = shell.file("token", &format!("{}\n", shell.token));
    let token = std::fs::File::open(token).unwrap();
    let set = without(&["token", "set"]).stdin(token).status().await;
    assert!(set.unwrap().success());
    assert_eq!(code(&["jobs", "list"]).await, Some(0));
    let shown = without(&["token", "show"]).output().await.unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("alice") && shown.contains("user") && !shown.contains(&shell.token),
        "{shown}"
    );
    assert_eq!(code(&["token", "clear"]).await, Some(0));
    assert_eq!(code(&["jobs", "list"]).await, Some(4));
}
