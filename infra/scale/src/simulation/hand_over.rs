//! Messages are handed over to invocations, as fast as the event source, the account and the queue let it; and invocations
//! end.

use super::{Invocation, Simulation};
use crate::agenda::{Event, Step};
use crate::outcome::Limit;
use crate::platform::cpu;
use crate::time::{Micros, seconds};

impl Simulation<'_> {
    /// Hands messages over while the event source, the account and the queue let it.
    pub(super) fn poll(&mut self, now: Micros) {
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
    pub(super) fn half_cpu(&self) -> Micros {
        let ms = self.platform.protocol.worker_cpu_ms / 2.0;
        cpu(&self.platform.lambda, ms, self.setup.worker_memory_mb)
    }

    /// One of the invocation's messages is done with.
    pub(super) fn settle(&mut self, number: usize, at: Micros) {
        let invocation = &mut self.invocations[number];
        invocation.open -= 1;
        invocation.ends_at = invocation.ends_at.max(at);
        if invocation.open == 0 {
            let at = invocation.ends_at;
            self.agenda.add(at, Event::End(number));
        }
    }

    pub(super) fn end(&mut self, number: usize, now: Micros) {
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
}
