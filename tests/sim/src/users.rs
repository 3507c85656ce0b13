//! The users of a run: what each wishes is asked of the API when its time has come, and what is answered is noted. A
//! create goes on until it is answered, with one idempotency key; all else is asked once, whatever becomes of the answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{ExecutionId, JobId};
use serde_json::{Value, json};

use crate::host::{ApiHost, Sim};
use crate::log::{Asked, Request};
use crate::rule::{Rule, written};
use crate::scenario::{JobPlan, Scenario, Wish, whole_second};

/// What the user of a job knows of it.
#[derive(Clone, Debug, Default)]
struct Known {
    id: Option<JobId>,
    rule: Option<Rule>,
    last_skipped: Option<DateTime<Utc>>,
    was_provoked: bool,
}

/// A job and its user.
pub struct User {
    sim: Arc<Sim>,
    api: Arc<ApiHost>,
    plan: JobPlan,
    known: Mutex<Known>,
}

/// How often a create is asked for until somebody answers, and how long a user waits in between.
const TRIES: u32 = 60;
const PATIENCE: Duration = Duration::from_secs(17);

/// Lets every user act as the scenario says. Returns the jobs' ids, by their numbers, once all is asked.
pub async fn act(sim: &Arc<Sim>, api: &Arc<ApiHost>, scenario: &Scenario) -> Vec<Option<JobId>> {
    let mut users = Vec::new();
    let mut tasks = Vec::new();
    for plan in &scenario.jobs {
        let user = Arc::new(User {
            sim: Arc::clone(sim),
            api: Arc::clone(api),
            plan: plan.clone(),
            known: Mutex::default(),
        });
        users.push(Arc::clone(&user));
        if scenario.kept.contains(&plan.number) {
            tasks.push(tokio::spawn(async move { user.create().await }));
        }
    }
    tokio::spawn(heed_provocations(Arc::clone(sim), users.clone()));
    for wished in &scenario.wishes {
        if !scenario.kept.contains(&wished.job) {
            continue;
        }
        sim.era.sleep_until(wished.at).await;
        let user = Arc::clone(&users[wished.job]);
        let wish = wished.wish.clone();
        tasks.push(tokio::spawn(async move { user.wish(wish).await }));
    }
    for task in tasks {
        // One that panicked has been heard of by then.
        let _ = task.await;
    }
    users.iter().map(|user| user.known().id).collect()
}

/// Lets users act on what happens, as the run provokes them: each of them once, or few jobs would live to see a day's end.
async fn heed_provocations(sim: Arc<Sim>, users: Vec<Arc<User>>) {
    let Some(mut provocations) = sim.provocations() else {
        return;
    };
    while let Some((execution, wish)) = provocations.recv().await {
        let of_job = |user: &&Arc<User>| {
            let known = user.known();
            known.id == Some(execution.job) && !known.was_provoked
        };
        if let Some(user) = users.iter().find(of_job).map(Arc::clone) {
            user.learn(|known| known.was_provoked = true);
            tokio::spawn(async move { user.wish(wish).await });
        }
    }
}

impl User {
    fn known(&self) -> Known {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn learn(&self, learn: impl FnOnce(&mut Known)) {
        learn(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner));
    }

    async fn create(&self) {
        self.sim.era.sleep_until(self.plan.asked_at).await;
        let key = format!("create-{}", self.plan.number);
        for _ in 0..TRIES {
            let answer = self
                .ask(
                    "POST",
                    "/v1/jobs".to_owned(),
                    Some(&key),
                    &self.plan.body,
                    Asked::Create,
                )
                .await;
            if let Some((200 | 201, body)) = &answer {
                let id = body["id"].as_str().and_then(|id| id.parse().ok());
                self.learn(|known| {
                    known.id = id;
                    known.rule = Rule::of_json(&body["schedule"]);
                });
                return;
            }
            if matches!(answer, Some((400..429, _))) {
                return;
            }
            tokio::time::sleep(PATIENCE).await;
        }
    }

    async fn wish(&self, wish: Wish) {
        let known = self.known();
        let Some(id) = known.id else { return };
        let job = format!("/v1/jobs/{id}");
        // Nobody acts any more from then on.
        let calm_from = self.sim.plan.calm_from;
        match wish {
            Wish::Plain(Asked::Edit(patch)) => self.edit(job, patch).await,
            Wish::Reschedule(rule) => self.edit(job, json!({ "schedule": rule.to_json() })).await,
            Wish::Plain(Asked::Pause) => self.post(format!("{job}/pause"), Asked::Pause).await,
            Wish::Plain(Asked::Resume) => self.post(format!("{job}/resume"), Asked::Resume).await,
            Wish::Plain(Asked::RunNow) => self.post(format!("{job}/run"), Asked::RunNow).await,
            Wish::Plain(Asked::Delete) => {
                self.ask("DELETE", job, None, &Value::Null, Asked::Delete)
                    .await;
            }
            Wish::Plain(_) => {}
            Wish::SkipNext(number) => {
                let Some(at) = self.next(&known, number) else {
                    return;
                };
                self.skip(&job, at).await;
            }
            Wish::UnskipLast => {
                let Some(at) = known.last_skipped else { return };
                self.unskip(&job, at).await;
            }
            Wish::SkipAndRegret(number, ahead_ms) => {
                let Some(at) = self.next(&known, number).filter(|at| *at < calm_from) else {
                    return;
                };
                self.skip(&job, at).await;
                self.shortly_before(at, ahead_ms).await;
                self.unskip(&job, at).await;
            }
            Wish::PauseAndRegret(number, ahead_ms) => {
                let Some(at) = self.next(&known, number).filter(|at| *at < calm_from) else {
                    return;
                };
                self.post(format!("{job}/pause"), Asked::Pause).await;
                self.shortly_before(at, ahead_ms).await;
                self.post(format!("{job}/resume"), Asked::Resume).await;
            }
            Wish::OnceIn(seconds) => {
                let seconds = i64::try_from(seconds).unwrap_or(1);
                let rule =
                    Rule::Once(whole_second(self.sim.era.now()) + TimeDelta::seconds(seconds));
                self.edit(job, json!({ "schedule": rule.to_json() })).await;
            }
            Wish::CancelNext(number) => {
                let Some(at) = self.next(&known, number) else {
                    return;
                };
                self.cancel(ExecutionId::scheduled(id, at)).await;
            }
            Wish::Cancel(execution) => self.cancel(execution).await,
            Wish::CancelRunning => {
                let running = {
                    let log = self.sim.log();
                    let of_job = log.runs.iter().rev().find(|run| run.execution.job == id);
                    of_job.map(|run| run.execution)
                };
                if let Some(execution) = running {
                    self.cancel(execution).await;
                }
            }
        }
    }

    async fn skip(&self, job: &str, at: DateTime<Utc>) {
        self.learn(|known| known.last_skipped = Some(at));
        let body = json!({ "fire_time": written(at) });
        self.ask("POST", format!("{job}/skip"), None, &body, Asked::Skip(at))
            .await;
    }

    async fn unskip(&self, job: &str, at: DateTime<Utc>) {
        let body = json!({ "fire_time": written(at) });
        self.ask(
            "POST",
            format!("{job}/unskip"),
            None,
            &body,
            Asked::Unskip(at),
        )
        .await;
    }

    async fn shortly_before(&self, at: DateTime<Utc>, ahead_ms: u64) {
        let ahead = TimeDelta::milliseconds(i64::try_from(ahead_ms).unwrap_or(0));
        self.sim.era.sleep_until(at - ahead).await;
    }

    /// One of the next fire times, as the user knows the schedule.
    fn next(&self, known: &Known, number: usize) -> Option<DateTime<Utc>> {
        let rule = known.rule.as_ref()?;
        let mut from = self.sim.era.now() + TimeDelta::seconds(3);
        for _ in 0..number {
            from = rule.next(from)? + TimeDelta::seconds(1);
        }
        rule.next(from)
    }

    async fn edit(&self, job: String, change: Value) {
        let answer = self
            .ask("PATCH", job, None, &change, Asked::Edit(change.clone()))
            .await;
        if let Some((200, body)) = answer {
            self.learn(|known| known.rule = Rule::of_json(&body["schedule"]));
        }
    }

    async fn post(&self, path: String, asked: Asked) {
        self.ask("POST", path, None, &Value::Null, asked).await;
    }

    async fn cancel(&self, execution: ExecutionId) {
        let path = format!("/v1/executions/{execution}/cancel");
        self.ask(
            "POST",
            path,
            None,
            &Value::Null,
            Asked::CancelExecution(execution),
        )
        .await;
    }

    async fn ask(
        &self,
        method: &str,
        path: String,
        key: Option<&str>,
        body: &Value,
        asked: Asked,
    ) -> Option<(u16, Value)> {
        let sent_at = self.sim.era.now();
        let answer = self
            .api
            .call(method, &path, &self.plan.user, key, body)
            .await;
        let done_at = self.sim.era.now();
        let mut log = self.sim.log();
        log.event(done_at, &|| {
            let status = answer.as_ref().map(|(status, _)| *status);
            let version = answer
                .as_ref()
                .and_then(|(_, body)| body["version"].as_u64());
            format!(
                "{} {method} {path} {asked:?} -> {status:?} version {version:?}",
                self.plan.user
            )
        });
        log.requests.push(Request {
            job: self.plan.number,
            asked,
            sent_at,
            done_at,
            answer: answer.clone(),
        });
        answer
    }
}
