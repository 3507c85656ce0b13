//! Hints in their time buckets. A hint's keys are all there is to it: putting it again changes nothing, and nothing ever
//! deletes one but its expiry.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use chrono::TimeDelta;

use super::super::{PARTITION_KEY, SORT_KEY};
use super::DynamoStore;
use super::access::BATCH;
use super::error::corrupt;
use super::item::{Item, expire, key, text, text_of};
use crate::domain::Minute;
use crate::port::{Hint, HintKind, Hints, PortResult};
use crate::trace;

const GET: &str = "dynamodb.GetItem due";
const PUT: &str = "dynamodb.PutItem due";
const BATCH_PUT: &str = "dynamodb.BatchWriteItem due";
const READ: &str = "dynamodb.Query due";

/// How long a hint outlives its bucket: how long an outage of the scanner may last.
const RETENTION: TimeDelta = TimeDelta::days(7);

fn bucket(minute: Minute, shard: u16) -> String {
    format!("{minute}#{shard:05}")
}

fn sort_key(hint: &Hint) -> String {
    let second = hint.at.format("%S");
    match hint.kind {
        HintKind::Fire => format!("h#{second}#{}", hint.job),
        HintKind::Retry { occasion, attempt } => {
            format!("r#{second}#{}#{occasion}#{attempt}", hint.job)
        }
    }
}

fn parse(minute: Minute, sort_key: &str) -> Option<Hint> {
    let mut parts = sort_key.split('#');
    let kind = parts.next()?;
    let second: u32 = parts.next()?.parse().ok().filter(|second| *second < 60)?;
    let job = parts.next()?.parse().ok()?;
    let kind = match kind {
        "h" => HintKind::Fire,
        "r" => HintKind::Retry {
            occasion: parts.next()?.parse().ok()?,
            attempt: parts.next()?.parse().ok()?,
        },
        _ => return None,
    };
    Some(Hint {
        at: minute.start() + TimeDelta::seconds(second.into()),
        job,
        kind,
    })
}

impl DynamoStore {
    fn hint_item(&self, hint: &Hint) -> Item {
        let minute = Minute::of(hint.at);
        let bucket = bucket(minute, hint.job.shard(self.shards.get()));
        let mut item = key(text(bucket), text(sort_key(hint)));
        expire(&mut item, minute.start() + RETENTION);
        item
    }

    fn put_request(&self, hint: &Hint) -> PortResult<WriteRequest> {
        let put = PutRequest::builder().set_item(Some(self.hint_item(hint)));
        let put = put.build().map_err(|error| corrupt(BATCH_PUT, error))?;
        Ok(WriteRequest::builder().put_request(put).build())
    }
}

impl Hints for DynamoStore {
    async fn put_hints(&self, hints: &[Hint]) -> PortResult<()> {
        // A batch that names one key twice is refused whole.
        let mut seen = HashSet::new();
        let distinct: Vec<_> = hints.iter().filter(|hint| seen.insert(**hint)).collect();
        match distinct[..] {
            [] => {}
            [hint] => {
                self.put(PUT, &self.due, self.hint_item(hint)).await?;
                trace::hints_put([hint]);
            }
            _ => {
                for batch in distinct.chunks(BATCH) {
                    let requests = batch.iter().map(|hint| self.put_request(hint));
                    let requests = requests.collect::<PortResult<_>>()?;
                    self.write_batch(BATCH_PUT, &self.due, requests).await?;
                    trace::hints_put(batch.iter().copied());
                }
            }
        }
        Ok(())
    }

    async fn has_hint(&self, hint: &Hint) -> PortResult<bool> {
        let item = self.hint_item(hint);
        let keys =
            [PARTITION_KEY, SORT_KEY].map(|name| (name.to_owned(), text(text_of(&item, name))));
        Ok(self.get(GET, &self.due, keys.into()).await?.is_some())
    }

    fn shards(&self) -> u16 {
        self.shards.get()
    }

    async fn hints(&self, minute: Minute, shard: u16) -> PortResult<Vec<Hint>> {
        let bucket = bucket(minute, shard);
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.due)
                .consistent_read(true)
                .key_condition_expression("#key = :bucket")
                .expression_attribute_names("#key", PARTITION_KEY)
                .expression_attribute_values(":bucket", text(&bucket))
                .set_exclusive_start_key(start);
            let answer = self.query(READ, query).await?;
            for item in answer.items() {
                let sort_key = text_of(item, SORT_KEY);
                if let Some(hint) = parse(minute, sort_key) {
                    found.push(hint);
                } else {
                    // It must not keep the rest of its bucket from being scanned.
                    tracing::error!(bucket, sort_key, "a hint that nothing here can read");
                }
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;
    use crate::domain::{JobId, Occasion};

    #[test]
    fn a_hint_survives_its_sort_key() {
        let at = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 59).unwrap();
        let retry = HintKind::Retry {
            occasion: Occasion::manual(at, 5),
            attempt: 12,
        };
        for kind in [HintKind::Fire, retry] {
            let hint = Hint {
                at,
                job: JobId::from_random(3),
                kind,
            };
            assert_eq!(parse(Minute::of(at), &sort_key(&hint)), Some(hint));
        }
    }

    #[test]
    fn an_unreadable_sort_key_is_no_hint() {
        let minute = Minute::of(Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap());
        for sort_key in ["", "h", "h#60#x", "h#00#not-a-job", "x#00#", "r#00#"] {
            assert_eq!(parse(minute, sort_key), None, "{sort_key}");
        }
    }
}
