//! The course of a stretch of time: what starts is planned or not, passes its limits, and comes to the workers of its band.

use chrono::DateTime;

use super::band::{Cohort, Invoked, Workers};
use super::lateness::Waits;
use super::limit::Gates;
use super::platform::READS_A_RUN;
use super::scanner::most_of_a_minute;
use super::{Assumptions, Lateness, MONTH, Outcome, PATIENCE};
use crate::domain::{Band, DISPATCH, Paid, PerBand, WORKER_GB, Window};
use crate::plan::forecast::Load;

/// What starts, by who carries it out.
pub(super) struct Starts {
    pub(super) bands: PerBand<Load>,
    /// Those that wait at a gate first; they are in no band's.
    pub(super) limited: Load,
    pub(super) gates: Gates,
    pub(super) untold: Load,
}

/// What a tick can plan of a stretch of time.
struct Planned {
    from: i64,
    minutes: Vec<u64>,
    most: u64,
}

impl Planned {
    fn is(&self, second: i64) -> bool {
        let minute = usize::try_from(second.div_euclid(60) - self.from).ok();
        let hints = minute.and_then(|minute| self.minutes.get(minute));
        hints.is_none_or(|hints| *hints <= self.most)
    }
}

/// What comes of `starts`, which lie within `window`.
pub(super) fn outcome(starts: Starts, window: Window, assumptions: &Assumptions) -> Outcome {
    let from = window.from.timestamp();
    let mut planned = Planned {
        from: from.div_euclid(60),
        minutes: Vec::new(),
        most: most_of_a_minute(assumptions.shards),
    };
    let mut peak = (from, 0);
    let mut all = 0;
    for (second, count) in (from..).zip(starts.by_second()) {
        all += count;
        if count > peak.1 {
            peak = (second, count);
        }
        let minute = usize::try_from(second.div_euclid(60) - planned.from).unwrap_or_default();
        planned
            .minutes
            .resize(planned.minutes.len().max(minute + 1), 0);
        planned.minutes[minute] += count;
    }
    let mut waits = Waits::default();
    let mean = |band: Band| *assumptions.mean_seconds.get(band);
    let is_planned = |second| planned.is(second);
    let passed = starts.gates.pass(mean, is_planned, &mut waits);
    let mut invoked = Invoked::default();
    let mut drain = 0.0_f64;
    for band in Band::ALL {
        let of_band = passed.iter().filter(|(of, _)| *of == band);
        let of_band = of_band.map(|(_, cohort)| *cohort);
        let mut workers = Workers::new(f64::from(*assumptions.places.get(band)), mean(band));
        let load = starts.bands.get(band);
        work(&mut workers, load, is_planned, of_band, &mut waits);
        drain = drain.max(workers.longest_drain);
        invoked.invocations += workers.invoked.invocations;
        invoked.seconds += workers.invoked.seconds;
    }
    let untold: u64 = starts.untold.seconds().iter().copied().map(u64::from).sum();
    // Each alone, and as long as others take: nobody knows better.
    let alone = float(untold);
    invoked.invocations += alone;
    invoked.seconds += alone * mean(Band::Normal);
    let told = all - untold;
    Outcome {
        starts: all,
        peak_second: DateTime::from_timestamp(peak.0, 0)
            .filter(|_| peak.1 > 0)
            .map(|at| (at, peak.1)),
        peak_minute: planned.minutes.iter().max().copied().unwrap_or_default(),
        lateness: Lateness {
            p50: waits.quantile(0.5),
            p99: waits.quantile(0.99),
            max: (float(told) - waits.never > 0.5).then(|| waits.longest()),
        },
        never: round(waits.never),
        untold,
        drain_seconds: drain,
        usd_a_month: usd_a_month(float(all), invoked, window, assumptions),
    }
}

impl Starts {
    fn by_second(&self) -> impl Iterator<Item = u64> {
        let PerBand { high, normal, low } = &self.bands;
        let loads = [high, normal, low, &self.limited, &self.untold];
        (0..self.untold.seconds().len()).map(move |second| {
            let counts = loads.iter().map(|load| load.seconds()[second]);
            counts.map(u64::from).sum()
        })
    }
}

/// Has the workers do what comes to them, and what is left of it afterwards.
fn work(
    workers: &mut Workers,
    load: &Load,
    is_planned: impl Fn(i64) -> bool,
    passed: impl Iterator<Item = Cohort>,
    waits: &mut Waits,
) {
    let mut passed = passed.peekable();
    let mut second = load.from();
    let mut come = |workers: &mut Workers, second: i64| {
        while let Some(cohort) = passed.next_if(|cohort| cohort.at <= second) {
            workers.come(cohort);
        }
        passed.peek().map(|cohort| cohort.at)
    };
    for starts in load.seconds() {
        let starts = f64::from(*starts);
        if is_planned(second) {
            workers.come(Cohort {
                at: second,
                starts,
                waited: (0.0, 0.0),
            });
        } else {
            waits.never += starts;
        }
        come(workers, second);
        workers.serve(second, waits);
        second += 1;
    }
    let end = second + PATIENCE;
    while second < end {
        let next = come(workers, second);
        if workers.is_idle() {
            match next {
                Some(next) => second = next,
                None => break,
            }
        } else {
            workers.serve(second, waits);
            second += 1;
        }
    }
    waits.never += workers.waiting() + passed.map(|cohort| cohort.starts).sum::<f64>();
}

fn usd_a_month(starts: f64, invoked: Invoked, window: Window, assumptions: &Assumptions) -> f64 {
    let runs = Paid {
        write_units: starts * (f64::from(DISPATCH.write_units) + super::platform::WRITES_A_RUN),
        read_units: starts * (DISPATCH.read_units() + READS_A_RUN),
        // Sent ten at a time; received and deleted as they are invoked.
        requests: starts / super::platform::BATCH + 2.0 * invoked.invocations,
        invocations: invoked.invocations,
        gb_seconds: invoked.seconds * WORKER_GB,
    };
    // Every shard of every minute is read, whether or not anything lies in it.
    let shards = Paid {
        read_units: MONTH / 60.0 * f64::from(assumptions.shards),
        ..Paid::default()
    };
    #[expect(clippy::cast_precision_loss, reason = "seconds of a month")]
    let span = (window.until - window.from).num_seconds().max(1) as f64;
    runs.usd(&assumptions.prices) * MONTH / span + shards.usd(&assumptions.prices)
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts: not negative, and far below 2^53"
)]
fn round(count: f64) -> u64 {
    count.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Prices;

    #[test]
    fn a_minute_is_planned_if_it_has_no_more_than_a_tick_can_plan() {
        let planned = Planned {
            from: 10,
            minutes: vec![5, 6],
            most: 5,
        };
        for (second, is_planned) in [
            (599, true),
            (600, true),
            (659, true),
            (660, false),
            (719, false),
            (720, true),
        ] {
            assert_eq!(planned.is(second), is_planned, "{second}");
        }
    }

    #[test]
    fn a_month_costs_what_the_stretch_does_as_often_as_it_lies_in_it_and_the_reading_of_shards() {
        let none = Prices::NONE;
        let from = "2026-10-26T00:00:00Z".parse().unwrap();
        let day = Window {
            from,
            until: from + chrono::TimeDelta::days(1),
        };
        let invoked = Invoked {
            invocations: 100.0,
            seconds: 50.0,
        };
        // A thousand starts in a day, and 365 / 12 days: of each, its hint, its claim and its end are written; its job is
        // read for half a unit, and what its worker reads; ten are sent at a time. An invocation receives and deletes, and
        // has half a gigabyte. Sixty shards are read every minute, which is one a second.
        let days = 365.0 / 12.0;
        for (prices, usd) in [
            (
                Prices {
                    million_write_units: 1e6,
                    ..none
                },
                days * 3_000.0,
            ),
            (
                Prices {
                    million_read_units: 1e6,
                    ..none
                },
                days * (500.0 + 2_885.0 + 86_400.0),
            ),
            (
                Prices {
                    million_requests: 1e6,
                    ..none
                },
                days * (100.0 + 2.0 * 100.0),
            ),
            (
                Prices {
                    million_invocations: 1e6,
                    ..none
                },
                days * 100.0,
            ),
            (
                Prices {
                    gb_second: 1.0,
                    ..none
                },
                days * 25.0,
            ),
        ] {
            let assumptions = Assumptions {
                places: PerBand::default(),
                mean_seconds: PerBand::default(),
                shards: 60,
                prices,
            };
            let found = usd_a_month(1_000.0, invoked, day, &assumptions);
            assert!((found - usd).abs() < 1e-3, "{prices:?}: {found}");
        }
    }
}
