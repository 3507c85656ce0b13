//! The job type that runs in the simulation. What a handler does is said in the job's payload; that it started, and how
//! it ended, is seen here, from outside of what the records say.

use std::sync::Arc;
use std::time::Duration;

use punctual::domain::Reason;
use punctual::jobtype::{Attempt, JobType};
use punctual::plan::Ended;
use serde_json::Value;

use crate::host::Seat;
use crate::log::{Run, RunEnd};
use crate::scenario::{JOB_TYPE, Work, WorkEnd};

/// The job type, in one process.
pub struct Simulated(pub Arc<Seat>);

impl JobType for Simulated {
    const NAME: &'static str = JOB_TYPE;
    type Payload = Value;

    async fn run(&self, attempt: &Attempt, payload: Value) -> Ended {
        let work = Work::of_json(&payload);
        let mut seen = Seen::begin(&self.0, attempt);
        tokio::time::sleep(Duration::from_millis(work.ms)).await;
        let failed = || Ended::Failed {
            reason: Reason::AttemptFailed,
            detail: "as its payload says".to_owned(),
            output: None,
        };
        match work.end {
            WorkEnd::Hang => std::future::pending().await,
            WorkEnd::FailUntil(last) if attempt.number <= last => {
                seen.end(RunEnd::Failed);
                failed()
            }
            WorkEnd::Succeed | WorkEnd::FailUntil(_) => {
                seen.end(RunEnd::Succeeded);
                Ended::Succeeded { output: None }
            }
            WorkEnd::Reject => {
                seen.end(RunEnd::Rejected);
                Ended::Rejected {
                    reason: Reason::Rejected,
                    detail: "as its payload says".to_owned(),
                    output: None,
                }
            }
        }
    }
}

/// One in so many runs has its user change their mind in its midst.
const IN_THE_MIDST: u64 = 60;

/// A run that was seen to start.
struct Seen<'a> {
    seat: &'a Seat,
    number: usize,
    is_over: bool,
}

impl<'a> Seen<'a> {
    fn begin(seat: &'a Seat, attempt: &Attempt) -> Self {
        let began = seat.sim.era.now();
        let mut log = seat.sim.log();
        log.event(began, &|| {
            format!(
                "{} STARTS {} attempt {}",
                seat.name, attempt.execution, attempt.number
            )
        });
        seat.sim
            .perhaps_provoke(&seat.chance, IN_THE_MIDST, attempt.execution);
        log.runs.push(Run {
            execution: attempt.execution,
            attempt: attempt.number,
            invocation: seat.invocation(),
            began,
            end: None,
        });
        Self {
            seat,
            number: log.runs.len() - 1,
            is_over: false,
        }
    }

    fn end(&mut self, how: RunEnd) {
        let now = self.seat.sim.era.now();
        let mut log = self.seat.sim.log();
        if let Some(run) = log.runs.get_mut(self.number) {
            run.end = Some((now, how));
            let execution = run.execution;
            log.event(now, &|| {
                format!("{} ENDS {execution} {how:?}", self.seat.name)
            });
        }
        self.is_over = true;
    }
}

impl Drop for Seen<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.end(RunEnd::Dropped);
        }
    }
}
