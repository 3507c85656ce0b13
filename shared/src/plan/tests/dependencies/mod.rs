mod cycle;
mod examples;
mod missed;
mod order;
mod properties;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{at, record};
use crate::domain::{
    Exclusions, Execution, ExecutionId, ExecutionState, Job, JobId, JobRequest, JobState, Occasion,
    Reason, UserId,
};
use crate::plan::dependencies::{Facts, Gate, Need, Needs, Row, gate};

fn id(number: u128) -> JobId {
    JobId::from_random(number)
}

/// Job number `number`, asked for an hour before noon.
fn job(number: u128, schedule: Option<Value>, after: &[u128], more: &Value) -> Job {
    let after: Vec<_> = after.iter().map(|up| id(*up)).collect();
    let mut request = json!({ "name": "n", "job_type": "echo", "after": after });
    let fields = request.as_object_mut().unwrap();
    fields.extend(schedule.map(|schedule| ("schedule".to_owned(), schedule)));
    fields.extend(more.as_object().unwrap().clone());
    let request: JobRequest = serde_json::from_value(request).unwrap();
    let user = UserId::new("ann").unwrap();
    let created = at("2026-11-21T11:00:30Z");
    request.into_job(id(number), user, created).unwrap()
}

/// Fires on every full hour.
fn root(number: u128) -> Job {
    let hourly = json!({ "kind": "cron", "expression": "0 * * * *" });
    job(number, Some(hourly), &[], &json!({}))
}

fn behind(number: u128, after: &[u128]) -> Job {
    job(number, None, after, &json!({}))
}

fn noon() -> DateTime<Utc> {
    at("2026-11-21T12:00:00Z")
}

fn this_run() -> Occasion {
    Occasion::Scheduled(noon())
}

fn of(job: u128, occasion: Occasion) -> ExecutionId {
    ExecutionId {
        job: id(job),
        occasion,
    }
}

/// Everything there is to be read.
#[derive(Clone, Default)]
struct Shelf {
    jobs: BTreeMap<JobId, Job>,
    records: BTreeMap<ExecutionId, Execution>,
    /// When it is asked; at the time of the run, if absent.
    now: Option<DateTime<Utc>>,
}

impl Shelf {
    fn of(jobs: impl IntoIterator<Item = Job>) -> Self {
        let jobs = jobs.into_iter().map(|job| (job.id, job));
        Self {
            jobs: jobs.collect(),
            ..Self::default()
        }
    }

    fn with(mut self, job: u128, state: ExecutionState) -> Self {
        self.put(of(job, this_run()), state, None);
        self
    }

    fn put(&mut self, id: ExecutionId, state: ExecutionState, reason: Option<Reason>) {
        let ended = Execution {
            reason,
            finished_at: state.is_terminal().then(|| at("2026-11-21T12:00:07Z")),
            ..record(id, state)
        };
        self.records.insert(id, ended);
    }

    fn change(&mut self, job: u128, change: impl FnOnce(&mut Job)) {
        change(self.jobs.get_mut(&id(job)).unwrap());
    }

    /// What the gate says, once it has been given all that it asks for, and how much that was.
    fn asked(&self, job: u128, occasion: Occasion) -> (Gate, usize) {
        let job = &self.jobs[&id(job)];
        let mut facts = Facts::default();
        let mut reads = 0;
        loop {
            let Needs(needs) =
                match gate(job.owed(Exclusions::none()), occasion, &facts, self.now()) {
                    Ok(gate) => return (gate, reads),
                    Err(needs) => needs,
                };
            assert!(!needs.is_empty());
            for need in needs {
                reads += 1;
                match need {
                    Need::Job(id) => {
                        let row = self.jobs.get(&id).map(|job| Row {
                            job: job.clone(),
                            exclusions: Exclusions::default(),
                        });
                        facts.add_job(id, row);
                    }
                    Need::Record(id) => facts.add_record(id, self.records.get(&id).cloned()),
                    Need::Later(id) => {
                        let later = self.records.values().filter(|record| {
                            record.id.job == id.job
                                && record.id.occasion.fire_time() > id.occasion.fire_time()
                        });
                        facts.add_later(id, later.cloned().collect());
                    }
                }
            }
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.now.unwrap_or_else(noon)
    }

    fn gate(&self, job: u128) -> Gate {
        self.asked(job, this_run()).0
    }
}

/// What is said of a run whose upstreams had all ended by then.
const OPEN: Gate = Gate::Open(Some(ENDED));
const ENDED: DateTime<Utc> = DateTime::from_timestamp(1_795_262_407, 0).unwrap();

fn paused(job: &mut Job) {
    job.state = JobState::Paused;
}
