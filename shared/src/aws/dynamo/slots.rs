//! Slots in the `control` table: all keys of one owner in a partition, for an owner's name may have any character that
//! could part it from a key. Claims are written as hexadecimal numbers and instants as numbers: two dozen holders fit
//! into the kilobyte that one write unit pays for.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use chrono::{DateTime, TimeDelta, Utc};

use super::DynamoStore;
use super::access::STAMP;
use super::error::{corrupt, unavailable};
use super::item::{Item, expire, key, number, text};
use crate::domain::{ClaimToken, Sharers, SlotKey, Slots, Stamp};
use crate::port::{PortResult, Put, SlotTable};

const GET: &str = "dynamodb.GetItem control slots";
const PUT: &str = "dynamodb.PutItem control slots";
const GIVE_BACK: &str = "dynamodb.UpdateItem control slots";

const HELD: &str = "held";
const SPACED_UNTIL: &str = "spaced_until";

/// Slots say nothing once the last is free and the rate has rested.
const RETENTION: TimeDelta = TimeDelta::hours(1);

fn slots_key(key_of: &SlotKey) -> Item {
    let sort = match &key_of.sharers {
        Sharers::All => "ALL".to_owned(),
        Sharers::Job(job) => format!("J#{job}"),
        Sharers::Key(name) => format!("K#{}", name.as_str()),
    };
    key(text(format_args!("SLOT#{}", key_of.user)), text(sort))
}

fn name_of(holder: ClaimToken) -> String {
    format!("{:016x}", holder.0)
}

fn to_item(key_of: &SlotKey, slots: &Slots) -> Item {
    let mut item = slots_key(key_of);
    let held = slots.held.iter();
    let held = held.map(|(holder, until)| (name_of(*holder), number(until.timestamp_millis())));
    item.insert(HELD.to_owned(), AttributeValue::M(held.collect()));
    if let Some(spaced) = slots.spaced_until {
        let spaced = number(spaced.timestamp_micros());
        item.insert(SPACED_UNTIL.to_owned(), spaced);
    }
    let last = slots.held.values().copied().chain(slots.spaced_until).max();
    expire(&mut item, last.unwrap_or_default() + RETENTION);
    item
}

fn to_slots(operation: &'static str, item: &Item) -> PortResult<Slots> {
    let malformed = || corrupt(operation, "slots of an unknown form");
    let number_in = |value: &AttributeValue| value.as_n().ok()?.parse::<i64>().ok();
    let holders = item.get(HELD).and_then(|value| value.as_m().ok());
    let held = holders.into_iter().flatten();
    let held = held.map(|(name, until)| {
        let holder = u64::from_str_radix(name, 16).ok().map(ClaimToken)?;
        let until = DateTime::from_timestamp_millis(number_in(until)?)?;
        Some((holder, until))
    });
    let stamp = item.get(STAMP).and_then(|value| value.as_n().ok());
    let spaced = item.get(SPACED_UNTIL);
    Ok(Slots {
        held: held
            .collect::<Option<BTreeMap<_, DateTime<Utc>>>>()
            .ok_or_else(malformed)?,
        spaced_until: spaced
            .map(|value| number_in(value).and_then(DateTime::from_timestamp_micros))
            .map(|spaced| spaced.ok_or_else(malformed))
            .transpose()?,
        stamp: stamp
            .and_then(|stamp| stamp.parse().ok())
            .map(Stamp)
            .ok_or_else(malformed)?,
    })
}

impl SlotTable for DynamoStore {
    async fn slots(&self, key: &SlotKey) -> PortResult<Option<Slots>> {
        let item = self.get(GET, &self.control, slots_key(key)).await?;
        item.map(|item| to_slots(GET, &item)).transpose()
    }

    async fn put_slots(
        &self,
        key: &SlotKey,
        slots: &Slots,
        expected: Option<Stamp>,
    ) -> PortResult<Put<Slots>> {
        let item = to_item(key, slots);
        let put = self.put_stamped(PUT, &self.control, item, slots.stamp, expected);
        put.await?.try_map(|found| to_slots(PUT, &found))
    }

    async fn give_slot_back(
        &self,
        key: &SlotKey,
        holder: ClaimToken,
        stamp: Stamp,
    ) -> PortResult<()> {
        let request = self
            .client
            .update_item()
            .table_name(&self.control)
            .set_key(Some(slots_key(key)))
            .update_expression("SET #stamp = :stamp REMOVE #held.#holder")
            .condition_expression("attribute_exists(#held.#holder)")
            .expression_attribute_names("#stamp", STAMP)
            .expression_attribute_names("#held", HELD)
            .expression_attribute_names("#holder", name_of(holder))
            .expression_attribute_values(":stamp", number(stamp.0))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match request.send().await {
            Ok(answer) => self.meter.capacity(GIVE_BACK, answer.consumed_capacity()),
            Err(error) => {
                let refused = error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception);
                if !refused {
                    return Err(unavailable(GIVE_BACK, error));
                }
                self.meter.refused(GIVE_BACK);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::dynamo::access::stamp_with;

    #[test]
    fn two_dozen_holders_are_written_for_one_unit_and_come_back_as_they_were() {
        let now = DateTime::from_timestamp_millis(1_795_262_400_987).unwrap();
        let key = SlotKey {
            user: crate::domain::UserId::new(&"u".repeat(128)).unwrap(),
            sharers: Sharers::Key("k".repeat(100).try_into().unwrap()),
        };
        let slots = Slots {
            held: (0..24)
                .map(|holder| (ClaimToken(u64::MAX - holder), now))
                .collect(),
            spaced_until: Some(now + TimeDelta::microseconds(1)),
            stamp: Stamp(u64::MAX),
        };
        let mut item = to_item(&key, &slots);
        stamp_with(&mut item, slots.stamp);
        let bytes: usize = item
            .iter()
            .map(|(name, value)| name.len() + size(value))
            .sum();
        assert!(bytes <= 1_024, "{bytes} bytes");
        assert_eq!(to_slots(PUT, &item).unwrap(), slots);
    }

    /// As DynamoDB counts: two digits of a number a byte, and one more.
    fn size(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::S(text) => text.len(),
            AttributeValue::N(number) => number.len().div_ceil(2) + 1,
            AttributeValue::M(map) => {
                let entries = map.iter().map(|(name, value)| 1 + name.len() + size(value));
                3 + entries.sum::<usize>()
            }
            other => panic!("{other:?} is not counted here"),
        }
    }
}
