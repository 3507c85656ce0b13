//! Dead letters and redrives in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use punctual::domain::{
    BulkRedrive, ChannelKey, DeadLetter, DigestKey, LetterFilter, RedriveId, Stamp, UserId,
};
use punctual::port::{
    DeadLetters, DigestMember, LetterOrder, Notices, Page, PortResult, Redrives, Telling,
};

use super::tables::{Tables, lock, page};

/// What is stored of them.
#[derive(Default)]
pub struct Letters {
    index: Mutex<Vec<DeadLetter>>,
    redrives: Mutex<BTreeMap<RedriveId, BulkRedrive>>,
    pub scheduled: Mutex<BTreeSet<RedriveId>>,
}

impl Letters {
    pub fn add(&self, letter: DeadLetter) {
        let mut index = lock(&self.index);
        index.push(letter);
        index.sort_by_key(|letter| (letter.finished_at, letter.execution));
    }
}

impl DeadLetters for Tables {
    async fn index_dead_letter(&self, _: &DeadLetter) -> PortResult<()> {
        unimplemented!("the API buries nobody")
    }

    async fn list_dead_letters(
        &self,
        filter: &LetterFilter,
        order: LetterOrder,
        cursor: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<DeadLetter>>> {
        let index = lock(&self.letters.index);
        let admitted = index.iter().filter(|letter| filter.admits(letter)).cloned();
        let mut found: Vec<_> = admitted.collect();
        if order == LetterOrder::NewestFirst {
            found.reverse();
        }
        Ok(page(found, cursor, limit))
    }
}

impl Redrives for Tables {
    async fn schedule_redrive(&self, id: RedriveId) -> PortResult<()> {
        self.wrote();
        lock(&self.letters.scheduled).insert(id);
        Ok(())
    }

    async fn unschedule_redrive(&self, id: RedriveId) -> PortResult<()> {
        self.wrote();
        lock(&self.letters.scheduled).remove(&id);
        Ok(())
    }

    async fn scheduled_redrives(&self) -> PortResult<Vec<RedriveId>> {
        Ok(lock(&self.letters.scheduled).iter().copied().collect())
    }

    async fn put_redrive(&self, bulk: &BulkRedrive, expected: Option<Stamp>) -> PortResult<bool> {
        self.wrote();
        let mut redrives = lock(&self.letters.redrives);
        let is_expected = redrives.get(&bulk.id).map(|found| found.stamp) == expected;
        if is_expected {
            redrives.insert(bulk.id, bulk.clone());
        }
        Ok(is_expected)
    }

    async fn bulk_redrive(&self, id: RedriveId) -> PortResult<Option<BulkRedrive>> {
        Ok(lock(&self.letters.redrives).get(&id).cloned())
    }

    async fn list_redrives(
        &self,
        user: Option<&UserId>,
        cursor: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<BulkRedrive>>> {
        let redrives = lock(&self.letters.redrives);
        let newest_first = redrives.values().rev();
        let of_user = newest_first.filter(|bulk| user.is_none_or(|user| bulk.by == *user));
        Ok(page(of_user.cloned().collect(), cursor, limit))
    }
}

impl Notices for Tables {
    async fn begin_telling(
        &self,
        _: &str,
        _: DateTime<Utc>,
        _: DateTime<Utc>,
    ) -> PortResult<Telling> {
        unimplemented!("the API tells nobody")
    }

    async fn end_telling(&self, _: &str, _: DateTime<Utc>) -> PortResult<()> {
        unimplemented!("the API tells nobody")
    }

    async fn give_up_telling(&self, _: &str) -> PortResult<()> {
        unimplemented!("the API tells nobody")
    }

    async fn count_death(&self, _: &UserId, _: ChannelKey, _: DateTime<Utc>) -> PortResult<u64> {
        unimplemented!("the API tells nobody")
    }

    async fn join_digest(&self, _: &DigestKey, _: &DigestMember) -> PortResult<()> {
        unimplemented!("the API tells nobody")
    }

    async fn is_digest_announced(&self, _: &DigestKey) -> PortResult<bool> {
        unimplemented!("the API tells nobody")
    }

    async fn note_digest_announced(&self, _: &DigestKey) -> PortResult<()> {
        unimplemented!("the API tells nobody")
    }

    async fn digest_members(&self, _: &DigestKey) -> PortResult<Vec<DigestMember>> {
        unimplemented!("the API tells nobody")
    }
}
