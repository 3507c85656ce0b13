//! What a change of schedule does to the fire times of a range. Every fire time of either side is counted exactly once:
//! kept, lost, gained, or one end of a move.

use std::cmp::Ordering;

use chrono::{DateTime, TimeDelta, Utc};

/// Two fire times further apart are a loss and a gain, not a move.
const LONGEST_MOVE: TimeDelta = TimeDelta::hours(24);

/// How the fire times of a new schedule differ from those of an old one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// New fire times, except those that old ones have moved to; in order.
    pub gained: Vec<DateTime<Utc>>,
    /// Old fire times that are no longer, except those that have moved; in order.
    pub lost: Vec<DateTime<Utc>>,
    /// Old fire times that have moved to new ones; in order.
    pub moved: Vec<Move>,
    /// How many fire times are in both.
    pub kept: usize,
    /// From here on nothing was compared, because there was too much; absent if everything was.
    pub truncated_at: Option<DateTime<Utc>>,
}

/// A fire time that has moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// Where it was.
    pub from: DateTime<Utc>,
    /// Where it is: at most 24 hours before or after.
    pub to: DateTime<Utc>,
}

/// A fire time on one side only, which the next one may turn into a move.
#[derive(Clone, Copy)]
enum Change {
    Lost(DateTime<Utc>),
    Gained(DateTime<Utc>),
}

/// Compares the fire times of one range. Both sides must be in strict order, and end where the range ends.
///
/// A loss and a gain that are neighbours, with nothing kept between them and at most 24 hours apart, are a move. At most
/// `limit` distinct fire times are looked at.
pub fn diff(
    old: impl IntoIterator<Item = DateTime<Utc>>,
    new: impl IntoIterator<Item = DateTime<Utc>>,
    limit: usize,
) -> Diff {
    let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
    let mut diff = Diff::default();
    let mut pending = None;
    for _ in 0..limit {
        let side = match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.cmp(new),
        };
        let change = match side {
            Ordering::Less => old.next().map(Change::Lost),
            Ordering::Greater => new.next().map(Change::Gained),
            Ordering::Equal => {
                old.next();
                new.next();
                diff.kept += 1;
                None
            }
        };
        pending = diff.note(pending, change);
    }
    diff.note(pending, None);
    diff.truncated_at = old.peek().into_iter().chain(new.peek()).min().copied();
    diff
}

impl Diff {
    /// Whether the two sides are the same, as far as they were compared.
    pub fn is_empty(&self) -> bool {
        self.gained.is_empty() && self.lost.is_empty() && self.moved.is_empty()
    }

    /// Notes what is certain about `pending`, now that `next` follows it; nothing follows where a fire time is kept.
    /// Returns what the fire time after `next` may still turn into a move.
    fn note(&mut self, pending: Option<Change>, next: Option<Change>) -> Option<Change> {
        let moved = match (pending, next) {
            (Some(Change::Lost(from)), Some(Change::Gained(to)))
            | (Some(Change::Gained(to)), Some(Change::Lost(from))) => Some(Move { from, to }),
            _ => None,
        };
        if let Some(moved) = moved
            && (moved.to - moved.from).abs() <= LONGEST_MOVE
        {
            self.moved.push(moved);
            return None;
        }
        match pending {
            Some(Change::Lost(at)) => self.lost.push(at),
            Some(Change::Gained(at)) => self.gained.push(at),
            None => {}
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn hours(hours: &[i64]) -> Vec<DateTime<Utc>> {
        let instant = |hour: &i64| DateTime::UNIX_EPOCH + TimeDelta::hours(*hour);
        hours.iter().map(instant).collect()
    }

    fn moves(pairs: &[(i64, i64)]) -> Vec<Move> {
        let instant = |hour| DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
        let made = |&(from, to)| Move {
            from: instant(from),
            to: instant(to),
        };
        pairs.iter().map(made).collect()
    }

    #[test]
    fn neighbours_of_which_one_is_lost_and_one_gained_have_moved() {
        for (old, new, moved, lost, gained) in [
            (
                &[9, 33][..],
                &[10, 34][..],
                &[(9, 10), (33, 34)][..],
                &[][..],
                &[][..],
            ),
            (&[10], &[9], &[(10, 9)], &[], &[]),
            (&[0], &[24], &[(0, 24)], &[], &[]),
            (&[0], &[25], &[], &[0], &[25]),
            (&[0, 1], &[1, 2], &[], &[0], &[2]), // one is kept between them
            (&[0, 2], &[1], &[(0, 1)], &[2], &[]), // each is used once
            (&[0, 1], &[2], &[(1, 2)], &[0], &[]),
            (&[], &[1, 2], &[], &[], &[1, 2]),
            (&[1, 2], &[1, 2], &[], &[], &[]),
        ] {
            let diff = diff(hours(old), hours(new), 100);
            assert_eq!(diff.moved, moves(moved), "{old:?} {new:?}");
            assert_eq!(diff.lost, hours(lost), "{old:?} {new:?}");
            assert_eq!(diff.gained, hours(gained), "{old:?} {new:?}");
            assert_eq!(diff.truncated_at, None);
            assert_eq!(diff.is_empty(), old == new, "{old:?} {new:?}");
        }
    }

    #[test]
    fn what_is_too_much_is_left_out_and_said_so() {
        let endless = || (0..).map(|hour| DateTime::UNIX_EPOCH + TimeDelta::hours(hour));
        let same = diff(endless(), endless(), 1_000);
        assert_eq!((same.kept, same.is_empty()), (1_000, true));
        assert_eq!(same.truncated_at, hours(&[1_000]).first().copied());
        let gained = diff([], endless(), 3);
        assert_eq!(gained.gained, hours(&[0, 1, 2]));
        assert_eq!(gained.truncated_at, hours(&[3]).first().copied());
    }

    proptest! {
        #[test]
        fn every_fire_time_is_counted_exactly_once(
            old in prop::collection::btree_set(0_i64..400, 0..60),
            new in prop::collection::btree_set(0_i64..400, 0..60),
            limit in 0_usize..150,
        ) {
            let of = |set: &BTreeSet<i64>| hours(&set.iter().copied().collect::<Vec<_>>());
            let (old, new) = (of(&old), of(&new));
            let diff = diff(old.clone(), new.clone(), limit);
            let compared = |at: &DateTime<Utc>| diff.truncated_at.is_none_or(|end| *at < end);
            let old: Vec<_> = old.into_iter().filter(compared).collect();
            let new: Vec<_> = new.into_iter().filter(compared).collect();
            let kept = old.iter().filter(|at| new.contains(at));
            prop_assert_eq!(kept.clone().count(), diff.kept);

            let sorted = |times: Vec<DateTime<Utc>>| { let mut times = times; times.sort(); times };
            let before = kept.clone().chain(&diff.lost).copied().chain(diff.moved.iter().map(|moved| moved.from));
            prop_assert_eq!(sorted(before.collect()), old.clone(), "lists, not sets: nothing is counted twice");
            let after = kept.chain(&diff.gained).copied().chain(diff.moved.iter().map(|moved| moved.to));
            prop_assert_eq!(sorted(after.collect()), new);
            for Move { from, to } in &diff.moved {
                prop_assert!(from != to && (*to - *from).abs() <= LONGEST_MOVE);
                let (first, last) = (from.min(to), from.max(to));
                prop_assert!(!old.iter().any(|at| first < at && at < last), "they are neighbours");
            }
        }
    }
}
