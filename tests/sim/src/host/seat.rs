//! A process of a function: its clock's error, its chance, and its death. Everything that it runs is polled under its
//! eyes: a dead process runs nothing any more, and one that stands still runs nothing for now.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::ExecutionId;
use tokio::time::{Instant, sleep, sleep_until};

use super::Sim;
use crate::chance::Chance;
use crate::fault::Fault;
use crate::log::Invocation;
use crate::time::SimClock;

/// Why an invocation has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// It died at a call.
    Crash,
    /// Its time was over.
    Timeout,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    is_dead: bool,
    still_until: Option<Instant>,
}

/// A place at which a process runs. When it dies, another one takes the place.
#[derive(Debug)]
pub struct Seat {
    /// The run that it is part of.
    pub sim: Arc<Sim>,
    /// Which function, and which process of it: `worker-2`.
    pub name: String,
    /// What befalls it is drawn from this.
    pub chance: Chance,
    error: TimeDelta,
    state: Mutex<State>,
    invocation: AtomicUsize,
}

/// Clocks are wrong by at most this, in milliseconds.
const CLOCK_ERROR_MS: u64 = 2_000;

impl Seat {
    /// The place number `number` of `function`.
    pub fn new(sim: &Arc<Sim>, function: &str, number: u64) -> Arc<Self> {
        let chance = sim.seed.stream(function, number);
        let drawn = i64::try_from(chance.between(0, 2 * CLOCK_ERROR_MS)).unwrap_or(0);
        let error = if sim.plan.weather == crate::fault::Weather::Calm {
            0
        } else {
            drawn - 2_000
        };
        Arc::new(Self {
            sim: Arc::clone(sim),
            name: format!("{function}-{number}"),
            chance,
            error: TimeDelta::milliseconds(error),
            state: Mutex::default(),
            invocation: AtomicUsize::new(usize::MAX),
        })
    }

    /// What this process takes for the time.
    pub fn clock(&self) -> SimClock {
        SimClock::new(self.sim.era, self.error)
    }

    /// The invocation under way, by its number in the log.
    pub fn invocation(&self) -> usize {
        self.invocation.load(Ordering::Relaxed)
    }

    /// What the invocation under way is to carry out.
    pub fn executions(&self) -> Vec<ExecutionId> {
        let log = self.sim.log();
        let invocation = log.invocations.get(self.invocation());
        invocation.map_or_else(Vec::new, |invocation| invocation.executions.clone())
    }

    /// The process dies. Whoever calls this must wait for ever behind it.
    pub fn die(&self) {
        self.state().is_dead = true;
    }

    /// The process stands still from now on, for `length`.
    pub fn stand_still(&self, length: Duration) {
        self.state().still_until = Some(Instant::now() + length);
    }

    /// Notes a fault that befalls what runs here.
    pub fn fault(&self, fault: Fault) {
        let now = self.sim.era.now();
        self.sim.log().fault(now, fault, Some(self.invocation()));
    }

    /// Whether a fault of this kind befalls what runs here; then it is noted.
    pub fn suffers(&self, fault: Fault) -> bool {
        let strikes = self
            .sim
            .plan
            .strikes(fault, &self.chance, self.sim.era.now());
        if strikes {
            self.fault(fault);
        }
        strikes
    }

    /// Runs `life`, one invocation that carries out these `executions`, for at most `limit` of time in which it does not stand still.
    ///
    /// # Errors
    /// [`Death`], with all that `life` held dropped: whoever takes the place has none of it.
    pub async fn live<F: Future>(
        &self,
        limit: Duration,
        executions: Vec<ExecutionId>,
        life: F,
    ) -> Result<F::Output, Death> {
        let began = self.sim.era.now();
        self.begin(began, executions);
        *self.state() = State::default();
        let mut life = pin!(life);
        let mut thaw = pin!(sleep(Duration::ZERO));
        let mut over = pin!(sleep(limit));
        let mut stood_still = false;
        std::future::poll_fn(|context| {
            loop {
                let state = *self.state();
                if state.is_dead {
                    return Poll::Ready(Err(Death::Crash));
                }
                if let Some(until) = state.still_until {
                    stood_still = true;
                    thaw.as_mut().reset(until);
                    if thaw.as_mut().poll(context).is_pending() {
                        return Poll::Pending;
                    }
                    self.state().still_until = None;
                }
                let polled = life.as_mut().poll(context);
                let state = *self.state();
                if let Poll::Ready(output) = polled
                    && !state.is_dead
                {
                    return Poll::Ready(Ok(output));
                }
                if state.is_dead || state.still_until.is_some() {
                    continue;
                }
                // What stood still is not also cut off: how a zombie goes on is what is to be seen.
                if !stood_still && over.as_mut().poll(context).is_ready() {
                    return Poll::Ready(Err(Death::Timeout));
                }
                return Poll::Pending;
            }
        })
        .await
    }

    fn begin(&self, began: DateTime<Utc>, executions: Vec<ExecutionId>) {
        let mut log = self.sim.log();
        self.invocation
            .store(log.invocations.len(), Ordering::Relaxed);
        log.event(began, &|| {
            format!("{} begins {} messages", self.name, executions.len())
        });
        log.invocations.push(Invocation {
            process: self.name.clone(),
            began,
            executions,
            faults: Vec::new(),
        });
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits while the process stands still, as seen by what runs in it.
pub async fn until_thawed(seat: &Seat) {
    let until = seat.state().still_until;
    if let Some(until) = until {
        sleep_until(until).await;
    }
}
