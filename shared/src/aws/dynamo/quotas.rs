//! What has been granted to each user, and the tier of each: two items in one partition of `control`, read by one query.

use aws_sdk_dynamodb::types::Select;
use chrono::{DateTime, TimeDelta, Utc};

use super::super::{BY_USER, PARTITION_KEY, SORT_KEY};
use super::DynamoStore;
use super::access::STAMP;
use super::error::corrupt;
use super::item::{Item, expire, key, number, text, text_of};
use super::jobs::user_partition;
use crate::domain::{JobState, LiveBound, Stamp, Tally, Tier, UserId};
use crate::port::{Account, PortResult, Put, Quotas};

const READ: &str = "dynamodb.Query control";
/// Told from other writes of the table: what admission costs is a figure of its own.
const PUT: &str = "dynamodb.PutItem control tally";
const COUNT: &str = "dynamodb.Query jobs";

const TALLY: &str = "ADMITTED";
const TIER: &str = "PLAN";

const MINUTE: &str = "minute";
const IN_MINUTE: &str = "in_minute";
const IN_DAY: &str = "in_day";
const LIVE_AT_MOST: &str = "live_at_most";
const LIVE_COUNTED_AT: &str = "live_counted_at";
const PLAN: &str = "plan";

/// A tally says nothing once its day is over; without one, live jobs are counted anew.
const TALLY_RETENTION: TimeDelta = TimeDelta::days(2);

/// The most index entries that one query is asked to look at.
const COUNT_PAGE: u64 = 10_000;

fn account_partition(user: &UserId) -> String {
    format!("USER#{user}")
}

fn to_item(user: &UserId, tally: &Tally) -> Item {
    let mut item = key(text(account_partition(user)), text(TALLY));
    item.insert(MINUTE.to_owned(), text(tally.minute));
    item.insert(IN_MINUTE.to_owned(), number(tally.in_minute));
    item.insert(IN_DAY.to_owned(), number(tally.in_day));
    if let Some(live) = tally.live {
        item.insert(LIVE_AT_MOST.to_owned(), number(live.at_most));
        let counted_at = live.counted_at.timestamp_millis();
        item.insert(LIVE_COUNTED_AT.to_owned(), number(counted_at));
    }
    expire(&mut item, tally.minute.start() + TALLY_RETENTION);
    item
}

fn to_tally(operation: &'static str, item: &Item) -> PortResult<Tally> {
    let minute = text_of(item, MINUTE).parse();
    Ok(Tally {
        stamp: Stamp(number_of(operation, item, STAMP)?),
        minute: minute.map_err(|error| corrupt(operation, error))?,
        in_minute: number_of(operation, item, IN_MINUTE)?,
        in_day: number_of(operation, item, IN_DAY)?,
        live: if item.contains_key(LIVE_AT_MOST) {
            let millis = number_of(operation, item, LIVE_COUNTED_AT)?;
            Some(LiveBound {
                at_most: number_of(operation, item, LIVE_AT_MOST)?,
                counted_at: DateTime::<Utc>::from_timestamp_millis(millis)
                    .ok_or_else(|| corrupt(operation, "a count at no instant"))?,
            })
        } else {
            None
        },
    })
}

fn number_of<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    operation: &'static str,
    item: &Item,
    name: &str,
) -> PortResult<T> {
    item.get(name)
        .and_then(|value| value.as_n().ok())
        .ok_or_else(|| corrupt(operation, format!("no number {name}")))?
        .parse()
        .map_err(|error: T::Err| corrupt(operation, error))
}

impl DynamoStore {
    /// Counts the entries of the index by user in one state, up to `at_most`.
    async fn count_jobs(&self, user: &UserId, state: JobState, at_most: u64) -> PortResult<u64> {
        let mut count = 0;
        let mut start = None;
        while count < at_most {
            let limit = (at_most - count).min(COUNT_PAGE);
            let query = self
                .client
                .query()
                .table_name(&self.jobs)
                .index_name(BY_USER.name)
                .select(Select::Count)
                .key_condition_expression("#user = :user AND begins_with(#sort, :state)")
                .expression_attribute_names("#user", BY_USER.partition_key)
                .expression_attribute_names("#sort", BY_USER.sort_key)
                .expression_attribute_values(":user", text(user_partition(user)))
                .expression_attribute_values(":state", text(format!("{}#", state.name())))
                .limit(i32::try_from(limit).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start);
            let answer = self.query(COUNT, query).await?;
            count += u64::try_from(answer.count()).unwrap_or_default();
            start = answer.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(count)
    }
}

impl Quotas for DynamoStore {
    async fn account(&self, user: &UserId) -> PortResult<Account> {
        let query = self
            .client
            .query()
            .table_name(&self.control)
            .consistent_read(true)
            .key_condition_expression("#key = :user AND #sort BETWEEN :first AND :last")
            .expression_attribute_names("#key", PARTITION_KEY)
            .expression_attribute_names("#sort", SORT_KEY)
            .expression_attribute_values(":user", text(account_partition(user)))
            .expression_attribute_values(":first", text(TALLY))
            .expression_attribute_values(":last", text(TIER));
        let answer = self.query(READ, query).await?;
        let mut account = Account::default();
        for item in answer.items() {
            match text_of(item, SORT_KEY) {
                TALLY => account.tally = Some(to_tally(READ, item)?),
                TIER => {
                    let tier = text_of(item, PLAN).parse();
                    account.tier = Some(tier.map_err(|error| corrupt(READ, error))?);
                }
                _ => {}
            }
        }
        Ok(account)
    }

    async fn put_tally(
        &self,
        user: &UserId,
        tally: &Tally,
        expected: Option<Stamp>,
    ) -> PortResult<Put<Tally>> {
        let item = to_item(user, tally);
        let put = self.put_stamped(PUT, &self.control, item, tally.stamp, expected);
        put.await?.try_map(|found| to_tally(PUT, &found))
    }

    async fn set_tier(&self, user: &UserId, tier: Tier) -> PortResult<()> {
        let mut item = key(text(account_partition(user)), text(TIER));
        item.insert(PLAN.to_owned(), text(tier.name()));
        self.put_control(item).await
    }

    async fn count_live_jobs(&self, user: &UserId, at_most: u64) -> PortResult<u64> {
        let active = self.count_jobs(user, JobState::Active, at_most).await?;
        let left = at_most.saturating_sub(active);
        let paused = self.count_jobs(user, JobState::Paused, left).await?;
        Ok(active + paused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::dynamo::access::stamp_with;
    use crate::domain::Minute;

    fn stamped(user: &UserId, tally: &Tally) -> Item {
        let mut item = to_item(user, tally);
        stamp_with(&mut item, tally.stamp);
        item
    }

    #[test]
    fn a_tally_is_written_for_one_unit_and_comes_back_as_it_was() {
        let now = DateTime::from_timestamp(1_795_262_400, 987_654_321).unwrap();
        let user = UserId::new(&"u".repeat(128)).unwrap();
        let tally = Tally {
            stamp: Stamp(u64::MAX),
            minute: Minute::of(now),
            in_minute: u64::MAX,
            in_day: u64::MAX,
            live: Some(LiveBound::counted(u64::MAX, now)),
        };
        let item = stamped(&user, &tally);
        let size = |value: &aws_sdk_dynamodb::types::AttributeValue| {
            let text = value.as_s().or_else(|_| value.as_n());
            text.map_or(0, String::len)
        };
        let bytes: usize = item
            .iter()
            .map(|(name, value)| name.len() + size(value))
            .sum();
        assert!(bytes <= 1_024, "{bytes} bytes");
        assert_eq!(to_tally(PUT, &item).unwrap(), tally);
        let uncounted = Tally {
            live: None,
            ..tally
        };
        assert_eq!(
            to_tally(PUT, &stamped(&user, &uncounted)).unwrap(),
            uncounted
        );
    }
}
