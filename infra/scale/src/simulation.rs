//! The discrete-event simulation of one deployment: ticks send, messages ripen, the event source invokes, and each message
//! is carried through the calls of the protocol against tables that throttle. Effects happen in the order of time.

use std::collections::{BTreeMap, VecDeque};

use crate::admission::Load;
use crate::agenda::{Agenda, Event, Message, Step};
use crate::chance::Chance;
use crate::environments::Environments;
use crate::outcome::{Limit, Outcome, Use};
use crate::platform::{Platform, cpu};
use crate::pollers::Pollers;
use crate::runs::{Claimed, Runs};
use crate::scanner::Scanner;
use crate::settings::Setup;
use crate::table::{Answer, Table};
use crate::time::{MINUTE, Micros, SECOND, seconds};

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
        executions: Table::for_writes(dynamo, setup.warm_writes, setup.table_quota),
        jobs: Table::for_reads(dynamo, setup.warm_reads, setup.table_quota),
        holds: Table::hot_key(dynamo.partition_reads, dynamo.burst_seconds),
        runs: Runs::of(due.len()),
        last_due: last,
        measured: VecDeque::new(),
        measured_sum: (0.0, 0.0),
        hopeless: 0,
        used: Use::default(),
    };
    for tick in platform.lambda.ticks {
        simulation.agenda.add(begins + tick, Event::Tick);
    }
    simulation.run(last + LONGEST);
    simulation.outcome()
}

impl Simulation<'_> {
    fn run(&mut self, until: Micros) {
        while let Some((now, event)) = self.agenda.pop() {
            let is_over = self.runs.open() == 0 && self.agenda.only_ticks();
            if now > until || (is_over && matches!(event, Event::Tick)) {
                break;
            }
            match event {
                Event::Tick => self.tick(now),
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

    fn tick(&mut self, now: Micros) {
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
            self.agenda.add(now + MINUTE, Event::Tick);
        }
    }

    /// Hands messages over while the event source, the account and the queue let it.
    fn poll(&mut self, now: Micros) {
        if let Some((limit, since)) = self.kept.take() {
            *self.used.kept_by.entry(limit).or_default() += now - since;
        }
        if self.queue.is_empty() {
            return;
        }
        self.pollers.see_work(now);
        let mut again = None;
        while !self.queue.is_empty() {
            let limit = if self.in_flight >= self.platform.sqs.in_flight {
                Limit::InFlight
            } else if self.active >= self.pollers.allowed(now) {
                again = self.pollers.next_rise(now);
                again.map_or(Limit::Concurrency, |_| Limit::Ramp)
            } else {
                match self.environments.take(now) {
                    Ok(taken) => {
                        self.invoke(taken.environment, now, taken.starts_after);
                        continue;
                    }
                    Err(None) => Limit::Account,
                    Err(at) => {
                        again = at;
                        Limit::NewEnvironments
                    }
                }
            };
            self.kept = Some((limit, now));
            break;
        }
        if let Some(at) = again
            && self.next_poll.is_none_or(|next| at < next)
        {
            self.next_poll = Some(at);
            self.agenda.add(at, Event::Poll);
        }
    }

    fn invoke(&mut self, environment: usize, now: Micros, starts_after: Micros) {
        let count = self.queue.len().min(self.platform.protocol.worker_batch);
        let number = self.spare.pop().unwrap_or_else(|| {
            self.invocations.push(Invocation::default());
            self.invocations.len() - 1
        });
        let begun_at = now + self.chance.draw(&self.platform.sqs.to_lambda) + starts_after;
        let each = self.half_cpu();
        self.active += 1;
        self.in_flight += count;
        self.used.invocations += 1;
        self.used.queue_requests += 1.0;
        self.used.concurrency_peak = self.used.concurrency_peak.max(self.active);
        let invocation = &mut self.invocations[number];
        invocation.messages.clear();
        invocation.messages.extend(self.queue.drain(..count));
        invocation.environment = environment;
        invocation.received_at = now;
        invocation.begun_at = begun_at;
        invocation.ends_at = begun_at;
        invocation.open = count;
        let mut computed = begun_at;
        for (index, message) in invocation.messages.iter_mut().enumerate() {
            message.receives += 1;
            // It sleeps until the job is due. What comes after that is done one by one: an environment has less than one CPU.
            computed = computed.max(self.due[message.job as usize]) + each;
            let event = Event::Call {
                invocation: number,
                index,
                step: Step::Holds,
                tries: 0,
            };
            self.agenda.add(computed, event);
        }
    }

    /// Half of what a run costs in CPU: before it starts, and after it.
    fn half_cpu(&self) -> Micros {
        let ms = self.platform.protocol.worker_cpu_ms / 2.0;
        cpu(&self.platform.lambda, ms, self.setup.worker_memory_mb)
    }

    fn call(&mut self, invocation: usize, index: usize, step: Step, tries: u32, now: Micros) {
        let message = self.invocations[invocation].messages[index];
        let answer = match step {
            Step::Holds => {
                let environment = self.invocations[invocation].environment;
                match self.look_at_holds(environment, now) {
                    Ok(at) => return self.go_on(invocation, index, Step::Claim, at),
                    Err(throttled) => throttled,
                }
            }
            Step::Claim => self.write(message.job, self.platform.protocol.claim_writes, now),
            Step::Read => {
                let units = self.platform.protocol.job_reads;
                self.used.reads += units;
                self.jobs.call(message.job.into(), units, now)
            }
            Step::Finish => self.write(message.job, self.platform.protocol.finish_writes, now),
        };
        if answer == Answer::Throttled {
            return self.try_again(invocation, index, step, tries, now);
        }
        let answered = now + self.chance.draw(&self.platform.dynamo.single);
        match step {
            Step::Holds => {}
            Step::Claim => match self
                .runs
                .claim(message.job, now, self.platform.protocol.lease)
            {
                Claimed::Won => self.go_on(invocation, index, Step::Read, answered),
                Claimed::Over => {
                    self.used.refused += 1;
                    self.settle(invocation, answered);
                }
                Claimed::Held(until) => {
                    self.used.refused += 1;
                    self.used.queue_requests += 1.0;
                    self.hand_over_again(message, until.max(answered));
                    self.settle(invocation, answered);
                }
            },
            Step::Read => {
                self.runs.start(message.job, answered);
                let worked = answered + self.chance.draw(&self.platform.protocol.job);
                let ends = worked + self.half_cpu();
                self.go_on(invocation, index, Step::Finish, ends);
            }
            Step::Finish => {
                self.runs.finish(message.job);
                self.settle(invocation, answered);
            }
        }
    }

    /// When the environment knows the holds, if it asks now.
    fn look_at_holds(&mut self, environment: usize, now: Micros) -> Result<Micros, Answer> {
        let fresh = self.platform.protocol.holds_fresh;
        match self.environments.knows_holds_from(environment) {
            Some(from) if from <= now && now < from + fresh => return Ok(now),
            // Somebody is asking already.
            Some(from) if now < from && self.setup.holds_once => return Ok(from),
            _ => {}
        }
        self.used.holds_reads += 1;
        self.used.reads += 1.0;
        if self.holds.call(0, 1.0, now) == Answer::Throttled {
            return Err(Answer::Throttled);
        }
        let answered = now + self.chance.draw(&self.platform.dynamo.single);
        let known = self.environments.knows_holds_from(environment);
        let is_first = known.is_none_or(|from| from + fresh <= now || answered < from);
        if is_first {
            self.environments.learns_holds(environment, answered);
        }
        Ok(answered)
    }

    fn write(&mut self, job: u32, units: f64, now: Micros) -> Answer {
        let answer = self.executions.call(job.into(), units, now);
        if answer == Answer::Done {
            self.used.writes += units;
            *self.used.writes_by_second.entry(now / SECOND).or_default() += units;
        }
        answer
    }

    fn go_on(&mut self, invocation: usize, index: usize, step: Step, at: Micros) {
        let tries = 0;
        let event = Event::Call {
            invocation,
            index,
            step,
            tries,
        };
        self.agenda.add(at, event);
    }

    /// The SDK tries again, after up to a second; then the message is left to come back by itself.
    fn try_again(&mut self, invocation: usize, index: usize, step: Step, tries: u32, now: Micros) {
        if tries + 1 < self.platform.protocol.sdk_attempts {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "seconds"
            )]
            let pause = (self.chance.unit() * (SECOND << tries) as f64) as Micros;
            let event = Event::Call {
                invocation,
                index,
                step,
                tries: tries + 1,
            };
            self.agenda.add(now + pause, event);
            return;
        }
        self.used.came_back += 1;
        let of = &self.invocations[invocation];
        let (message, received_at) = (of.messages[index], of.received_at);
        if message.receives >= self.platform.protocol.receives {
            self.runs.give_up(message.job);
        } else {
            self.hand_over_again(message, (received_at + self.setup.throttled_back).max(now));
        }
        self.settle(invocation, now);
    }

    fn hand_over_again(&mut self, message: Message, at: Micros) {
        self.agenda.add(at, Event::Ready(vec![message]));
    }

    /// One of the invocation's messages is done with.
    fn settle(&mut self, number: usize, at: Micros) {
        let invocation = &mut self.invocations[number];
        invocation.open -= 1;
        invocation.ends_at = invocation.ends_at.max(at);
        if invocation.open == 0 {
            let at = invocation.ends_at;
            self.agenda.add(at, Event::End(number));
        }
    }

    fn end(&mut self, number: usize, now: Micros) {
        let invocation = &self.invocations[number];
        let count = invocation.messages.len();
        let ran = seconds(now - invocation.begun_at);
        #[expect(clippy::cast_precision_loss, reason = "a batch of ten")]
        let runs = count as f64;
        let busy_ms = runs * ran * 1_000.0;
        self.measured.push_back((now, runs, busy_ms));
        self.measured_sum.0 += runs;
        self.measured_sum.1 += busy_ms;
        self.used.worker_seconds += ran;
        self.used.handled += count as u64;
        self.used.queue_requests += 1.0;
        self.in_flight -= count;
        self.active -= 1;
        self.environments.give_back(invocation.environment);
        self.spare.push(number);
        self.poll(now);
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
