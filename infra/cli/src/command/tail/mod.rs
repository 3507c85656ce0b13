//! `punctual tail`: follows executions as they start and end. The API has no list of everybody's executions, so a round
//! asks for the jobs, and then for the executions of those that have fired since the last round, that have some under
//! way, and, in turn, of a few others: a run by hand moves no fire time.

mod follow;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use self::follow::{Follow, News};
use super::executions::{Execution, milliseconds};
use super::named::job_id;
use crate::Failure;
use crate::api::{Paging, list, read};
use crate::session::{Session, print};
use crate::show::{Tone, printable};

/// Whose executions.
#[derive(Args, Debug)]
pub struct Options {
    /// Only this job's, by its id or name
    #[arg(long)]
    job: Option<String>,
    /// Another user's, for operators
    #[arg(long)]
    user: Option<String>,
    /// How many seconds between two looks
    #[arg(long, default_value_t = 2, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    every: u64,
    /// End after so many lines
    #[arg(long, value_name = "N")]
    lines: Option<usize>,
}

/// How many executions of a job are looked at in a round.
const LATEST: usize = 20;
/// More jobs are not followed: each takes calls.
const MOST_JOBS: usize = 1_000;

#[derive(Deserialize)]
struct Job {
    id: String,
    name: String,
    next_fire_at: Option<DateTime<Utc>>,
}

/// Follows executions until Ctrl-C.
///
/// # Errors
/// If the API refuses; one that cannot be reached is asked again.
pub async fn carry_out(session: &Session, options: &Options) -> Result<(), Failure> {
    let only = match &options.job {
        Some(job) => Some(job_id(&session.api, job).await?),
        None => None,
    };
    let mut follow = Follow::from(session.now());
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::local("signals"))?;
    let mut left = options.lines.unwrap_or(usize::MAX);
    loop {
        let round = round(session, options, only.as_deref(), &mut follow);
        let news = tokio::select! {
            news = round => news,
            _ = interrupt.recv() => return Ok(()),
        };
        match news {
            Ok(news) => {
                for news in news.iter().take(left) {
                    print(&line(session, news))?;
                }
                left = left.saturating_sub(news.len());
                if left == 0 {
                    return Ok(());
                }
            }
            Err(failure @ Failure::Unreachable { .. }) => {
                eprintln!("punctual: {failure}; trying again");
            }
            Err(failure) => return Err(failure),
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(options.every)) => {}
            _ = interrupt.recv() => return Ok(()),
        }
    }
}

async fn round(
    session: &Session,
    options: &Options,
    only: Option<&str>,
    follow: &mut Follow,
) -> Result<Vec<News>, Failure> {
    let mut jobs: Vec<Job> = Vec::new();
    if let Some(id) = only {
        jobs.push(session.api.get(&["jobs", id]).send().await?.read()?);
    } else {
        let call = || {
            session
                .api
                .get(&["jobs"])
                .maybe("user", options.user.as_deref())
        };
        let most = Paging {
            limit: MOST_JOBS,
            all: false,
        };
        let more = list(call, most, |item: Value| {
            jobs.push(read(&item)?);
            Ok(())
        });
        if more.await? && follow.is_first_round() {
            eprintln!("punctual: only the first {MOST_JOBS} jobs are followed; --job follows any");
        }
    }
    let known = jobs.iter().map(|job| (job.id.as_str(), job.next_fire_at));
    let due: BTreeSet<String> = follow.worth_a_look(known);
    let mut news = Vec::new();
    for job in jobs.iter().filter(|job| due.contains(&job.id)) {
        let call = || session.api.get(&["jobs", &job.id, "executions"]);
        let latest = Paging {
            limit: LATEST,
            all: false,
        };
        let mut found: Vec<(Execution, Value)> = Vec::new();
        let listed = list(call, latest, |item: Value| {
            found.push((read(&item)?, item));
            Ok(())
        });
        match listed.await {
            Ok(_) => news.extend(follow.take(&job.id, &job.name, found)),
            // Deleted since the list was read.
            Err(Failure::Problem(problem)) if problem.status == 404 => {}
            Err(failure) => return Err(failure),
        }
    }
    news.sort_by_key(|news| news.at);
    Ok(news)
}

fn line(session: &Session, news: &News) -> String {
    if session.json {
        return news.document.to_string();
    }
    let Execution {
        state,
        reason,
        id,
        attempt,
        lateness_ms,
        duration_ms,
        errors,
        ..
    } = &news.execution;
    let local = session.zone.local(news.at).format("%H:%M:%S");
    let padded = format!("{state:10}");
    let state = session.terminal.paint(Tone::of(state), &padded);
    let mut words = vec![format!("late {}", milliseconds(*lateness_ms))];
    if let Some(took) = duration_ms {
        words.push(format!("took {}", milliseconds(Some(*took))));
    }
    if *attempt > 1 {
        words.push(format!("attempt {attempt}"));
    }
    words.extend(reason.clone());
    if let Some(error) = errors.last().filter(|_| reason.is_some()) {
        words.push(error.detail.clone());
    }
    let name = printable(&news.job_name).replace('\n', " ");
    let words = printable(&words.join(", ")).replace('\n', " ");
    format!("{local}  {state}  {name}  {words}  {id}")
}
