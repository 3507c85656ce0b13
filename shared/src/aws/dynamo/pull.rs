//! Offers and registered workers, in the `control` table. An offer's keys are all there is to it, and sort as workers want
//! it; each attempt has an offer of its own, so whoever removes an old one leaves the present one alone.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::{PARTITION_KEY, SORT_KEY};
use super::DynamoStore;
use super::item::{Item, decode, encode, expire, key, text, text_of};
use crate::domain::pull::{PullWorker, WorkName};
use crate::domain::{ExecutionId, Priority, UserId, WorkerId};
use crate::port::{OfferedWork, Offers, PortResult, PullWorkers};

const GET: &str = "dynamodb.GetItem control";
const PUT: &str = "dynamodb.PutItem control";
const REMOVE: &str = "dynamodb.DeleteItem control";
const READ: &str = "dynamodb.Query control";

/// How long an offer outlives its end.
const OFFER_RETENTION: TimeDelta = TimeDelta::days(1);

// No work's name holds a `#`, so a user's id may.
fn offers_of(user: &UserId, work: &WorkName) -> String {
    format!("OFFER#{user}#{work}")
}

fn sort_key(offer: &OfferedWork) -> String {
    let ExecutionId { job, occasion } = offer.execution;
    let priority = u8::from(offer.priority);
    format!("{priority:02}#{occasion}#{job}#{}", offer.attempt)
}

fn parse(user: &UserId, work: &WorkName, sort_key: &str) -> Option<OfferedWork> {
    let mut parts = sort_key.split('#');
    let priority: u8 = parts.next()?.parse().ok()?;
    let occasion = parts.next()?.parse().ok()?;
    let job = parts.next()?.parse().ok()?;
    let attempt = parts.next()?.parse().ok()?;
    Some(OfferedWork {
        user: user.clone(),
        work: work.clone(),
        priority: Priority::try_from(priority).ok()?,
        execution: ExecutionId { job, occasion },
        attempt,
    })
}

fn offer_key(offer: &OfferedWork) -> Item {
    let partition = offers_of(&offer.user, &offer.work);
    key(text(partition), text(sort_key(offer)))
}

fn workers_of(user: &UserId) -> String {
    format!("WORKERS#{user}")
}

fn worker_key(user: &UserId, id: WorkerId) -> Item {
    key(text(workers_of(user)), text(id))
}

impl Offers for DynamoStore {
    async fn put_offer(&self, offer: &OfferedWork, until: DateTime<Utc>) -> PortResult<()> {
        let mut item = offer_key(offer);
        expire(&mut item, until + OFFER_RETENTION);
        self.put_control(item).await
    }

    async fn offers(
        &self,
        user: &UserId,
        work: &WorkName,
        limit: usize,
    ) -> PortResult<Vec<OfferedWork>> {
        let partition = offers_of(user, work);
        let query = self
            .client
            .query()
            .table_name(&self.control)
            .key_condition_expression("#key = :offers")
            .expression_attribute_names("#key", PARTITION_KEY)
            .expression_attribute_values(":offers", text(&partition))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let answer = self.query(READ, query).await?;
        let mut found = Vec::new();
        for item in answer.items() {
            let sort_key = text_of(item, SORT_KEY);
            if let Some(offer) = parse(user, work, sort_key) {
                found.push(offer);
            } else {
                // It must not keep the others from being taken.
                tracing::error!(partition, sort_key, "an offer that nothing here can read");
            }
        }
        Ok(found)
    }

    async fn remove_offer(&self, offer: &OfferedWork) -> PortResult<()> {
        self.delete_if(REMOVE, &self.control, offer_key(offer), PARTITION_KEY, None)
            .await
    }
}

impl PullWorkers for DynamoStore {
    async fn put_worker(&self, worker: &PullWorker) -> PortResult<()> {
        let mut item = encode(PUT, worker)?;
        item.extend(worker_key(&worker.user, worker.id));
        expire(&mut item, worker.keep_until());
        self.put_control(item).await
    }

    async fn worker(&self, user: &UserId, id: WorkerId) -> PortResult<Option<PullWorker>> {
        let item = self.get(GET, &self.control, worker_key(user, id)).await?;
        item.map(|item| decode(GET, item)).transpose()
    }

    async fn workers(&self, user: &UserId) -> PortResult<Vec<PullWorker>> {
        // One page: a megabyte holds more workers than a user may have.
        let query = self
            .client
            .query()
            .table_name(&self.control)
            .consistent_read(true)
            .key_condition_expression("#key = :workers")
            .expression_attribute_names("#key", PARTITION_KEY)
            .expression_attribute_values(":workers", text(workers_of(user)));
        let answer = self.query(READ, query).await?;
        let items = answer.items.unwrap_or_default().into_iter();
        items.map(|item| decode(READ, item)).collect()
    }

    async fn remove_worker(&self, user: &UserId, id: WorkerId) -> PortResult<()> {
        let key = worker_key(user, id);
        self.delete_if(REMOVE, &self.control, key, PARTITION_KEY, None)
            .await
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::domain::{JobId, Occasion};

    fn offered(priority: u8, occasion: Occasion) -> OfferedWork {
        let job = JobId::from_random(3);
        OfferedWork {
            user: UserId::new("a#b").unwrap(),
            work: WorkName::new("resize-images").unwrap(),
            priority: Priority::try_from(priority).unwrap(),
            execution: ExecutionId { job, occasion },
            attempt: 12,
        }
    }

    #[test]
    fn an_offer_survives_its_sort_key() {
        let noon = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        for occasion in [Occasion::Scheduled(noon), Occasion::manual(noon, 5)] {
            let offer = offered(7, occasion);
            let parsed = parse(&offer.user, &offer.work, &sort_key(&offer));
            assert_eq!(parsed, Some(offer));
        }
    }

    #[test]
    fn offers_sort_by_priority_and_then_by_fire_time() {
        let noon = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        let at = |minute| Occasion::Scheduled(noon + TimeDelta::minutes(minute));
        let in_order = [
            offered(1, at(9)),
            offered(2, at(0)),
            offered(2, Occasion::manual(noon + TimeDelta::seconds(30), 1)),
            offered(2, at(1)),
            offered(10, at(-9)),
        ];
        let keys: Vec<_> = in_order.iter().map(sort_key).collect();
        assert!(keys.is_sorted(), "{keys:?}");
    }
}
