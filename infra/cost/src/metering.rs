//! Which loads are metered, and what one execution of them uses. What a deployment uses while nothing is due is taken off:
//! it is paid for once, not for each execution.

use punctual::aws::Charge;
use punctual::domain::Cost;
use punctual_scale::platform::Prices;
use punctual_sim::metered::{Counts, Load, metered};

/// How long a handler takes: the mean of what `infra/scale` assumes.
const WORK_MS: u64 = 150;

/// A load that is metered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Seven at a time, as 10,000 a day are.
    Few,
    /// A hundred at a time: event sources find full batches.
    Many,
    /// The same, and one in twenty fails once.
    Retried,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Few, Self::Many, Self::Retried];

    /// What is due.
    pub fn load(self) -> Load {
        let (each_minute, minutes, one_in_fails_once) = match self {
            Self::Few => (7, 10, 0),
            Self::Many => (100, 2, 0),
            Self::Retried => (100, 2, 20),
        };
        Load {
            each_minute,
            one_in_fails_once,
            work_ms: WORK_MS,
            minutes,
        }
    }

    /// The load in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Few => "7 due in a second",
            Self::Many => "100 due in a second",
            Self::Retried => "100 due in a second, one in 20 fails once",
        }
    }
}

/// A load, metered.
#[derive(Clone, Debug)]
pub struct Metering {
    /// How many executions there were.
    pub runs: f64,
    /// What they used, together.
    pub used: Counts,
    /// What their records say of themselves, together.
    pub recorded: Cost,
    /// What creating their jobs used, together.
    pub create: Counts,
}

/// Meters `kind`.
pub fn meter(kind: Kind) -> Metering {
    let load = kind.load();
    let idle = metered(&Load {
        each_minute: 0,
        ..load
    });
    let busy = metered(&load);
    #[expect(clippy::cast_precision_loss, reason = "some hundreds")]
    let runs = (load.each_minute * load.minutes) as f64;
    let api = busy.before.into_iter();
    Metering {
        runs,
        used: beyond(busy.used, &idle.used),
        recorded: busy.recorded,
        create: api.filter(|((function, _), _)| function == "api").collect(),
    }
}

fn beyond(mut busy: Counts, idle: &Counts) -> Counts {
    for (call, usage) in &mut busy {
        if let Some(idle) = idle.get(call) {
            usage.requests = usage.requests.saturating_sub(idle.requests);
            usage.units = (usage.units - idle.units).max(0.0);
        }
    }
    busy.retain(|_, usage| usage.requests > 0);
    busy
}

/// The price of what operations are charged by, for one of them.
pub fn price(prices: &Prices, charge: Charge) -> f64 {
    match charge {
        Charge::WriteUnits => prices.write,
        Charge::ReadUnits => prices.read,
        Charge::Requests => prices.queue_request,
    }
}

/// How much of `charge` was used, all in all.
pub fn amount(used: &Counts, charge: Charge) -> f64 {
    let of_charge = used
        .iter()
        .filter(|((_, operation), _)| Charge::of(operation) == Some(charge));
    // Not `sum`: that of nothing is a negative zero.
    of_charge.fold(0.0, |sum, (_, usage)| sum + charge.amount(*usage))
}

impl Metering {
    /// How much of `charge` one execution uses.
    pub fn per_run(&self, charge: Charge) -> f64 {
        amount(&self.used, charge) / self.runs
    }
}
