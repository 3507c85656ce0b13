//! What a script can and cannot do in its cell, shown by scripts that try. The cell is the real one: the keeper is this
//! crate's own program.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail it")]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use chrono::DateTime;
use punctual::domain::{
    ExecutionId, JobId, Occasion, ScriptCall, ScriptEnd, ScriptName, ScriptNetwork, ScriptReport,
};
use punctual_script::{Catalog, Runner};
use tempfile::TempDir;

/// A catalog of one script.
fn runner(program: &str, limits: &str) -> (Runner, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let manifest = format!(
        r#"[{{"name": "tried", "program": "tried.sh", "description": "", "limits": {limits}}}]"#
    );
    fs::write(folder.path().join("manifest.json"), manifest).unwrap();
    fs::write(folder.path().join("tried.sh"), program).unwrap();
    let runner = Runner {
        catalog: Catalog::open(folder.path()).unwrap(),
        program: PathBuf::from(env!("CARGO_BIN_EXE_script")),
    };
    (runner, folder)
}

fn call(script: &str) -> ScriptCall {
    ScriptCall {
        script: ScriptName::new(script).unwrap(),
        args: Vec::new(),
        input: String::new(),
        execution: ExecutionId {
            job: JobId::from_random(1),
            occasion: Occasion::Scheduled(DateTime::UNIX_EPOCH),
        },
        attempt: 2,
        fire_time: "1970-01-01T00:00:00Z".to_owned(),
        wall_ms: 60_000,
    }
}

/// Runs `program` with room to spare.
async fn run(program: &str) -> ScriptReport {
    run_within(program, "{}").await
}

async fn run_within(program: &str, limits: &str) -> ScriptReport {
    let (runner, _folder) = runner(program, limits);
    runner.run(call("tried")).await.unwrap()
}

#[tokio::test]
async fn a_script_gets_its_arguments_and_its_input() {
    let (runner, _folder) = runner(
        "#!/bin/sh\nprintf '%s|' \"$@\"\ncat\necho no >&2\nexit 3\n",
        "{}",
    );
    let report = runner
        .run(ScriptCall {
            args: vec!["a b".to_owned(), "$(id)".to_owned(), "*".to_owned()],
            input: "from outside".to_owned(),
            ..call("tried")
        })
        .await
        .unwrap();
    assert_eq!(report.stdout, "a b|$(id)|*|from outside");
    assert_eq!(report.stderr, "no\n");
    assert_eq!(report.end, ScriptEnd::Exited { code: 3 });
}

#[tokio::test]
async fn a_script_that_is_not_registered_is_not_run() {
    let (runner, _folder) = runner("#!/bin/sh\n", "{}");
    let report = runner.run(call("another")).await.unwrap();
    assert!(
        matches!(
            report.end,
            ScriptEnd::NotStarted {
                may_pass: false,
                ..
            }
        ),
        "{report:?}"
    );
}

#[tokio::test]
async fn the_environment_is_clean() {
    let report = run(
        "#!/bin/sh\nenv | sort | grep -v '^_=' | grep -v '^PWD=' | cut -d= -f1 | grep -v SHLVL\n",
    )
    .await;
    let names: Vec<_> = report.stdout.lines().collect();
    assert_eq!(
        names,
        [
            "HOME",
            "LANG",
            "PATH",
            "PUNCTUAL_ATTEMPT",
            "PUNCTUAL_EXECUTION_ID",
            "PUNCTUAL_FIRE_TIME",
            "TMPDIR",
        ]
    );
}

#[tokio::test]
async fn its_folder_is_its_own_and_is_gone_afterwards() {
    let report =
        run("#!/bin/sh\nset -e\necho kept > \"$TMPDIR/file\"\ncat file\nls -a\npwd\n").await;
    let lines: Vec<_> = report.stdout.lines().collect();
    assert_eq!(lines[..4], ["kept", ".", "..", "file"], "{report:?}");
    assert!(!Path::new(lines[4]).exists());
}

#[tokio::test]
async fn a_script_cannot_change_its_own_program() {
    let report =
        run("#!/bin/sh\necho 'echo changed' >> \"$0\" 2>/dev/null && echo wrote || echo refused\n")
            .await;
    if nix_is_root() {
        assert_eq!(report.stdout, "refused\n");
    }
}

#[tokio::test]
async fn a_script_is_nobody_in_particular_and_has_no_groups() {
    let report = run("#!/bin/sh\nid -u\nid -G\n").await;
    if nix_is_root() {
        let ids: Vec<_> = report.stdout.split_whitespace().collect();
        assert_eq!(ids.len(), 2, "{report:?}");
        assert!(
            ids.iter()
                .all(|id| id.parse::<u32>().unwrap() >= 1_000_000_000)
        );
    }
}

#[tokio::test]
async fn the_network_is_out_of_reach_where_the_platform_allows() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let program = format!(
        "#!/bin/bash\n(exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null && echo reached || echo refused\n"
    );
    let report = run(&program).await;
    let expected = match report.network {
        ScriptNetwork::None => "refused\n",
        ScriptNetwork::Platform => "reached\n",
    };
    assert_eq!(report.stdout, expected);
    if nix_is_root() && namespaces_are_allowed() {
        assert_eq!(report.network, ScriptNetwork::None);
    }
}

#[tokio::test]
async fn a_script_that_computes_too_long_is_killed() {
    let report = run_within("#!/bin/sh\nwhile :; do :; done\n", r#"{"cpu_seconds": 1}"#).await;
    assert_eq!(
        report.end,
        ScriptEnd::Killed {
            signal: "SIGXCPU".to_owned()
        }
    );
    assert!(report.cpu_ms >= 900, "{report:?}");
}

#[tokio::test]
async fn a_script_gets_no_more_memory_than_it_may_have() {
    let hog = "#!/bin/bash\nx=x; for i in {1..40}; do x=$x$x; done; echo ${#x}\n";
    let report = run_within(hog, r#"{"memory_mib": 64}"#).await;
    assert_ne!(report.end, ScriptEnd::Exited { code: 0 }, "{report:?}");
    assert!(report.memory_kib < 65 * 1024, "{}", report.memory_kib);
}

#[tokio::test]
async fn a_script_writes_no_larger_file_than_it_may() {
    let writer = "#!/bin/sh\ndd if=/dev/zero of=big bs=1024 count=4096 2>/dev/null; wc -c < big\n";
    let report = run_within(writer, r#"{"file_mib": 1}"#).await;
    assert_eq!(report.stdout.trim(), "1048576", "{report:?}");
}

#[tokio::test]
async fn a_script_has_no_more_files_open_than_it_may() {
    let opener = "#!/bin/bash\nfor i in {10..60}; do eval \"exec $i</dev/null\" 2>/dev/null || { echo $i; exit; }; done; echo all\n";
    let report = run_within(opener, r#"{"open_files": 32}"#).await;
    assert_eq!(report.stdout.trim(), "32", "{report:?}");
}

#[tokio::test]
async fn a_fork_bomb_goes_off_in_its_own_cell() {
    if !nix_is_root() {
        return; // Its limit then counts whatever else this user runs.
    }
    let bomb = "#!/bin/bash\nfor i in {1..50}; do sleep 60 2>/dev/null & done; jobs -p | wc -l\n";
    let report = run_within(bomb, r#"{"processes": 10}"#).await;
    let started: u32 = report.stdout.trim().parse().unwrap_or(0);
    assert!(started < 10, "{report:?}");
}

#[tokio::test]
async fn when_its_time_is_over_nothing_that_it_started_is_left() {
    let mark = format!("{}.25", 70_000 + std::process::id());
    // One child in its group, one that has left it, one that has detached itself altogether.
    let program = format!(
        "#!/bin/bash\nsleep {mark} &\nsetsid sleep {mark} &\n(setsid bash -c 'sleep {mark} & disown' &)\necho begun\nwait\nsleep {mark}\n"
    );
    let (runner, _folder) = runner(&program, "{}");
    let report = runner
        .run(ScriptCall {
            wall_ms: 1_500,
            ..call("tried")
        })
        .await
        .unwrap();
    assert_eq!(report.end, ScriptEnd::TimedOut);
    assert_eq!(report.stdout, "begun\n");
    assert_eq!(running(&mark), 0);
}

#[tokio::test]
async fn what_a_script_leaves_behind_is_killed_with_its_end() {
    let mark = format!("{}.5", 70_000 + std::process::id());
    let report = run(&format!("#!/bin/sh\nsetsid sleep {mark} &\necho done\n")).await;
    assert_eq!(report.end, ScriptEnd::Exited { code: 0 });
    assert_eq!(report.stdout, "done\n");
    assert_eq!(running(&mark), 0);
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_any_more_ends() {
    let mark = format!("{}.75", 70_000 + std::process::id());
    let (runner, _folder) = runner(
        &format!("#!/bin/sh\nsetsid sleep {mark} &\nsleep {mark}\n"),
        "{}",
    );
    {
        let run = std::pin::pin!(runner.run(call("tried")));
        let begun = async {
            while running(&mark) < 2 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            report = run => panic!("ended: {report:?}"),
            () = begun => {}
        }
    }
    // The future is gone; so is the run, soon.
    let gone = async {
        while running(&mark) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), gone)
        .await
        .expect("the run ends");
}

#[tokio::test]
async fn a_script_that_writes_without_end_fills_no_memory() {
    let (runner, _folder) = runner("#!/bin/sh\nyes | head -c 20000000\necho end >&2\n", "{}");
    let report = runner.run(call("tried")).await.unwrap();
    assert_eq!(report.end, ScriptEnd::Exited { code: 0 });
    assert!(report.cut);
    assert_eq!(report.stdout.len(), 3 * 1024 * 1024);
    assert_eq!(report.stderr, "end\n");
}

#[tokio::test]
async fn a_program_that_cannot_be_started_says_why() {
    let report = run("#!/no/such/interpreter\n").await;
    let ScriptEnd::NotStarted { detail, .. } = &report.end else {
        panic!("{report:?}");
    };
    assert!(detail.contains("could not be started"), "{detail}");
}

#[tokio::test]
async fn the_scripts_that_are_built_in_run() {
    let runner = Runner {
        catalog: Catalog::embedded().unwrap(),
        program: PathBuf::from(env!("CARGO_BIN_EXE_script")),
    };
    let greeted = runner.run(call("greet")).await.unwrap();
    assert_eq!(greeted.stdout, "Hello, world!\n");
    let counted = ScriptCall {
        input: "one two\nthree\n".to_owned(),
        ..call("word-count")
    };
    let counted = runner.run(counted).await.unwrap();
    let counts: Vec<_> = counted.stdout.split_whitespace().collect();
    assert_eq!(counts, ["2", "3", "14"]);
}

/// How many processes have `mark` as an argument of their own.
fn running(mark: &str) -> usize {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| fs::read_to_string(entry.path().join("cmdline")).ok())
        .filter(|line| line.split('\0').collect::<Vec<_>>() == ["sleep", mark, ""])
        .count()
}

fn nix_is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n")
}

fn namespaces_are_allowed() -> bool {
    Command::new("unshare")
        .args(["-n", "true"])
        .status()
        .is_ok_and(|status| status.success())
}
