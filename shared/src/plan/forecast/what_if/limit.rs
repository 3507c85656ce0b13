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

#[cfg(test)]
mod tests {
    use super::*;

    const BAND: Band = Band::Normal;

    /// What comes out of one gate: when, how many, and how long they have waited.
    fn passed(
        at_once: Option<u32>,
        a_minute: Option<u32>,
        mean: f64,
        came: &[(i64, u32)],
    ) -> Vec<(i64, f64, (f64, f64))> {
        let gate = Gate {
            at_once,
            rate: a_minute.map(|rate| RatePerMinute::try_from(rate).unwrap()),
            came: came.iter().map(|(at, count)| (*at, *count, BAND)).collect(),
        };
        let mut passed = Vec::new();
        gate.pass(|_| mean, &mut passed);
        let told = |(_, cohort): (Band, Cohort)| (cohort.at, cohort.starts, cohort.waited);
        passed.into_iter().map(told).collect()
    }

    /// One start that comes at `at` and waits `wait` seconds.
    fn one(at: i64, wait: f64) -> (i64, f64, (f64, f64)) {
        (at, 1.0, (wait, wait))
    }

    #[test]
    fn who_finds_no_slot_waits_until_one_before_has_done_its_work() {
        // One slot, held for two seconds each; who comes in the meantime waits for all before.
        assert_eq!(
            passed(Some(1), None, 2.0, &[(100, 3), (103, 1), (200, 1)]),
            [
                one(100, 0.0),
                one(102, 2.0),
                one(104, 4.0),
                one(106, 3.0),
                one(200, 0.0)
            ]
        );
        // Two slots: one is free every second, and two at first.
        assert_eq!(
            passed(Some(2), None, 2.0, &[(100, 4)]),
            [one(100, 0.0), one(100, 0.0), one(101, 1.0), one(102, 2.0)]
        );
    }

    #[test]
    fn who_comes_too_soon_for_a_rate_waits_for_his_turn_but_for_a_burst() {
        // Twenty a minute: two together, and then one every three seconds.
        assert_eq!(
            passed(None, Some(20), 2.0, &[(100, 4)]),
            [one(100, 0.0), one(100, 0.0), one(103, 3.0), one(106, 6.0)]
        );
        // One slot has no burst; three slots are more than the burst.
        assert_eq!(
            passed(Some(1), Some(20), 1.0, &[(100, 2)]),
            [one(100, 0.0), one(103, 3.0)]
        );
        assert_eq!(
            passed(Some(3), Some(20), 1.0, &[(100, 4)]),
            [one(100, 0.0), one(100, 0.0), one(103, 3.0), one(106, 6.0)]
        );
        // Slots that are held for longer are what is wanting.
        assert_eq!(
            passed(Some(1), Some(20), 5.0, &[(100, 2)]),
            [one(100, 0.0), one(105, 5.0)]
        );
    }

    fn entry(limits: &serde_json::Value) -> AgendaEntry {
        let mut entry = serde_json::json!({
            "id": crate::domain::JobId::from_random(1), "user": "me", "job_type": "echo",
            "schedule": { "kind": "cron", "expression": "@daily" }, "concurrency_key": "crm",
        });
        let fields = entry.as_object_mut().unwrap();
        fields.extend(limits.as_object().unwrap().clone());
        serde_json::from_value(entry).unwrap()
    }

    #[test]
    fn a_key_is_limited_by_the_least_that_its_jobs_say_and_a_change_by_what_it_says() {
        let two = MaxConcurrency::try_from(2).unwrap();
        let [none, three, four, paced] = [
            serde_json::json!({}),
            serde_json::json!({ "max_concurrency": 3 }),
            serde_json::json!({ "max_concurrency": 4 }),
            serde_json::json!({ "rate_per_minute": 9 }),
        ]
        .map(|limits| entry(&limits));
        for (came, at_once, rate) in [
            (vec![(&none, None)], None, None),
            (vec![(&three, None)], Some(3), None),
            (
                vec![(&three, None), (&four, None), (&paced, None)],
                Some(3),
                Some(9),
            ),
            (vec![(&four, None), (&three, None)], Some(3), None),
            (vec![(&paced, Some(two)), (&none, Some(two))], Some(2), None),
        ] {
            let mut gates = Gates::default();
            let is_limited = came
                .iter()
                .all(|(entry, instead)| gates.come(entry, *instead, (100, 1)));
            let gate = gates.all.into_values().next().unwrap_or_default();
            assert_eq!(is_limited, gate.came.len() == came.len(), "{came:?}");
            assert_eq!(
                (gate.at_once, gate.rate.map(u32::from)),
                (at_once, rate),
                "{came:?}"
            );
        }
    }

    #[test]
    fn who_comes_when_enough_are_followed_passes() {
        let one = entry(&serde_json::json!({ "max_concurrency": 3 }));
        let mut gates = Gates {
            followed: FOLLOWED - 1,
            ..Gates::default()
        };
        assert!(gates.come(&one, None, (100, 1)));
        assert!(!gates.come(&one, None, (100, 1)));
    }

    #[test]
    fn all_gates_let_pass_what_is_planned_in_the_order_of_time() {
        let gate = |came: &[(i64, u32, Band)]| Gate {
            at_once: Some(1),
            rate: None,
            came: came.to_vec(),
        };
        let key = entry(&serde_json::json!({ "max_concurrency": 1 })).slot_key();
        let gates = Gates {
            all: HashMap::from([
                (
                    Limited::Changed,
                    gate(&[(104, 1, BAND), (100, 2, BAND), (260, 5, BAND)]),
                ),
                (
                    Limited::Key(key.unwrap()),
                    gate(&[(101, 2, Band::High), (270, 4, BAND)]),
                ),
            ]),
            followed: 0,
        };
        let mut waits = Waits::default();
        waits.never = 1.0;
        // Each holds its slot for two seconds.
        let passed = gates.pass(|_| 2.0, |second| second < 200, &mut waits);
        let passed: Vec<_> = passed
            .iter()
            .map(|(band, cohort)| (cohort.at, *band))
            .collect();
        assert_eq!(
            passed,
            [
                (100, BAND),
                (101, Band::High),
                (102, BAND),
                (103, Band::High),
                (104, BAND)
            ]
        );
        assert!((waits.never - 10.0).abs() < 1e-9, "{waits:?}");
    }

    #[test]
    fn many_who_come_together_pass_in_sixty_pieces() {
        // A hundred and twenty, one every half a second.
        let found = passed(Some(1), None, 0.5, &[(100, 120)]);
        assert_eq!(found.len(), 60);
        assert_eq!(found[0], (100, 2.0, (0.0, 1.0)));
        assert_eq!(found[59], (159, 2.0, (59.0, 60.0)));
    }
}
