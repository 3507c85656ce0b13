//! Spares hosts that fail, between the judgement and the run: what may not be called yet gives its claim back, so no
//! attempt is used up. How calls fared is noted once their end is on record. What a worker knows of hosts is bounded, and
//! no harm is done if it forgets: it learns it again from the next failure.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::claiming::Won;
use crate::domain::{Execution, HostBreaker, HostKey, HostState, Job, Stamp};
use crate::jobtype::Registry;
use crate::plan::{Pass, RecentCalls, after_call, fared, lease, pass};
use crate::port::{Clock, Entropy, HostBreakers, PortResult, Put};
use crate::usecase::{RACES, World};

/// For how long a breaker that was read is believed, unless it says itself until when it is open.
const BELIEVED_FOR: TimeDelta = TimeDelta::seconds(3);

/// Of how many hosts something is known at most.
const MAX_HOSTS: usize = 10_000;

/// What a worker knows of the hosts that its jobs call.
#[derive(Debug, Default)]
pub(super) struct HostWatch(Mutex<HashMap<HostKey, Known>>);

#[derive(Debug, Default)]
struct Known {
    recent: RecentCalls,
    breaker: Option<HostBreaker>,
    read_at: Option<DateTime<Utc>>,
}

impl Known {
    fn is_in_doubt(&self, now: DateTime<Utc>) -> bool {
        let closed = |breaker: &HostBreaker| matches!(breaker.state, HostState::Closed { .. });
        self.recent.any_failed(now) || !self.breaker.as_ref().is_none_or(closed)
    }

    /// Whether what is known is good enough to go by.
    fn is_believed(&self, now: DateTime<Utc>) -> bool {
        let is_open = self.breaker.as_ref().is_some_and(
            |breaker| matches!(breaker.state, HostState::Open { until } if until > now),
        );
        is_open
            || self
                .read_at
                .is_some_and(|read_at| now - read_at < BELIEVED_FOR)
    }
}

/// What a host answered to a knock.
#[derive(Debug)]
pub(super) enum Knock {
    /// It may be called, or the job calls no host.
    Open(Visit),
    /// It may not be called before this instant.
    NotBefore(DateTime<Utc>),
}

/// A call that is about to be made.
#[derive(Debug)]
pub(super) struct Visit {
    host: Option<HostKey>,
    /// By the breaker that was written for it, if the host is judged by this call.
    probe: Option<HostBreaker>,
}

impl HostWatch {
    fn known(&self) -> MutexGuard<'_, HashMap<HostKey, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, key: &HostKey, change: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.known();
        if known.len() >= MAX_HOSTS && !known.contains_key(key) {
            known.clear();
        }
        change(known.entry(key.clone()).or_default())
    }

    fn learn(&self, key: &HostKey, breaker: Option<&HostBreaker>, now: DateTime<Utc>) {
        self.with(key, |known| {
            known.breaker = breaker.cloned();
            known.read_at = Some(now);
        });
    }
}

/// Asks whether `won`, an execution of `job`, may call its host.
pub(super) async fn knock(
    world: &impl World,
    watch: &HostWatch,
    registry: &Registry,
    job: &Job,
    won: &Won,
) -> PortResult<Knock> {
    let Some(destination) = registry.destination(&job.job_type, &job.payload) else {
        let (host, probe) = (None, None);
        return Ok(Knock::Open(Visit { host, probe }));
    };
    let key = HostKey {
        user: job.user.clone(),
        destination,
    };
    let free = |key, probe| {
        let host = Some(key);
        Ok(Knock::Open(Visit { host, probe }))
    };
    let now = world.clock().now();
    let (in_doubt, believed, breaker) = watch.with(&key, |known| {
        // A retry has met a failure, be it in another worker.
        let in_doubt = won.record.attempt > 1 || known.is_in_doubt(now);
        (in_doubt, known.is_believed(now), known.breaker.clone())
    });
    if !in_doubt {
        return free(key, None);
    }
    let mut breaker = if believed {
        breaker
    } else {
        let read = world.store().host_breaker(&key).await?;
        watch.learn(&key, read.as_ref(), now);
        read
    };
    for _ in 0..RACES {
        let now = world.clock().now();
        let ends_by = lease(job.timeout_seconds.duration(), now);
        let stamp = Stamp(world.entropy().next_u64());
        let probe = match pass(breaker.as_ref(), ends_by, now, stamp) {
            Pass::Free => return free(key, None),
            Pass::NotBefore(at) => return Ok(Knock::NotBefore(at)),
            Pass::Probe(probe) => probe,
        };
        let expected = breaker.as_ref().map(|breaker| breaker.stamp);
        match world
            .store()
            .put_host_breaker(&key, &probe, expected)
            .await?
        {
            Put::Written => {
                watch.learn(&key, Some(&probe), now);
                return free(key, Some(probe));
            }
            Put::Refused(found) => {
                watch.learn(&key, found.as_ref(), now);
                breaker = found;
            }
        }
    }
    // Whoever won the race makes the call by which the host is judged.
    Ok(Knock::NotBefore(world.clock().now()))
}

/// Notes how a visit went, by the record of its end; without one, nothing was seen of the host. Its end is on record, so
/// nothing here may fail it: what could not be written is learnt again.
pub(super) async fn leave(
    world: &impl World,
    watch: &HostWatch,
    visit: Visit,
    ended: Option<&Execution>,
) {
    let Visit {
        host: Some(key),
        probe,
    } = visit
    else {
        return;
    };
    let now = world.clock().now();
    let stamp = Stamp(world.entropy().next_u64());
    let fared = ended.and_then(fared);
    let (breaker, next) = watch.with(&key, |known| {
        if let Some(well) = fared {
            known.recent.note(well, now);
        }
        let breaker = probe.as_ref().or(known.breaker.as_ref());
        let next = after_call(breaker, probe.is_some(), fared, &known.recent, now, stamp);
        if next.is_some() {
            // Judged afresh after every change, or the past would open it again.
            known.recent = RecentCalls::default();
        }
        (breaker.cloned(), next)
    });
    let Some(next) = next else { return };
    let expected = breaker.map(|breaker| breaker.stamp);
    match world.store().put_host_breaker(&key, &next, expected).await {
        Ok(Put::Written) => {
            tracing::info!(host = %key.destination, user = %key.user, state = ?next.state, "breaker");
            watch.learn(&key, Some(&next), now);
        }
        Ok(Put::Refused(found)) => watch.learn(&key, found.as_ref(), now),
        Err(error) => {
            tracing::warn!(%error, host = %key.destination, "a breaker could not be written");
        }
    }
}
