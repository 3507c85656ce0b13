//! `script`: runs a program that was registered beforehand, in a function of its own. The job gives arguments and input,
//! never code, and no shell reads either.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::payload::Place;
use super::{Attempt, JobType, message};
use crate::domain::{
    Body, Invalid, MAX_SCRIPT_ARGUMENT_BYTES, MAX_SCRIPT_ARGUMENTS, MAX_SCRIPT_INPUT_BYTES, Output,
    Reason, ScriptCall, ScriptEnd, ScriptName, ScriptReport,
};
use crate::plan::Ended;
use crate::port::Scripts;

/// How much of what a script said last is repeated in its error, in characters.
const LAST_WORDS: usize = 200;

/// Between the two parts of a log.
const STDERR_FOLLOWS: &str = "--- standard error ---\n";

pub(super) struct Script<S> {
    pub(super) scripts: S,
}

/// The run to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Payload {
    /// The name that it is registered under.
    #[schema(value_type = String, pattern = "^[a-z0-9][a-z0-9-]{0,63}$", examples("word-count"))]
    script: ScriptName,
    /// Its arguments, as they are: no shell reads them. At most 32 of 1,024 bytes.
    #[serde(default)]
    #[schema(max_items = 32)]
    args: Vec<String>,
    /// What it reads from standard input: a string as it is, anything else as JSON; nothing if absent. At most 64 KB.
    #[serde(default)]
    input: Option<Value>,
    /// Exit codes that another attempt would not mend.
    #[serde(default)]
    #[schema(inline, max_items = 255)]
    no_retry_exit_codes: BTreeSet<ExitCode>,
}

/// The exit code of a program that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u8", into = "u8")]
#[schema(minimum = 1, maximum = 255)]
struct ExitCode(u8);

impl TryFrom<u8> for ExitCode {
    type Error = &'static str;

    fn try_from(code: u8) -> Result<Self, Self::Error> {
        if code == 0 {
            return Err("must be from 1 to 255");
        }
        Ok(Self(code))
    }
}

impl From<ExitCode> for u8 {
    fn from(code: ExitCode) -> Self {
        code.0
    }
}

impl Payload {
    fn input(&self) -> String {
        self.input.as_ref().map(message::text).unwrap_or_default()
    }
}

impl<S: Scripts> JobType for Script<S> {
    const NAME: &'static str = "script";
    type Payload = Payload;

    fn place(path: &[&str]) -> Place {
        match path {
            ["args", ..] => Place::TEXT,
            ["input", ..] => Place::JSON,
            _ => Place::FIXED,
        }
    }

    fn check(payload: &Payload) -> Result<(), Invalid> {
        if payload.args.len() > MAX_SCRIPT_ARGUMENTS {
            return Err(Invalid::new("payload.args", "must be at most 32 arguments"));
        }
        for (index, arg) in payload.args.iter().enumerate() {
            let field = || format!("payload.args[{index}]");
            if arg.len() > MAX_SCRIPT_ARGUMENT_BYTES {
                return Err(Invalid::new(field(), "must be at most 1024 bytes"));
            }
            if arg.contains('\0') {
                return Err(Invalid::new(field(), "must not have a NUL character"));
            }
        }
        if payload.input().len() > MAX_SCRIPT_INPUT_BYTES {
            return Err(Invalid::new("payload.input", "must be at most 64 KB"));
        }
        Ok(())
    }

    fn admit(&self, payload: &Payload) -> Result<(), Invalid> {
        match self.scripts.refusal(&payload.script) {
            None => Ok(()),
            Some(why) => Err(Invalid::new("payload.script", why)),
        }
    }

    async fn run(&self, attempt: &Attempt, payload: Payload) -> Ended {
        let call = ScriptCall {
            input: payload.input(),
            script: payload.script,
            args: payload.args,
            execution: attempt.execution,
            attempt: attempt.number,
            fire_time: attempt.fire_time.to_rfc3339_opts(SecondsFormat::Secs, true),
            wall_ms: u64::try_from(wall(attempt).as_millis()).unwrap_or(u64::MAX),
        };
        match self.scripts.run_script(&call).await {
            Ok(report) => ended(report, &payload.no_retry_exit_codes),
            Err(error) => error.into(),
        }
    }
}

/// How long the script may take: a second less than the attempt, or half of it if it has less than two, so that the report
/// of its end comes before the attempt's own.
fn wall(attempt: &Attempt) -> Duration {
    let left = attempt.deadline - attempt.started_at;
    let left = left.to_std().unwrap_or_default();
    left.saturating_sub((left / 2).min(Duration::from_secs(1)))
}

/// What its report makes of the attempt.
fn ended(report: ScriptReport, no_retry: &BTreeSet<ExitCode>) -> Ended {
    let last_words = last_line(&report.stderr);
    let said = |what: String| match &last_words {
        Some(words) => format!("{what}: {words}"),
        None => what,
    };
    let (reason, detail, may_pass) = match &report.end {
        ScriptEnd::Exited { code: 0 } => {
            return Ended::Succeeded {
                output: Some(output(report)),
            };
        }
        ScriptEnd::Exited { code } => {
            let is_final = u8::try_from(*code).is_ok_and(|code| no_retry.contains(&ExitCode(code)));
            let detail = said(format!("exited with code {code}"));
            let reason = if is_final {
                Reason::Rejected
            } else {
                Reason::AttemptFailed
            };
            (reason, detail, !is_final)
        }
        ScriptEnd::Killed { signal } => {
            let detail = said(format!("was killed by {signal}{}", cause(signal)));
            (Reason::AttemptFailed, detail, true)
        }
        ScriptEnd::TimedOut => {
            let detail = said("was killed when its time was over".to_owned());
            (Reason::TimedOut, detail, true)
        }
        ScriptEnd::NotStarted { detail, may_pass } => {
            let reason = if *may_pass {
                Reason::AttemptFailed
            } else {
                Reason::Rejected
            };
            (reason, format!("was not started: {detail}"), *may_pass)
        }
    };
    let output = Some(output(report));
    if may_pass {
        Ended::Failed {
            reason,
            detail,
            output,
        }
    } else {
        Ended::Rejected {
            reason,
            detail,
            output,
        }
    }
}

/// Which of its limits a signal says that a script has met.
fn cause(signal: &str) -> &'static str {
    match signal {
        "SIGXCPU" => ", its limit of CPU",
        "SIGXFSZ" => ", its limit of a file's size",
        _ => "",
    }
}

/// The end of the last line that says something.
fn last_line(stderr: &str) -> Option<String> {
    let line = stderr
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty())?;
    let skipped = line.chars().count().saturating_sub(LAST_WORDS);
    let kept = line.chars().skip(skipped);
    Some(kept.filter(|each| !each.is_control()).collect())
}

/// What it did at a glance, and its log: what it wrote to standard output, then what it wrote to standard error.
fn output(report: ScriptReport) -> Output {
    let mut summary = json!({
        "cpu_ms": report.cpu_ms,
        "memory_kib": report.memory_kib,
        "network": report.network,
    });
    match &report.end {
        ScriptEnd::Exited { code } => summary["exit_code"] = json!(code),
        ScriptEnd::Killed { signal } => summary["signal"] = json!(signal),
        ScriptEnd::TimedOut | ScriptEnd::NotStarted { .. } => {}
    }
    let mut log = report.stdout;
    if !report.stderr.is_empty() {
        if !log.is_empty() && !log.ends_with('\n') {
            log.push('\n');
        }
        log.push_str(STDERR_FOLLOWS);
        log.push_str(&report.stderr);
    }
    Output {
        summary,
        body: Some(Body {
            bytes: log.into_bytes(),
            content_type: "text/plain; charset=utf-8".to_owned(),
            cut: report.cut,
        }),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::*;
    use crate::domain::{ExecutionId, JobId, Occasion, ScriptNetwork, TraceContext, UserId};
    use crate::jobtype::{KnownScripts, Registry};

    fn report(end: ScriptEnd, stdout: &str, stderr: &str) -> ScriptReport {
        ScriptReport {
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
            cpu_ms: 5,
            memory_kib: 900,
            network: ScriptNetwork::None,
            ..ScriptReport {
                end,
                ..ScriptReport::not_started(String::new(), true)
            }
        }
    }

    fn registry() -> Registry {
        let names = ["count", "greet"].map(|name| ScriptName::new(name).unwrap());
        let scripts = KnownScripts(BTreeSet::from(names));
        Registry::empty().with(Script { scripts })
    }

    #[test]
    fn a_script_is_given_sixty_four_kilobytes_of_input_and_thirty_two_arguments_at_most() {
        let refused = |input: usize, arguments: usize| {
            let payload = serde_json::json!({
                "script": "count", "input": "x".repeat(input), "args": vec!["a"; arguments],
            });
            let payload = serde_json::from_value(payload).unwrap();
            let checked = <Script<KnownScripts> as JobType>::check(&payload);
            checked.err().map(|invalid| invalid.field)
        };
        assert_eq!(refused(65_536, 32), None);
        assert_eq!(refused(65_537, 32).as_deref(), Some("payload.input"));
        assert_eq!(refused(65_536, 33).as_deref(), Some("payload.args"));
    }

    #[test]
    fn every_end_has_its_outcome_and_its_reason() {
        let no_retry = BTreeSet::from([ExitCode(2)]);
        let exited = |code| ScriptEnd::Exited { code };
        let killed = |signal: &str| ScriptEnd::Killed {
            signal: signal.to_owned(),
        };
        let not_started = |may_pass| ScriptEnd::NotStarted {
            detail: "no cell".to_owned(),
            may_pass,
        };
        for (end, again, reason, detail) in [
            (
                exited(1),
                true,
                Reason::AttemptFailed,
                "exited with code 1: oh",
            ),
            (exited(2), false, Reason::Rejected, "exited with code 2: oh"),
            (
                killed("SIGXCPU"),
                true,
                Reason::AttemptFailed,
                "was killed by SIGXCPU, its limit of CPU: oh",
            ),
            (
                ScriptEnd::TimedOut,
                true,
                Reason::TimedOut,
                "was killed when its time was over: oh",
            ),
            (
                not_started(true),
                true,
                Reason::AttemptFailed,
                "was not started: no cell",
            ),
            (
                not_started(false),
                false,
                Reason::Rejected,
                "was not started: no cell",
            ),
        ] {
            let found = match ended(report(end.clone(), "", "first\noh\n\n"), &no_retry) {
                Ended::Failed { reason, detail, .. } => (true, reason, detail),
                Ended::Rejected { reason, detail, .. } => (false, reason, detail),
                other => panic!("{other:?}"),
            };
            assert_eq!(found, (again, reason, detail.to_owned()), "{end:?}");
        }
        let well = ended(report(exited(0), "done", ""), &no_retry);
        let Ended::Succeeded { output } = well else {
            panic!("{well:?}");
        };
        let expected = json!({
            "exit_code": 0, "cpu_ms": 5, "memory_kib": 900, "network": "none", "body": "done",
        });
        assert_eq!(output.unwrap().excerpt(), expected);
    }

    #[test]
    fn a_log_is_what_was_written_to_both_and_is_kept_whole_beside_the_record() {
        let stdout = "x".repeat(2_000);
        let mut wrote = report(ScriptEnd::Exited { code: 0 }, &stdout, "warned\n");
        wrote.cut = true;
        let output = output(wrote);
        let whole = output.whole().unwrap();
        let expected = format!("{stdout}\n--- standard error ---\nwarned\n");
        assert_eq!(&*whole.bytes, expected.as_bytes());
        assert!(whole.cut);
        assert_eq!(output.excerpt()["body"].as_str().unwrap().len(), 600);
    }

    #[test]
    fn the_last_words_are_one_line_and_short() {
        let long = format!("{}end", "ä".repeat(500));
        let words = last_line(&long).unwrap();
        assert_eq!(words.chars().count(), LAST_WORDS);
        assert!(words.ends_with("end"));
        assert_eq!(last_line("a\u{7}b").unwrap(), "ab");
        assert_eq!(last_line("\n \n"), None);
    }

    #[test]
    fn a_payload_is_checked_before_the_job_is_accepted() {
        let check = |payload: Value| registry().validate("script", &payload);
        let full = json!({
            "script": "count", "args": ["{{attempt}}", "$(id)"], "input": { "at": "{{fire_time}}" },
            "no_retry_exit_codes": [2, 255],
        });
        for good in [json!({ "script": "greet" }), full] {
            check(good.clone()).unwrap_or_else(|refusal| panic!("{good}: {refusal:?}"));
        }
        let many = vec!["x"; 33];
        let long = "x".repeat(1_025);
        for (bad, field) in [
            (json!({}), "payload.script"),
            (json!({ "script": "other" }), "payload.script"),
            (json!({ "script": "../greet" }), "payload.script"),
            (json!({ "script": "{{job.name}}" }), "payload.script"),
            (json!({ "script": "greet", "args": many }), "payload.args"),
            (
                json!({ "script": "greet", "args": ["a", long] }),
                "payload.args[1]",
            ),
            (
                json!({ "script": "greet", "args": ["a\u{0}"] }),
                "payload.args[0]",
            ),
            (json!({ "script": "greet", "args": [1] }), "payload.args[0]"),
            (
                json!({ "script": "greet", "input": "x".repeat(65_537) }),
                "payload.input",
            ),
            (
                json!({ "script": "greet", "no_retry_exit_codes": [0] }),
                "payload.no_retry_exit_codes[0]",
            ),
            (
                json!({ "script": "greet", "no_retry_exit_codes": [256] }),
                "payload.no_retry_exit_codes[0]",
            ),
            (
                json!({ "script": "greet", "program": "rm" }),
                "payload.program",
            ),
        ] {
            let refusal = check(bad.clone()).expect_err(&bad.to_string());
            assert_eq!(refusal.field, field, "{bad}");
        }
        let unknown = check(json!({ "script": "other" })).unwrap_err();
        assert!(unknown.reason.contains("count, greet"), "{unknown:?}");
    }

    #[test]
    fn a_script_is_given_a_second_less_than_its_attempt_has() {
        let started_at = DateTime::<Utc>::UNIX_EPOCH;
        for (left_ms, wall_ms) in [(30_000, 29_000), (1_000, 500), (0, 0), (-5, 0)] {
            let execution = ExecutionId {
                job: JobId::from_random(1),
                occasion: Occasion::Scheduled(started_at),
            };
            let attempt = Attempt {
                execution,
                user: UserId::new("ann").unwrap(),
                number: 1,
                fire_time: started_at,
                started_at,
                deadline: started_at + TimeDelta::milliseconds(left_ms),
                trace: TraceContext::of_attempt(execution, None, 1),
            };
            assert_eq!(wall(&attempt), Duration::from_millis(wall_ms), "{left_ms}");
        }
    }
}
