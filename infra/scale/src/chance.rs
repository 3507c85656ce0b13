//! Chance from a seed: the same seed gives the same run on every machine. Distributions are their quantiles with straight
//! lines between them, so that nothing depends on how a machine computes logarithms.

use crate::time::{Micros, from_ms};

/// A source of random numbers (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The source of `seed`.
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// The next number from 0 to below 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A length of time.
    pub fn draw(&mut self, of: &Spread) -> Micros {
        let unit = self.unit();
        of.quantile(unit)
    }
}

/// Scrambles a number: equal numbers stay equal, near ones lie far apart.
pub fn mix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// How long something takes, by its quantiles.
#[derive(Clone, Debug)]
pub struct Spread {
    points: Vec<(f64, f64)>,
}

impl Spread {
    /// From pairs of a probability and milliseconds, which rise from probability 0 to 1.
    pub fn of_ms(points: Vec<(f64, f64)>) -> Self {
        Self { points }
    }

    /// Always `ms`.
    pub fn always_ms(ms: f64) -> Self {
        Self::of_ms(vec![(0.0, ms), (1.0, ms)])
    }

    /// What so much of it lies below.
    pub fn quantile(&self, of: f64) -> Micros {
        let above = self.points.partition_point(|point| point.0 <= of);
        let above = above.clamp(1, self.points.len() - 1);
        let ((from, low), (to, high)) = (self.points[above - 1], self.points[above]);
        from_ms(low + (high - low) * (of - from) / (to - from))
    }

    /// Its mean, in milliseconds.
    pub fn mean_ms(&self) -> f64 {
        let parts = self.points.windows(2);
        parts
            .map(|pair| (pair[1].0 - pair[0].0) * f64::midpoint(pair[0].1, pair[1].1))
            .sum()
    }
}
