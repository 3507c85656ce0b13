//! What is new: an execution is told whenever its state or its attempt is another than it was told with. What was over
//! before the following began is not told. Pure: it is given what was read.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Execution;

/// How many jobs are looked at in turn, although nothing says that they have fired.
const IN_TURN: usize = 10;

/// Something that happened.
#[derive(Debug)]
pub struct News {
    /// When: the latest that its record says.
    pub at: DateTime<Utc>,
    /// What its job is called.
    pub job_name: String,
    /// The execution as it is now.
    pub execution: Execution,
    /// The same, as the API gave it.
    pub document: Value,
}

/// What has been told.
#[derive(Debug)]
pub struct Follow {
    began: DateTime<Utc>,
    is_first_round: bool,
    /// When each job would fire next, as the last round saw it.
    next: BTreeMap<String, Option<DateTime<Utc>>>,
    /// State and attempt of what was told and is not over.
    under_way: BTreeMap<String, (String, u32)>,
    /// Of each job, those of its latest executions that are over and were told, or are too old to be.
    over: BTreeMap<String, BTreeSet<String>>,
    turn: usize,
}

impl Follow {
    /// Begins to follow.
    pub fn from(began: DateTime<Utc>) -> Self {
        Self {
            began,
            is_first_round: true,
            next: BTreeMap::new(),
            under_way: BTreeMap::new(),
            over: BTreeMap::new(),
            turn: 0,
        }
    }

    /// Whether no round is over yet.
    pub fn is_first_round(&self) -> bool {
        self.is_first_round
    }

    /// The jobs whose executions are worth a look.
    pub fn worth_a_look<'a>(
        &mut self,
        jobs: impl Iterator<Item = (&'a str, Option<DateTime<Utc>>)>,
    ) -> BTreeSet<String> {
        let jobs: Vec<_> = jobs.collect();
        let mut worth = BTreeSet::new();
        let mut next = BTreeMap::new();
        for (id, at) in &jobs {
            let has_fired = self.next.get(*id) != Some(at);
            let prefix = format!("{id}_");
            let mut of_job = self.under_way.range(prefix.clone()..);
            let has_some = of_job
                .next()
                .is_some_and(|(execution, _)| execution.starts_with(&prefix));
            if has_some || (has_fired && !self.is_first_round) {
                worth.insert((*id).to_owned());
            }
            next.insert((*id).to_owned(), *at);
        }
        if !jobs.is_empty() {
            let others = (0..IN_TURN.min(jobs.len())).map(|step| (self.turn + step) % jobs.len());
            worth.extend(
                others
                    .filter_map(|place| jobs.get(place))
                    .map(|(id, _)| (*id).to_owned()),
            );
            self.turn = (self.turn + IN_TURN) % jobs.len();
        }
        self.next = next;
        self.is_first_round = false;
        worth
    }

    /// What is new among a job's latest executions. Of those that are no longer among them, nothing is remembered.
    pub fn take(
        &mut self,
        job: &str,
        job_name: &str,
        latest: Vec<(Execution, Value)>,
    ) -> Vec<News> {
        let told = self.over.remove(job).unwrap_or_default();
        let mut known = self.under_way_of(job);
        let mut over = BTreeSet::new();
        let mut news = Vec::new();
        for (execution, document) in latest {
            let was = known.remove(&execution.id);
            let now = (execution.state.clone(), execution.attempt);
            let told_before = was.as_ref() == Some(&now) || told.contains(&execution.id);
            let is_old = if let Some(at) = execution.finished_at {
                over.insert(execution.id.clone());
                was.is_none() && at < self.began
            } else {
                self.under_way.insert(execution.id.clone(), now);
                false
            };
            // One that is over and then is not was redriven.
            let goes_on = execution.finished_at.is_none() && told.contains(&execution.id);
            if is_old || (told_before && !goes_on) {
                continue;
            }
            let at = execution
                .finished_at
                .or(execution.started_at)
                .unwrap_or(execution.fire_time);
            let job_name = job_name.to_owned();
            news.push(News {
                at,
                job_name,
                execution,
                document,
            });
        }
        self.over.insert(job.to_owned(), over);
        news
    }

    /// Takes out what is under way of a job: an execution's id begins with its job's.
    fn under_way_of(&mut self, job: &str) -> BTreeMap<String, (String, u32)> {
        let prefix = format!("{job}_");
        let (of_job, others) = std::mem::take(&mut self.under_way)
            .into_iter()
            .partition(|(execution, _)| execution.starts_with(&prefix));
        self.under_way = others;
        of_job
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::read;

    fn at(minute: u32) -> DateTime<Utc> {
        format!("2026-11-28T22:{minute:02}:00Z").parse().unwrap()
    }

    fn execution(id: &str, state: &str, attempt: u32, finished: Option<u32>) -> (Execution, Value) {
        let document = json!({
            "id": id, "job_id": "j", "fire_time": at(0), "state": state, "reason": null, "attempt": attempt,
            "started_at": at(0), "finished_at": finished.map(at), "lateness_ms": 1, "duration_ms": null,
            "trigger": "schedule", "retry_at": null, "dispatched_at": null, "output": null, "job_version": 1,
        });
        (read(&document).unwrap(), document)
    }

    fn states(news: &[News]) -> Vec<&str> {
        news.iter()
            .map(|news| news.execution.state.as_str())
            .collect()
    }

    #[test]
    fn an_execution_is_told_once_for_each_thing_that_happens_to_it() {
        let mut follow = Follow::from(at(1));
        let mut take = |state, attempt, finished| {
            let news = follow.take("j", "n", vec![execution("j_1", state, attempt, finished)]);
            states(&news)
                .into_iter()
                .map(ToOwned::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(take("running", 1, None), ["running"]);
        assert!(take("running", 1, None).is_empty());
        assert_eq!(take("retry_wait", 1, None), ["retry_wait"]);
        assert_eq!(take("running", 2, None), ["running"]);
        assert_eq!(take("dead", 2, Some(2)), ["dead"]);
        assert!(take("dead", 2, Some(2)).is_empty());
        // Redriven.
        assert_eq!(take("running", 3, None), ["running"]);
        assert_eq!(take("succeeded", 3, Some(3)), ["succeeded"]);
    }

    #[test]
    fn what_was_over_before_is_not_told() {
        let mut follow = Follow::from(at(5));
        let latest = vec![
            execution("j_2", "succeeded", 1, Some(6)),
            execution("j_1", "succeeded", 1, Some(4)),
        ];
        let news = follow.take("j", "n", latest);
        assert_eq!(news.len(), 1);
        assert_eq!(news[0].execution.id, "j_2");
    }

    #[test]
    fn a_job_is_looked_at_when_it_fired_or_has_something_under_way_and_others_in_turn() {
        let names: Vec<String> = (0..30).map(|number| format!("j{number:02}")).collect();
        let jobs = |fired: Option<usize>| {
            let next = move |place| if Some(place) == fired { at(9) } else { at(8) };
            let jobs: Vec<_> = names
                .iter()
                .enumerate()
                .map(|(place, id)| (id.clone(), Some(next(place))))
                .collect();
            jobs
        };
        let mut follow = Follow::from(at(1));
        let look = |follow: &mut Follow, jobs: Vec<(String, Option<DateTime<Utc>>)>| {
            follow.worth_a_look(jobs.iter().map(|(id, at)| (id.as_str(), *at)))
        };
        let first = look(&mut follow, jobs(None));
        assert_eq!(first.len(), IN_TURN, "{first:?}");
        let second = look(&mut follow, jobs(Some(29)));
        assert!(
            second.contains("j29") && second.contains("j10") && !second.contains("j00"),
            "{second:?}"
        );
        follow.take("j05", "n", vec![execution("j05_1", "running", 1, None)]);
        let third = look(&mut follow, jobs(Some(29)));
        assert!(third.contains("j05") && third.contains("j20"), "{third:?}");
        // All of them are seen within three rounds.
        let mut seen = first;
        seen.extend(second);
        seen.extend(third);
        assert_eq!(seen.len(), 30);
    }
}
