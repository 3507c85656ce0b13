//! How a command's end becomes a report. Pure: the sending is the task's.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::tail::last;

/// How a command came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, well.
    Well,
    /// By itself, or by somebody else's signal: how, in words.
    Badly(String),
    /// It could not be started.
    NotStarted(String),
    /// Its input is no command.
    NoCommand(String),
    /// It was told to stop, because somebody canceled its execution.
    Canceled,
    /// Its time was over.
    TimedOut,
    /// The worker was told to stop.
    GivenBack,
    /// Another worker has its execution, or nobody could be told that it lives.
    Lost,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Well => f.write_str("exit code 0"),
            Self::Badly(how) | Self::NoCommand(how) => f.write_str(how),
            Self::NotStarted(why) => write!(f, "cannot be started: {why}"),
            Self::Canceled => f.write_str("stopped, as it was told to"),
            Self::TimedOut => f.write_str("stopped: its time was over"),
            Self::GivenBack => f.write_str("given back: the worker stops"),
            Self::Lost => f.write_str("no longer held"),
        }
    }
}

/// What is said of it to the API.
#[derive(Debug, PartialEq)]
pub struct Report {
    /// `complete` or `fail`.
    pub verb: &'static str,
    /// The body, but for the claim token.
    pub body: Value,
}

/// The longest detail, in characters.
const DETAIL: usize = 500;

impl Report {
    /// The report of an end; `None` if it is no longer ours to report.
    pub fn of(end: &End, output: &str, written: u64, took: Duration) -> Option<Self> {
        let fail = |why: &str, retry| {
            let tail = last(output, DETAIL.saturating_sub(why.chars().count() + 2));
            let detail = if tail.is_empty() {
                why.to_owned()
            } else {
                format!("{why}: {tail}")
            };
            let detail: String = detail.chars().take(DETAIL).collect();
            Some(Self {
                verb: "fail",
                body: json!({ "detail": detail, "retry": retry }),
            })
        };
        match end {
            End::Well => {
                let seconds = (took.as_secs_f64() * 1_000.0).round() / 1_000.0;
                let output = json!({ "exit_code": 0, "seconds": seconds, "bytes": written, "output": output });
                Some(Self {
                    verb: "complete",
                    body: json!({ "output": output }),
                })
            }
            // What is no command now is none at the next attempt.
            End::NoCommand(why) => fail(why, false),
            End::Badly(_) | End::NotStarted(_) | End::Canceled | End::TimedOut | End::GivenBack => {
                fail(&end.to_string(), true)
            }
            End::Lost => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(end: &End, output: &str) -> Option<Report> {
        Report::of(end, output, 7, Duration::from_millis(1_500))
    }

    #[test]
    fn an_end_is_reported_with_what_the_command_said_last() {
        let well = report(&End::Well, "done\n").unwrap();
        assert_eq!(well.verb, "complete");
        assert_eq!(
            well.body["output"],
            json!({ "exit_code": 0, "seconds": 1.5, "bytes": 7, "output": "done\n" })
        );
        let badly = report(&End::Badly("exit code 3".to_owned()), "no disk\n").unwrap();
        assert_eq!(
            badly.body,
            json!({ "detail": "exit code 3: no disk", "retry": true })
        );
        let never = report(&End::NoCommand("the input is no command".to_owned()), "").unwrap();
        assert_eq!(never.body["retry"], false);
        assert_eq!(report(&End::Lost, ""), None);
    }

    #[test]
    fn a_detail_is_never_longer_than_the_api_takes() {
        for (how, output) in [
            ("exit code 3".to_owned(), "é".repeat(9_000)),
            ("x".repeat(9_000), String::new()),
        ] {
            let report = report(&End::Badly(how), &output).unwrap();
            let detail = report.body["detail"].as_str().unwrap();
            assert_eq!(detail.chars().count(), 500);
        }
    }
}
