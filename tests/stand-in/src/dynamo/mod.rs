//! DynamoDB: its tables, and the operations on them.

mod batch;
mod capacity;
mod definition;
mod expression;
mod key;
mod key_condition;
mod number;
mod read;
mod rows;
mod table;
mod value;
mod write;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

pub use self::number::{Number, NumberError};
use self::table::Table;
pub(crate) use self::value::VALIDATION_MARK;
pub use self::value::{Item, Value, size_of};
use crate::refusal::Refusal;

/// Units consumed of a table so far, its indexes' among them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Units {
    /// Read units.
    pub read: f64,
    /// Write units.
    pub write: f64,
}

/// Every table.
#[derive(Clone, Debug)]
pub struct Dynamo {
    tables: BTreeMap<String, Table>,
    /// How far back reads may be asked to look.
    staleness: TimeDelta,
    /// How far back eventually consistent reads look at present.
    lag: TimeDelta,
    changes: u64,
}

impl Default for Dynamo {
    fn default() -> Self {
        Self {
            tables: BTreeMap::new(),
            staleness: TimeDelta::zero(),
            lag: TimeDelta::zero(),
            changes: 0,
        }
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(Refusal::shape)
}

impl Dynamo {
    /// Carries out one operation.
    pub(crate) fn call(
        &mut self,
        now: DateTime<Utc>,
        operation: &str,
        body: &[u8],
    ) -> Result<Json, Refusal> {
        match operation {
            "GetItem" => self.get_item(now, &read(body)?),
            "PutItem" => self.put_item(now, read(body)?),
            "UpdateItem" => self.update_item(now, read(body)?),
            "DeleteItem" => self.delete_item(now, read(body)?),
            "Query" => self.query(now, &read(body)?),
            "Scan" => self.scan(now, &read(body)?),
            "BatchGetItem" => self.batch_get_item(now, read(body)?),
            "BatchWriteItem" => self.batch_write_item(now, read(body)?),
            "CreateTable" => self.create_table(now, read(body)?),
            "DescribeTable" => self.describe_table(&read(body)?),
            "DeleteTable" => self.delete_table(&read(body)?),
            "ListTables" => Ok(self.list_tables()),
            "UpdateTimeToLive" => self.update_time_to_live(read(body)?),
            "DescribeTimeToLive" => self.describe_time_to_live(&read(body)?),
            _ => Err(Refusal::new(
                "UnknownOperationException",
                format!("{operation} is not stood in for"),
            )),
        }
    }

    fn table(&self, name: &str) -> Result<&Table, Refusal> {
        self.tables.get(name).ok_or_else(Refusal::no_table)
    }

    fn table_mut(&mut self, name: &str) -> Result<&mut Table, Refusal> {
        self.tables.get_mut(name).ok_or_else(Refusal::no_table)
    }

    fn changed(&mut self) {
        self.changes += 1;
    }

    /// How often anything has been changed.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// Purges the items that have expired, and returns how many there were. DynamoDB takes up to days for it; until then,
    /// expired items are read as all others are.
    pub fn reap(&mut self, now: DateTime<Utc>) -> usize {
        let mut reaped = 0;
        for table in self.tables.values_mut() {
            // What expiry deletes costs nothing.
            let units = table.write_units;
            for key in table.expired(now) {
                table.write(now, &key, None, self.staleness);
                reaped += 1;
            }
            table.write_units = units;
        }
        if reaped > 0 {
            self.changed();
        }
        reaped
    }

    /// From now on keeps what has been overwritten for so long, so that reads can be asked to look back.
    pub fn remember(&mut self, staleness: TimeDelta) {
        self.staleness = staleness;
    }

    /// From now on answers eventually consistent reads, and those of indexes, as of so long ago: at most as far back as
    /// is remembered.
    pub fn lag_behind(&mut self, lag: TimeDelta) {
        self.lag = lag.min(self.staleness);
    }

    /// What each table has consumed.
    pub fn consumed(&self) -> BTreeMap<String, Units> {
        let tables = self.tables.iter().map(|(name, table)| {
            let units = Units {
                read: table.read_units,
                write: table.write_units,
            };
            (name.clone(), units)
        });
        tables.collect()
    }

    /// The items of a table, in the order of their keys; none, if there is no such table.
    pub fn items(&self, table: &str) -> impl Iterator<Item = &Item> {
        let rows = self.tables.get(table).into_iter();
        rows.flat_map(|table| table.rows.iter().map(|(_, _, item)| &**item))
    }
}
