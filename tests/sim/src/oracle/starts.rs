//! When handlers may start: each attempt once, after the one before it, owed by its job, and not beside another execution
//! of a job that excludes that.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use punctual::domain::{ExecutionId, Occasion};

use super::history::{SKEW, State};
use super::{Case, Law, Violation, instant};
use crate::log::{Asked, Run, RunEnd};

/// The greatest timeout of what is leased for all of its time, in seconds.
const SHORT: u32 = 90;

/// What a lease adds to the timeout.
const LEASE_MARGIN: TimeDelta = TimeDelta::seconds(10);

/// A long attempt's lease, and how far apart the heartbeats are that extend it.
const LONG_LEASE: TimeDelta = TimeDelta::seconds(60);
const HEARTBEAT: TimeDelta = TimeDelta::seconds(20);

impl Case<'_> {
    pub(super) fn starts(&self, found: &mut Vec<Violation>) {
        let mut of: BTreeMap<ExecutionId, Vec<&Run>> = BTreeMap::new();
        for run in &self.runs {
            of.entry(run.execution).or_default().push(run);
        }
        for (id, runs) in &of {
            let at = Some(id.occasion.fire_time());
            let mut fail = |law, what: String| found.push(Violation::of(law, at, what));
            for pair in runs.windows(2) {
                if let [one, next] = pair {
                    self.follows(one, next, &mut fail);
                }
            }
            for run in runs {
                self.owed(run, &mut fail);
                self.after_cancel(run, &mut fail);
            }
        }
        self.side_by_side(found);
    }

    fn timeout(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.plan.timeout))
    }

    /// Whether `next` may have started, given that `one` had.
    fn follows(&self, one: &Run, next: &Run, fail: &mut impl FnMut(Law, String)) {
        let told = || {
            let says = |run: &Run| {
                let process = self
                    .log
                    .invocations
                    .get(run.invocation)
                    .map(|one| one.process.as_str());
                let faults = self
                    .log
                    .invocations
                    .get(run.invocation)
                    .map(|one| &one.faults);
                format!(
                    "attempt {} of {} at {} ended {:?}, faults {faults:?}",
                    run.attempt,
                    process.unwrap_or_default(),
                    run.began,
                    run.end
                )
            };
            format!("{}; then {}", says(one), says(next))
        };
        if next.attempt <= one.attempt {
            // A change may overrule that a lost attempt was skipped: it begins anew.
            let changed = self.requests.iter().any(|request| {
                let brings = matches!(
                    request.asked,
                    Asked::Edit(_) | Asked::Resume | Asked::Unskip(_)
                );
                brings && request.done_at >= one.began && request.sent_at <= next.began
            });
            if !(changed && self.is_disturbed(one)) {
                fail(
                    Law::Doubled,
                    format!("an attempt started twice: {}", told()),
                );
            }
        }
        let allowed = 1 + self.plan.body["retry"]["max_retries"].as_u64().unwrap_or(0);
        if u64::from(next.attempt) > allowed {
            fail(
                Law::Retry,
                format!("more attempts than {allowed}: {}", told()),
            );
        }
        if let (false, Some((ended, end))) = (self.is_disturbed(one), one.end) {
            match end {
                RunEnd::Succeeded | RunEnd::Rejected => {
                    fail(Law::Doubled, format!("it had ended: {}", told()));
                }
                RunEnd::Failed => {
                    let backoff = self.plan.body["retry"]["backoff_seconds"]
                        .as_i64()
                        .unwrap_or(0);
                    // Half of the delay is fixed, at least.
                    let earliest = ended + TimeDelta::milliseconds(backoff * 500) - SKEW;
                    if next.began < earliest {
                        fail(Law::Retry, format!("too soon: {}", told()));
                    }
                }
                RunEnd::Dropped => {}
            }
            return;
        }
        if next.began < self.lease_of(one) {
            fail(Law::Doubled, format!("its lease had not ended: {}", told()));
        }
    }

    /// Before this nobody else may start what `run` holds, if nothing was heard of its end.
    fn lease_of(&self, run: &Run) -> chrono::DateTime<chrono::Utc> {
        let leased = self.leased_until(run);
        match run.end {
            // Its end may be on record, whatever befell it after that.
            Some((ended, RunEnd::Failed)) => leased.min(ended - SKEW),
            // The same where its time was over.
            Some((ended, RunEnd::Dropped))
                if ended - run.began >= TimeDelta::seconds(i64::from(self.plan.timeout)) - SKEW =>
            {
                leased.min(ended - SKEW)
            }
            _ => leased,
        }
    }

    /// Until when nobody else may take over `run`'s claim, whatever became of it.
    fn leased_until(&self, run: &Run) -> chrono::DateTime<chrono::Utc> {
        if self.plan.timeout <= SHORT {
            return run.began + self.timeout() - SKEW;
        }
        // Every fault may have cost a heartbeat; the first one is given with the claim.
        let first_fault = self
            .log
            .invocations
            .get(run.invocation)
            .and_then(|one| one.faults.first());
        let heard = first_fault.map_or(run.began, |(when, _)| (*when).max(run.began));
        (heard - HEARTBEAT).max(run.began) + LONG_LEASE - HEARTBEAT - SKEW
    }

    /// Whether the job owed it when its worker looked.
    fn owed(&self, run: &Run, fail: &mut impl FnMut(Law, String)) {
        let Occasion::Scheduled(at) = run.execution.occasion else {
            return;
        };
        let since = run.began - self.timeout() - LEASE_MARGIN - SKEW;
        let mut present = self
            .history
            .versions
            .iter()
            .filter(|version| version.was_present(since, run.began));
        let owed = if run.attempt == 1 {
            present.any(|version| {
                version.owes(at) || self.history.perhaps_skipped.contains(&at) && version.has(at)
            })
        } else {
            present.any(|version| version.state == State::Fires)
        };
        if !owed {
            fail(
                Law::Unowed,
                format!("attempt {} started at {}", run.attempt, run.began),
            );
        }
    }

    /// Whether one that started, or went on, behind the answer to a cancel was told so.
    fn after_cancel(&self, run: &Run, fail: &mut impl FnMut(Law, String)) {
        let id = run.execution.to_string();
        let record = self
            .shown
            .records
            .iter()
            .find(|record| record["id"] == id.as_str());
        let is_told = record.is_some_and(|record| {
            record["cancel_requested"] == true || record["state"] == "canceled"
        });
        for request in self.requests.iter().filter(|request| request.is_granted()) {
            let concerns = match request.asked {
                Asked::Delete => true,
                Asked::CancelExecution(execution) => execution == run.execution,
                _ => false,
            };
            let goes_on = run.end.is_none_or(|(ended, _)| ended > request.done_at);
            // A zombie's execution was taken over, and had ended by then: nothing was left that could be told.
            let had_ended = record
                .and_then(|record| instant(&record["finished_at"]))
                .is_some_and(|finished| finished <= request.done_at + SKEW);
            let is_zombie = had_ended && self.stood_still(run);
            if concerns && goes_on && !is_told && !is_zombie {
                let what = format!(
                    "{:?} was answered at {}; attempt {} of {} to {:?}: {record:?}",
                    request.asked, request.done_at, run.attempt, run.began, run.end
                );
                fail(Law::Canceled, what);
            }
        }
    }

    /// Whether executions that exclude each other ran side by side.
    fn side_by_side(&self, found: &mut Vec<Violation>) {
        if self.plan.body["overlap"] == "allow" {
            return;
        }
        let scheduled: Vec<_> = self
            .runs
            .iter()
            .filter(|run| run.execution.occasion.is_scheduled())
            .collect();
        for (index, one) in scheduled.iter().enumerate() {
            let ended = one.end.map_or(self.scenario.end, |(ended, _)| ended);
            for next in &scheduled[index + 1..] {
                if next.began + SKEW >= ended {
                    continue;
                }
                if next.execution == one.execution
                    || self.stood_still(one)
                    || self.stood_still(next)
                {
                    continue;
                }
                // What an edit does not wait for.
                let from = one.began - TimeDelta::minutes(5);
                let edited = self.requests.iter().any(|request| {
                    let matters = matches!(request.asked, Asked::Edit(_) | Asked::Resume);
                    matters && request.done_at >= from && request.sent_at <= next.began
                });
                if !edited {
                    let what = format!(
                        "{} from {} to {ended}, {} from {}",
                        one.execution, one.began, next.execution, next.began
                    );
                    found.push(Violation::of(Law::Overlap, Some(next.began), what));
                }
            }
        }
    }
}
