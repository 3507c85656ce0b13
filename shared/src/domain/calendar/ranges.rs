//! Stretches of time: half open, sorted, and apart from each other, so that one binary search answers.

use serde::{Deserialize, Serialize};

/// Sorted ranges of numbers, none of which touch: seconds since 1970, or minutes of a week. Stored as a flat list: each start as its distance from the
/// end before it, each end as its distance from its start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<i64>", into = "Vec<i64>")]
pub(super) struct Ranges(Vec<(i64, i64)>);

impl Ranges {
    /// Sorts and merges; an empty range is left out.
    pub(super) fn new(mut all: Vec<(i64, i64)>) -> Self {
        all.retain(|(start, end)| start < end);
        all.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::new();
        for (start, end) in all {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        Self(merged)
    }

    /// The end of the range that `number` lies in.
    pub(super) fn end_around(&self, number: i64) -> Option<i64> {
        let begun = self.0.partition_point(|(start, _)| *start <= number);
        let (_, end) = begun.checked_sub(1).and_then(|last| self.0.get(last))?;
        (number < *end).then_some(*end)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl From<Ranges> for Vec<i64> {
    fn from(ranges: Ranges) -> Self {
        let mut before = 0;
        let mut flat = Self::with_capacity(ranges.len() * 2);
        for (start, end) in ranges.0 {
            flat.extend([start - before, end - start]);
            before = end;
        }
        flat
    }
}

impl TryFrom<Vec<i64>> for Ranges {
    type Error = &'static str;

    fn try_from(flat: Vec<i64>) -> Result<Self, Self::Error> {
        const DAMAGED: &str = "the ranges of a calendar are damaged";
        let (pairs, []) = flat.as_chunks::<2>() else {
            return Err(DAMAGED);
        };
        let mut before = 0_i64;
        let mut ranges = Vec::with_capacity(pairs.len());
        for [distance, length] in pairs {
            let start = before.checked_add(*distance).ok_or(DAMAGED)?;
            let end = start.checked_add(*length).ok_or(DAMAGED)?;
            let in_order = *length > 0 && (ranges.is_empty() || *distance > 0);
            if !in_order {
                return Err(DAMAGED);
            }
            ranges.push((start, end));
            before = end;
        }
        Ok(Self(ranges))
    }
}
