//! Which region scans, and from where on. Each term has checkpoints of its own: what a scanner of an earlier term still
//! writes, or what of it arrives late from another region, can mark nothing as done in the present one.

use serde::{Deserialize, Serialize};

use super::Minute;

/// A stretch of scanning. The first one, number 0, is every scanner's until another is begun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// Counts up. A later term replaces every earlier one.
    pub number: u64,
    /// The region whose scanner ticks and whose reconciler reconciles. `None`: every one that there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The first minute to scan, however often it was scanned before. `None` in the first term only, which begins with
    /// the first API or tick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Minute>,
}

impl Term {
    /// The term that follows on this one, in `region`, scanned from `from` on.
    #[must_use]
    pub fn next(&self, region: Option<String>, from: Minute) -> Self {
        Self {
            number: self.number + 1,
            region,
            from: Some(from),
        }
    }

    /// Whether what is in the region `here` acts in this term; anything else stands by. Who does not know where it is
    /// stands by, too, once a term names a region.
    pub fn is_of(&self, here: Option<&str>) -> bool {
        self.region.is_none() || self.region.as_deref() == here
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_term_without_a_region_is_everybodys() {
        for here in [None, Some("eu-west-1")] {
            assert!(Term::default().is_of(here));
        }
    }

    #[test]
    fn a_term_of_a_region_is_nobody_elses() {
        let from = Minute::of(DateTime::UNIX_EPOCH);
        let term = Term::default().next(Some("eu-west-1".to_owned()), from);
        assert!(term.is_of(Some("eu-west-1")));
        for elsewhere in [None, Some("eu-central-1"), Some("")] {
            assert!(!term.is_of(elsewhere));
        }
    }

    #[test]
    fn terms_count_up() {
        let from = Minute::of(DateTime::UNIX_EPOCH);
        let first = Term::default().next(None, from);
        assert_eq!((first.number, first.from), (1, Some(from)));
        assert_eq!(first.next(None, from.plus(1)).number, 2);
    }
}
