//! What happens next: events in the order of time, and of their making where their time is the same.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::admission::Admissions;
use crate::time::Micros;

/// A message in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Whose run it asks for.
    pub job: u32,
    /// How often it was handed over.
    pub receives: u32,
}

/// What a worker does with a message, one call after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It looks at the holds.
    Holds,
    /// It claims.
    Claim,
    /// It reads the job, and then runs it.
    Read,
    /// It records the end.
    Finish,
}

/// An event.
#[derive(Clone, Debug)]
pub enum Event {
    /// A trigger fires, which is to fire at this instant of a minute, and does within a second of it.
    Tick(Micros),
    /// A bucket is checkpointed.
    Checkpoint(u64),
    /// A tick is over, and what it let in is kept.
    Keep(Admissions),
    /// Messages can be received.
    Ready(Vec<Message>),
    /// The event source may have room for more.
    Poll,
    /// An invocation makes a call for one of its messages, for the so many-th time.
    Call {
        /// Which invocation.
        invocation: usize,
        /// Which message of it.
        index: usize,
        /// Which call.
        step: Step,
        /// How often it was tried before.
        tries: u32,
    },
    /// An invocation is over.
    End(usize),
}

#[derive(Debug)]
struct Entry {
    at: Micros,
    number: u64,
    event: Event,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// The events to come.
#[derive(Debug, Default)]
pub struct Agenda {
    entries: BinaryHeap<Reverse<Entry>>,
    number: u64,
    ticks: usize,
}

impl Agenda {
    /// Adds one.
    pub fn add(&mut self, at: Micros, event: Event) {
        self.number += 1;
        self.ticks += usize::from(matches!(event, Event::Tick(_)));
        let number = self.number;
        self.entries.push(Reverse(Entry { at, number, event }));
    }

    /// Takes out the next.
    pub fn pop(&mut self) -> Option<(Micros, Event)> {
        let Reverse(Entry { at, event, .. }) = self.entries.pop()?;
        self.ticks -= usize::from(matches!(event, Event::Tick(_)));
        Some((at, event))
    }

    /// Whether nothing but ticks is to come.
    pub fn only_ticks(&self) -> bool {
        self.entries.len() == self.ticks
    }
}
