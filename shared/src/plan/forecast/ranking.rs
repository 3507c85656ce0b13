//! Who causes the most starts. A few are named, the rest is summed.

use std::collections::HashMap;

/// How many are named.
pub const LISTED: usize = 20;

/// What a user, a type or a target causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Its name.
    pub key: String,
    /// How many of its jobs start at all.
    pub jobs: u64,
    /// How often they do.
    pub starts: u64,
}

/// Who causes the most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranking {
    /// Those who cause the most, most first; of those that cause as much, by name.
    pub top: Vec<Share>,
    /// How many others there are.
    pub others: u64,
    /// What they cause together.
    pub others_start: u64,
}

/// Sums by name.
#[derive(Debug, Default)]
pub(super) struct Tally<'a>(HashMap<&'a str, (u64, u64)>);

impl<'a> Tally<'a> {
    pub(super) fn add(&mut self, key: &'a str, jobs: u64, starts: u64) {
        let sums = self.0.entry(key).or_default();
        sums.0 += jobs;
        sums.1 += starts;
    }

    pub(super) fn ranking(self) -> Ranking {
        let mut all: Vec<_> = self.0.into_iter().collect();
        all.sort_unstable_by_key(|(key, (_, starts))| (std::cmp::Reverse(*starts), *key));
        let rest = all.split_off(LISTED.min(all.len()));
        Ranking {
            top: (all.into_iter())
                .map(|(key, (jobs, starts))| Share {
                    key: key.to_owned(),
                    jobs,
                    starts,
                })
                .collect(),
            others: rest.len() as u64,
            others_start: rest.iter().map(|(_, (_, starts))| starts).sum(),
        }
    }
}
