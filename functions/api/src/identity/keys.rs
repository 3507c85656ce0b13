//! The issuer's keys, kept for a while. However many tokens name keys that nobody knows, the issuer is asked at most
//! once in [`RETRY`]; while it does not answer, the keys it gave last serve on, but not for ever.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use punctual::edge::error_chain;
use tokio::sync::Mutex;

use super::Refusal;
use super::jwk::{Key, KeySet};
use super::source::KeySource;

/// Keys older than this are asked for anew, so that a key taken back stops serving.
pub const REFRESH: TimeDelta = TimeDelta::minutes(10);
/// Keys older than this serve no more, whether or not the issuer answers. API Gateway may keep them as long
/// (developer guide, "Control access to HTTP APIs with JWT authorizers").
pub const STALE_LIMIT: TimeDelta = TimeDelta::hours(2);
/// The issuer is not asked twice within this, for whatever reason.
pub const RETRY: TimeDelta = TimeDelta::seconds(30);

/// The keys, and where they come from.
pub struct Keys {
    source: Box<dyn KeySource>,
    known: RwLock<Known>,
    /// Held by the one request that asks the issuer.
    asking: Mutex<()>,
}

#[derive(Default)]
struct Known {
    set: KeySet,
    fetched_at: Option<DateTime<Utc>>,
    tried_at: Option<DateTime<Utc>>,
}

/// What is known of one key id.
struct Found {
    key: Result<Arc<Key>, Refusal>,
    /// Whether the issuer should be asked.
    ask: bool,
}

impl Known {
    fn look_up(&self, id: &str, now: DateTime<Utc>) -> Found {
        // A clock that was put back must not keep keys, or silence, for longer: distance counts, not direction.
        let since = |instant: DateTime<Utc>| (now - instant).abs();
        let age = self.fetched_at.map(since).filter(|age| *age <= STALE_LIMIT);
        let key = match age {
            None => Err(Refusal::NoKeys),
            Some(_) => self
                .set
                .get(id)
                .cloned()
                .ok_or(Refusal::Invalid("the token's key is not known")),
        };
        let may_ask = self.tried_at.is_none_or(|tried| since(tried) >= RETRY);
        let wanted = key.is_err() || age.is_some_and(|age| age >= REFRESH);
        Found {
            key,
            ask: may_ask && wanted,
        }
    }
}

impl Keys {
    /// Keys from `source`, which is not asked before the first token comes.
    pub fn of(source: impl KeySource + 'static) -> Self {
        Self {
            source: Box::new(source),
            known: RwLock::default(),
            asking: Mutex::default(),
        }
    }

    /// The key of this id; asks the issuer if it is time to.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] if the issuer does not know the id; [`Refusal::NoKeys`] if it gave no keys for too long.
    pub async fn get(&self, id: &str, now: DateTime<Utc>) -> Result<Arc<Key>, Refusal> {
        let found = self.look_up(id, now);
        if found.key.is_ok() {
            if !found.ask {
                return found.key;
            }
            // It only grows old: one request asks, and the others go on with what there is.
            let Ok(_asking) = self.asking.try_lock() else {
                return found.key;
            };
            self.ask(now).await;
        } else {
            // Also where the issuer may not be asked: somebody may be asking just now, for this one, too.
            let _asking = self.asking.lock().await;
            if self.look_up(id, now).ask {
                self.ask(now).await;
            }
        }
        self.look_up(id, now).key
    }

    fn look_up(&self, id: &str, now: DateTime<Utc>) -> Found {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.look_up(id, now)
    }

    async fn ask(&self, now: DateTime<Utc>) {
        // Before the call: a caller who hangs up meanwhile must not buy another one.
        self.change(|known| known.tried_at = Some(now));
        match self.source.fetch().await {
            Ok(set) => self.change(|known| {
                known.set = set;
                known.fetched_at = Some(now);
            }),
            Err(error) => {
                tracing::warn!(
                    error = error_chain(&error),
                    "the issuer's keys were not renewed"
                );
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }
}
