//! Jobs that run scripts, from the API to the cell: the same processes as on AWS, kept by the local host's own program.
//! What is asked of the function `script` on AWS, and what is made of its answers.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::sys::signal::kill;
use nix::unistd::Pid;
use punctual::aws::{Clients, Endpoint, ScriptFunction};
use punctual::domain::{ScriptCall, ScriptEnd};
use punctual::port::{PortError, PortResult, Scripts};
use punctual_local::{Function, System};
use punctual_tests::{Manner, Rogue, Sandbox, eventually};
use serde_json::{Value, json};

use crate::targets::make_function;

/// The whole system with scripts of the test's own.
struct Scene {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    _system: System,
}

const SCRIPTS: [(&str, &str, &str); 8] = [
    (
        "talk",
        "{}",
        "printf '%s|' \"$@\"\ncat\nprintf '|%s' \"$PUNCTUAL_ATTEMPT\"\necho odd >&2\n",
    ),
    ("fail", "{}", "echo broken >&2\nexit \"$1\"\n"),
    (
        "linger",
        "{}",
        // A child in its group, and one that has left it with its session: neither ends by itself.
        "sleep 600 & echo $! >\"$1/child\"\nsetsid sleep 600 & echo $! >\"$1/detached\"\necho $$ >\"$1/self\"\nsleep 600\n",
    ),
    ("chatter", "{}", "yes 0123456789abcde | head -c 4000000\n"),
    ("burn", r#"{ "cpu_seconds": 1 }"#, "while :; do :; done\n"),
    (
        "swell",
        r#"{ "memory_mib": 48 }"#,
        "head -c 200000000 /dev/zero | tail -c 150000000 >/dev/null || exit 9\n",
    ),
    ("look", "{}", "env | cut -d= -f1 | sort | tr '\\n' ' '\n"),
    (
        "reach",
        "{}",
        "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' | tr '\\n' ' '\n",
    ),
];

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut manifest = Vec::new();
        for (name, limits, text) in SCRIPTS {
            let program = format!("{name}.sh");
            fs::write(folder.path().join(&program), format!("#!/bin/sh\n{text}")).unwrap();
            let limits: Value = serde_json::from_str(limits).unwrap();
            manifest.push(json!({
                "name": name, "program": program, "description": "", "limits": limits,
            }));
        }
        let manifest = Value::from(manifest).to_string();
        fs::write(folder.path().join("manifest.json"), manifest).unwrap();
        let mut sandbox = Sandbox::new().await;
        sandbox.scripts = Some(folder.path().to_owned());
        Self {
            _system: sandbox.host(&Function::ALL).await,
            sandbox,
            folder,
        }
    }

    async fn run(&self, payload: &Value, state: &str) -> Value {
        self.sandbox.run_once("script", payload, state).await
    }

    /// A folder that scripts of any user may write to.
    fn shared(&self, name: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let shared = self.folder.path().join(name);
        fs::create_dir(&shared).unwrap();
        for path in [self.folder.path(), &shared] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
        }
        shared
    }

    /// A job whose script stays, with its child and its detached grandchild, and the three once they are there.
    async fn lingering(&self, timeout_seconds: u32) -> (String, Vec<Pid>) {
        let shared = self.shared("linger");
        let payload = json!({ "script": "linger", "args": [shared] });
        let mut job = Sandbox::once_of(2, "script", &payload);
        job["timeout_seconds"] = json!(timeout_seconds);
        job["retry"] = json!({ "max_retries": 0 });
        let job = self.sandbox.create(job).await;
        let files = ["child", "detached", "self"].map(|file| shared.join(file));
        let pids = eventually("the script and its children run", || async {
            files
                .iter()
                .map(|file| pid_in(file))
                .collect::<Option<Vec<_>>>()
        });
        (job, pids.await)
    }
}

fn pid_in(file: &Path) -> Option<Pid> {
    let text = fs::read_to_string(file).ok()?;
    text.trim().parse().ok().map(Pid::from_raw)
}

async fn all_are_gone(pids: &[Pid]) {
    eventually("all that the script has started is gone", || async {
        let gone = |pid: &Pid| kill(*pid, None).is_err();
        pids.iter().all(gone).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_script_gets_its_arguments_and_input_filled_in_and_its_output_is_on_record() {
    let scene = Scene::new().await;
    let payload = json!({
        "script": "talk",
        "args": ["try {{attempt}}", "$(id) `id` *"],
        "input": { "try": "{{attempt}}" },
    });
    let done = scene.run(&payload, "succeeded").await;
    let output = &done["output"];
    assert_eq!(output["exit_code"], 0, "{done}");
    let log = "try 1|$(id) `id` *|{\"try\":1}|1\n--- standard error ---\nodd\n";
    assert_eq!(output["body"], log);
}

#[tokio::test]
async fn a_script_that_fails_is_tried_again_unless_its_exit_code_says_that_it_is_of_no_use() {
    let scene = Scene::new().await;
    let payload =
        |code: &str| json!({ "script": "fail", "args": [code], "no_retry_exit_codes": [3] });
    let (dying, failing) = (payload("2"), payload("3"));
    let (dead, failed) = tokio::join!(scene.run(&dying, "dead"), scene.run(&failing, "failed"));
    assert_eq!(
        (&dead["attempt"], &dead["reason"]),
        (&json!(2), &json!("attempt_failed"))
    );
    assert_eq!(dead["errors"][1]["detail"], "exited with code 2: broken");
    assert_eq!(dead["output"]["exit_code"], 2);
    assert_eq!(
        (&failed["attempt"], &failed["reason"]),
        (&json!(1), &json!("rejected"))
    );
}

#[tokio::test]
async fn what_a_script_has_started_dies_with_its_time() {
    let scene = Scene::new().await;
    let (job, pids) = scene.lingering(4).await;
    let dead = scene.sandbox.execution_in(&job, "dead").await;
    assert_eq!(dead["reason"], "timed_out", "{dead}");
    assert_eq!(
        dead["errors"][0]["detail"],
        "was killed when its time was over"
    );
    all_are_gone(&pids).await;
}

#[tokio::test]
async fn a_cancel_kills_a_running_script_with_all_that_it_has_started() {
    let scene = Scene::new().await;
    let (job, pids) = scene.lingering(600).await;
    let running = scene.sandbox.execution_in(&job, "running").await;
    let path = format!("/v1/executions/{}/cancel", running["id"].as_str().unwrap());
    let (status, told) = scene.sandbox.call("POST", &path, None).await;
    assert_eq!(status, 202, "{told}");
    scene.sandbox.execution_in(&job, "canceled").await;
    all_are_gone(&pids).await;
}

#[tokio::test]
async fn the_log_of_a_script_that_writes_much_is_kept_beside_the_record_up_to_its_cap() {
    let scene = Scene::new().await;
    let done = scene
        .run(&json!({ "script": "chatter" }), "succeeded")
        .await;
    assert_eq!(done["output"]["body"].as_str().unwrap().len(), 600);
    assert_eq!(done["result"]["bytes"], 3 * 1_024 * 1_024, "{done}");
    assert_eq!(done["result"]["cut"], true);
    let path = format!("/v1/executions/{}/result", done["id"].as_str().unwrap());
    let (status, link) = scene.sandbox.call("GET", &path, None).await;
    assert_eq!(status, 200, "{link}");
    let answer = reqwest::get(link["url"].as_str().unwrap()).await.unwrap();
    let log = answer.bytes().await.unwrap();
    assert_eq!(log.len(), 3 * 1_024 * 1_024);
    assert!(log.starts_with(b"0123456789abcde\n0123456789abcde\n"));
}

#[tokio::test]
async fn a_script_that_uses_more_than_it_may_is_stopped_by_the_kernel() {
    let scene = Scene::new().await;
    let (burning, swelling) = (json!({ "script": "burn" }), json!({ "script": "swell" }));
    let (burned, swollen) = tokio::join!(scene.run(&burning, "dead"), scene.run(&swelling, "dead"));
    assert_eq!(burned["output"]["signal"], "SIGXCPU", "{burned}");
    let detail = burned["errors"][0]["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("was killed by SIGXCPU, its limit of CPU"),
        "{detail}"
    );
    assert_eq!(swollen["output"]["exit_code"], 9, "{swollen}");
}

#[tokio::test]
async fn a_script_sees_nothing_of_the_environment_and_no_network_where_it_can_be_taken_away() {
    let scene = Scene::new().await;
    let (look, reach) = (json!({ "script": "look" }), json!({ "script": "reach" }));
    let (looked, reached) = tokio::join!(
        scene.run(&look, "succeeded"),
        scene.run(&reach, "succeeded")
    );
    let seen = looked["output"]["body"].as_str().unwrap();
    let given = [
        "HOME",
        "LANG",
        "PATH",
        "PUNCTUAL_ATTEMPT",
        "PUNCTUAL_EXECUTION_ID",
        "PUNCTUAL_FIRE_TIME",
        "TMPDIR",
    ];
    let shells = ["PWD", "OLDPWD", "SHLVL", "_"];
    for name in seen.split_whitespace() {
        assert!(given.contains(&name) || shells.contains(&name), "{name}");
    }
    match reached["output"]["network"].as_str().unwrap() {
        "none" => assert_eq!(reached["output"]["body"], "lo "),
        platform => assert_eq!(platform, "platform"),
    }
}

#[tokio::test]
async fn a_job_may_name_registered_scripts_only() {
    let scene = Scene::new().await;
    let job = Sandbox::once_of(60, "script", &json!({ "script": "greet" }));
    let (status, problem) = scene.sandbox.call("POST", "/v1/jobs", Some(job)).await;
    assert_eq!(status, 422, "{problem}");
    assert!(problem.to_string().contains("payload.script"), "{problem}");
}

/// `index.py`: a report of a script that wrote its name and its input, or an error if its only argument is `fail`.
const FUNCTION: &str = "UEsDBBQAAAAIAAAAIVwbR5IYyQAAADMBAAAIAAAAaW5kZXgucHlVjsFuAjEMRO98heUTqHugPSJxbD+\
    hF7RCYeMtEdk4cpwCQvx7vQsUMRfLTzOj8dTD3iUfSeb0S0kb6DgpnXSxmoEp9DDxDTr5KdjCeg0b7F2I2N4co8SFQvDtYqVPEZY5coJcJXMhXEw2Ia2S4P\
    KfQUoeV3DBPR/tIp2CkscGsGNPRpbX5mku6rmq0fua0knIanveHiSkbIb2NUMiY/fUOsW/XCw0frluh2Lg3Z6BBpbz9hB2Bj4MJNIjy2GM5ui0ZxnwVnyd/\
    QFQSwECFAMUAAAACAAAACFcG0eSGMkAAAAzAQAACAAAAAAAAAAAAAAApAEAAAAAaW5kZXgucHlQSwUGAAAAAAEAAQA2AAAA7wAAAAAA";

fn script_call(arg: &str) -> ScriptCall {
    let call = json!({
        "script": "greet", "args": [arg], "input": "-in", "attempt": 1, "wall_ms": 1_000,
        "execution": "0b0d8a54-7b1e-4c62-9f0e-5d3f5f6f2b11_20261121T120000Z",
        "fire_time": "2026-11-21T12:00:00Z",
    });
    serde_json::from_value(call).unwrap()
}

#[tokio::test]
async fn the_function_script_is_found_by_its_deployments_name_and_its_own_trouble_passes() {
    let sandbox = Sandbox::new().await;
    let door = sandbox.door();
    let name = format!("{}-script", sandbox.namespace);
    make_function(&door, &name, FUNCTION).await;
    let function = ScriptFunction::new(door, &sandbox.namespace);
    let report = function.run_script(&script_call("Ada")).await.unwrap();
    assert_eq!(report.end, ScriptEnd::Exited { code: 0 });
    assert_eq!(report.stdout, "greet-in");

    let failed = function.run_script(&script_call("fail")).await;
    let error = failed.unwrap_err();
    assert!(matches!(error, PortError::Unavailable { .. }), "{error:?}");
    let chain = format!("{error:?}");
    assert!(!chain.contains("on purpose"), "no job's business: {chain}");
}

/// What is made of a run that the function's service answers so, and what the service was asked.
async fn answered(manner: Manner) -> (PortResult<()>, String) {
    let service = Rogue::start(manner);
    let endpoint = Endpoint(format!("http://{}", service.address()));
    let clients = Clients::new(Some(&endpoint)).await;
    let door = clients.door("punctual-dev", &Arc::default()).unwrap();
    let function = ScriptFunction::new(door, "punctual-dev");
    let ended = function.run_script(&script_call("Ada")).await.map(drop);
    let mut asked = service.heads();
    assert_eq!(asked.len(), 1, "it is asked once, whatever it answers");
    (ended, asked.remove(0))
}

#[tokio::test]
async fn what_cannot_be_a_report_is_told_from_what_may_pass() {
    let throttled = "HTTP/1.1 429 Too Many Requests\r\nx-amzn-errortype: TooManyRequestsException\r\n\
                     content-length: 0\r\n\r\n";
    let (ended, asked) = answered(Manner::says(throttled)).await;
    let throttled = matches!(ended, Err(PortError::Throttled { .. }));
    assert!(throttled, "{ended:?}");
    let path = "POST /2015-03-31/functions/punctual-dev-script/invocations HTTP/1.1\r\n";
    assert!(asked.starts_with(path), "{asked}");
    assert!(
        asked.contains("x-amz-invocation-type: RequestResponse"),
        "{asked}"
    );
    assert!(asked.contains("authorization: AWS4-HMAC-SHA256"), "{asked}");

    let gone = "HTTP/1.1 404 Not Found\r\nx-amzn-errortype: ResourceNotFoundException\r\n\
                content-length: 0\r\n\r\n";
    let (ended, _) = answered(Manner::says(gone)).await;
    assert!(matches!(ended, Err(PortError::Corrupt { .. })), "{ended:?}");

    let (ended, _) = answered(Manner::Resets).await;
    let unavailable = matches!(ended, Err(PortError::Unavailable { .. }));
    assert!(unavailable, "{ended:?}");

    // No function may answer so much: it is not read to its end, which never comes.
    let endless = Manner::Pours(b"HTTP/1.1 200 OK\r\n\r\n\"".to_vec());
    let (ended, _) = answered(endless).await;
    assert!(matches!(ended, Err(PortError::Corrupt { .. })), "{ended:?}");
}
