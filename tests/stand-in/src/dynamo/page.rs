//! One page of a search: items in order, until there are as many as were asked for, or as many bytes as are read at once.

use std::sync::Arc;

use serde::Deserialize;

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

/// What one page has found.
#[derive(Default)]
pub(super) struct Page {
    pub(super) items: Vec<Item>,
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
        for (hash, position, item) in rows {
            let bytes = size_of(item);
            if page.scanned > 0 && page.bytes + bytes > PAGE_BYTES {
                return page;
            }
            page.scanned += 1;
            page.bytes += bytes;
            page.last = Some((hash.clone(), position.clone()));
            if shown
                .filter
                .as_ref()
                .is_none_or(|filter| filter.holds(item))
            {
                page.count += 1;
                if shown.select != Some(Select::Count) {
                    page.items.push(match &shown.projection {
                        Some(projection) => projection.of(item),
                        None => Item::clone(item),
                    });
                }
            }
            // It does not look whether there would be more.
            if shown.limit == Some(page.scanned) {
                return page;
            }
        }
        page.last = None;
        page
    }
}
