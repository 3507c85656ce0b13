//! What a month costs at three loads: tables and queues as metered, Lambda's time, logs and kept records as `infra/scale`
//! predicts them, and what a deployment costs while nothing is due.

use punctual::aws::Charge;
use punctual_scale::cost::{Bill, DAYS_PER_MONTH, idle_month};
use punctual_scale::platform::Platform;
use punctual_scale::report::SEED;
use punctual_scale::scenarios::{Day, Within, days, run_day, side_by_side};
use punctual_scale::settings::{Setting, Setup};

use crate::metering::{Kind, Metering, price};

/// Executions a day.
pub const LOADS: [f64; 3] = [10_000.0, 1_000_000.0, 100_000_000.0];

/// A load, and what it costs.
#[derive(Clone, Debug)]
pub struct Month {
    /// Executions a day.
    pub runs_a_day: f64,
    /// What had to be moved for a deployment to keep up.
    pub moved: Vec<Setting>,
    /// What a million executions cost.
    pub per_million: Bill,
    /// The same, with tables and queues as `infra/scale` predicts them.
    pub predicted: Bill,
    /// What all deployments cost in a month in which nothing is due.
    pub idle: f64,
}

impl Month {
    /// Executions in a month, in millions.
    pub fn millions(&self) -> f64 {
        self.runs_a_day * DAYS_PER_MONTH / 1e6
    }

    /// All that is paid for in a month.
    pub fn total(&self) -> f64 {
        self.per_million.total() * self.millions() + self.idle
    }
}

/// A day of `infra/scale`: due at each minute's first second, and kept up with.
fn day(runs: f64) -> Option<Day> {
    days().into_iter().rfind(|day| {
        // The last of several is the one that keeps up.
        (day.runs - runs).abs() < 1.0 && matches!(day.within, Within::FirstSecond)
    })
}

/// The bill of a million executions, with what was metered in the place of what was predicted.
fn metered(platform: &Platform, metering: &Metering, predicted: Bill) -> Bill {
    let of = |charge| metering.per_run(charge) * price(&platform.prices, charge) * 1e6;
    Bill {
        writes: of(Charge::WriteUnits),
        reads: of(Charge::ReadUnits),
        queue: of(Charge::Requests),
        ..predicted
    }
}

/// The three loads; `metering` is asked for what was metered.
pub fn months(platform: &Platform, metering: impl Fn(Kind) -> Metering) -> Vec<Month> {
    let days: Vec<_> = LOADS.iter().filter_map(|runs| day(*runs)).collect();
    let rows = side_by_side(&days, |day| run_day(platform, day, SEED));
    let months = rows.into_iter().map(|row| {
        let kind = if row.day.runs < 100_000.0 {
            Kind::Few
        } else {
            Kind::Many
        };
        let setup = Setup::of_the_template(platform).with(&row.day.moved);
        Month {
            runs_a_day: row.day.runs,
            per_million: metered(platform, &metering(kind), row.per_million),
            predicted: row.per_million,
            idle: idle_month(platform, &setup).total() * f64::from(setup.cells),
            moved: row.day.moved,
        }
    });
    months.collect()
}
