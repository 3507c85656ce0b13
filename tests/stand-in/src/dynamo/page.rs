//! One page of a search: items in order, until there are as many as were asked for, or as many bytes as are read at once.

use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use super::expression::{Condition, Projection};
use super::key::KeyValue;
use super::rows::Position;
use super::value::{Item, size_of};

/// The most bytes of items that one Query or Scan reads.
const PAGE_BYTES: usize = 1_024 * 1_024;

/// What of the items is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Select {
    AllAttributes,
    AllProjectedAttributes,
    SpecificAttributes,
    Count,
}

/// The part of a search that says which of the items read are shown, and how.
pub(super) struct Shown {
    pub(super) filter: Option<Condition>,
    pub(super) projection: Option<Projection>,
    pub(super) select: Option<Select>,
    pub(super) limit: Option<usize>,
}

/// An item as it is shown.
pub(super) enum Seen {
    /// All of it, which need not be copied.
    Whole(Arc<Item>),
    Part(Item),
}

impl Seen {
    pub(super) fn new(item: &Arc<Item>, projection: Option<&Projection>) -> Self {
        match projection {
            Some(projection) => Self::Part(projection.of(item)),
            None => Self::Whole(Arc::clone(item)),
        }
    }
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(item) => item.as_ref().serialize(serializer),
            Self::Part(item) => item.serialize(serializer),
        }
    }
}

/// What one page has found.
#[derive(Default)]
pub(super) struct Page {
    pub(super) items: Vec<Seen>,
    pub(super) count: usize,
    pub(super) scanned: usize,
    pub(super) bytes: usize,
    pub(super) last: Option<(KeyValue, Position)>,
}

impl Page {
    /// Reads items, in the order of the search, until the page is full.
    pub(super) fn read<'a>(
        rows: impl Iterator<Item = (&'a KeyValue, &'a Position, &'a Arc<Item>)>,
        shown: &Shown,
    ) -> Self {
        let mut page = Self::default();
        let mut last = None;
        let mut is_full = false;
        for (hash, position, item) in rows {
            let bytes = size_of(item);
            if page.scanned > 0 && page.bytes + bytes > PAGE_BYTES {
                is_full = true;
                break;
            }
            page.scanned += 1;
            page.bytes += bytes;
            last = Some((hash, position));
            if shown
                .filter
                .as_ref()
                .is_none_or(|filter| filter.holds(item))
            {
                page.count += 1;
                if shown.select != Some(Select::Count) {
                    page.items.push(Seen::new(item, shown.projection.as_ref()));
                }
            }
            // It does not look whether there would be more.
            if shown.limit == Some(page.scanned) {
                is_full = true;
                break;
            }
        }
        page.last = last
            .filter(|_| is_full)
            .map(|(hash, position)| (hash.clone(), position.clone()));
        page
    }
}
