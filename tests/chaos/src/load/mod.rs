//! The load: clients that create, change and delete jobs without asking each other, and write down what they heard.

mod api;
mod job;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use punctual::edge::SystemClock;
use punctual::port::Clock;
use serde_json::{Value, json};

pub use self::api::{Answer, Api};
use crate::evidence::{Operation, Outcome, Request, Schedule};
use crate::random::Random;
use crate::target::Targets;
use crate::timetable::fire_times;

/// How many jobs are kept going at most.
const MOST_JOBS: usize = 48;

/// What the clients know, together.
#[derive(Clone, Default)]
pub struct Book(Arc<Mutex<Pages>>);

#[derive(Default)]
struct Pages {
    operations: Vec<Operation>,
    jobs: Vec<Known>,
    numbers: u64,
}

/// A job that a client has heard of.
#[derive(Clone)]
struct Known {
    number: u64,
    id: String,
    schedule: Schedule,
    /// When it was made.
    since: DateTime<Utc>,
    /// Executions that somebody was told of.
    executions: Vec<String>,
}

impl Book {
    /// What was asked for so far, in the order in which it began.
    pub fn operations(&self) -> Vec<Operation> {
        let mut operations = self.pages().operations.clone();
        operations.sort_by_key(|operation| operation.begun_at);
        operations
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> u64 {
        let mut pages = self.pages();
        pages.numbers += 1;
        pages.numbers
    }
}

/// One client.
pub struct Client {
    api: Api,
    targets: Targets,
    book: Book,
    random: Random,
    long: bool,
}

impl Client {
    /// A client of `api` whose choices are drawn from `random`, and which asks for long attempts, too, if `long`.
    pub fn new(api: Api, targets: Targets, book: Book, random: Random, long: bool) -> Self {
        Self {
            api,
            targets,
            book,
            random,
            long,
        }
    }

    /// Asks for one thing after another until `until`.
    pub async fn work(mut self, until: DateTime<Utc>) {
        while SystemClock.now() < until {
            self.step().await;
            let pause = self.random.between(100, 700);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    async fn step(&mut self) {
        let jobs = self.book.pages().jobs.clone();
        let choice = self.random.between(0, 100);
        if jobs.is_empty() || (choice < 35 && jobs.len() < MOST_JOBS) {
            return self.create().await;
        }
        let Some(job) = self.random.pick(&jobs).cloned() else {
            return;
        };
        let path = format!("/v1/jobs/{}", job.id);
        match self.random.between(0, 100) {
            0..20 => self.edit(&job, &path).await,
            20..31 => self.post(&job, Request::Pause, &path, "pause").await,
            31..51 => self.post(&job, Request::Resume, &path, "resume").await,
            51..57 => self.ask(&job, Request::Delete, "DELETE", &path, None).await,
            57..69 => self.skip(&job, &path).await,
            69..91 => self.post(&job, Request::RunNow, &path, "run").await,
            _ => self.cancel_execution(&job).await,
        }
    }

    async fn post(&mut self, job: &Known, request: Request, path: &str, verb: &str) {
        let path = format!("{path}/{verb}");
        self.ask(job, request, "POST", &path, None).await;
    }

    async fn create(&mut self) {
        let number = self.book.number();
        let now = SystemClock.now();
        let schedule = job::schedule(&mut self.random, now);
        let name = format!("{number}.");
        let body = job::request(&mut self.random, &self.targets, &name, &schedule, self.long);
        let key = format!("chaos-{number}");
        let path = "/v1/jobs";
        let begun_at = SystemClock.now();
        let choice = self.random.bits();
        let mut answer = self
            .api
            .send(choice, "POST", path, Some(&body), Some(&key))
            .await;
        // Half of those who do not know ask again, and must not get a second job.
        if matches!(answer.outcome(), Outcome::Unknown { .. }) && self.random.chance(50) {
            answer = self
                .api
                .send(choice + 1, "POST", path, Some(&body), Some(&key))
                .await;
        }
        let id = match &answer {
            Answer::Status(200..300, body) => body["id"].as_str().map(str::to_owned),
            _ => None,
        };
        let mut outcome = answer.outcome();
        // Sent again, a refusal says nothing of what became of it the first time: its instant may have passed.
        if outcome.is_refused() && SystemClock.now() - begun_at > TimeDelta::seconds(5) {
            outcome = Outcome::Unknown {
                why: "refused when it was sent again".to_owned(),
            };
        }
        let mut pages = self.book.pages();
        pages.operations.push(Operation {
            number,
            job: id.clone(),
            request: Request::Create,
            begun_at,
            ended_at: SystemClock.now(),
            outcome,
        });
        if let Some(id) = id {
            pages.jobs.push(Known {
                number,
                id,
                schedule,
                since: begun_at,
                executions: Vec::new(),
            });
        }
    }

    async fn edit(&mut self, job: &Known, path: &str) {
        let name = format!("{}.{}", job.number, self.book.number());
        let mut body = json!({ "name": name });
        let mut schedule = None;
        if self.random.chance(50) {
            let other = job::schedule(&mut self.random, SystemClock.now());
            body["schedule"] = job::said(&other);
            schedule = Some(other);
        }
        let request = Request::Edit { name };
        let done = self.send(job, request, "PATCH", path, Some(&body)).await;
        if let (true, Some(schedule)) = (done.is_acknowledged(), schedule) {
            self.update(job, |known| known.schedule = schedule);
        }
    }

    /// Leaves out one of the next fire times, as far as this client knows them.
    async fn skip(&mut self, job: &Known, path: &str) {
        let now = SystemClock.now();
        let soon = fire_times(&job.schedule, now, now + TimeDelta::seconds(60));
        if let Some(&fire_time) = self.random.pick(&soon) {
            let body = json!({ "fire_time": fire_time });
            let path = format!("{path}/skip");
            let request = Request::Skip { fire_time };
            self.ask(job, request, "POST", &path, Some(&body)).await;
        }
    }

    /// Cancels an execution that was asked for by hand, or one of the next fire times.
    async fn cancel_execution(&mut self, job: &Known) {
        let now = SystemClock.now();
        let soon = fire_times(&job.schedule, now, now + TimeDelta::seconds(60));
        let scheduled = soon
            .iter()
            .map(|at| format!("{}_{}", job.id, at.format("%Y%m%dT%H%M%SZ")));
        let known: Vec<_> = job.executions.iter().cloned().chain(scheduled).collect();
        if let Some(execution) = self.random.pick(&known).cloned() {
            let path = format!("/v1/executions/{execution}/cancel");
            let request = Request::CancelExecution { execution };
            self.ask(job, request, "POST", &path, None).await;
        }
    }

    async fn ask(
        &mut self,
        job: &Known,
        request: Request,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) {
        let deletes = request == Request::Delete;
        let done = self.send(job, request, method, path, body).await;
        if let Outcome::Acknowledged {
            execution: Some(execution),
            ..
        } = &done
        {
            self.update(job, |known| known.executions.push(execution.clone()));
        }
        // Most leave a deleted job alone from then on, and once-jobs that are long over; some ask for it still.
        let is_old = SystemClock.now() - job.since > TimeDelta::minutes(6);
        if (deletes && done.is_acknowledged()) || (is_old && self.random.chance(30)) {
            self.book.pages().jobs.retain(|known| known.id != job.id);
        }
    }

    fn update(&self, job: &Known, change: impl FnOnce(&mut Known)) {
        let mut pages = self.book.pages();
        if let Some(known) = pages.jobs.iter_mut().find(|known| known.id == job.id) {
            change(known);
        }
    }

    async fn send(
        &mut self,
        job: &Known,
        request: Request,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Outcome {
        let begun_at = SystemClock.now();
        let answer = self
            .api
            .send(self.random.bits(), method, path, body, None)
            .await;
        let outcome = answer.outcome();
        self.book.pages().operations.push(Operation {
            number: job.number,
            job: Some(job.id.clone()),
            request,
            begun_at,
            ended_at: SystemClock.now(),
            outcome: outcome.clone(),
        });
        outcome
    }
}
