//! Limits that jobs share, as queues of their own before the workers: who finds no slot waits, and takes no place.

use std::collections::HashMap;

use super::band::Cohort;
use super::lateness::Waits;
use crate::domain::{AgendaEntry, Band, MaxConcurrency, RatePerMinute, SlotKey};

/// How many starts of limited jobs are followed, at the most. What is beyond it passes as if it were not limited.
const FOLLOWED: usize = 2_000_000;

/// Pieces into which those who come together are cut, as they pass one after the other.
const PIECES: u32 = 60;

/// What shares a limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Limited {
    /// What shares slots today.
    Key(SlotKey),
    /// Everything that the change is about.
    Changed,
}

#[derive(Debug, Default)]
struct Gate {
    at_once: Option<u32>,
    rate: Option<RatePerMinute>,
    came: Vec<(i64, u32, Band)>,
}

/// All limits.
#[derive(Debug, Default)]
pub(super) struct Gates {
    all: HashMap<Limited, Gate>,
    followed: usize,
}

impl Gates {
    /// Notes that `weight` jobs like `entry` start at `second`, limited as they say, or by `instead`. `false`: they are not
    /// limited, or there are too many to follow.
    pub(super) fn come(
        &mut self,
        entry: &AgendaEntry,
        instead: Option<MaxConcurrency>,
        (second, weight): (i64, u32),
    ) -> bool {
        let limited = match instead {
            Some(_) => Some(Limited::Changed),
            None => entry.slot_key().map(Limited::Key),
        };
        let Some(limited) = limited.filter(|_| self.followed < FOLLOWED) else {
            return false;
        };
        self.followed += 1;
        let gate = self.all.entry(limited).or_default();
        if let Some(most) = instead.or(entry.max_concurrency).map(u32::from) {
            gate.at_once = Some(gate.at_once.map_or(most, |least| least.min(most)));
        }
        if instead.is_none() {
            gate.rate = gate.rate.or(entry.rate_per_minute);
        }
        gate.came.push((second, weight, entry.priority.band()));
        true
    }

    /// Lets those pass who are planned at all, first come, first served; each holds its slot for as long as `mean` says of
    /// its band, in seconds. What comes out of all gates is in the order of time.
    pub(super) fn pass(
        self,
        mean: impl Fn(Band) -> f64,
        is_planned: impl Fn(i64) -> bool,
        waits: &mut Waits,
    ) -> Vec<(Band, Cohort)> {
        let mut passed = Vec::new();
        for (_, mut gate) in self.all {
            gate.came.retain(|(second, weight, _)| {
                let planned = is_planned(*second);
                waits.never += if planned { 0.0 } else { f64::from(*weight) };
                planned
            });
            gate.came.sort_unstable();
            gate.pass(&mean, &mut passed);
        }
        passed.sort_unstable_by(|(_, one), (_, other)| {
            let key = |cohort: &Cohort| {
                (
                    cohort.at,
                    cohort.waited.0.to_bits(),
                    cohort.starts.to_bits(),
                )
            };
            key(one).cmp(&key(other))
        });
        passed
    }
}

impl Gate {
    fn pass(&self, mean: impl Fn(Band) -> f64, passed: &mut Vec<(Band, Cohort)>) {
        // When the slots, all together, have nothing left to do.
        let mut busy_until = f64::NEG_INFINITY;
        for (second, weight, band) in &self.came {
            let come = float(*second);
            let (slots, rate) = (self.at_once.map(f64::from), self.rate.map(u32::from));
            let each = slots.map_or(0.0, |slots| mean(*band) / slots);
            let each = rate.map_or(each, |rate| each.max(60.0 / f64::from(rate)));
            // So many find a free slot before anybody has to wait for one.
            let spare = slots.map_or(0.0, |slots| (slots - 1.0) * each);
            let burst = self
                .rate
                .map_or(f64::INFINITY, |rate| f64::from(rate.burst() - 1) * each);
            let ahead = if slots.is_some() {
                spare.min(burst)
            } else {
                burst
            };
            let begin = busy_until.max(come);
            busy_until = begin + each * f64::from(*weight);
            let pieces = (*weight).min(PIECES);
            let starts = f64::from(*weight) / f64::from(pieces.max(1));
            for piece in 0..pieces {
                let wait =
                    |index: u32| (begin + each * starts * f64::from(index) - ahead - come).max(0.0);
                // A single one passes when its turn comes, not in the course of it.
                let last = if pieces == *weight { piece } else { piece + 1 };
                let waited = (wait(piece), wait(last));
                #[expect(clippy::cast_possible_truncation, reason = "seconds of some months")]
                let whole = waited.0 as i64;
                let at = second + whole;
                passed.push((*band, Cohort { at, starts, waited }));
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
fn float(seconds: i64) -> f64 {
    seconds as f64
}
