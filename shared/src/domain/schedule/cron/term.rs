//! One item of a field's list, as it was said. What it means as a set of values is decided here, and so is which value an
//! `H` stands for: the same one forever, for one seed and one field.

use sha2::{Digest, Sha256};

/// An item of the list in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Term {
    /// Every so many values of the whole field: `*`, `?`, `*/15`.
    Every {
        /// 1, if none was said.
        step: u32,
    },
    /// One value: `5`, `MON`.
    One(u32),
    /// Every so many values of a range: `1-5`, `10-50/20`, `5/20`.
    Range {
        /// The first value.
        from: u32,
        /// The last value; past the field's last one, where a range of names goes around.
        to: u32,
        /// 1, if none was said.
        step: u32,
    },
    /// One value of a range, or one way to step through it, that is left to a hash: `H`, `H(0-29)`, `H/15`.
    Hashed {
        /// The least value.
        from: u32,
        /// The greatest value.
        to: u32,
        /// How far apart the values are; one value, if absent.
        step: Option<u32>,
    },
}

impl Term {
    /// The values, in a field from `min` to `last`. An `H` that is still open may be any of its range.
    pub(super) fn values(self, min: u32, last: u32) -> impl Iterator<Item = u32> {
        let (from, to, step) = match self {
            Self::Every { step } => (min, last, step),
            Self::One(value) => (value, value, 1),
            Self::Range { from, to, step } => (from, to, step),
            Self::Hashed { from, to, .. } => (from, to, 1),
        };
        let stride = usize::try_from(step).unwrap_or(usize::MAX).max(1);
        (from..=to).step_by(stride)
    }

    /// What an `H` in the field of that name becomes for `seed`, as text; nothing, if this is no `H`.
    pub(super) fn resolved(self, field: &str, seed: u64) -> Option<String> {
        let Self::Hashed { from, to, step } = self else {
            return None;
        };
        let size = to - from + 1;
        Some(match step {
            None => (from + choice(seed, field, size)).to_string(),
            Some(step) => {
                let first = from + choice(seed, field, step.min(size));
                format!("{first}-{to}/{step}")
            }
        })
    }
}

/// A number below `count`. Stored schedules and what users were shown depend on it: it must never change.
fn choice(seed: u64, field: &str, count: u32) -> u32 {
    let digest = Sha256::new()
        .chain_update(seed.to_be_bytes())
        .chain_update(field)
        .finalize();
    let mut first = [0; 4];
    first.copy_from_slice(&digest[..4]);
    u32::from_be_bytes(first) % count.max(1)
}
