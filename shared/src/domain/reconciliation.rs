//! What a reconciliation found: of a finished stretch of time, whether everything planned is accounted for.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Invalid, Outcome};

/// A stretch of time, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub until: DateTime<Utc>,
}

impl Window {
    /// The longest stretch that may be asked about at once.
    pub const LONGEST: TimeDelta = TimeDelta::days(31);

    /// From `from` up to `until`.
    ///
    /// # Errors
    /// [`Invalid`] if that is no stretch, or longer than [`Self::LONGEST`].
    pub fn new(from: DateTime<Utc>, until: DateTime<Utc>) -> Result<Self, Invalid> {
        let (from, until) = (super::floor_second(from), super::floor_second(until));
        if until <= from {
            return Err(Invalid::new("until", "must lie after from"));
        }
        if until - from > Self::LONGEST {
            return Err(Invalid::new("until", "must lie at most 31 days after from"));
        }
        Ok(Self { from, until })
    }
}

/// The report of a reconciliation, or of the part of one that there was time for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// What was looked at.
    pub window: Window,
    /// When it was looked at.
    pub began_at: DateTime<Utc>,
    /// Jobs read.
    pub jobs: u64,
    /// Occurrences planned.
    pub planned: u64,
    /// Those of them with an outcome. The rest is missing, or not settled yet.
    pub accounted: u64,
    /// The planned ones by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Those that were due and left no trace.
    pub missing: u64,
    /// Executions whose next attempt is long overdue: its message was lost.
    pub stalled: u64,
    /// Messages sent for what is missing or stalled.
    pub resent: u64,
    /// Chains of hints that had ended, and were started again.
    pub chains_repaired: u64,
    /// Chains that were not looked for, because the scanner is far behind: their hints may lie in any bucket that it has
    /// not read.
    pub chains_unchecked: u64,
    /// Jobs that could not be proven, for what is stored of them cannot be read.
    pub unproven: u64,
    /// Some of what is counted above: executions that were missing or stalled, and jobs whose chain had ended or that are unproven.
    pub examples: Vec<String>,
    /// Whether time ran out before the last job.
    pub cut_short: bool,
    /// Asks for the rest, if time ran out.
    pub cursor: Option<String>,
}

impl Reconciliation {
    /// How many examples are kept.
    pub const MAX_EXAMPLES: usize = 20;

    /// The report of a look at `window` that has found nothing yet.
    pub fn begin(window: Window, began_at: DateTime<Utc>) -> Self {
        Self {
            window,
            began_at,
            jobs: 0,
            planned: 0,
            accounted: 0,
            outcomes: BTreeMap::new(),
            missing: 0,
            stalled: 0,
            resent: 0,
            chains_repaired: 0,
            chains_unchecked: 0,
            unproven: 0,
            examples: Vec::new(),
            cut_short: false,
            cursor: None,
        }
    }

    /// Keeps `id` as an example, if there is room.
    pub fn example(&mut self, id: &impl ToString) {
        if self.examples.len() < Self::MAX_EXAMPLES {
            self.examples.push(id.to_string());
        }
    }

    /// Counts what another part found into this one.
    pub fn add(&mut self, part: Self) {
        self.jobs += part.jobs;
        self.planned += part.planned;
        self.accounted += part.accounted;
        for (outcome, count) in part.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        self.missing += part.missing;
        self.stalled += part.stalled;
        self.resent += part.resent;
        self.chains_repaired += part.chains_repaired;
        self.chains_unchecked += part.chains_unchecked;
        self.unproven += part.unproven;
        for id in part.examples {
            self.example(&id);
        }
    }

    /// Whether everything planned was accounted for, and every chain that was looked at goes on.
    pub fn is_clean(&self) -> bool {
        self.missing == 0 && self.stalled == 0 && self.chains_repaired == 0 && self.unproven == 0
    }
}

/// How far reconciliation has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciled {
    /// Everything before this has been looked at.
    pub until: DateTime<Utc>,
    /// A look that time ran out for: at what, and where it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfinished: Option<(Window, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> Reconciliation {
        let at = DateTime::UNIX_EPOCH;
        Reconciliation::begin(
            Window {
                from: at,
                until: at,
            },
            at,
        )
    }

    #[test]
    fn parts_are_added_up_and_some_of_their_examples_kept() {
        let part = |number: u64| Reconciliation {
            jobs: number,
            planned: 10 * number,
            accounted: 9 * number,
            outcomes: BTreeMap::from([(Outcome::Missing, number)]),
            missing: 2 * number,
            stalled: 3 * number,
            resent: 4 * number,
            chains_repaired: 5 * number,
            chains_unchecked: 6 * number,
            unproven: 7 * number,
            examples: vec!["x".to_owned(); 12],
            ..begun()
        };
        let mut all = begun();
        all.add(part(1));
        all.add(part(2));
        let expected = Reconciliation {
            examples: vec!["x".to_owned(); Reconciliation::MAX_EXAMPLES],
            ..part(3)
        };
        assert_eq!(all, expected);
    }

    #[test]
    fn whatever_was_found_wrong_is_not_clean() {
        let found: [fn(&mut Reconciliation); 4] = [
            |report| report.missing = 1,
            |report| report.stalled = 1,
            |report| report.chains_repaired = 1,
            |report| report.unproven = 1,
        ];
        assert!(begun().is_clean());
        for find in found {
            let mut report = begun();
            find(&mut report);
            assert!(!report.is_clean(), "{report:?}");
        }
    }
}
