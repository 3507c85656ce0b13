//! Whether the latest data points of an alarm make it an alarm. The rules, with the tables that `tests/documented.rs` has
//! them checked by, are those of AWS's page "Configuring how CloudWatch alarms treat missing data".
//!
//! Invariant: real data points come first. What an alarm says about missing ones is asked only for as many as are lacking.

/// What an alarm concludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Within the threshold.
    Ok,
    /// Beyond it.
    Alarm,
    /// There is not enough to tell.
    InsufficientData,
}

/// What stands in for data points that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Nothing: without enough data the alarm says so.
    Missing,
    /// Nothing: without enough data the alarm stays as it is.
    Ignore,
    /// One beyond the threshold.
    Breaching,
    /// One within it.
    NotBreaching,
}

/// How many data points beyond those that it needs an alarm looks at. AWS says so for N = 3, whose range is 5, and that the
/// range depends on the period, but not how; the same is assumed for every N.
pub const EXTRA_DATA_POINTS: usize = 2;

/// How many data points are needed, and how many of them must be beyond the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// N: evaluation periods.
    pub evaluated: usize,
    /// M: data points to alarm.
    pub breaching: usize,
}

impl Bounds {
    /// How many data points are retrieved.
    pub const fn range(self) -> usize {
        self.evaluated + EXTRA_DATA_POINTS
    }

    /// The state that follows `before`. `points` are the retrieved data points, the oldest first: whether each is beyond the
    /// threshold, if it is there.
    pub fn evaluate(self, points: &[Option<bool>], missing: Missing, before: State) -> State {
        let retrieved = &points[points.len().saturating_sub(self.range())..];
        let latest_first = retrieved.iter().rev().copied().flatten();
        let real: Vec<bool> = latest_first.take(self.evaluated).collect();
        let breaching = real.iter().filter(|point| **point).count();
        let lacking = self.evaluated - real.len();
        if breaching >= self.breaching {
            return State::Alarm;
        }
        if lacking == 0 {
            return State::Ok;
        }
        match missing {
            Missing::Breaching if breaching + lacking >= self.breaching => State::Alarm,
            Missing::Breaching | Missing::NotBreaching => State::Ok,
            // What is there decides as far as it goes: one point within the threshold keeps the alarm from going off.
            Missing::Missing | Missing::Ignore if breaching < real.len() => State::Ok,
            Missing::Ignore => before,
            Missing::Missing if self.has_waited(retrieved) => State::Alarm,
            Missing::Missing => State::InsufficientData,
        }
    }

    /// Whether the oldest data point beyond the threshold is at least M old, and none within it came since: the alarm has
    /// then waited long enough for a better one ("avoiding premature transitions").
    fn has_waited(self, retrieved: &[Option<bool>]) -> bool {
        let oldest = retrieved.iter().position(|point| *point == Some(true));
        oldest.is_some_and(|oldest| {
            let since = &retrieved[oldest..];
            since.len() >= self.breaching && !since.contains(&Some(false))
        })
    }
}
