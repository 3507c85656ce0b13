//! What calls consume: a write unit for each kilobyte of an item, a read unit for each four, half of it if the read may be
//! stale; and what writes do to indexes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

const WRITE_BYTES: usize = 1_024;
const READ_BYTES: usize = 4_096;

/// How a read reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consistency {
    Strong,
    Eventual,
}

impl Consistency {
    pub(super) fn of(consistent_read: Option<bool>) -> Self {
        if consistent_read == Some(true) {
            Self::Strong
        } else {
            Self::Eventual
        }
    }
}

/// Write units of an item of so many bytes. Nothing costs what a small item does.
pub(super) fn write_units(bytes: usize) -> f64 {
    units(bytes, WRITE_BYTES)
}

/// Read units of items that have so many bytes together.
pub(super) fn read_units(bytes: usize, consistency: Consistency) -> f64 {
    let units = units(bytes, READ_BYTES);
    match consistency {
        Consistency::Strong => units,
        Consistency::Eventual => units / 2.0,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an item has 400 KB at most, a page 1 MB"
)]
fn units(bytes: usize, unit: usize) -> f64 {
    bytes.div_ceil(unit).max(1) as f64
}

/// How much a caller wants to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Report {
    #[default]
    None,
    Total,
    Indexes,
}

/// What a call consumed of one table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Consumed {
    pub(super) table: f64,
    pub(super) indexes: BTreeMap<String, f64>,
}

impl Consumed {
    pub(super) fn of_table(units: f64) -> Self {
        Self {
            table: units,
            indexes: BTreeMap::new(),
        }
    }

    pub(super) fn of_index(index: &str, units: f64) -> Self {
        Self {
            table: 0.0,
            indexes: BTreeMap::from([(index.to_owned(), units)]),
        }
    }

    pub(super) fn total(&self) -> f64 {
        self.table + self.indexes.values().sum::<f64>()
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.table += other.table;
        for (index, units) in &other.indexes {
            *self.indexes.entry(index.clone()).or_default() += units;
        }
    }

    /// As a call's answer has it.
    pub(super) fn report(&self, table: &str, report: Report) -> Option<Json> {
        let mut told = Map::new();
        told.insert("TableName".to_owned(), json!(table));
        told.insert("CapacityUnits".to_owned(), json!(self.total()));
        match report {
            Report::None => return None,
            Report::Total => {}
            Report::Indexes => {
                told.insert("Table".to_owned(), json!({ "CapacityUnits": self.table }));
                if !self.indexes.is_empty() {
                    let indexes = self.indexes.iter();
                    let indexes: Map<_, _> = indexes
                        .map(|(index, units)| (index.clone(), json!({ "CapacityUnits": units })))
                        .collect();
                    told.insert("GlobalSecondaryIndexes".to_owned(), Json::Object(indexes));
                }
            }
        }
        Some(Json::Object(told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_billed_by_begun_kilobytes() {
        assert!((write_units(0) - 1.0).abs() < f64::EPSILON);
        assert!((write_units(1_024) - 1.0).abs() < f64::EPSILON);
        assert!((write_units(1_025) - 2.0).abs() < f64::EPSILON);
        assert!((read_units(4_097, Consistency::Strong) - 2.0).abs() < f64::EPSILON);
        assert!((read_units(4_096, Consistency::Eventual) - 0.5).abs() < f64::EPSILON);
    }
}
