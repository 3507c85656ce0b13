//! When a host is spared. Failures are counted where they are met, in each worker; what follows from them is shared. The
//! state is asked for only where there is doubt, and written only when it changes: a host that is well costs nothing.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{Execution, ExecutionState, HostBreaker, HostState, Reason, Stamp};

/// How many of the latest calls count.
const REMEMBERED: usize = 20;

/// For how long they do.
const COUNTS_FOR: TimeDelta = TimeDelta::seconds(60);

/// So many failures open it, if they are at least half of the calls.
const FAILURES: usize = 5;

/// How long it is open the first time; doubled each time that a probe fails.
const FIRST_COOL_DOWN: TimeDelta = TimeDelta::seconds(10);

/// The longest that it is open at a time.
pub(super) const LONGEST_COOL_DOWN: TimeDelta = TimeDelta::minutes(5);

/// How the latest calls to a host fared, as one worker saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecentCalls(VecDeque<(DateTime<Utc>, bool)>);

impl RecentCalls {
    /// Adds a call that ended at `now`, well or not.
    pub fn note(&mut self, well: bool, now: DateTime<Utc>) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((now, well));
    }

    /// Whether one of them failed.
    pub fn any_failed(&self, now: DateTime<Utc>) -> bool {
        self.counting(now).any(|well| !well)
    }

    /// Whether so many failed that the host is to be spared.
    pub fn open_it(&self, now: DateTime<Utc>) -> bool {
        let calls = self.counting(now).count();
        let failures = self.counting(now).filter(|well| !well).count();
        failures >= FAILURES && 2 * failures >= calls
    }

    fn counting(&self, now: DateTime<Utc>) -> impl Iterator<Item = bool> + '_ {
        let calls = self.0.iter();
        calls.filter_map(move |(at, well)| (now - *at < COUNTS_FOR).then_some(*well))
    }
}

/// How the host fared in the last attempt of `execution`, by its record: well, badly, or nothing can be said. An answer
/// is an answer; only the server's own trouble, or none at all, counts against the host.
pub fn fared(execution: &Execution) -> Option<bool> {
    use Reason::{
        AttemptFailed, ConnectFailed, DnsFailed, Rejected, ResponseBroken, TimedOut, TlsFailed,
    };
    if execution.state == ExecutionState::Succeeded {
        return Some(true);
    }
    let ended_badly = matches!(
        execution.state,
        ExecutionState::RetryWait | ExecutionState::Failed | ExecutionState::Dead
    );
    let error = execution
        .errors
        .last()
        .filter(|error| error.attempt == execution.attempt);
    match error.filter(|_| ended_badly)?.reason {
        ConnectFailed | DnsFailed | ResponseBroken | TimedOut | TlsFailed => Some(false),
        AttemptFailed | Rejected => {
            let status = execution.output.as_ref()?.get("status")?.as_u64()?;
            Some(status < 500)
        }
        _ => None,
    }
}

/// Whether a call may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pass {
    /// It may.
    Free,
    /// It may once this is written: it is the one by which the host is judged.
    Probe(HostBreaker),
    /// Not before this instant.
    NotBefore(DateTime<Utc>),
}

/// Asks for a call that is over by `ends_by`.
pub fn pass(
    breaker: Option<&HostBreaker>,
    ends_by: DateTime<Utc>,
    now: DateTime<Utc>,
    stamp: Stamp,
) -> Pass {
    match breaker.map(|breaker| (breaker.state, breaker.trips)) {
        None | Some((HostState::Closed { .. }, _)) => Pass::Free,
        Some((HostState::Open { until } | HostState::Probing { until }, _)) if until > now => {
            Pass::NotBefore(until)
        }
        Some((_, trips)) => Pass::Probe(HostBreaker {
            state: HostState::Probing { until: ends_by },
            trips,
            stamp,
        }),
    }
}

/// What a call's end makes of the breaker, if it changes it. A `probe` always does; of other calls, what `recent` says
/// with this one in it.
pub fn after_call(
    breaker: Option<&HostBreaker>,
    probe: bool,
    fared: Option<bool>,
    recent: &RecentCalls,
    now: DateTime<Utc>,
    stamp: Stamp,
) -> Option<HostBreaker> {
    let trips = breaker.map_or(0, |breaker| breaker.trips);
    let (state, trips) = match (probe, fared) {
        (true, Some(true)) => (HostState::Closed { since: now }, 0),
        (true, Some(false)) => opened(trips + 1, now),
        // It saw nothing of the host: whoever is next may see.
        (true, None) => (HostState::Open { until: now }, trips),
        (false, Some(false)) if recent.open_it(now) && is_closed(breaker) => opened(1, now),
        (false, _) => return None,
    };
    Some(HostBreaker {
        state,
        trips,
        stamp,
    })
}

fn is_closed(breaker: Option<&HostBreaker>) -> bool {
    breaker.is_none_or(|breaker| matches!(breaker.state, HostState::Closed { .. }))
}

fn opened(trips: u32, now: DateTime<Utc>) -> (HostState, u32) {
    let doubled = FIRST_COOL_DOWN * (1 << trips.saturating_sub(1).min(10));
    let until = now + doubled.min(LONGEST_COOL_DOWN);
    (HostState::Open { until }, trips)
}
