//! What has been told, and what waits to be told together, in the `control` table.

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue};
use chrono::{DateTime, TimeDelta, Utc};

use super::super::{PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE};
use super::DynamoStore;
use super::access::Condition;
use super::error::{corrupt, unavailable};
use super::item::{Item, expire, key, number, text, text_of};
use crate::domain::{ChannelKey, DigestKey, UserId};
use crate::port::{DigestMember, Notices, PortResult, Put, Telling};

const GET: &str = "dynamodb.GetItem control notice";
const PUT: &str = "dynamodb.PutItem control notice";
const REMOVE: &str = "dynamodb.DeleteItem control notice";
const COUNT: &str = "dynamodb.UpdateItem control notice";
const READ: &str = "dynamodb.Query control notices";

/// Until when somebody has the right to tell, in epoch milliseconds.
const UNTIL: &str = "until";
/// What stands there once it has been told: nobody's right begins after it.
const FOR_EVER: i64 = 253_402_300_799_000;
const COUNTED: &str = "counted";
const BODY: &str = "body";

/// The sort key that says that a digest was asked for; it sorts before every member's.
const ANNOUNCED: &str = "ANNOUNCED";
const MEMBER_PREFIX: &str = "M#";

/// Longer than a message of any queue lives.
const TOLD_RETENTION: TimeDelta = TimeDelta::days(15);
/// A digest is told within minutes; a crash may bring its message back for days.
const DIGEST_RETENTION: TimeDelta = TimeDelta::days(5);

fn told_key(name: &str) -> Item {
    key(text(format_args!("TOLD#{name}")), text("T"))
}

fn digest_partition(digest: &DigestKey) -> String {
    let DigestKey {
        user,
        channel,
        minute,
    } = digest;
    format!("DIGEST#{user}#{channel}#{}", minute.timestamp())
}

impl Notices for DynamoStore {
    async fn begin_telling(
        &self,
        name: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> PortResult<Telling> {
        let mut item = told_key(name);
        item.insert(UNTIL.to_owned(), number(until.timestamp_millis()));
        expire(&mut item, now + TOLD_RETENTION);
        let condition = Condition::AbsentOrBelow(UNTIL, number(now.timestamp_millis()));
        let found = match self.put_if(PUT, &self.control, item, condition).await? {
            Put::Written => return Ok(Telling::Begun),
            Put::Refused(found) => found.unwrap_or_default(),
        };
        let is_told = found.get(UNTIL) == Some(&number(FOR_EVER));
        Ok(if is_told {
            Telling::Told
        } else {
            Telling::Busy
        })
    }

    async fn end_telling(&self, name: &str, now: DateTime<Utc>) -> PortResult<()> {
        let mut item = told_key(name);
        item.insert(UNTIL.to_owned(), number(FOR_EVER));
        expire(&mut item, now + TOLD_RETENTION);
        self.put_control(item).await
    }

    async fn give_up_telling(&self, name: &str) -> PortResult<()> {
        let key = told_key(name);
        self.delete_if(REMOVE, &self.control, key, PARTITION_KEY, None)
            .await
    }

    async fn count_death(
        &self,
        user: &UserId,
        channel: ChannelKey,
        minute: DateTime<Utc>,
    ) -> PortResult<u64> {
        let partition = text(format_args!("PACE#{user}#{channel}"));
        let answer = self
            .client
            .update_item()
            .table_name(&self.control)
            .set_key(Some(key(partition, text(minute.timestamp()))))
            .update_expression("ADD #counted :one SET #expiry = :expiry")
            .expression_attribute_names("#counted", COUNTED)
            .expression_attribute_names("#expiry", TTL_ATTRIBUTE)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":expiry", number((minute + DIGEST_RETENTION).timestamp()))
            .return_values(ReturnValue::UpdatedNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| unavailable(COUNT, error))?;
        self.meter.capacity(COUNT, answer.consumed_capacity());
        let counted = answer.attributes().and_then(|found| found.get(COUNTED));
        let counted = counted.and_then(|counted| counted.as_n().ok());
        let counted = counted.map(|counted| counted.parse());
        match counted {
            Some(Ok(counted)) => Ok(counted),
            Some(Err(error)) => Err(corrupt(COUNT, error)),
            None => Err(corrupt(COUNT, "a count without a number")),
        }
    }

    async fn join_digest(&self, digest: &DigestKey, member: &DigestMember) -> PortResult<()> {
        let sort = format!("{MEMBER_PREFIX}{}#{}", member.execution, member.attempt);
        let mut item = key(text(digest_partition(digest)), text(sort));
        let body = serde_json::to_string(member).map_err(|error| corrupt(PUT, error))?;
        item.insert(BODY.to_owned(), text(body));
        expire(&mut item, digest.minute + DIGEST_RETENTION);
        self.put_control(item).await
    }

    async fn is_digest_announced(&self, digest: &DigestKey) -> PortResult<bool> {
        let key = key(text(digest_partition(digest)), text(ANNOUNCED));
        let found = self.get(GET, &self.control, key).await?;
        Ok(found.is_some())
    }

    async fn note_digest_announced(&self, digest: &DigestKey) -> PortResult<()> {
        let mut item = key(text(digest_partition(digest)), text(ANNOUNCED));
        expire(&mut item, digest.minute + DIGEST_RETENTION);
        self.put_control(item).await
    }

    async fn digest_members(&self, digest: &DigestKey) -> PortResult<Vec<DigestMember>> {
        let (mut members, mut start) = (Vec::new(), None);
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.control)
                .consistent_read(true)
                .key_condition_expression("#key = :digest AND begins_with(#sort, :member)")
                .expression_attribute_names("#key", PARTITION_KEY)
                .expression_attribute_names("#sort", SORT_KEY)
                .expression_attribute_values(":digest", text(digest_partition(digest)))
                .expression_attribute_values(":member", text(MEMBER_PREFIX))
                .set_exclusive_start_key(start);
            let answer = self.query(READ, query).await?;
            for item in answer.items() {
                let member = serde_json::from_str(text_of(item, BODY));
                members.push(member.map_err(|error| corrupt(READ, error))?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(members);
            }
        }
    }
}
