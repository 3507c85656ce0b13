//! Gauges, in a partition of `control`: what was concluded last, and the work that was done, by minute and band.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use chrono::TimeDelta;

use super::super::{PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE};
use super::DynamoStore;
use super::error::{corrupt, unavailable};
use super::item::{Item, expire, key, number, text, text_of};
use crate::domain::{Band, Minute, PerBand, Pressure, Work};
use crate::port::{Gauges, PortResult};

const GET: &str = "dynamodb.GetItem control";
const ADD: &str = "dynamodb.UpdateItem control work";
const READ: &str = "dynamodb.Query control work";

const PRESSURE: &str = "PRESSURE";
const STATE: &str = "STATE";
const WORK_PREFIX: &str = "W#";
/// The attribute that holds the state.
const CONCLUDED: &str = "concluded";
/// The attributes of work.
const RUNS: &str = "runs";
const BUSY_MS: &str = "busy_ms";

const WORK_RETENTION: TimeDelta = TimeDelta::hours(1);
const STATE_RETENTION: TimeDelta = TimeDelta::days(30);

fn work_key(minute: Minute, band: Band) -> Item {
    let sort = format!("{WORK_PREFIX}{minute}#{}", band.name());
    key(text(PRESSURE), text(sort))
}

fn count(item: &Item, name: &str) -> u64 {
    let value = item.get(name).and_then(|value| value.as_n().ok());
    value
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}

impl Gauges for DynamoStore {
    async fn add_work(&self, band: Band, minute: Minute, work: Work) -> PortResult<()> {
        let expires_at = (minute.start() + WORK_RETENTION).timestamp();
        let answer = self
            .client
            .update_item()
            .table_name(&self.control)
            .set_key(Some(work_key(minute, band)))
            .update_expression("ADD #runs :runs, #busy :busy SET #expires = :expires")
            .expression_attribute_names("#runs", RUNS)
            .expression_attribute_names("#busy", BUSY_MS)
            .expression_attribute_names("#expires", TTL_ATTRIBUTE)
            .expression_attribute_values(":runs", number(work.runs))
            .expression_attribute_values(":busy", number(work.busy_ms))
            .expression_attribute_values(":expires", number(expires_at))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| unavailable(ADD, error))?;
        self.meter.capacity(ADD, answer.consumed_capacity());
        Ok(())
    }

    async fn work_since(&self, minute: Minute) -> PortResult<PerBand<Work>> {
        let mut work = PerBand::<Work>::default();
        // A few minutes of three bands: one page, however busy they were.
        let query = self
            .client
            .query()
            .table_name(&self.control)
            .key_condition_expression("#key = :pressure AND #sort >= :first")
            .expression_attribute_names("#key", PARTITION_KEY)
            .expression_attribute_names("#sort", SORT_KEY)
            .expression_attribute_values(":pressure", text(PRESSURE))
            .expression_attribute_values(":first", text(format!("{WORK_PREFIX}{minute}")));
        let answer = self.query(READ, query).await?;
        for item in answer.items() {
            let name = text_of(item, SORT_KEY).rsplit('#').next();
            let band = Band::ALL.into_iter().find(|band| Some(band.name()) == name);
            if let Some(band) = band {
                let done = Work {
                    runs: count(item, RUNS),
                    busy_ms: count(item, BUSY_MS),
                };
                let sum = work.get_mut(band);
                *sum = sum.and(done);
            }
        }
        Ok(work)
    }

    async fn pressure(&self) -> PortResult<Option<Pressure>> {
        let key = key(text(PRESSURE), text(STATE));
        let item = self.get(GET, &self.control, key).await?;
        let concluded = item.map(|item| serde_json::from_str(text_of(&item, CONCLUDED)));
        concluded.transpose().map_err(|error| corrupt(GET, error))
    }

    async fn keep_pressure(&self, pressure: &Pressure) -> PortResult<()> {
        let mut item = key(text(PRESSURE), text(STATE));
        let concluded = serde_json::to_string(pressure).map_err(|error| corrupt(GET, error))?;
        item.insert(CONCLUDED.to_owned(), text(concluded));
        expire(&mut item, pressure.at + STATE_RETENTION);
        self.put_control(item).await
    }
}
