//! All chance of a run, drawn from its seed. Each use has a stream of its own, named by what it is for: what one of them
//! draws does not change what another one draws.

use std::sync::atomic::{AtomicU64, Ordering};

use punctual::port::Entropy;

/// A seed. The same seed makes the same run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream called `name`, of the thing that has this `number`.
    pub fn stream(self, name: &str, number: u64) -> Chance {
        let mut state = mixed(self.0 ^ 0x9E37_79B9_7F4A_7C15);
        for byte in name.bytes() {
            state = mixed(state ^ u64::from(byte));
        }
        Chance(AtomicU64::new(mixed(state ^ mixed(number))))
    }
}

/// A stream of drawn numbers (splitmix64).
#[derive(Debug)]
pub struct Chance(AtomicU64);

impl Chance {
    /// 64 fresh bits.
    pub fn bits(&self) -> u64 {
        let step = 0x9E37_79B9_7F4A_7C15;
        mixed(self.0.fetch_add(step, Ordering::Relaxed).wrapping_add(step))
    }

    /// A number from `low` up to and including `high`.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        low + self.bits() % (high - low + 1)
    }

    /// Whether something happens that has this probability.
    pub fn happens(&self, probability: f64) -> bool {
        probability > 0.0 && self.next_unit() < probability
    }

    /// One of `choices`.
    ///
    /// # Panics
    /// If there are none.
    pub fn pick<T: Copy>(&self, choices: &[T]) -> T {
        let last = choices.len() as u64 - 1;
        choices[usize::try_from(self.between(0, last)).unwrap_or(0)]
    }

    /// One of `choices`, each as likely as its weight says.
    ///
    /// # Panics
    /// If there are none.
    pub fn weigh<T: Copy>(&self, choices: &[(u64, T)]) -> T {
        let total: u64 = choices.iter().map(|(weight, _)| weight).sum();
        let mut drawn = self.between(0, total.max(1) - 1);
        for (weight, choice) in choices {
            if drawn < *weight {
                return *choice;
            }
            drawn -= weight;
        }
        choices[0].1
    }
}

impl Entropy for Chance {
    fn next_u64(&self) -> u64 {
        self.bits()
    }
}

fn mixed(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_repeats_itself_and_no_other() {
        let drawn = |name, number| {
            let stream = Seed(7).stream(name, number);
            [stream.bits(), stream.bits(), stream.bits()]
        };
        assert_eq!(drawn("faults", 1), drawn("faults", 1));
        assert_ne!(drawn("faults", 1), drawn("faults", 2));
        assert_ne!(drawn("faults", 1), drawn("load", 1));
    }

    #[test]
    fn what_is_drawn_stays_within_its_bounds() {
        let stream = Seed(1).stream("bounds", 0);
        for _ in 0..1_000 {
            assert!((3..=5).contains(&stream.between(3, 5)));
            assert_eq!(stream.weigh(&[(0, "never"), (2, "always")]), "always");
            assert!(!stream.happens(0.0));
        }
    }
}
