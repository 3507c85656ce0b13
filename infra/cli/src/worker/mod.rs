//! A worker that runs commands. It asks for work, runs each command in a process group of its own, shows that it lives,
//! and reports how the command ended. Whatever happens, it holds to this:
//!
//! - a command runs only while the worker holds its execution: when that is canceled, over its time, taken by another, or
//!   perhaps so because nobody could be told that the command lives, the whole group is ended;
//! - nothing of a command outlives its report, but for what left its group on purpose;
//! - a worker that is told to stop takes no more work, lets what runs come to its end for a while, and gives back the rest.

mod input;
mod process;
mod report;
mod tail;
mod task;

use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::task::{Handed, Task};
use crate::Failure;
use crate::api::Api;

/// How long a poll waits for work: a worker that is told to stop while nothing runs waits for so long.
const WAIT_SECONDS: u64 = 10;

/// The most that a poll takes.
const MOST_A_POLL: usize = 10;

/// After a poll that failed, at first and at last.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Which work is taken, and how much at once.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What the worker is called.
    pub name: String,
    /// The works that it takes.
    pub works: Vec<String>,
    /// How many commands run at once.
    pub concurrency: usize,
}

/// What a worker has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// Go on.
    Work,
    /// Take no more.
    Finish,
    /// End what runs.
    Stop,
}

#[derive(Deserialize)]
struct Registered {
    id: String,
}

#[derive(Deserialize)]
struct HandedList {
    executions: Vec<Handed>,
}

/// Takes work until it is told to finish.
///
/// # Errors
/// If the API refuses it for good.
pub async fn work(api: &Api, terms: &Terms, told: watch::Receiver<Told>) -> Result<(), Failure> {
    let mut tasks = JoinSet::new();
    let mut id = None;
    let outcome = take(api, terms, &told, &mut id, &mut tasks).await;
    // What runs is waited for, whatever ended the taking.
    while tasks.join_next().await.is_some() {}
    if let Some(id) = id {
        // One that is not removed is forgotten within a day.
        let _ = api.call(Method::DELETE, &["workers", &id]).send().await;
    }
    outcome
}

async fn take(
    api: &Api,
    terms: &Terms,
    told: &watch::Receiver<Told>,
    id: &mut Option<String>,
    tasks: &mut JoinSet<()>,
) -> Result<(), Failure> {
    let mut pause = PAUSES.0;
    let mut stop = told.clone();
    while *told.borrow() == Told::Work {
        while tasks.try_join_next().is_some() {}
        let free = terms
            .concurrency
            .saturating_sub(tasks.len())
            .min(MOST_A_POLL);
        if free == 0 {
            tokio::select! {
                _ = tasks.join_next() => {}
                _ = stop.changed() => {}
            }
            continue;
        }
        // A poll is never broken off: what it was handed would be nobody's until its lease is over.
        match poll(api, terms, id, free).await {
            Ok(handed) => {
                pause = PAUSES.0;
                for handed in handed {
                    let task = Task {
                        api: api.clone(),
                        handed,
                        told: told.clone(),
                    };
                    tasks.spawn(task.carry_out());
                }
            }
            Err(failure) if may_pass(&failure) => {
                eprintln!("punctual: {failure}; trying again in {} s", pause.as_secs());
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = stop.changed() => {}
                }
                pause = (pause * 2).min(PAUSES.1);
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

async fn poll(
    api: &Api,
    terms: &Terms,
    id: &mut Option<String>,
    free: usize,
) -> Result<Vec<Handed>, Failure> {
    let known = if let Some(id) = id {
        id.clone()
    } else {
        let request = json!({ "name": terms.name, "works": terms.works });
        let worker: Registered = api.post(&["workers"]).json(request).send().await?.read()?;
        let works = terms.works.join(", ");
        eprintln!("punctual: worker {} takes {works}", worker.id);
        id.insert(worker.id).clone()
    };
    let request = json!({ "wait_seconds": WAIT_SECONDS, "max": free });
    match api
        .post(&["workers", &known, "poll"])
        .json(request)
        .send()
        .await
    {
        // Forgotten: it is made known again by the next poll.
        Err(Failure::Problem(problem)) if problem.status == 404 => {
            *id = None;
            Ok(Vec::new())
        }
        answer => answer?.read::<HandedList>().map(|list| list.executions),
    }
}

/// Whether another try may fare better.
fn may_pass(failure: &Failure) -> bool {
    match failure {
        Failure::Unreachable { .. } => true,
        Failure::Problem(problem) => problem.status == 429 || problem.status >= 500,
        _ => false,
    }
}
