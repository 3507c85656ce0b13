//! A queue: its messages, and when each can be seen next. Every message has one place in that order, and goes only when it
//! is deleted, purged, too old, or handed over too often.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value as Json;

/// Says where messages go that have been handed over too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redrive {
    /// The dead-letter queue's name.
    pub(super) to: String,
    pub(super) max_receive_count: u32,
}

/// What has been said of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) visibility: TimeDelta,
    pub(super) retention: TimeDelta,
    pub(super) delay: TimeDelta,
    pub(super) wait_seconds: u32,
    pub(super) max_bytes: usize,
    pub(super) redrive: Option<Redrive>,
    /// As they were said, for GetQueueAttributes.
    pub(super) said: BTreeMap<String, String>,
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: String,
    pub(super) attributes: Option<Json>,
    /// System attributes that the sender gave: the group, the trace.
    pub(super) given: BTreeMap<&'static str, String>,
    pub(super) sent_at: DateTime<Utc>,
    pub(super) visible_at: DateTime<Utc>,
    pub(super) received: u32,
    pub(super) first_received_at: Option<DateTime<Utc>>,
    pub(super) last_received_at: Option<DateTime<Utc>>,
    /// The queue that gave it up.
    pub(super) given_up_by: Option<String>,
}

/// How many messages are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// They can be received.
    pub visible: usize,
    /// They have been received, and are hidden.
    pub in_flight: usize,
    /// Their delay is not over.
    pub delayed: usize,
}

/// A queue. Messages have numbers, in the order in which they came.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    pub(super) name: String,
    pub(super) settings: Settings,
    pub(super) created_at: DateTime<Utc>,
    messages: BTreeMap<u64, Message>,
    by_visibility: BTreeSet<(DateTime<Utc>, u64)>,
    by_age: BTreeSet<(DateTime<Utc>, u64)>,
}

impl Queue {
    pub(super) fn new(name: String, settings: Settings, created_at: DateTime<Utc>) -> Self {
        Self {
            name,
            settings,
            created_at,
            messages: BTreeMap::new(),
            by_visibility: BTreeSet::new(),
            by_age: BTreeSet::new(),
        }
    }

    pub(super) fn insert(&mut self, number: u64, message: Message) {
        self.by_visibility.insert((message.visible_at, number));
        self.by_age.insert((message.sent_at, number));
        self.messages.insert(number, message);
    }

    pub(super) fn get(&self, number: u64) -> Option<&Message> {
        self.messages.get(&number)
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Message> {
        let message = self.messages.remove(&number)?;
        self.by_visibility.remove(&(message.visible_at, number));
        self.by_age.remove(&(message.sent_at, number));
        Some(message)
    }

    pub(super) fn purge(&mut self) {
        self.messages.clear();
        self.by_visibility.clear();
        self.by_age.clear();
    }

    /// Lets go what has been kept for long enough; returns how many those were.
    pub(super) fn expire(&mut self, now: DateTime<Utc>) -> usize {
        let mut expired = 0;
        while let Some(&(sent_at, number)) = self.by_age.first()
            && sent_at + self.settings.retention <= now
        {
            self.remove(number);
            expired += 1;
        }
        expired
    }

    /// The numbers of messages that can be received now, those first that could be first.
    pub(super) fn visible(&self, now: DateTime<Utc>) -> impl Iterator<Item = u64> {
        let visible = self.by_visibility.range(..=(now, u64::MAX));
        visible.map(|(_, number)| *number)
    }

    /// When the next message that is hidden now can be seen.
    pub(super) fn next_visible_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let later = (now, u64::MAX);
        let bounds = (std::ops::Bound::Excluded(later), std::ops::Bound::Unbounded);
        self.by_visibility.range(bounds).next().map(|(at, _)| *at)
    }

    /// Hides a message until `until`.
    pub(super) fn hide(&mut self, number: u64, until: DateTime<Utc>) {
        if let Some(message) = self.messages.get_mut(&number) {
            self.by_visibility.remove(&(message.visible_at, number));
            message.visible_at = until;
            self.by_visibility.insert((until, number));
        }
    }

    /// Hands a message over: counts it, and hides it until `until`.
    pub(super) fn hand_over(&mut self, number: u64, now: DateTime<Utc>, until: DateTime<Utc>) {
        self.hide(number, until);
        if let Some(message) = self.messages.get_mut(&number) {
            message.received += 1;
            message.first_received_at.get_or_insert(now);
            message.last_received_at = Some(now);
        }
    }

    pub(super) fn counts(&self, now: DateTime<Utc>) -> Counts {
        let mut counts = Counts::default();
        for (at, number) in &self.by_visibility {
            let is_new = self
                .get(*number)
                .is_some_and(|message| message.received == 0);
            match (*at <= now, is_new) {
                (true, _) => counts.visible += 1,
                (false, true) => counts.delayed += 1,
                (false, false) => counts.in_flight += 1,
            }
        }
        counts
    }

    /// How long the oldest message has been there.
    pub(super) fn oldest_age(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        self.by_age.first().map(|(sent_at, _)| now - *sent_at)
    }
}
