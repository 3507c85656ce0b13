//! A worker that has registered. It is known for as long as it is heard of, and for a day after that.

use chrono::serde::ts_milliseconds;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{WorkName, WorkerName};
use crate::domain::{UserId, WorkerId};

/// How many workers a user may have registered at once.
pub const MAX_WORKERS: usize = 100;
/// How many works one worker takes: each is asked for by a query of its own.
pub const MAX_WORKS: usize = 10;

/// A worker, as registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullWorker {
    /// Its identity: made by Punctual when it registers.
    pub id: WorkerId,
    /// Whose work it takes.
    pub user: UserId,
    /// What it calls itself.
    pub name: WorkerName,
    /// The works that it takes.
    pub works: Vec<WorkName>,
    /// When it registered.
    #[serde(with = "ts_milliseconds")]
    pub registered_at: DateTime<Utc>,
    /// When it was last known to ask for work, to the minute.
    #[serde(with = "ts_milliseconds")]
    pub seen_at: DateTime<Utc>,
}

impl PullWorker {
    /// How long a silent worker is remembered.
    const RETENTION: TimeDelta = TimeDelta::days(1);
    /// Seen again sooner than this, it is not worth a write.
    const SEEN_EVERY: TimeDelta = TimeDelta::minutes(1);

    /// When it is forgotten, unless it is heard of.
    pub fn keep_until(&self) -> DateTime<Utc> {
        self.seen_at + Self::RETENTION
    }

    /// The worker after it was heard of at `now`, if that is worth writing down.
    pub fn seen(&self, now: DateTime<Utc>) -> Option<Self> {
        let news = now - self.seen_at >= Self::SEEN_EVERY;
        news.then(|| Self {
            seen_at: now,
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_noted_once_a_minute_and_remembered_for_a_day() {
        let now = DateTime::UNIX_EPOCH;
        let worker = PullWorker {
            id: WorkerId::from_random(1),
            user: UserId::new("ann").unwrap(),
            name: WorkerName::try_from("host 7".to_owned()).unwrap(),
            works: Vec::new(),
            registered_at: now,
            seen_at: now,
        };
        assert_eq!(worker.seen(now + TimeDelta::seconds(59)), None);
        let later = now + TimeDelta::seconds(60);
        let seen = worker.seen(later).unwrap();
        assert_eq!((seen.seen_at, seen.registered_at), (later, now));
        assert_eq!(seen.keep_until(), later + TimeDelta::days(1));
        let stored = serde_json::to_string(&seen).unwrap();
        assert_eq!(serde_json::from_str::<PullWorker>(&stored).unwrap(), seen);
    }
}
