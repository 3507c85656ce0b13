//! What became of everything that was planned or asked for.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::ExecutionId;
use serde_json::Value;

use super::history::{SKEW, State, Version};
use super::{Case, Law, Violation, instant, stood_still};
use crate::log::{Asked, Run, RunEnd};

/// Up to this late, nothing is a misfire.
const GRACE: TimeDelta = TimeDelta::seconds(60);

/// What is due within so much of the end need not have ended.
const OPEN: TimeDelta = TimeDelta::minutes(50);

/// What is due within so much of the end need not have begun.
const BEGUN: TimeDelta = TimeDelta::minutes(5);

/// How long a process may stand still.
const LONGEST_STALL: TimeDelta = TimeDelta::seconds(500);

/// How long what waits for its turn may be away.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(62);

/// How late a start may be once all is quiet: clocks are wrong, and calls take a moment.
const PROMPT: TimeDelta = TimeDelta::seconds(10);

impl Case<'_> {
    pub(super) fn outcomes(&self, found: &mut Vec<Violation>, counted: &mut BTreeMap<String, u64>) {
        let until = self.scenario.end - BEGUN;
        let planned = self.history.planned(until);
        let records: BTreeMap<&str, &Value> = self
            .shown
            .records
            .iter()
            .filter_map(|record| Some((record["id"].as_str()?, record)))
            .collect();
        let mut entries: BTreeMap<DateTime<Utc>, Vec<&Value>> = BTreeMap::new();
        for entry in self
            .shown
            .entries
            .iter()
            .filter(|entry| entry["trigger"] == "schedule")
        {
            if let Some(at) = instant(&entry["fire_time"]).filter(|at| *at < until) {
                entries.entry(at).or_default().push(entry);
            }
        }
        for at in &planned {
            let id = ExecutionId::scheduled(self.id, *at);
            let record = records.get(id.to_string().as_str()).copied();
            let entry = match entries.get(at).map(Vec::as_slice) {
                Some([entry]) => *entry,
                other => {
                    let what = format!(
                        "the ledger has {} entries of it",
                        other.map_or(0, <[_]>::len)
                    );
                    found.push(Violation::of(Law::Lost, Some(*at), what));
                    continue;
                }
            };
            let outcome = entry["outcome"].as_str().unwrap_or("none").to_owned();
            *counted.entry(outcome).or_default() += 1;
            if let Err(violation) = self.planned_outcome(*at, id, entry, record) {
                found.push(violation);
            }
        }
        self.nothing_unplanned(&planned, &entries, found);
        for record in records.values() {
            if let Err(violation) = self.record(record, self.scenario.end - OPEN) {
                found.push(violation);
            }
        }
        self.asked_for(&records, found);
    }

    /// Judges what the ledger says of a planned occurrence.
    fn planned_outcome(
        &self,
        at: DateTime<Utc>,
        id: ExecutionId,
        entry: &Value,
        record: Option<&Value>,
    ) -> Result<(), Violation> {
        let fail = |law, what: String| Err(Violation::of(law, Some(at), what));
        let outcome = entry["outcome"].as_str().unwrap_or("none");
        let Some(planner) = self.history.planner(at) else {
            return Ok(());
        };
        if let Some(record) = record {
            self.found_in_time(at, id, planner, record)?;
            self.in_time(at, planner, record)?;
            return Ok(());
        }
        let allowed = match planner.state {
            State::Paused => outcome == "paused",
            State::Deleted => outcome == "canceled",
            State::Fires => match outcome {
                "skipped_by_user" => {
                    planner.skips.contains(&at) || self.history.perhaps_skipped.contains(&at)
                }
                "skipped_misfire" => {
                    self.stood_for(at, entry)?;
                    let until = instant(&entry["stood_for_by"]).unwrap_or(at);
                    if !self.is_excused(id, at, until + TimeDelta::minutes(10)) {
                        return fail(
                            Law::Unexplained,
                            format!("nothing went wrong, and it was missed: {entry}"),
                        );
                    }
                    true
                }
                // It waits for its turn behind all that is caught up with; it leaves no record until it has it.
                // Whoever comes to see whether it is its turn has a record for a moment.
                "pending" | "running" => self.queues(),
                // Between two of them nobody holds the lock.
                "missing" => self.queues() && self.changes_turns(),
                _ => false,
            },
        };
        if allowed {
            Ok(())
        } else {
            fail(
                Law::Lost,
                format!(
                    "{:?} at version {}, without a record: {entry}",
                    planner.state, planner.number
                ),
            )
        }
    }

    /// Whether what stands for a missed occurrence can: a later one, owed, with a record, and the first of them was late.
    fn stood_for(&self, at: DateTime<Utc>, entry: &Value) -> Result<(), Violation> {
        let fail = |what: String| Err(Violation::of(Law::Lost, Some(at), what));
        let Some(stands) = instant(&entry["stood_for_by"]) else {
            return fail(format!("it was missed, and nothing stands for it: {entry}"));
        };
        let id = ExecutionId::scheduled(self.id, stands).to_string();
        let Some(record) = self
            .shown
            .records
            .iter()
            .find(|record| record["id"] == id.as_str())
        else {
            return fail(format!("what stands for it has no record: {entry}"));
        };
        let count = record["stands_for"].as_i64().unwrap_or(0);
        let policy = &self.plan.body["misfire"]["policy"];
        if stands <= at || count < 2 || policy == "fire_all" {
            return fail(format!(
                "under {policy}, {stands} stands for {count} misfires"
            ));
        }
        // One that was canceled before it was due was planned as one of several after that.
        if record["reason"] == "canceled_by_user" {
            return Ok(());
        }
        // Whoever planned it had looked at least a minute after it was due.
        let dispatched = instant(&record["dispatched_at"]).or(instant(&record["finished_at"]));
        if dispatched.is_some_and(|dispatched| dispatched - at < GRACE - SKEW) {
            return fail(format!(
                "it was given up {dispatched:?}, before it was a misfire"
            ));
        }
        Ok(())
    }

    /// Whether it was dispatched without the reconciliation at the end. One that was due while nothing ticked need not have
    /// been: if its job was changed by then, no tick could find it any more.
    fn found_in_time(
        &self,
        at: DateTime<Utc>,
        id: ExecutionId,
        planner: &Version,
        record: &Value,
    ) -> Result<(), Violation> {
        let dispatched = instant(&record["dispatched_at"]);
        // What waits for its turn is dispatched anew each time.
        if self.queues() || dispatched.is_none_or(|dispatched| dispatched < self.scenario.end) {
            return Ok(());
        }
        let later = || {
            self.history
                .versions
                .iter()
                .filter(|version| version.number > planner.number)
        };
        let changed = later()
            .find(|version| !version.owes(at))
            .map(|version| version.made_at);
        let is_excused = changed.is_some_and(|changed| self.is_excused(id, at, changed));
        if is_excused && record["state"] != "succeeded" {
            Ok(())
        } else {
            let what = format!("only a reconciliation found it: {record}");
            Err(Violation::of(Law::Lost, Some(at), what))
        }
    }

    /// Whether it had to wait for another of its job's executions, which ran when it was due or until it was judged.
    fn waited_its_turn(&self, id: ExecutionId, at: DateTime<Utc>, judged: DateTime<Utc>) -> bool {
        let runs = self.runs.iter();
        let mut others = runs.filter(|run| run.execution != id);
        self.plan.body["overlap"] == "queue"
            && others.any(|run| run.began <= judged && run.end.is_none_or(|(ended, _)| at <= ended))
    }

    /// Whether an execution has ended so lately that the next one need not have come for its turn.
    pub(super) fn changes_turns(&self) -> bool {
        let lately = self.scenario.end - LONGEST_WAIT;
        let mut ends = self.runs.iter().map(|run| run.end);
        ends.any(|end| end.is_none_or(|(ended, _)| ended >= lately))
    }

    /// Once all is quiet, whatever is owed starts in time.
    fn in_time(
        &self,
        at: DateTime<Utc>,
        planner: &Version,
        record: &Value,
    ) -> Result<(), Violation> {
        let settled = at >= self.scenario.settled_from() && planner.owes(at);
        if !settled || self.plan.body["overlap"] != "allow" && record["reason"] == "overlap" {
            return Ok(());
        }
        let judged = instant(&record["finished_at"]).unwrap_or(at);
        let id = ExecutionId::scheduled(self.id, at);
        if record["reason"] == "misfire" && self.waited_its_turn(id, at, judged) {
            return Ok(());
        }
        let late = instant(&record["started_at"]).map(|started| started - at);
        let is_prompt = late.is_some_and(|late| late <= PROMPT || self.queues());
        let by_user = record["reason"] == "canceled_by_user" || record["reason"] == "job_canceled";
        if is_prompt || by_user {
            Ok(())
        } else {
            Err(Violation::of(
                Law::Late,
                Some(at),
                format!("in calm: {record}"),
            ))
        }
    }

    /// Whether all that is recorded or listed was planned, or could have been asked for.
    fn nothing_unplanned(
        &self,
        planned: &BTreeSet<DateTime<Utc>>,
        entries: &BTreeMap<DateTime<Utc>, Vec<&Value>>,
        found: &mut Vec<Violation>,
    ) {
        for (at, listed) in entries.iter().filter(|(at, _)| !planned.contains(at)) {
            let by_a_version = self.history.versions.iter().any(|version| version.has(*at));
            let by_a_request = self
                .history
                .only_asked_for
                .iter()
                .any(|rule| rule.contains(*at));
            let recorded = listed.iter().all(|entry| entry["execution_id"].is_string());
            if !(recorded && (by_a_version || by_a_request)) {
                let what = format!("nobody planned it: {listed:?}");
                found.push(Violation::of(Law::Unplanned, Some(*at), what));
            }
        }
    }

    /// Judges a record by itself.
    fn record(&self, record: &Value, until: DateTime<Utc>) -> Result<(), Violation> {
        let at = instant(&record["fire_time"]).unwrap_or_default();
        let fail = |law, what: &str| Err(Violation::of(law, Some(at), format!("{what}: {record}")));
        let Some(id) = record["id"]
            .as_str()
            .and_then(|id| id.parse::<ExecutionId>().ok())
        else {
            return fail(Law::Untrue, "no id");
        };
        let state = record["state"].as_str().unwrap_or("none");
        let runs: Vec<_> = self.runs.iter().filter(|run| run.execution == id).collect();
        let attempt = record["attempt"].as_u64().unwrap_or(0);
        let last = runs.iter().max_by_key(|run| run.attempt);
        match state {
            "succeeded" => match last {
                Some(run)
                    if u64::from(run.attempt) == attempt
                        && ended(run) == Some(RunEnd::Succeeded) =>
                {
                    Ok(())
                }
                _ => fail(Law::Untrue, "no start succeeded as its last attempt"),
            },
            "failed" | "dead" => {
                let is_letter = self
                    .shown
                    .letters
                    .iter()
                    .any(|letter| letter["execution_id"] == record["id"]);
                if !is_letter {
                    return fail(Law::DeadLetter, "nobody took note");
                }
                self.bad_end(record, id, &runs, attempt)
            }
            "skipped" => self.skipped(record, id, at, &runs),
            "canceled" => self.canceled(record, id),
            _ if at >= until => Ok(()),
            // Those that wait for each other are never done if they take longer than their job's fire times are apart.
            "retry_wait"
                if self.excludes() && instant(&record["retry_at"]) >= Some(self.scenario.end) =>
            {
                Ok(())
            }
            // One whose worker was lost, too: until its turn, its record is that of the lost attempt.
            "running" | "retry_wait" if self.excludes() && self.changes_turns() => Ok(()),
            _ => fail(Law::Stuck, "it has not ended"),
        }
    }

    fn bad_end(
        &self,
        record: &Value,
        id: ExecutionId,
        runs: &[&&Run],
        attempt: u64,
    ) -> Result<(), Violation> {
        let at = id.occasion.fire_time();
        let fail = |law, what: &str| Err(Violation::of(law, Some(at), format!("{what}: {record}")));
        let finished = instant(&record["finished_at"]).unwrap_or(at);
        let allowed = 1 + self.plan.body["retry"]["max_retries"].as_u64().unwrap_or(0);
        let last = runs.iter().max_by_key(|run| run.attempt);
        let excused = || self.is_excused(id, at, finished);
        match record["reason"].as_str().unwrap_or("none") {
            "rejected" => match last.and_then(|run| ended(run)) {
                Some(RunEnd::Rejected) => Ok(()),
                _ => fail(Law::Untrue, "no start was rejected"),
            },
            "attempt_failed" => match last {
                Some(run) if ended(run) == Some(RunEnd::Failed) && attempt == allowed => Ok(()),
                _ => fail(Law::Untrue, "its attempts are not used up, or did not fail"),
            },
            "timed_out" => match last {
                Some(run) if ended(run) == Some(RunEnd::Dropped) && attempt == allowed => Ok(()),
                // The last one was lost; the reason is that of the attempt on record before it.
                _ if excused() => Ok(()),
                _ => fail(Law::Untrue, "no last start ran out of time"),
            },
            // Its worker may have been lost between the claim and the start.
            "overlap"
                if self.plan.body["overlap"] != "allow" && (!runs.is_empty() || excused()) =>
            {
                Ok(())
            }
            "worker_lost" | "redelivery_exhausted" if excused() => Ok(()),
            _ => fail(Law::Unexplained, "a bad end without a cause"),
        }
    }

    fn skipped(
        &self,
        record: &Value,
        id: ExecutionId,
        at: DateTime<Utc>,
        runs: &[&&Run],
    ) -> Result<(), Violation> {
        let fail = |law, what: &str| Err(Violation::of(law, Some(at), format!("{what}: {record}")));
        let judged = instant(&record["finished_at"]).unwrap_or(at);
        if runs.iter().any(|run| !self.is_disturbed(run)) {
            return fail(Law::Untrue, "it was started");
        }
        // A worker judges by the row that it reads: by what was present at some instant up to the judgement.
        let mut since =
            judged - TimeDelta::seconds(i64::from(self.plan.timeout)) - TimeDelta::seconds(20);
        if self
            .log
            .invocations
            .iter()
            .any(|one| one.executions.contains(&id) && stood_still(one))
        {
            since -= LONGEST_STALL;
        }
        let read = || {
            let present = move |version: &&Version| version.was_present(since, judged + SKEW);
            self.history.versions.iter().filter(present)
        };
        // Whoever makes it due sends a message for it, which overrules any judgement by what was before.
        let owner = self.history.planner(at).filter(|planner| planner.owes(at));
        let disowned = |in_state: fn(&Version, DateTime<Utc>) -> bool| {
            let mut later =
                read().filter(|version| owner.is_none_or(|owner| version.number > owner.number));
            later.any(|version| in_state(version, at))
        };
        match record["reason"].as_str().unwrap_or("none") {
            "misfire" => {
                let misfire = &self.plan.body["misfire"];
                let late = judged - at;
                let window =
                    TimeDelta::seconds(misfire["catch_up_window_seconds"].as_i64().unwrap_or(0));
                let is_over = late >= window - SKEW;
                let stands_back = match misfire["policy"].as_str() {
                    Some("fire_all") => is_over,
                    Some("fire_latest") => {
                        let later = |version: &Version| {
                            let next = version.rule.next(at + TimeDelta::seconds(1));
                            next.is_some_and(|next| next <= judged + SKEW)
                        };
                        is_over || read().any(later)
                    }
                    _ => true,
                };
                if late < GRACE - SKEW || !stands_back {
                    return fail(Law::Unexplained, "its policy would have let it run");
                }
                if !self.is_excused(id, at, judged) && !self.waited_its_turn(id, at, judged) {
                    return fail(Law::Unexplained, "nothing went wrong, and it was late");
                }
                Ok(())
            }
            "overlap" if self.plan.body["overlap"] != "allow" => Ok(()),
            "job_paused" if disowned(|version, _| version.state == State::Paused) => Ok(()),
            "job_canceled" if disowned(|version, _| version.state == State::Deleted) => Ok(()),
            "skipped_by_user" if self.was_skipped(at) => Ok(()),
            "superseded"
                if disowned(|version, at| !version.has(at) || version.state != State::Fires) =>
            {
                Ok(())
            }
            // Of what was asked for, and not done.
            "superseded" if owner.is_none() => Ok(()),
            _ => fail(Law::Unexplained, "skipped for no reason that there was"),
        }
    }

    fn was_skipped(&self, at: DateTime<Utc>) -> bool {
        self.requests
            .iter()
            .any(|request| request.asked == Asked::Skip(at))
    }

    fn canceled(&self, record: &Value, id: ExecutionId) -> Result<(), Violation> {
        let at = id.occasion.fire_time();
        let asked = |asked: &Asked| self.requests.iter().any(|request| request.asked == *asked);
        let explained = match record["reason"].as_str().unwrap_or("none") {
            "canceled_by_user" => asked(&Asked::CancelExecution(id)) || asked(&Asked::Delete),
            "job_canceled" => asked(&Asked::Delete),
            "job_paused" => asked(&Asked::Pause),
            _ => false,
        };
        if explained {
            Ok(())
        } else {
            Err(Violation::of(
                Law::Unexplained,
                Some(at),
                format!("nobody canceled it: {record}"),
            ))
        }
    }

    /// Whether what was asked for by hand has come about, and nothing else has.
    fn asked_for(&self, records: &BTreeMap<&str, &Value>, found: &mut Vec<Violation>) {
        let manual = records
            .values()
            .filter(|record| record["trigger"] == "run_now")
            .count();
        let asked = |request: &&&crate::log::Request| request.asked == Asked::RunNow;
        let (mut granted, mut open) = (0, 0);
        for request in self.requests.iter().filter(asked) {
            open += usize::from(request.is_open());
            let (true, Some((_, body))) = (request.is_granted(), &request.answer) else {
                continue;
            };
            granted += 1;
            let id = body["execution_id"].as_str().unwrap_or_default();
            if !records.contains_key(id) {
                let what = format!("a run by hand has no record: {id}");
                found.push(Violation::of(Law::Lost, None, what));
            }
        }
        if manual > granted + open {
            let what = format!(
                "{manual} runs by hand, asked for {granted} times, and {open} without an answer"
            );
            found.push(Violation::of(Law::Unplanned, None, what));
        }
    }
}

fn ended(run: &Run) -> Option<RunEnd> {
    run.end.map(|(_, end)| end)
}
