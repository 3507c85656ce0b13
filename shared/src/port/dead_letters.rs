//! The index of dead letters, and the requests to redrive many of them.

use super::{Page, PortResult};
use crate::domain::{BulkRedrive, DeadLetter, LetterFilter, RedriveId, Stamp, UserId};

/// In which order letters are listed, by when they ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterOrder {
    /// The latest first.
    NewestFirst,
    /// The earliest first.
    OldestFirst,
}

/// The index, in the `control` table. Its entries are only ever added, and expire with their records.
pub trait DeadLetters: Send + Sync {
    /// Indexes a letter, under its owner and under everybody's. Indexing it again changes nothing.
    fn index_dead_letter(&self, letter: &DeadLetter)
    -> impl Future<Output = PortResult<()>> + Send;

    /// Lists the letters that `filter` admits, at most `limit` (1–100), from where `cursor` points. The work is bounded: a
    /// part may be short, or empty, and still be followed by another. `Ok(None)`: the cursor is not one of ours.
    fn list_dead_letters(
        &self,
        filter: &LetterFilter,
        order: LetterOrder,
        cursor: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = PortResult<Option<Page<DeadLetter>>>> + Send;
}

/// The redrives of many, in the `control` table. They are kept for 30 days.
pub trait Redrives: Send + Sync {
    /// Notes that the tick is to work on `id`. To be called before the request is written.
    fn schedule_redrive(&self, id: RedriveId) -> impl Future<Output = PortResult<()>> + Send;

    /// Takes the note back: there is nothing left to do.
    fn unschedule_redrive(&self, id: RedriveId) -> impl Future<Output = PortResult<()>> + Send;

    /// The redrives that the tick is to work on, oldest first, at most a hundred.
    fn scheduled_redrives(&self) -> impl Future<Output = PortResult<Vec<RedriveId>>> + Send;

    /// Writes a request if the stored one is at the stamp `expected`, or if there is none and `expected` is `None`.
    /// Whether it did.
    fn put_redrive(
        &self,
        bulk: &BulkRedrive,
        expected: Option<Stamp>,
    ) -> impl Future<Output = PortResult<bool>> + Send;

    /// Reads a request, strongly consistent.
    fn bulk_redrive(
        &self,
        id: RedriveId,
    ) -> impl Future<Output = PortResult<Option<BulkRedrive>>> + Send;

    /// Lists requests, newest first, only those of `user` if it is given; otherwise as [`DeadLetters::list_dead_letters`].
    fn list_redrives(
        &self,
        user: Option<&UserId>,
        cursor: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = PortResult<Option<Page<BulkRedrive>>>> + Send;
}
