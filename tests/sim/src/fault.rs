//! What can go wrong, and how often it does in a run. All of it ends when the run becomes calm: what the protocol
//! promises, it promises for then.

use chrono::{DateTime, TimeDelta, Utc};

use crate::chance::{Chance, Seed};

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A process dies at a call, before the service has heard of it.
    CrashBefore,
    /// A process dies at a call that has taken effect, before it hears the answer.
    CrashAfter,
    /// A call is lost on its way.
    LostRequest,
    /// A call takes effect, and its answer is lost.
    LostAnswer,
    /// The service asks for less load.
    Throttled,
    /// A part of a batch is not done.
    PartialBatch,
    /// A read that does not ask for more is answered as of up to two seconds ago.
    StaleRead,
    /// A call takes up to a second and a half.
    SlowCall,
    /// A job's change takes up to six seconds to commit, and what is sent of it goes ahead.
    SlowCommit,
    /// A process stands still for minutes, and then goes on.
    Zombie,
    /// A message is handed over a second time while the first one is under way.
    Duplicate,
    /// A message that was received reaches its function late, those behind it first.
    Delayed,
    /// A tick does not come.
    LostTick,
    /// A tick comes up to a minute late.
    LateTick,
    /// Two ticks come at once, to two processes.
    DoubleTick,
    /// Nothing ticks, for up to hours.
    NoTicks,
    /// No message is handed over, for up to hours.
    NoWorkers,
    /// No call succeeds, for minutes.
    NoCalls,
}

impl Fault {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::CrashBefore,
        Self::CrashAfter,
        Self::LostRequest,
        Self::LostAnswer,
        Self::Throttled,
        Self::PartialBatch,
        Self::StaleRead,
        Self::SlowCall,
        Self::SlowCommit,
        Self::Zombie,
        Self::Duplicate,
        Self::Delayed,
        Self::LostTick,
        Self::LateTick,
        Self::DoubleTick,
        Self::NoTicks,
        Self::NoWorkers,
        Self::NoCalls,
    ];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::CrashBefore => "crash before a call",
            Self::CrashAfter => "crash after a call",
            Self::LostRequest => "request lost",
            Self::LostAnswer => "answer lost",
            Self::Throttled => "throttled",
            Self::PartialBatch => "batch done in part",
            Self::StaleRead => "stale read",
            Self::SlowCall => "slow call",
            Self::SlowCommit => "slow commit",
            Self::Zombie => "process stalled for minutes",
            Self::Duplicate => "message handed over twice",
            Self::Delayed => "message delayed, reordered",
            Self::LostTick => "tick lost",
            Self::LateTick => "tick late",
            Self::DoubleTick => "ticks overlapping",
            Self::NoTicks => "outage of the ticks",
            Self::NoWorkers => "outage of the workers",
            Self::NoCalls => "outage of the services",
        }
    }
}

/// An outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Of what.
    pub fault: Fault,
    /// When it begins.
    pub from: DateTime<Utc>,
    /// When it is over.
    pub until: DateTime<Utc>,
}

/// How much goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Nothing: what is late or missed here is the protocol's own doing.
    Calm,
    /// Something now and then.
    Fair,
    /// Every minute.
    Foul,
}

/// What goes wrong in a run.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    /// How much.
    pub weather: Weather,
    /// The kinds that are left out, to make a failing run smaller.
    pub without: Vec<Fault>,
    /// The outages.
    pub outages: Vec<Outage>,
    /// From when on nothing goes wrong any more.
    pub calm_from: DateTime<Utc>,
}

impl FaultPlan {
    /// What goes wrong in the run of `seed` from `begin` on, up to `calm_from`.
    pub fn of(seed: Seed, begin: DateTime<Utc>, calm_from: DateTime<Utc>) -> Self {
        let chance = seed.stream("weather", 0);
        let weather = chance.weigh(&[(2, Weather::Calm), (4, Weather::Fair), (4, Weather::Foul)]);
        let mut outages = Vec::new();
        if weather != Weather::Calm {
            let span = (calm_from - begin).num_minutes().unsigned_abs();
            for fault in [Fault::NoTicks, Fault::NoWorkers, Fault::NoCalls] {
                if !chance.happens(0.3) {
                    continue;
                }
                let longest = if fault == Fault::NoCalls {
                    12
                } else {
                    span * 2 / 3
                };
                let length = chance.between(1, longest.max(2));
                let start = chance.between(5, span.saturating_sub(length).max(6));
                let from = begin + minutes(start);
                outages.push(Outage {
                    fault,
                    from,
                    until: (from + minutes(length)).min(calm_from),
                });
            }
        }
        Self {
            weather,
            without: Vec::new(),
            outages,
            calm_from,
        }
    }

    /// Whether an outage of this kind is on at `now`.
    pub fn is_out(&self, fault: Fault, now: DateTime<Utc>) -> bool {
        let on =
            |outage: &&Outage| outage.fault == fault && (outage.from..outage.until).contains(&now);
        !self.without.contains(&fault) && self.outages.iter().any(|outage| on(&outage))
    }

    /// Whether a fault of this kind happens now, where it could.
    pub fn strikes(&self, fault: Fault, chance: &Chance, now: DateTime<Utc>) -> bool {
        // Drawn in any case: what is left out does not move what is not.
        let happens = chance.happens(self.rate(fault));
        happens && now < self.calm_from && !self.without.contains(&fault)
    }

    fn rate(&self, fault: Fault) -> f64 {
        let foul = match fault {
            Fault::CrashBefore | Fault::CrashAfter => 0.003,
            Fault::LostRequest | Fault::LostAnswer => 0.004,
            Fault::Throttled => 0.006,
            Fault::PartialBatch => 0.08,
            Fault::SlowCall => 0.02,
            Fault::StaleRead => 0.2,
            Fault::Zombie => 0.0015,
            Fault::Duplicate | Fault::Delayed => 0.05,
            Fault::LostTick | Fault::LateTick => 0.10,
            Fault::SlowCommit | Fault::DoubleTick => 0.15,
            // These are planned for the whole run.
            Fault::NoTicks | Fault::NoWorkers | Fault::NoCalls => 0.0,
        };
        match self.weather {
            Weather::Calm => 0.0,
            Weather::Fair => foul / 6.0,
            Weather::Foul => foul,
        }
    }
}

fn minutes(count: u64) -> TimeDelta {
    TimeDelta::minutes(i64::try_from(count).unwrap_or_default())
}
