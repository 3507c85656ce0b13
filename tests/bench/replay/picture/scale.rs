//! Where a value lies on an axis.

/// A vertical axis.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    low: f64,
    high: f64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// With a line at every so much.
    Linear(f64),
    /// With a line at every power of ten.
    Log,
}

impl Scale {
    /// From `low` to `high`, with a line every `step`.
    pub fn linear(low: f64, high: f64, step: f64) -> Self {
        let kind = Kind::Linear(step);
        Self { low, high, kind }
    }

    /// From `low`, which is positive, to `high`, each power of ten as far from the next.
    pub fn log(low: f64, high: f64) -> Self {
        let kind = Kind::Log;
        Self { low, high, kind }
    }

    /// Where `value` lies, from 0 at the bottom to 1 at the top; what is beyond an end lies at it.
    pub fn place(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        match self.kind {
            Kind::Linear(_) => (value - self.low) / (self.high - self.low),
            Kind::Log => (value / self.low).ln() / (self.high / self.low).ln(),
        }
    }

    /// The values at which lines are drawn.
    pub fn lines(&self) -> Vec<f64> {
        let next = |value: f64| match self.kind {
            Kind::Linear(step) => value + step,
            Kind::Log => value * 10.0,
        };
        let lines = std::iter::successors(Some(self.low), |value| Some(next(*value)));
        lines.take_while(|value| *value <= self.high).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_scale_gives_each_power_of_ten_as_much() {
        let scale = Scale::log(1.0, 10_000.0);
        assert!((scale.place(100.0) - 0.5).abs() < 1e-9);
        assert!(scale.place(0.0).abs() < 1e-9);
        let lines: Vec<_> = scale.lines().iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["1", "10", "100", "1000", "10000"]);
    }

    #[test]
    fn what_is_beyond_the_end_lies_at_it() {
        let scale = Scale::linear(0.0, 250.0, 50.0);
        assert!((scale.place(999.0) - 1.0).abs() < 1e-9);
        assert_eq!(scale.lines().len(), 6);
    }
}
