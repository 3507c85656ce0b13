//! The scanner: which buckets a tick reads, how long it takes, and when each message is sent. Step by step what
//! `shared/src/usecase/scan` does, with a clock instead of calls. A tick that is cut off has sent nothing of the bucket
//! that it was planning: all of a bucket is planned before any of it is sent.

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::{Admissions, Load};
use crate::platform::{Platform, cpu};
use crate::settings::Setup;
use crate::table::Table;
use crate::time::{MINUTE, Micros, SECOND};

/// Messages that go out together.
#[derive(Clone, Debug)]
pub struct Send {
    /// When.
    pub at: Micros,
    /// The jobs, each with the whole seconds that its message is delayed by.
    pub messages: Vec<(u32, Micros)>,
}

/// What a tick does.
#[derive(Clone, Debug, Default)]
pub struct Ticked {
    /// What it sends, in the order of time.
    pub sends: Vec<Send>,
    /// Buckets that it checkpoints, and when.
    pub done: Vec<(u64, Micros)>,
    /// What it has let in, to be kept when it is over; nothing if it was cut off.
    pub admissions: Option<Admissions>,
    /// When it is over.
    pub ends_at: Micros,
    /// Whether it was cut off before it was.
    pub cut_off: bool,
}

/// What ticks have used and done, all together.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScannerUse {
    /// Ticks.
    pub ticks: u64,
    /// Of them, those that were cut off.
    pub cut_off: u64,
    /// Hints put.
    pub hints_put: u64,
    /// Jobs read.
    pub jobs_read: u64,
    /// Bytes of hints read.
    pub hint_bytes: f64,
    /// Executions deferred; each is written, and deleted later.
    pub deferred: u64,
    /// Requests to send messages.
    pub send_requests: u64,
    /// How long ticks ran, in all.
    pub busy: Micros,
}

/// The scanner of one deployment.
#[derive(Debug)]
pub struct Scanner<'a> {
    platform: &'a Platform,
    setup: &'a Setup,
    due: &'a [Micros],
    buckets: BTreeMap<u64, Vec<u32>>,
    done: BTreeSet<u64>,
    low_water: u64,
    admissions: Admissions,
    waiting: BTreeSet<u32>,
    due_table: Table,
    at_work_until: Micros,
    used: ScannerUse,
}

/// How far a tick has come, and by when it must have ended.
struct Course {
    at: Micros,
    cut_off_at: Micros,
    admissions: Admissions,
    ticked: Ticked,
}

impl Course {
    fn is_cut_off(&self) -> bool {
        self.at >= self.cut_off_at
    }
}

impl<'a> Scanner<'a> {
    /// A scanner of jobs that are `due` then, from the bucket of `from` on.
    pub fn new(platform: &'a Platform, setup: &'a Setup, due: &'a [Micros], from: Micros) -> Self {
        let mut buckets: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for (job, at) in (0..).zip(due) {
            buckets.entry(at / MINUTE).or_default().push(job);
        }
        let dynamo = &platform.dynamo;
        Self {
            platform,
            setup,
            due,
            buckets,
            done: BTreeSet::new(),
            low_water: from / MINUTE,
            admissions: Admissions::default(),
            waiting: BTreeSet::new(),
            due_table: Table::for_writes(dynamo, setup, setup.warm_due),
            at_work_until: 0,
            used: ScannerUse::default(),
        }
    }

    /// What has been used so far.
    pub fn used(&self) -> ScannerUse {
        self.used
    }

    /// How many wait for capacity.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Keeps what a tick has let in, for the next ones.
    pub fn keep(&mut self, admissions: Admissions) {
        self.admissions = admissions;
    }

    /// Notes that a bucket is checkpointed.
    pub fn checkpoint(&mut self, minute: u64) {
        self.done.insert(minute);
        while self.done.remove(&self.low_water) {
            self.low_water += 1;
        }
    }

    fn is_done(&self, minute: u64) -> bool {
        minute < self.low_water || self.done.contains(&minute)
    }

    /// A tick that begins at `now`, and sees `load`.
    pub fn tick(&mut self, now: Micros, load: Load) -> Ticked {
        if self.setup.tick_alone && now < self.at_work_until {
            return Ticked {
                ends_at: now,
                ..Ticked::default()
            };
        }
        let present = now / MINUTE;
        let protocol = &self.platform.protocol;
        let mut admissions = self.admissions.clone();
        admissions.forget_before(present);
        let mut course = Course {
            at: now + 2 * self.platform.dynamo.query_page,
            cut_off_at: now + self.setup.tick_timeout,
            admissions,
            ticked: Ticked::default(),
        };
        let last_start = course.cut_off_at - protocol.tick_reserve;
        let ahead = present..=present + protocol.lookahead_minutes;
        let behind = (self.low_water..present).rev();
        let mut minutes: Vec<_> = ahead.chain(behind).collect();
        minutes.retain(|minute| !self.is_done(*minute));
        // What is due in this minute competes with what was deferred; the rest can wait a moment.
        let first_later = minutes.iter().position(|minute| *minute != present);
        let later = minutes.split_off(first_later.unwrap_or(minutes.len()));
        for minute in minutes {
            self.scan(minute, present, load, &mut course);
        }
        self.release(present, load, &mut course);
        for minute in later {
            if course.at >= last_start {
                break;
            }
            self.scan(minute, present, load, &mut course);
        }
        self.used.ticks += 1;
        self.used.cut_off += u64::from(course.is_cut_off());
        let ends_at = course.at.min(course.cut_off_at);
        self.used.busy += ends_at - now;
        self.at_work_until = ends_at;
        let cut_off = course.is_cut_off();
        Ticked {
            admissions: (!cut_off).then_some(course.admissions),
            ends_at,
            cut_off,
            ..course.ticked
        }
    }

    fn scan(&mut self, minute: u64, present: u64, load: Load, course: &mut Course) {
        if course.is_cut_off() {
            return;
        }
        let jobs = self.buckets.get(&minute).cloned().unwrap_or_default();
        course.at += self.reading(jobs.len());
        for chunk in jobs.chunks(self.platform.protocol.chunk) {
            if course.is_cut_off() {
                return;
            }
            course.at = self.planning(chunk.len(), course.at);
        }
        if course.is_cut_off() {
            return;
        }
        let room = course.admissions.room(load, present, minute);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let (admitted, refused) = jobs.split_at(room.min(jobs.len()));
        course.admissions.add(minute, admitted.len() as u64);
        self.defer(refused, course);
        self.send(admitted, course);
        if !course.is_cut_off() {
            course.at += self.platform.dynamo.single.quantile(0.5);
            course.ticked.done.push((minute, course.at));
        }
    }

    /// How long it takes to read a bucket of `hints`, all shards of it.
    fn reading(&mut self, hints: usize) -> Micros {
        let (setup, protocol) = (self.setup, &self.platform.protocol);
        #[expect(clippy::cast_precision_loss, reason = "millions of hints at most")]
        let bytes = hints as f64 * protocol.hint_bytes;
        self.used.hint_bytes += bytes;
        #[expect(clippy::cast_precision_loss, reason = "a thousand shards at most")]
        let of_shard = bytes / setup.shards as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "thousands of pages at most"
        )]
        let pages = ((of_shard / self.platform.dynamo.page_bytes).ceil() as u64).max(1);
        let rounds = setup.shards.div_ceil(protocol.shard_reads_abreast) as u64;
        rounds * pages * self.platform.dynamo.query_page
    }

    /// Reads the jobs of `count` hints, plans them, and puts their next hints: when that is done, begun at `at`.
    fn planning(&mut self, count: usize, at: Micros) -> Micros {
        let (dynamo, protocol) = (&self.platform.dynamo, &self.platform.protocol);
        let rounds = |batch: usize| {
            let batches = count.div_ceil(batch);
            batches.div_ceil(self.setup.scanner_abreast) as u64
        };
        #[expect(clippy::cast_precision_loss, reason = "a chunk")]
        let jobs = count as f64;
        self.used.jobs_read += count as u64;
        self.used.hints_put += count as u64;
        let ms = jobs * protocol.scanner_cpu_ms;
        let computed = cpu(&self.platform.lambda, ms, self.setup.scanner_memory_mb);
        let begun = at + rounds(protocol.get_batch) * dynamo.batch_get + computed;
        let written = self.due_table.spread(jobs * protocol.hint_writes, begun);
        written.max(begun + rounds(protocol.hint_batch) * dynamo.batch_write)
    }

    /// Writes or deletes `count` entries of the backlog: when that is done, begun at `at`.
    fn entries(&mut self, count: usize, at: Micros) -> Micros {
        let batches = count.div_ceil(self.platform.protocol.hint_batch) as u64;
        #[expect(clippy::cast_precision_loss, reason = "millions at most")]
        let written = self.due_table.spread(count as f64, at);
        written.max(at + batches * self.platform.dynamo.batch_write)
    }

    fn defer(&mut self, jobs: &[u32], course: &mut Course) {
        if jobs.is_empty() || course.is_cut_off() {
            return;
        }
        self.used.deferred += jobs.len() as u64;
        course.at = self.entries(jobs.len(), course.at);
        self.waiting.extend(jobs);
    }

    /// Sends what was deferred, as much as there is room for now.
    fn release(&mut self, present: u64, load: Load, course: &mut Course) {
        let room = course.admissions.room(load, present, present);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let is_due = |job: &&u32| self.due[**job as usize] / MINUTE <= present;
        let chosen: Vec<u32> = self
            .waiting
            .iter()
            .filter(is_due)
            .copied()
            .take(room)
            .collect();
        if chosen.is_empty() || course.is_cut_off() {
            return;
        }
        course.admissions.add(present, chosen.len() as u64);
        self.send(&chosen, course);
        course.at = self.entries(chosen.len(), course.at);
        if !course.is_cut_off() {
            for job in &chosen {
                self.waiting.remove(job);
            }
        }
    }

    fn send(&mut self, jobs: &[u32], course: &mut Course) {
        let protocol = &self.platform.protocol;
        let batches: Vec<_> = jobs.chunks(protocol.send_batch).collect();
        for abreast in batches.chunks(protocol.sends_abreast) {
            if course.is_cut_off() {
                return;
            }
            course.at += self.platform.sqs.send_batch;
            for batch in abreast {
                self.used.send_requests += 1;
                let at = course.at;
                let messages = batch.iter().map(|job| {
                    let early = protocol.early;
                    (*job, whole_delay(self.due[*job as usize], at, early))
                });
                let messages = messages.collect();
                course.ticked.sends.push(Send { at, messages });
            }
        }
    }
}

/// The whole seconds after which a message that is sent `now` arrives no later than `due`, and up to `early` before it.
pub fn whole_delay(due: Micros, now: Micros, early: Micros) -> Micros {
    let ahead = due.saturating_sub(now).saturating_sub(early);
    ahead.div_ceil(SECOND) * SECOND
}
