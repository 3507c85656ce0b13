//! Secrets, remembered for a minute by the function that read them: a herd of jobs reads each once, and a secret that is
//! replaced is in use a minute later. That there is none is not remembered.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{SecretName, SecretText, UserId};
use crate::port::{Clock, PortResult, Secrets};

/// How long a secret is remembered.
pub const SECRET_LIFETIME: TimeDelta = TimeDelta::seconds(60);
/// How many are remembered at once.
const CAPACITY: usize = 1_000;

/// Remembers what `inner` answers.
pub struct RememberedSecrets<K, C> {
    inner: K,
    clock: C,
    known: Mutex<HashMap<(UserId, SecretName), Known>>,
}

struct Known {
    text: SecretText,
    until: DateTime<Utc>,
}

impl<K, C> RememberedSecrets<K, C> {
    /// Nothing is known at first.
    pub fn new(inner: K, clock: C) -> Self {
        let known = Mutex::default();
        Self {
            inner,
            clock,
            known,
        }
    }
}

impl<K: Secrets, C: Clock> Secrets for RememberedSecrets<K, C> {
    async fn secret(&self, owner: &UserId, name: &SecretName) -> PortResult<Option<SecretText>> {
        let key = (owner.clone(), name.clone());
        let now = self.clock.now();
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(found) = known.get(&key).filter(|found| now < found.until) {
                return Ok(Some(found.text.clone()));
            }
        }
        let found = self.inner.secret(owner, name).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match &found {
            None => {
                known.remove(&key);
            }
            Some(text) => {
                if known.len() >= CAPACITY {
                    known.retain(|_, other| now < other.until);
                }
                if known.len() >= CAPACITY {
                    known.clear();
                }
                let text = text.clone();
                let until = now + SECRET_LIFETIME;
                known.insert(key, Known { text, until });
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

    use super::*;

    struct Counted(AtomicU32);

    impl Secrets for &Counted {
        async fn secret(
            &self,
            owner: &UserId,
            name: &SecretName,
        ) -> PortResult<Option<SecretText>> {
            let asked = self.0.fetch_add(1, Ordering::SeqCst);
            let text = format!("{owner} {name} {asked}");
            Ok((name.as_str() != "none").then(|| SecretText::new(text)))
        }
    }

    struct At<'a>(&'a AtomicI64);

    impl Clock for At<'_> {
        fn now(&self) -> DateTime<Utc> {
            DateTime::from_timestamp_secs(self.0.load(Ordering::SeqCst)).unwrap()
        }

        async fn sleep_until(&self, _: DateTime<Utc>) {}
    }

    #[tokio::test]
    async fn a_secret_is_read_once_a_minute_and_for_each_owner() {
        let (counted, time) = (Counted(AtomicU32::new(0)), AtomicI64::new(0));
        let secrets = RememberedSecrets::new(&counted, At(&time));
        for (second, owner, name, expected) in [
            (0, "ann", "a", Some("ann a 0")),
            (59, "ann", "a", Some("ann a 0")),
            (59, "bob", "a", Some("bob a 1")),
            (59, "ann", "sm:a", Some("ann sm:a 2")),
            (60, "ann", "a", Some("ann a 3")),
            (60, "ann", "none", None),
            (61, "ann", "none", None),
        ] {
            time.store(second, Ordering::SeqCst);
            let (owner, name) = (UserId::new(owner).unwrap(), name.parse().unwrap());
            let found = secrets.secret(&owner, &name).await.unwrap();
            assert_eq!(found.as_ref().map(SecretText::reveal), expected);
        }
        assert_eq!(counted.0.load(Ordering::SeqCst), 6);
    }
}
