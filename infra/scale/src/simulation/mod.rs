//! The discrete-event simulation of one deployment: ticks send, messages ripen, the event source invokes, and each message
//! is carried through the calls of the protocol against tables that throttle. Effects happen in the order of time.

mod calls;
mod hand_over;

use std::collections::{BTreeMap, VecDeque};

use crate::admission::Load;
use crate::agenda::{Agenda, Event, Message};
use crate::chance::Chance;
use crate::environments::Environments;
use crate::outcome::{Limit, Outcome, Use};
use crate::platform::Platform;
use crate::pollers::Pollers;
use crate::runs::Runs;
use crate::scanner::Scanner;
use crate::settings::Setup;
use crate::table::Table;
use crate::time::{MINUTE, Micros, SECOND};

/// So many ticks in a row, behind all fire times, that were cut off and sent nothing: nothing ever will be.
const HOPELESS: u32 = 6;

/// A simulation is given up so long after the last job was due.
const LONGEST: Micros = 6 * 60 * MINUTE;

/// Ticks begin so long before the first job is due.
const LEAD: Micros = 10 * MINUTE;

#[derive(Debug, Default)]
struct Invocation {
    environment: usize,
    received_at: Micros,
    begun_at: Micros,
    ends_at: Micros,
    open: usize,
    messages: Vec<Message>,
}

struct Simulation<'a> {
    platform: &'a Platform,
    setup: &'a Setup,
    due: &'a [Micros],
    chance: Chance,
    agenda: Agenda,
    scanner: Scanner<'a>,
    queue: VecDeque<Message>,
    in_flight: usize,
    pollers: Pollers,
    next_poll: Option<Micros>,
    /// What keeps ready messages waiting, and since when.
    kept: Option<(Limit, Micros)>,
    environments: Environments,
    invocations: Vec<Invocation>,
    spare: Vec<usize>,
    active: usize,
    executions: Table,
    jobs: Table,
    holds: Table,
    runs: Runs,
    last_due: Micros,
    /// Invocations that ended lately: when, their runs, and how long these took a place.
    measured: VecDeque<(Micros, f64, f64)>,
    measured_sum: (f64, f64),
    hopeless: u32,
    used: Use,
}

/// Simulates jobs that are `due` then, in the order of time, in one deployment of `setup`. The same `seed` gives the same
/// outcome.
pub fn simulate(platform: &Platform, setup: &Setup, due: &[Micros], seed: u64) -> Outcome {
    let first = due.iter().min().copied().unwrap_or_default();
    let last = due.iter().max().copied().unwrap_or_default();
    // Whole minutes earlier, so that ticks keep their second.
    let begins = (first.saturating_sub(LEAD)) / MINUTE * MINUTE;
    let dynamo = &platform.dynamo;
    let mut simulation = Simulation {
        platform,
        setup,
        due,
        chance: Chance::of(seed),
        agenda: Agenda::default(),
        scanner: Scanner::new(platform, setup, due, begins),
        queue: VecDeque::new(),
        in_flight: 0,
        pollers: Pollers::of(&platform.lambda, setup.source),
        next_poll: None,
        kept: None,
        environments: Environments::new(&platform.lambda, setup),
        invocations: Vec::new(),
        spare: Vec::new(),
        active: 0,
        executions: Table::for_writes(dynamo, setup, setup.warm_writes),
        jobs: Table::for_reads(dynamo, setup, setup.warm_reads),
        holds: Table::hot_key(dynamo.partition_reads, setup.burst_seconds),
        runs: Runs::of(due.len()),
        last_due: last,
        measured: VecDeque::new(),
        measured_sum: (0.0, 0.0),
        hopeless: 0,
        used: Use::default(),
    };
    for tick in platform.lambda.ticks {
        simulation.next_tick(begins + tick);
    }
    simulation.run(last + LONGEST);
    simulation.outcome()
}

impl Simulation<'_> {
    fn run(&mut self, until: Micros) {
        while let Some((now, event)) = self.agenda.pop() {
            let is_over = self.runs.open() == 0 && self.agenda.only_ticks();
            if now > until || (is_over && matches!(event, Event::Tick(_))) {
                break;
            }
            match event {
                Event::Tick(meant) => self.tick(meant, now),
                Event::Checkpoint(minute) => self.scanner.checkpoint(minute),
                Event::Keep(admissions) => self.scanner.keep(admissions),
                Event::Ready(messages) => {
                    self.queue.extend(messages);
                    self.poll(now);
                }
                Event::Poll => {
                    if self.next_poll.is_some_and(|next| next <= now) {
                        self.next_poll = None;
                    }
                    self.poll(now);
                }
                Event::Call {
                    invocation,
                    index,
                    step,
                    tries,
                } => self.call(invocation, index, step, tries, now),
                Event::End(invocation) => self.end(invocation, now),
            }
        }
    }

    /// Nobody keeps the second of a tick: at which part of it messages are sent decides how early they are.
    fn next_tick(&mut self, meant: Micros) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "less than a second"
        )]
        let late = (self.chance.unit() * SECOND as f64) as Micros;
        self.agenda.add(meant + late, Event::Tick(meant));
    }

    fn tick(&mut self, meant: Micros, now: Micros) {
        while let Some(&(at, runs, busy)) = self.measured.front() {
            if now.saturating_sub(at) <= self.platform.protocol.measured {
                break;
            }
            self.measured.pop_front();
            self.measured_sum.0 -= runs;
            self.measured_sum.1 -= busy;
        }
        let places = self.setup.places(self.platform);
        let ready = self.queue.len() as u64;
        let load = Load::measured(&self.platform.protocol, places, ready, self.measured_sum);
        let ticked = self.scanner.tick(now, load);
        let is_behind = now > self.last_due + MINUTE && self.agenda.only_ticks();
        let is_hopeless = is_behind && ticked.cut_off && ticked.sends.is_empty();
        self.hopeless = if is_hopeless { self.hopeless + 1 } else { 0 };
        self.used.ready_peak = self.used.ready_peak.max(ready);
        for send in ticked.sends {
            let mut by_delay: Vec<(Micros, Vec<Message>)> = Vec::new();
            for (job, delay) in send.messages {
                let message = Message { job, receives: 0 };
                match by_delay.iter_mut().find(|(same, _)| *same == delay) {
                    Some((_, messages)) => messages.push(message),
                    None => by_delay.push((delay, vec![message])),
                }
            }
            for (delay, messages) in by_delay {
                let error = if delay > 0 {
                    self.chance.draw(&self.platform.sqs.delay_error)
                } else {
                    0
                };
                self.agenda
                    .add(send.at + delay + error, Event::Ready(messages));
            }
        }
        for (minute, at) in ticked.done {
            self.agenda.add(at, Event::Checkpoint(minute));
        }
        if let Some(admissions) = ticked.admissions {
            self.agenda.add(ticked.ends_at, Event::Keep(admissions));
        }
        if self.hopeless < HOPELESS {
            self.next_tick(meant + MINUTE);
        }
    }

    fn outcome(mut self) -> Outcome {
        self.used.scanner = self.scanner.used();
        self.used.environments = self.environments.count();
        self.used.throttled_by = BTreeMap::from([
            (Limit::Holds, self.holds.throttled()),
            (Limit::Executions, self.executions.throttled()),
            (Limit::Jobs, self.jobs.throttled()),
        ]);
        self.used.repeated = self.runs.repeated();
        self.used.given_up = self.runs.given_up();
        Outcome::of(self.due, &self.runs, self.used)
    }
}
