//! In which order the items of a batch are made that name each other: each after those that it names.

use std::collections::{BTreeMap, BTreeSet};

/// Why an item cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Another item before it has the same key.
    #[error("is the key of an earlier item")]
    KeyTwice,
    /// No item has the key that it names at this place.
    #[error("is the key of no item")]
    NoSuchKey(usize),
    /// It would wait for itself, by what it names at this place.
    #[error("would have the item wait for itself")]
    Cycle(usize),
}

/// An item: its key, and the keys of those that it waits for, each with its place among what it waits for.
#[derive(Clone, Debug, Default)]
pub struct Keyed {
    /// Its key.
    pub key: Option<String>,
    /// What it names.
    pub names: Vec<(usize, String)>,
}

/// Which items there are, level by level: every one behind all that it names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// The items that can be made, by index.
    pub levels: Vec<Vec<usize>>,
    /// Those that cannot, and why. Those behind them are in the levels: what became of their upstreams decides.
    pub refused: BTreeMap<usize, OrderError>,
    /// Which item each one names at which place.
    pub upstreams: Vec<Vec<(usize, usize)>>,
}

/// Puts the items of a batch in order.
pub fn levels(items: &[Keyed]) -> Levels {
    let mut found = Levels::default();
    let mut by_key: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        let Some(key) = &item.key else { continue };
        if by_key.contains_key(key.as_str()) {
            found.refused.insert(index, OrderError::KeyTwice);
        } else {
            by_key.insert(key, index);
        }
    }
    for (index, item) in items.iter().enumerate() {
        let mut upstreams = Vec::new();
        for (place, key) in &item.names {
            if let Some(upstream) = by_key.get(key.as_str()) {
                upstreams.push((*place, *upstream));
            } else {
                let refusal = OrderError::NoSuchKey(*place);
                found.refused.entry(index).or_insert(refusal);
            }
        }
        found.upstreams.push(upstreams);
    }
    let mut left: BTreeSet<usize> = (0..items.len()).collect();
    while !left.is_empty() {
        let waits = |index: &usize| {
            let mut upstreams = found.upstreams[*index].iter();
            upstreams.any(|(_, upstream)| left.contains(upstream))
        };
        let (later, level): (BTreeSet<_>, Vec<_>) = {
            let (later, level): (Vec<_>, Vec<_>) = left.iter().copied().partition(waits);
            (later.into_iter().collect(), level)
        };
        if level.is_empty() {
            break;
        }
        left = later;
        found.levels.push(level);
    }
    // What is left is in a cycle, or behind one.
    let behind = left.clone();
    for index in left {
        if let Some(place) = on_a_cycle(index, &found.upstreams, &behind) {
            let refusal = OrderError::Cycle(place);
            found.refused.entry(index).or_insert(refusal);
        }
    }
    let behind: Vec<usize> = behind.into_iter().collect();
    if !behind.is_empty() {
        found.levels.push(behind);
    }
    found
}

/// At which place an item names what leads back to it, if it does.
fn on_a_cycle(
    index: usize,
    upstreams: &[Vec<(usize, usize)>],
    within: &BTreeSet<usize>,
) -> Option<usize> {
    let leads_back = |first: usize| {
        let mut seen = BTreeSet::new();
        let mut next = vec![first];
        while let Some(at) = next.pop() {
            if at == index {
                return true;
            }
            if within.contains(&at) && seen.insert(at) {
                next.extend(upstreams[at].iter().map(|(_, upstream)| *upstream));
            }
        }
        false
    };
    let mut named = upstreams[index].iter();
    named
        .find(|(_, upstream)| leads_back(*upstream))
        .map(|(place, _)| *place)
}
