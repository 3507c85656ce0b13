//! What a tick may send. It looks at the queues and at what was measured, lets in as much as there is capacity for in each
//! minute, and defers the rest; what was deferred before is released into what is spare now. Where nothing can be
//! measured, nothing is held back: late is better than never.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::TickReport;
use super::waiting::read_waiting;
use crate::domain::{
    Admissions, Band, Breaker, HoldId, Job, Lane, Level, MINUTE, Minute, PerBand, Pressure,
    Priority, Reason, UserId,
};
use crate::plan::pressure::{
    Candidate, Load, MEASURED_MINUTES, admit, capacity, next_breaker, next_level, probe, release,
    room,
};
use crate::port::{
    Backlog, Deferral, Deferred, Gauges, OutgoingMessage, PortResult, Queues, SendAt,
};
use crate::usecase::{World, log_dispatched};

/// How much of a backlog a tick looks at that could not measure anything.
const UNMEASURED: u64 = 1_000;

/// Backlogs that should be empty are looked into this often, in minutes: a mark that says so may be wrong.
const LOOK_EVERY_MINUTES: i64 = 5;

/// A message that is due, and what decides whether it may go.
pub(super) struct Sending {
    pub(super) priority: Priority,
    pub(super) outgoing: OutgoingMessage,
    user: UserId,
    /// A later attempt: what has begun goes on.
    begun: bool,
    /// Its job does not let it run later than this.
    fires_until: DateTime<Utc>,
}

impl Sending {
    /// Of a first attempt.
    pub(super) fn first(job: &Job, outgoing: OutgoingMessage) -> Self {
        Self {
            priority: job.priority,
            user: job.user.clone(),
            begun: false,
            fires_until: outgoing.message.occasion.fire_time()
                + job.misfire.catch_up_window_seconds.duration(),
            outgoing,
        }
    }

    /// Of a later attempt.
    pub(super) fn again(job: &Job, outgoing: OutgoingMessage) -> Self {
        Self {
            begun: true,
            ..Self::first(job, outgoing)
        }
    }

    fn candidate(self) -> Candidate<Self> {
        Candidate {
            priority: self.priority,
            user: self.user.clone(),
            execution: self.outgoing.message.execution_id(),
            item: self,
        }
    }

    /// As it is remembered while it waits.
    fn deferral(self, now: DateTime<Utc>) -> Deferral {
        let mut message = self.outgoing.message;
        message.deferred = true;
        message.kept_by = Some(Reason::Deferred);
        Deferral {
            user: self.user,
            priority: self.priority,
            message,
            since: now,
            fires_until: Some(self.fires_until),
        }
    }
}

/// What waits to be sent, and what for.
struct Waiter {
    entry: Deferral,
    backlog: Backlog,
    /// When it is to arrive, if it is sent in this minute.
    send_at: SendAt,
}

/// The message that a deferred execution was waiting to send.
fn released(waiter: &Waiter) -> OutgoingMessage {
    OutgoingMessage {
        lane: waiter.entry.priority.band().into(),
        user: Some(waiter.entry.user.clone()),
        send_at: waiter.send_at,
        message: waiter.entry.message.clone(),
    }
}

/// When a message arrives, if it is sent now.
fn arrives(outgoing: &OutgoingMessage, now: DateTime<Utc>) -> Minute {
    match outgoing.send_at {
        SendAt::Now => Minute::of(now),
        SendAt::Before(instant) => Minute::of(instant.max(now)),
    }
}

/// A tick's view of what there is room for.
pub(super) struct Pace {
    now: DateTime<Utc>,
    /// `None`: it could not be measured.
    loads: Option<PerBand<Load>>,
    /// As stored.
    before: Option<Pressure>,
    pressure: Pressure,
    admissions: Admissions,
    /// What was deferred, as far as it was read.
    waiting: PerBand<Vec<Candidate<Waiter>>>,
    /// Which backlogs were read.
    looked: PerBand<bool>,
    /// How many were sent of what each hold let go.
    let_go: HashMap<HoldId, u64>,
}

impl Pace {
    /// Looks at the queues, what was measured and what is deferred.
    pub(super) async fn open(
        world: &impl World,
        places: PerBand<u32>,
        mut admissions: Admissions,
        now: DateTime<Utc>,
    ) -> Self {
        admissions.forget_before(Minute::of(now));
        let mut pace = Self {
            now,
            loads: None,
            before: None,
            pressure: Pressure::calm(now),
            admissions,
            waiting: PerBand::default(),
            looked: PerBand::default(),
            let_go: HashMap::new(),
        };
        if let Err(error) = pace.look(world, places).await {
            tracing::error!(%error, "the load cannot be seen: nothing is held back");
            pace.loads = None;
        }
        pace
    }

    async fn look(&mut self, world: &impl World, places: PerBand<u32>) -> PortResult<()> {
        let now = self.now;
        self.before = world.store().pressure().await?;
        self.pressure = self.before.unwrap_or(self.pressure);
        let since = Minute::of(now).plus(1 - MEASURED_MINUTES);
        let work = world.store().work_since(since).await?;
        let [high, normal, low] = Band::ALL.map(|band| world.queues().depth(band));
        let (high, normal, low) = futures_util::try_join!(high, normal, low)?;
        let depths = PerBand { high, normal, low };
        let loads = PerBand::of(|band| Load {
            ready: depths.get(band).ready,
            capacity: capacity(*places.get(band), *work.get(band)),
            taken: work.get(band).runs,
            places: *places.get(band),
        });
        let level = next_level(self.pressure.level, &loads);
        if level != self.pressure.level {
            tracing::warn!(
                from = self.pressure.level.name(),
                to = level.name(),
                "pressure"
            );
            self.pressure.since = now;
        }
        self.pressure.level = level;
        self.pressure.bands = PerBand::of(|band| {
            let present = self.pressure.bands.get(band);
            let next = next_breaker(*present, loads.get(band), now);
            if next.breaker != present.breaker {
                let queue = band.name();
                tracing::warn!(queue, breaker = ?next.breaker, "a breaker has changed");
            }
            next
        });
        self.loads = Some(loads);
        // Under pressure the API defers, too, and marks nothing.
        let pressed = self.before.is_some_and(|before| !before.is_at_rest());
        let look_anyway = pressed || (now.timestamp() / 60) % LOOK_EVERY_MINUTES == 0;
        for band in Band::ALL {
            if look_anyway || self.pressure.bands.get(band).deferring {
                let wanted = loads.get(band).capacity;
                let backlog = Backlog::Capacity(band);
                let waiting = read_waiting(world, &backlog, wanted).await?;
                *self.waiting.get_mut(band) = waiting.into_iter().map(for_capacity).collect();
                *self.looked.get_mut(band) = true;
            }
        }
        Ok(())
    }

    pub(super) fn level(&self) -> Level {
        self.pressure.level
    }

    /// Messages that were ready in the queues, if they could be seen.
    pub(super) fn ready(&self) -> Option<u64> {
        let loads = self.loads.as_ref()?;
        Some(Band::ALL.iter().map(|band| loads.get(*band).ready).sum())
    }

    pub(super) fn admissions(&self) -> &Admissions {
        &self.admissions
    }

    pub(super) fn restore(&mut self, admissions: Admissions) {
        self.admissions = admissions;
    }

    /// How many more may arrive in `minute`.
    fn room(&self, band: Band, minute: Minute) -> u64 {
        let Some(loads) = &self.loads else {
            return u64::MAX;
        };
        let load = loads.get(band);
        let admitted = self.admissions.of(minute, band);
        match self.pressure.bands.get(band).breaker {
            Breaker::Open { .. } => 0,
            Breaker::HalfOpen { .. } => probe(load.capacity).saturating_sub(admitted),
            Breaker::Closed => {
                let present = Minute::of(self.now);
                let before = (0..).map(|ahead| present.plus(ahead));
                let before = before.take_while(|before| *before < minute);
                room(
                    load,
                    before.map(|before| self.admissions.of(before, band)),
                    admitted,
                )
            }
        }
    }

    /// Those that wait and will not have been released before `minute`: they have a part in what there is room for then.
    fn contenders(&self, band: Band, minute: Minute) -> Vec<Candidate<()>> {
        let mut spare: u64 = 0;
        let mut before = Minute::of(self.now);
        while before < minute {
            spare = spare.saturating_add(self.room(band, before));
            before = before.plus(1);
        }
        let mut waiting: Vec<_> = self.waiting.get(band).iter().map(nameless).collect();
        release(&mut waiting, spare, self.level());
        waiting
    }

    /// How many all bands together can take in a minute, as far as it is known.
    pub(super) fn capacity(&self) -> u64 {
        let Some(loads) = &self.loads else {
            return UNMEASURED;
        };
        Band::ALL.iter().map(|band| loads.get(*band).capacity).sum()
    }

    /// Lets what a hold lets go compete with all that waits: the most urgent and the users in turns, whyever they wait.
    /// `per_minute`: spread over the minute.
    pub(super) fn join(&mut self, hold: HoldId, entries: Vec<Deferral>, per_minute: Option<u32>) {
        for (number, entry) in (0..).zip(entries) {
            let send_at = match per_minute {
                None => SendAt::Now,
                Some(rate) => {
                    let rate = i32::try_from(rate.max(1)).unwrap_or(i32::MAX);
                    SendAt::Before(self.now + MINUTE * number / rate)
                }
            };
            let backlog = Backlog::Hold(hold);
            self.waiting
                .get_mut(entry.priority.band())
                .push(candidate(Waiter {
                    entry,
                    backlog,
                    send_at,
                }));
        }
    }

    /// How many were sent of what a hold let go.
    pub(super) fn let_go(&self, hold: HoldId) -> u64 {
        self.let_go.get(&hold).copied().unwrap_or_default()
    }

    /// Decides which of `due` are sent, and defers the others.
    pub(super) async fn admit(
        &mut self,
        world: &impl World,
        due: Vec<Sending>,
        report: &mut TickReport,
    ) -> PortResult<Vec<Sending>> {
        let now = self.now;
        let mut sent = Vec::new();
        let mut groups: BTreeMap<(Minute, Band), Vec<_>> = BTreeMap::new();
        for one in due {
            let minute = arrives(&one.outgoing, now);
            match one.outgoing.lane {
                Lane::Band(band) if one.begun => {
                    self.admissions.add(minute, band, 1);
                    sent.push(one);
                }
                Lane::Band(band) => {
                    let group = groups.entry((minute, band)).or_default();
                    group.push(one.candidate());
                }
                // It takes up no place of a band's: holding it back would relieve none.
                Lane::Long => sent.push(one),
            }
        }
        for ((minute, band), group) in groups {
            let room = self.room(band, minute);
            let decided = admit(group, &self.contenders(band, minute), room, self.level());
            let count = decided.admitted.len() as u64;
            self.admissions.add(minute, band, count);
            sent.extend(decided.admitted.into_iter().map(|one| one.item));
            if !decided.deferred.is_empty() {
                let level = self.level();
                let shed = decided.deferred.iter();
                let shed = shed.filter(|one| level.sheds(one.priority)).count() as u64;
                let deferred = decided.deferred.into_iter();
                let deferred = deferred.map(|one| one.item.deferral(now)).collect();
                self.defer(world, band, deferred, report).await?;
                report.shed += shed;
            }
        }
        Ok(sent)
    }

    /// Puts work into the backlog. The mark that there is some comes first: without it, the backlog is looked into only
    /// every few minutes.
    async fn defer(
        &mut self,
        world: &impl World,
        band: Band,
        deferred: Vec<Deferral>,
        report: &mut TickReport,
    ) -> PortResult<()> {
        if !std::mem::replace(&mut self.pressure.bands.get_mut(band).deferring, true) {
            self.keep(world).await?;
        }
        let backlog = Backlog::Capacity(band);
        world.store().defer(&backlog, &deferred).await?;
        report.deferred += deferred.len() as u64;
        let waiting = self.waiting.get_mut(band);
        waiting.extend(deferred.into_iter().map(for_capacity));
        Ok(())
    }

    /// Sends what was deferred into what is spare in this minute. Sent first, deleted after it: a crash in between sends
    /// it again.
    pub(super) async fn release(
        &mut self,
        world: &impl World,
        report: &mut TickReport,
    ) -> PortResult<()> {
        let present = Minute::of(self.now);
        for band in Band::ALL {
            let is_due =
                |one: &Candidate<Waiter>| Minute::of(one.execution.occasion.fire_time()) <= present;
            let waiting = std::mem::take(self.waiting.get_mut(band));
            let (mut due, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_due);
            let chosen = release(&mut due, self.room(band, present), self.level());
            *self.waiting.get_mut(band) = due.into_iter().chain(later).collect();
            if chosen.is_empty() {
                continue;
            }
            let chosen: Vec<_> = chosen.into_iter().map(|one| one.item).collect();
            let outgoing: Vec<_> = chosen.iter().map(released).collect();
            world.queues().send(&outgoing).await?;
            log_dispatched(&outgoing);
            let count = chosen.len() as u64;
            let mut gone: BTreeMap<Backlog, Vec<Deferral>> = BTreeMap::new();
            for waiter in chosen {
                gone.entry(waiter.backlog).or_default().push(waiter.entry);
            }
            for (backlog, entries) in gone {
                world.store().remove_deferred(&backlog, &entries).await?;
                if let Backlog::Hold(id) = backlog {
                    *self.let_go.entry(id).or_default() += entries.len() as u64;
                }
            }
            self.admissions.add(present, band, count);
            report.dispatched += count;
            report.released += count;
        }
        Ok(())
    }

    /// Keeps what was concluded, for the next tick and for the API; at rest, once.
    pub(super) async fn close(mut self, world: &impl World) {
        for band in Band::ALL {
            let for_capacity =
                |one: &Candidate<Waiter>| one.item.backlog == Backlog::Capacity(band);
            let waits = self.waiting.get(band).iter().any(for_capacity);
            if waits || *self.looked.get(band) {
                self.pressure.bands.get_mut(band).deferring = waits;
            }
        }
        let is_known = self.before.map_or(Level::Calm, |before| before.level)
            == self.pressure.level
            && self.before.map(|before| before.bands).unwrap_or_default() == self.pressure.bands;
        if self.loads.is_none() || (is_known && self.pressure.is_at_rest()) {
            return;
        }
        if let Err(error) = self.keep(world).await {
            tracing::error!(%error, "what was concluded could not be kept");
        }
    }

    async fn keep(&mut self, world: &impl World) -> PortResult<()> {
        self.pressure.at = self.now;
        world.store().keep_pressure(&self.pressure).await?;
        self.before = Some(self.pressure);
        Ok(())
    }
}

/// What was deferred for want of capacity.
fn for_capacity(entry: Deferral) -> Candidate<Waiter> {
    candidate(Waiter {
        backlog: Backlog::Capacity(entry.priority.band()),
        send_at: SendAt::Before(entry.message.occasion.fire_time()),
        entry,
    })
}

fn candidate(waiter: Waiter) -> Candidate<Waiter> {
    Candidate {
        priority: waiter.entry.priority,
        user: waiter.entry.user.clone(),
        execution: waiter.entry.execution_id(),
        item: waiter,
    }
}

fn nameless(waiting: &Candidate<Waiter>) -> Candidate<()> {
    Candidate {
        priority: waiting.priority,
        user: waiting.user.clone(),
        execution: waiting.execution,
        item: (),
    }
}
