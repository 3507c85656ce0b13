//! The ports in memory, as far as the API needs them.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{
    Admissions, Agenda, AuditEntry, Band, ClaimToken, Destination, DispatchMessage, Execution,
    ExecutionId, HostBreaker, HostKey, Job, JobId, JobState, JobText, Lane, Minute,
    NotificationMessage, Occasion, PerBand, Pressure, Queue, Reconciled, Reconciliation, SlotKey,
    Slots, Stamp, Tally, Term, Tier, UserId, Work,
};
use punctual::plan::ledger::by_key;
use punctual::port::{
    Account, Agendas, AuditFilter, Batches, Bookmarks, Clock, Depth, Entropy, Executions, Expected,
    FoundJobs, Gauges, Hint, Hints, History, HostBreakers, JobFilter, Jobs, Lock, Locks,
    OutgoingMessage, Page, PortResult, Progress, Put, Queues, Quotas, Reconciliations, RunRequests,
    ScanProgress, SendAt, SlotTable, Terms, Unreadable, UnreadableMessage,
};

#[derive(Default)]
pub struct Tables {
    jobs: Mutex<BTreeMap<JobId, Job>>,
    versions: Mutex<BTreeMap<(JobId, u64), Job>>,
    audit: Mutex<Vec<AuditEntry>>,
    executions: Mutex<BTreeMap<ExecutionId, Execution>>,
    requests: Mutex<HashMap<(JobId, String), Occasion>>,
    pub(super) edges: super::edges::Tied,
    pub(super) calendars: super::calendars::Shelf,
    pub(super) held: super::holds::Held,
    pub(super) waiting: super::deferred::Backlogs,
    pub(super) pull: super::pull::Pull,
    pub(super) letters: super::letters::Letters,
    batches: Mutex<HashMap<(UserId, String), String>>,
    accounts: Mutex<HashMap<UserId, Account>>,
    reconciled: Mutex<Option<Reconciled>>,
    reports: Mutex<Vec<Reconciliation>>,
    pressure: Mutex<Option<Pressure>>,
    breakers: Mutex<HashMap<UserId, Vec<(Destination, HostBreaker)>>>,
    pub progress: Mutex<Option<Progress>>,
    agenda: Mutex<Option<Agenda>>,
    writes: AtomicUsize,
}

impl Tables {
    pub fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    pub fn insert(&self, execution: Execution) {
        lock(&self.executions).insert(execution.id, execution);
    }

    pub(super) fn wrote(&self) {
        self.writes.fetch_add(1, Ordering::SeqCst);
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

/// The part of `items` that starts at the number that `cursor` holds.
pub(super) fn page<T>(items: Vec<T>, cursor: Option<&str>, limit: usize) -> Option<Page<T>> {
    let start: usize = cursor.map_or(Ok(0), str::parse).ok()?;
    let end = start.saturating_add(limit);
    let next = (items.len() > end).then(|| end.to_string());
    let items = items.into_iter().skip(start).take(limit).collect();
    Some(Page { items, next })
}

impl Jobs for Tables {
    async fn job(&self, id: JobId) -> PortResult<Option<Job>> {
        Ok(lock(&self.jobs).get(&id).cloned())
    }

    async fn jobs_eventually(&self, _: &[JobId]) -> PortResult<HashMap<JobId, Job>> {
        unimplemented!("the API does not read in batches")
    }

    async fn jobs(&self, ids: &[JobId]) -> PortResult<HashMap<JobId, Job>> {
        let jobs = lock(&self.jobs);
        let found = ids.iter().filter_map(|id| jobs.get(id));
        Ok(found.map(|job| (job.id, job.clone())).collect())
    }

    async fn put_job(&self, job: &Job) -> PortResult<Put<Box<Job>>> {
        self.wrote();
        let mut jobs = lock(&self.jobs);
        let version = jobs.get(&job.id).map_or(0, |job| job.version);
        if version + 1 != job.version {
            return Ok(Put::Refused(jobs.get(&job.id).cloned().map(Box::new)));
        }
        jobs.insert(job.id, job.clone());
        Ok(Put::Written)
    }

    async fn remove_job(&self, _: &Job) -> PortResult<()> {
        unimplemented!("the API removes no rows")
    }

    async fn scan_jobs(&self, cursor: Option<&str>, limit: usize) -> PortResult<Option<Page<Job>>> {
        let jobs = lock(&self.jobs).values().cloned().collect();
        Ok(page(jobs, cursor, limit))
    }

    async fn list_jobs(
        &self,
        user: &UserId,
        filter: &JobFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<Job>>> {
        let wanted = |job: &&Job| {
            job.user == *user
                && filter
                    .state
                    .map_or(job.state != JobState::Canceled, |state| job.state == state)
                && filter
                    .job_type
                    .as_ref()
                    .is_none_or(|name| *name == job.job_type)
        };
        let jobs: Vec<_> = lock(&self.jobs).values().filter(wanted).cloned().collect();
        Ok(page(jobs, cursor, limit))
    }

    async fn find_jobs(
        &self,
        user: &UserId,
        filter: &JobFilter,
        text: &JobText,
        cursor: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<FoundJobs>> {
        let whole = self.list_jobs(user, filter, None, usize::MAX).await?;
        let whole = whole.unwrap().items;
        let searched = whole.len();
        let named = whole.into_iter().filter(|job| text.names(job)).collect();
        Ok(page(named, cursor, limit).map(|page| FoundJobs { page, searched }))
    }
}

/// Nothing runs behind this API: every slot is free.
impl SlotTable for Tables {
    async fn slots(&self, _: &SlotKey) -> PortResult<Option<Slots>> {
        Ok(None)
    }

    async fn put_slots(&self, _: &SlotKey, _: &Slots, _: Option<Stamp>) -> PortResult<Put<Slots>> {
        unimplemented!("the API takes no slot")
    }

    async fn give_slot_back(&self, _: &SlotKey, _: ClaimToken, _: Stamp) -> PortResult<()> {
        unimplemented!("the API gives no slot back")
    }
}

impl HostBreakers for Tables {
    async fn host_breaker(&self, _: &HostKey) -> PortResult<Option<HostBreaker>> {
        unimplemented!("the API calls no host")
    }

    async fn put_host_breaker(
        &self,
        key: &HostKey,
        breaker: &HostBreaker,
        _: Option<Stamp>,
    ) -> PortResult<Put<HostBreaker>> {
        let mut breakers = lock(&self.breakers);
        let of_user = breakers.entry(key.user.clone()).or_default();
        of_user.push((key.destination.clone(), breaker.clone()));
        Ok(Put::Written)
    }

    async fn list_host_breakers(
        &self,
        user: &UserId,
        cursor: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<(Destination, HostBreaker)>>> {
        let breakers = lock(&self.breakers).get(user).cloned();
        Ok(page(breakers.unwrap_or_default(), cursor, limit))
    }
}

impl Executions for Tables {
    async fn put_execution(
        &self,
        execution: &Execution,
        expected: Expected,
    ) -> PortResult<Put<Box<Execution>>> {
        self.wrote();
        let mut executions = lock(&self.executions);
        let present = executions.get(&execution.id);
        if Expected::from_read(present) != expected {
            return Ok(Put::Refused(present.cloned().map(Box::new)));
        }
        executions.insert(execution.id, execution.clone());
        Ok(Put::Written)
    }

    async fn remove_execution(&self, _: ExecutionId, _: Stamp) -> PortResult<()> {
        unimplemented!("the API removes no record")
    }

    async fn execution(&self, id: ExecutionId) -> PortResult<Option<Execution>> {
        Ok(lock(&self.executions).get(&id).cloned())
    }

    async fn cancel_requested(&self, _: ExecutionId) -> PortResult<bool> {
        unimplemented!("the API runs no handler")
    }

    async fn live_executions(&self, job: JobId) -> PortResult<Vec<Execution>> {
        let live = |found: &&Execution| found.id.job == job && !found.state.is_terminal();
        Ok(lock(&self.executions)
            .values()
            .filter(live)
            .cloned()
            .collect())
    }

    async fn latest_executions(&self, _: JobId, _: usize) -> PortResult<Vec<Execution>> {
        unimplemented!("the API pauses for nobody")
    }

    async fn executions_between(
        &self,
        job: JobId,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        after: Option<Occasion>,
        limit: usize,
    ) -> PortResult<Vec<Execution>> {
        let executions = lock(&self.executions);
        let mut found: Vec<_> = executions
            .values()
            .filter(|found| {
                let fire_time = found.id.occasion.fire_time();
                found.id.job == job && from <= fire_time && fire_time < until
            })
            .filter(|found| after.is_none_or(|after| by_key(found.id.occasion, after).is_gt()))
            .cloned()
            .collect();
        found.sort_by(|one, other| by_key(one.id.occasion, other.id.occasion));
        found.truncate(limit);
        Ok(found)
    }

    async fn list_executions(
        &self,
        job: JobId,
        cursor: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<Execution>>> {
        let executions = lock(&self.executions);
        let of_job = executions
            .values()
            .rev()
            .filter(|found| found.id.job == job);
        Ok(page(of_job.cloned().collect(), cursor, limit))
    }
}

impl History for Tables {
    async fn archive_job(&self, job: &Job, _: DateTime<Utc>) -> PortResult<()> {
        self.wrote();
        let mut versions = lock(&self.versions);
        let kept = versions.entry((job.id, job.version));
        assert_eq!(kept.or_insert_with(|| job.clone()), job);
        Ok(())
    }

    async fn job_versions(&self, id: JobId) -> PortResult<Vec<Job>> {
        let versions = lock(&self.versions);
        Ok(versions
            .range((id, 0)..=(id, u64::MAX))
            .map(|(_, job)| job.clone())
            .collect())
    }

    async fn job_versions_below(
        &self,
        id: JobId,
        version: u64,
        limit: usize,
    ) -> PortResult<Vec<Job>> {
        let versions = lock(&self.versions);
        let below = versions.range((id, 0)..(id, version)).rev();
        Ok(below.take(limit).map(|(_, job)| job.clone()).collect())
    }

    async fn record_audit(&self, entry: &AuditEntry) -> PortResult<()> {
        self.wrote();
        lock(&self.audit).push(entry.clone());
        Ok(())
    }

    async fn list_audit(
        &self,
        filter: &AuditFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<AuditEntry>>> {
        let audit = lock(&self.audit);
        let wanted = |entry: &&AuditEntry| filter.admits(entry);
        let newest_first = audit.iter().rev().filter(wanted).cloned();
        Ok(page(newest_first.collect(), cursor, limit))
    }
}

impl Hints for Tables {
    async fn put_hints(&self, _: &[Hint]) -> PortResult<()> {
        self.wrote();
        Ok(())
    }

    async fn has_hint(&self, _: &Hint) -> PortResult<bool> {
        unimplemented!("nothing has scanned, so no chain is looked for")
    }

    fn shards(&self) -> u16 {
        1
    }

    async fn hints(&self, _: Minute, _: u16) -> PortResult<Vec<Hint>> {
        unimplemented!("the API reads no hint")
    }
}

impl Locks for Tables {
    async fn put_lock(&self, _: Lock, _: Option<Stamp>) -> PortResult<Put<Lock>> {
        unimplemented!("the API runs no handler")
    }

    async fn release_lock(&self, _: ExecutionId) -> PortResult<()> {
        self.wrote();
        Ok(())
    }

    async fn lock(&self, _: JobId) -> PortResult<Option<Lock>> {
        unimplemented!("the API runs no handler")
    }
}

impl ScanProgress for Tables {
    async fn progress(&self) -> PortResult<Option<Progress>> {
        Ok(lock(&self.progress).clone())
    }

    async fn begin_at(&self, _: Minute) -> PortResult<()> {
        unimplemented!("the API does not scan")
    }

    async fn mark_done(&self, _: &Term, _: Minute) -> PortResult<()> {
        unimplemented!("the API does not scan")
    }

    async fn raise_low_water(&self, _: &Term, _: Minute, _: &Admissions) -> PortResult<()> {
        unimplemented!("the API does not scan")
    }
}

impl Terms for Tables {
    fn here(&self) -> Option<&str> {
        None
    }

    async fn term(&self) -> PortResult<Term> {
        Ok(Term::default())
    }

    async fn begin_term(&self, _: &Term) -> PortResult<bool> {
        unimplemented!("the API begins no term")
    }
}

impl Gauges for Tables {
    async fn add_work(&self, _: Band, _: Minute, _: Work) -> PortResult<()> {
        unimplemented!("the API does no work")
    }

    async fn work_since(&self, _: Minute) -> PortResult<PerBand<Work>> {
        Ok(PerBand::default())
    }

    async fn pressure(&self) -> PortResult<Option<Pressure>> {
        Ok(*lock(&self.pressure))
    }

    async fn keep_pressure(&self, pressure: &Pressure) -> PortResult<()> {
        *lock(&self.pressure) = Some(*pressure);
        Ok(())
    }
}

impl RunRequests for Tables {
    async fn remember(&self, job: JobId, key: &str, occasion: Occasion) -> PortResult<Occasion> {
        self.wrote();
        let mut requests = lock(&self.requests);
        Ok(*requests.entry((job, key.to_owned())).or_insert(occasion))
    }
}

impl Bookmarks for Tables {
    async fn bookmark(&self, _: &UserId, _: &'static str) -> PortResult<Option<String>> {
        unimplemented!("the API does no chores")
    }

    async fn keep_bookmark(&self, _: &UserId, _: &'static str, _: Option<&str>) -> PortResult<()> {
        unimplemented!("the API does no chores")
    }
}

impl Batches for Tables {
    async fn remember_batch(
        &self,
        user: &UserId,
        key: &str,
        digest: &str,
        _: DateTime<Utc>,
    ) -> PortResult<String> {
        self.wrote();
        let mut batches = lock(&self.batches);
        let digest = batches
            .entry((user.clone(), key.to_owned()))
            .or_insert(digest.to_owned());
        Ok(digest.clone())
    }
}

impl Quotas for Tables {
    async fn account(&self, user: &UserId) -> PortResult<Account> {
        Ok(lock(&self.accounts).get(user).copied().unwrap_or_default())
    }

    // Not counted as a write: a refused create may leave a trace in the tally.
    async fn put_tally(
        &self,
        user: &UserId,
        tally: &Tally,
        expected: Option<Stamp>,
    ) -> PortResult<Put<Tally>> {
        let mut accounts = lock(&self.accounts);
        let account = accounts.entry(user.clone()).or_default();
        if account.tally.map(|tally| tally.stamp) != expected {
            return Ok(Put::Refused(account.tally));
        }
        account.tally = Some(*tally);
        Ok(Put::Written)
    }

    async fn set_tier(&self, user: &UserId, tier: Tier) -> PortResult<()> {
        self.wrote();
        lock(&self.accounts).entry(user.clone()).or_default().tier = Some(tier);
        Ok(())
    }

    async fn count_live_jobs(&self, user: &UserId, at_most: u64) -> PortResult<u64> {
        let live = |job: &&Job| {
            job.user == *user && matches!(job.state, JobState::Active | JobState::Paused)
        };
        let count = lock(&self.jobs).values().filter(live).count();
        Ok(at_most.min(count.try_into().unwrap()))
    }
}

impl Reconciliations for Tables {
    async fn reconciled(&self) -> PortResult<Option<Reconciled>> {
        Ok(lock(&self.reconciled).clone())
    }

    async fn keep_reconciled(&self, reconciled: &Reconciled) -> PortResult<()> {
        self.wrote();
        *lock(&self.reconciled) = Some(reconciled.clone());
        Ok(())
    }

    async fn record_reconciliation(&self, report: &Reconciliation) -> PortResult<()> {
        self.wrote();
        lock(&self.reports).push(report.clone());
        Ok(())
    }

    async fn list_reconciliations(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<Reconciliation>>> {
        let latest_first = lock(&self.reports).iter().rev().cloned().collect();
        Ok(page(latest_first, cursor, limit))
    }
}

impl Agendas for Tables {
    async fn keep_agenda(&self, agenda: &Agenda) -> PortResult<()> {
        *lock(&self.agenda) = Some(agenda.clone());
        Ok(())
    }

    async fn agenda_after(&self, known: Option<DateTime<Utc>>) -> PortResult<Option<Agenda>> {
        let later = |agenda: &Agenda| known.is_none_or(|known| agenda.taken_at > known);
        Ok(lock(&self.agenda).clone().filter(later))
    }
}

impl Unreadable for Tables {
    async fn record_unreadable(&self, _: &UnreadableMessage) -> PortResult<()> {
        unimplemented!("the API reads no queue")
    }
}

/// Queues that accept everything.
pub struct NoQueues;

impl Queues for NoQueues {
    async fn send(&self, _: &[OutgoingMessage]) -> PortResult<()> {
        Ok(())
    }

    async fn depth(&self, _: Band) -> PortResult<Depth> {
        Ok(Depth::default())
    }

    async fn send_dead_letter(&self, _: Lane, _: &DispatchMessage) -> PortResult<()> {
        Ok(())
    }

    async fn send_unreadable(&self, _: Lane, _: &str) -> PortResult<()> {
        Ok(())
    }

    async fn postpone(&self, _: Queue, _: &str, _: TimeDelta) -> PortResult<()> {
        Ok(())
    }

    async fn send_notification(&self, _: &NotificationMessage, _: SendAt) -> PortResult<()> {
        Ok(())
    }
}

/// Stands still until it is told to go on, or somebody sleeps.
pub struct FixedClock(Mutex<DateTime<Utc>>);

impl FixedClock {
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    pub fn advance(&self, by: TimeDelta) {
        *lock(&self.0) += by;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *lock(&self.0)
    }

    async fn sleep_until(&self, instant: DateTime<Utc>) {
        let mut now = lock(&self.0);
        *now = instant.max(*now);
    }
}

/// Numbers that differ.
#[derive(Default)]
pub struct Sequence(AtomicU64);

impl Entropy for Sequence {
    fn next_u64(&self) -> u64 {
        self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst)
    }
}
