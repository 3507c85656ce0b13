//! The killer's plan: what befalls which process, and when. Drawn from the seed alone, so that a run can be told to
//! another by a number; what the system makes of it is its own doing.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::random::Random;

/// One blow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strike {
    /// How long after the load's begin, in milliseconds.
    pub after_ms: u64,
    /// How long it lasts, in milliseconds: until a killed process is started again, a frozen one goes on, a link is whole.
    pub lasts_ms: u64,
    /// The process's name.
    pub victim: String,
    /// What befalls it.
    pub fault: Fault,
}

/// What may befall a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// SIGKILL.
    Kill,
    /// SIGTERM: a deployment.
    Terminate,
    /// SIGSTOP, and SIGCONT after it: a zombie, if that takes longer than its leases.
    Freeze,
    /// What lies between it and the stand-in.
    Link(Weather),
}

/// What may befall a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weather {
    /// All is well.
    Clear,
    /// Every piece that is carried takes so many milliseconds more.
    Slow(u64),
    /// Requests arrive; the connection is reset when their answers begin.
    CutAnswers,
    /// Everything is taken, and nothing is carried.
    BlackHole,
    /// Connections are reset at once.
    Refuse,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kill => "killed",
            Self::Terminate => "terminated",
            Self::Freeze => "frozen",
            Self::Link(Weather::Clear) => "link clear",
            Self::Link(Weather::Slow(_)) => "link slow",
            Self::Link(Weather::CutAnswers) => "answers cut",
            Self::Link(Weather::BlackHole) => "link a black hole",
            Self::Link(Weather::Refuse) => "link refused",
        })
    }
}

/// The stand-in's name among the victims.
pub const STAND_IN: &str = "stand-in";

/// The mean time between two strikes, in milliseconds.
const PACE_MS: u64 = 3_000;

/// What a killer of `seed` does to `victims` for `length`. `stand_in` is how the stand-in may be ended, if it may.
pub fn plan(seed: u64, victims: &[&str], stand_in: Option<Fault>, length: Duration) -> Vec<Strike> {
    let mut random = Random::new(seed, 1);
    let length = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    let mut strikes = Vec::new();
    let mut now = PACE_MS;
    while now < length {
        let on_stand_in = random.chance(8);
        let (victim, fault, lasts_ms) = match (on_stand_in, stand_in) {
            (true, Some(end)) if random.chance(60) => (STAND_IN, end, random.between(200, 4_000)),
            (true, _) => (STAND_IN, Fault::Freeze, random.between(300, 6_000)),
            (false, _) => {
                let victim = random.pick(victims).copied().unwrap_or(STAND_IN);
                let (fault, lasts_ms) = blow(&mut random);
                (victim, fault, lasts_ms)
            }
        };
        strikes.push(Strike {
            after_ms: now,
            // All is over when the load is.
            lasts_ms: lasts_ms.min(length - now),
            victim: victim.to_owned(),
            fault,
        });
        now += random.between(PACE_MS / 3, PACE_MS * 5 / 3);
    }
    strikes
}

fn blow(random: &mut Random) -> (Fault, u64) {
    match random.between(0, 100) {
        0..30 => (Fault::Kill, random.between(100, 6_000)),
        30..36 => (Fault::Terminate, random.between(100, 3_000)),
        // Past every lease of a short attempt, now and then.
        36..50 => (Fault::Freeze, random.between(500, 8_000)),
        50..60 => (Fault::Freeze, random.between(17_000, 40_000)),
        60..70 => (
            Fault::Link(Weather::Slow(random.between(20, 900))),
            random.between(2_000, 15_000),
        ),
        70..84 => (Fault::Link(Weather::CutAnswers), random.between(300, 8_000)),
        84..93 => (Fault::Link(Weather::BlackHole), random.between(500, 12_000)),
        _ => (Fault::Link(Weather::Refuse), random.between(300, 6_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VICTIMS: [&str; 3] = ["api-1", "scanner-1", "worker-1"];

    #[test]
    fn a_seed_gives_one_plan_and_another_seed_another() {
        let of = |seed| plan(seed, &VICTIMS, Some(Fault::Kill), Duration::from_mins(5));
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
    }

    #[test]
    fn all_trouble_is_over_when_the_load_is() {
        let length = Duration::from_mins(20);
        for seed in 0..20 {
            let strikes = plan(seed, &VICTIMS, Some(Fault::Kill), length);
            assert!(strikes.len() > 200, "{} strikes", strikes.len());
            for strike in strikes {
                assert!(u128::from(strike.after_ms + strike.lasts_ms) <= length.as_millis());
            }
        }
    }

    #[test]
    fn every_fault_befalls_somebody_within_twenty_minutes() {
        let strikes = plan(1, &VICTIMS, Some(Fault::Kill), Duration::from_mins(20));
        let words: std::collections::BTreeSet<_> = strikes
            .iter()
            .map(|strike| strike.fault.to_string())
            .collect();
        assert_eq!(words.len(), 7, "{words:?}");
    }

    #[test]
    fn a_stand_in_that_would_forget_is_never_killed() {
        let strikes = plan(1, &VICTIMS, None, Duration::from_mins(20));
        let ended = |strike: &Strike| strike.victim == STAND_IN && strike.fault != Fault::Freeze;
        assert!(!strikes.iter().any(ended));
    }
}
