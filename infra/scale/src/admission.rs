//! How much a tick lets into the queue for each minute: as much as the workers can take in it, by what was measured. The
//! rule of `shared/src/plan/pressure/capacity.rs`, for one band.

use std::collections::BTreeMap;

use crate::platform::Protocol;

/// What a tick sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Messages that could be received now.
    pub ready: u64,
    /// How many the workers take in a minute.
    pub capacity: u64,
}

impl Load {
    /// With so many `places`, of which `runs` messages took each one for `busy_ms` in all lately.
    pub fn measured(
        protocol: &Protocol,
        places: f64,
        ready: u64,
        (runs, busy_ms): (f64, f64),
    ) -> Self {
        // Ten runs of the assumed length weigh in before anything was measured.
        let assumed = 10.0;
        let mean_ms = (busy_ms + assumed * protocol.assumed_run_ms) / (runs + assumed);
        let capacity = places * 60_000.0 / mean_ms.max(protocol.shortest_run_ms);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and far below 2^64"
        )]
        let capacity = (capacity as u64).max(1);
        Self { ready, capacity }
    }
}

/// How many were let in, by the minute in which they arrive.
#[derive(Clone, Debug, Default)]
pub struct Admissions(BTreeMap<u64, u64>);

impl Admissions {
    /// Drops what is past.
    pub fn forget_before(&mut self, minute: u64) {
        self.0 = self.0.split_off(&minute);
    }

    /// Notes that `count` more arrive in `minute`.
    pub fn add(&mut self, minute: u64, count: u64) {
        *self.0.entry(minute).or_default() += count;
    }

    /// How many more may arrive in `minute`, seen from `present`.
    pub fn room(&self, load: Load, present: u64, minute: u64) -> u64 {
        let admitted = |minute: u64| self.0.get(&minute).copied().unwrap_or_default();
        let left_over = (present..minute).fold(load.ready, |waiting, before| {
            (waiting + admitted(before)).saturating_sub(load.capacity)
        });
        let taken = left_over + admitted(minute);
        load.capacity.saturating_sub(taken)
    }
}
