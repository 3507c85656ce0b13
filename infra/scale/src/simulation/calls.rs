//! What an invocation does with each of its messages: the calls of the protocol, one after the other, each of which a table
//! may throttle.

use super::Simulation;
use crate::agenda::{Event, Message, Step};
use crate::runs::Claimed;
use crate::table::Answer;
use crate::time::{Micros, SECOND};

impl Simulation<'_> {
    pub(super) fn call(
        &mut self,
        invocation: usize,
        index: usize,
        step: Step,
        tries: u32,
        now: Micros,
    ) {
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
            let protocol = &self.platform.protocol;
            // Soon at first, each time four times later; from the fourth time on, when its visibility ends.
            let at = match message.receives {
                tries @ 1..=3 => now + (protocol.soon << (2 * (tries - 1))),
                _ => received_at + protocol.visibility,
            };
            self.hand_over_again(message, at.max(now));
        }
        self.settle(invocation, now);
    }

    pub(super) fn hand_over_again(&mut self, message: Message, at: Micros) {
        self.agenda.add(at, Event::Ready(vec![message]));
    }
}
