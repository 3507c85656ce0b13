//! One execution, from the hand of the API to its report.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::input::Input;
use super::process::{Process, in_words};
use super::report::{End, Report};
use super::{Told, may_pass};
use crate::Failure;
use crate::api::{Api, instant};
use crate::session::now;
use crate::show::printable;

/// What a worker was handed.
#[derive(Clone, Debug, Deserialize)]
pub struct Handed {
    execution: String,
    job: String,
    input: Value,
    fire_time: DateTime<Utc>,
    attempt: u32,
    claim_token: String,
    heartbeat_seconds: u64,
    traceparent: String,
    deadline: Option<DateTime<Utc>>,
}

/// An execution in hand.
pub struct Task {
    /// Where it is reported.
    pub api: Api,
    /// What it is.
    pub handed: Handed,
    /// What the worker is told.
    pub told: watch::Receiver<Told>,
}

#[derive(Deserialize)]
struct Heard {
    cancel_requested: bool,
}

/// So often, at least, a cancel is asked for.
const BEAT: Duration = Duration::from_secs(3);

/// Between the tries to send a report.
const TRIES: [u64; 6] = [1, 2, 4, 8, 16, 0];

impl Task {
    /// Runs the command, and reports how it ended.
    pub async fn carry_out(self) {
        let begun = Instant::now();
        let id = printable(&self.handed.execution);
        let (end, output, written) = match Input::read(&self.handed.input) {
            Err(why) => (End::NoCommand(why), String::new(), 0),
            Ok(input) => {
                eprintln!("{id} runs: {}", printable(&input.command));
                self.run(&input).await
            }
        };
        let took = begun.elapsed();
        let Some(report) = Report::of(&end, &output, written, took) else {
            eprintln!("{id} is no longer ours; its command was stopped");
            return;
        };
        match self.send(report).await {
            Ok(()) if end == End::Well => {
                eprintln!("{id} succeeded after {:.1} s", took.as_secs_f64());
            }
            Ok(()) => eprintln!("{id} failed after {:.1} s: {end}", took.as_secs_f64()),
            Err(failure) => eprintln!("{id} could not be reported: {failure}"),
        }
    }

    async fn run(&self, input: &Input) -> (End, String, u64) {
        let fire_time = instant(self.handed.fire_time);
        let attempt = self.handed.attempt.to_string();
        let mut process = match Process::start(
            input,
            &[
                ("PUNCTUAL_EXECUTION", self.handed.execution.as_str()),
                ("PUNCTUAL_JOB", self.handed.job.as_str()),
                ("PUNCTUAL_FIRE_TIME", fire_time.as_str()),
                ("PUNCTUAL_ATTEMPT", attempt.as_str()),
                ("TRACEPARENT", self.handed.traceparent.as_str()),
            ],
        ) {
            Ok(process) => process,
            Err(error) => return (End::NotStarted(error.to_string()), String::new(), 0),
        };
        let end = self.watch(&mut process).await;
        if !matches!(end, End::Well | End::Badly(_)) {
            process.end().await;
        }
        let (output, written) = process.output().await;
        (end, output, written)
    }

    /// Waits for the command's end, or for a reason to end it.
    async fn watch(&self, process: &mut Process) -> End {
        let lease = Duration::from_secs(self.handed.heartbeat_seconds);
        let pace = BEAT.min(lease / 3);
        let mut beats = interval_at(Instant::now() + pace, pace);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut held_until = Instant::now() + lease;
        let deadline = self
            .handed
            .deadline
            .map(|at| (at - now()).to_std().unwrap_or_default());
        let deadline = deadline.map(|left| Instant::now() + left);
        let mut told = self.told.clone();
        loop {
            tokio::select! {
                ended = process.wait() => return match ended.map(in_words) {
                    Ok(None) => End::Well,
                    Ok(Some(how)) => End::Badly(how),
                    Err(error) => End::Badly(error.to_string()),
                },
                () = reached(deadline) => return End::TimedOut,
                // Nobody could be told that it lives: by now another may have it.
                () = sleep_until(held_until) => return End::Lost,
                () = stopped(&mut told) => return End::GivenBack,
                _ = beats.tick() => {
                    let asked = Instant::now();
                    // Bounded, so that a call that hangs does not hide the end of the lease.
                    let beat = tokio::time::timeout(lease / 3, self.beat());
                    match beat.await {
                        Ok(Ok(Heard { cancel_requested: true })) => return End::Canceled,
                        Ok(Ok(_)) => held_until = asked + lease,
                        Ok(Err(Failure::Problem(problem))) if [404, 409].contains(&problem.status) => return End::Lost,
                        Ok(Err(_)) | Err(_) => {}
                    }
                }
            }
        }
    }

    async fn beat(&self) -> Result<Heard, Failure> {
        let call = self
            .api
            .post(&["executions", &self.handed.execution, "heartbeat"]);
        let body = json!({ "claim_token": self.handed.claim_token });
        call.json(body).send().await?.read()
    }

    /// Sends a report until it is answered: sent again, it is answered as the first time.
    async fn send(&self, report: Report) -> Result<(), Failure> {
        let mut body = report.body;
        body["claim_token"] = json!(self.handed.claim_token);
        let mut tries = TRIES.into_iter();
        loop {
            let call = self
                .api
                .post(&["executions", &self.handed.execution, report.verb]);
            match (call.json(body.clone()).send().await, tries.next()) {
                (Err(failure), Some(wait @ 1..)) if may_pass(&failure) => {
                    tokio::time::sleep(Duration::from_secs(wait)).await;
                }
                (sent, _) => return sent.map(drop),
            }
        }
    }
}

/// A worker without a master stops, too.
async fn stopped(told: &mut watch::Receiver<Told>) {
    let _ = told.wait_for(|told| *told == Told::Stop).await;
}

async fn reached(deadline: Option<Instant>) {
    match deadline {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
