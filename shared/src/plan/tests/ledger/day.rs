//! A day of one job, simulated: ticks, messages, a worker and changes of mind, each by the very functions that the use
//! cases call. Only the clock and the tables are made up.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    self, Action, Admissions, Author, ClaimToken, DispatchMessage, Exclusions, Execution,
    ExecutionId, Job, JobRequest, JobState, Minute, Occasion, Stamp, Term, next_second,
};
use crate::plan::ledger::{Entry, Ledger, SETTLE, Version, Versions};
use crate::plan::{
    ClaimDecision, Delivery, Ended, Judgement, claim, complete, end_unrun, finish, judge,
    low_water_after, minutes_to_scan, plan_fires, supersede,
};
use crate::port::Progress;

use super::super::{at, every, job_with};

/// What the owner does to the job.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    Pause,
    Resume,
    /// Fires every so many seconds from now on.
    Edit(i64),
    Rename,
    /// Leaves out the fire time after the next so many.
    Skip(usize),
    Cancel,
}

/// Ticks do not happen from the first minute of the day up to the second.
pub type Outage = (i64, i64);

#[derive(Clone, Debug)]
pub struct Day {
    pub row: Job,
    archived: Vec<Job>,
    hints: BTreeSet<DateTime<Utc>>,
    progress: Progress,
    /// Messages by when they reach the worker.
    queue: BTreeMap<(DateTime<Utc>, u32), Delivery>,
    sent: u32,
    pub records: BTreeMap<DateTime<Utc>, Execution>,
    /// No message for these ever arrives.
    lost: BTreeSet<DateTime<Utc>>,
    /// How late messages arrive, in seconds, one after the other.
    delays: Vec<i64>,
    pub now: DateTime<Utc>,
}

pub fn begin() -> DateTime<Utc> {
    at("2026-11-21T00:00:00Z")
}

pub fn end() -> DateTime<Utc> {
    begin() + TimeDelta::days(1)
}

impl Day {
    pub fn of(period: i64, more: &serde_json::Value, delays: Vec<i64>) -> Self {
        let created = begin() - TimeDelta::milliseconds(400);
        let row = job_with(&every(period), more, created);
        let mut day = Self {
            row: row.clone(),
            archived: Vec::new(),
            hints: BTreeSet::new(),
            progress: Progress {
                term: Term::default(),
                low_water: Minute::of(created),
                done: BTreeSet::new(),
                admitted: Admissions::default(),
            },
            queue: BTreeMap::new(),
            sent: 0,
            records: BTreeMap::new(),
            lost: BTreeSet::new(),
            delays,
            now: created,
        };
        day.launch(&row, row.effective_from);
        day
    }

    pub fn losing(mut self, fire_time: DateTime<Utc>) -> Self {
        self.lost.insert(fire_time);
        self.queue
            .retain(|_, delivery| delivery.message.occasion != Occasion::Scheduled(fire_time));
        self
    }

    /// Runs to the day's end, and an hour on, in which everything settles. Changes happen so many milliseconds after the
    /// day's begin.
    pub fn run(mut self, changes: &[(i64, Change)], outages: &[Outage]) -> Self {
        let mut changes: Vec<_> = changes.to_vec();
        changes.sort_by_key(|(millis, _)| *millis);
        let mut changes = changes.into_iter().peekable();
        // Beyond the end of the latest outage: what it missed is looked at once it is over.
        for minute in 0..27 * 60 {
            let tick = begin() + TimeDelta::minutes(minute) + TimeDelta::milliseconds(1_700);
            while let Some((millis, change)) = changes.peek().copied() {
                let changed_at = begin() + TimeDelta::milliseconds(millis);
                if changed_at > tick {
                    break;
                }
                changes.next();
                self.work_until(changed_at);
                self.change(change);
            }
            self.work_until(tick);
            if !outages
                .iter()
                .any(|(from, to)| (*from..*to).contains(&minute))
            {
                self.tick();
            }
        }
        self.work_until(end() + TimeDelta::hours(4));
        self
    }

    fn tick(&mut self) {
        for minute in minutes_to_scan(&self.progress, self.now) {
            let (from, to) = (minute.start(), minute.plus(1).start());
            let due: Vec<_> = self.hints.range(from..to).copied().collect();
            let job = self.row.clone();
            for hint in due.into_iter().filter(|_| job.fires()) {
                self.launch(&job, hint);
            }
            self.progress.done.insert(minute);
        }
        self.progress.low_water = low_water_after(&self.progress);
        self.progress
            .done
            .retain(|minute| *minute >= self.progress.low_water);
    }

    /// Puts the hint and sends the messages of what `job` owes from `from` on.
    fn launch(&mut self, job: &Job, from: DateTime<Utc>) {
        let plan = plan_fires(job.owed(Exclusions::none()), from, self.now);
        self.hints.extend(plan.hint);
        for fire in plan.direct {
            let id = ExecutionId::scheduled(job.id, fire.fire_time);
            let mut message = DispatchMessage::new(id, 1, job.timeout_seconds);
            message.stands_for = fire.stands_for;
            self.send(message);
        }
    }

    /// Sends what is missing once more, as reconciliation does.
    pub fn send_again(&mut self, fire_time: DateTime<Utc>) {
        let id = ExecutionId::scheduled(self.row.id, fire_time);
        self.send(DispatchMessage::new(id, 1, self.row.timeout_seconds));
    }

    fn send(&mut self, message: DispatchMessage) {
        let fire_time = message.occasion.fire_time();
        if self.lost.contains(&fire_time) {
            return;
        }
        let delays = self.delays.len();
        let delay = self.delays.get(self.sent as usize % delays.max(1));
        self.sent += 1;
        let arrives = fire_time.max(self.now) + TimeDelta::seconds(delay.copied().unwrap_or(0));
        let delivery = Delivery {
            message,
            sent_at: self.now,
            receive_count: 1,
            pulse: None,
        };
        self.queue.insert((arrives, self.sent), delivery);
    }

    pub fn work_until(&mut self, until: DateTime<Utc>) {
        while let Some(((arrives, number), _)) = self.queue.first_key_value()
            && *arrives <= until
        {
            let key = (*arrives, *number);
            self.now = self.now.max(*arrives);
            let Some(delivery) = self.queue.remove(&key) else {
                return;
            };
            if let Some(later) = self.perform(&delivery) {
                let receive_count = delivery.receive_count + 1;
                let again = Delivery {
                    receive_count,
                    ..delivery
                };
                self.queue.insert((later, key.1), again);
            }
        }
        self.now = self.now.max(until);
    }

    /// Carries out a delivery; returns when it comes back, if it does.
    fn perform(&mut self, delivery: &Delivery) -> Option<DateTime<Utc>> {
        let (token, stamp) = (ClaimToken(1), Stamp(1));
        let fire_time = delivery.message.occasion.fire_time();
        let owed = self.row.owed(Exclusions::none());
        let current = self.records.get(&fire_time);
        let mut decision = claim(current, delivery, self.now, token, stamp);
        if let (ClaimDecision::AskWhetherSuperseded, Some(skipped)) = (&decision, current) {
            decision = supersede(skipped, Some(owed), delivery, self.now, token, stamp);
        }
        let claimed = match decision {
            ClaimDecision::Write { execution, .. } => *execution,
            ClaimDecision::StandForMore { execution, .. } => {
                self.records.insert(fire_time, *execution);
                return self.perform(delivery);
            }
            ClaimDecision::ComeBackAt(later) => return Some(later),
            ClaimDecision::AskWhetherSuperseded
            | ClaimDecision::FollowUp
            | ClaimDecision::GiveUp { .. }
            | ClaimDecision::Forget => return None,
        };
        let job = &self.row;
        let ended = match judge(&claimed, Some(owed), delivery, self.now) {
            Judgement::Run => {
                let ended = Ended::Succeeded { output: None };
                finish(
                    &claimed,
                    job,
                    ended,
                    TimeDelta::zero(),
                    self.now,
                    0.0,
                    stamp,
                )
            }
            Judgement::End(state, reason) => {
                end_unrun(&claimed, Some(job), state, reason, self.now, stamp)
            }
            Judgement::UndoAndComeBackAt(later) => return Some(later),
            Judgement::UndoAndForget => return None,
        };
        if let Some(completed) = complete(owed, &ended, self.now) {
            self.row = completed;
        }
        self.records.insert(fire_time, ended);
        None
    }

    fn change(&mut self, change: Change) {
        let before = self.row.clone();
        if before.state == JobState::Canceled {
            return;
        }
        let now = self.now;
        let mut after = before.clone();
        match change {
            Change::Pause if before.state == JobState::Active => after.state = JobState::Paused,
            Change::Resume if before.state == JobState::Paused => {
                after.state = JobState::Active;
                after.effective_from = next_second(now);
                if after.timetable.next(after.effective_from).is_none() {
                    after.state = JobState::Completed;
                }
            }
            Change::Edit(period) => {
                let mut request = JobRequest::from_job(&before).unwrap();
                request.schedule = serde_json::from_value(every(period)).unwrap();
                after = request.into_edit_of(&before, now).unwrap();
            }
            Change::Rename => after.name.push('!'),
            Change::Skip(count) => {
                let mut later = before.timetable.from(next_second(now));
                after.skips.extend(later.nth(count));
            }
            Change::Cancel => {
                after.state = JobState::Canceled;
                after.canceled_at = Some(now);
            }
            Change::Pause | Change::Resume => return,
        }
        after.version += 1;
        after.updated_at = now;
        let author = Author::punctual("a test");
        after.change = domain::Change::new(&author, Action::Edit, after.version, now);
        let starts_chain = after.state == JobState::Active
            && (before.state != JobState::Active || before.timetable != after.timetable);
        if starts_chain {
            self.launch(&after, after.effective_from);
        }
        self.archived.push(before);
        self.row = after;
    }

    pub fn versions(&self) -> Versions {
        let rows = self.archived.iter().chain([&self.row]).cloned();
        let exclusions = Exclusions::none();
        let versions = rows.map(|job| Version {
            job,
            exclusions: exclusions.clone(),
        });
        Versions::new(versions.collect())
    }

    /// The day's ledger, made when all has settled.
    pub fn entries(&self) -> Vec<Entry> {
        let records: Vec<_> = self.records.values().cloned().collect();
        let versions = self.versions();
        let ledger = Ledger {
            versions: &versions,
            records: &records,
            now: self.now,
            settle: SETTLE,
        };
        ledger.between(begin(), end()).collect()
    }
}
