//! Works off the redrives of many, once a minute: a part of the letters is released, then the progress is written. A crash
//! in between releases the same part again, and finds it released: each record says by which request it was.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::one::grant;
use super::with_records;
use crate::domain::{
    BulkRedrive, DeadLetter, Execution, LetterStatus, RedriveId, RedriveState, Stamp,
};
use crate::plan::{RedriveOrder, allowance, release_time};
use crate::port::{Clock, DeadLetters, Entropy, LetterOrder, Page, PortResult, Redrives};
use crate::usecase::World;

/// A note whose request is not there this long after it was made belongs to a request that was never written.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::minutes(5);

/// How many letters are released under one look at the progress.
const PART: u32 = 100;

/// What a tick released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// Requests that it worked on.
    pub redrives: u64,
    /// Letters that were given another attempt.
    pub released: u64,
    /// Letters that could not be.
    pub refused: u64,
}

/// Releases what every redrive under way may release in this minute, until `deadline`.
///
/// # Errors
/// If a port fails. The next tick goes on from the progress that was written.
pub async fn release_redrives(world: &impl World, deadline: DateTime<Utc>) -> PortResult<Released> {
    let mut report = Released::default();
    for id in world.store().scheduled_redrives().await? {
        if world.clock().now() >= deadline {
            break;
        }
        match world.store().bulk_redrive(id).await? {
            Some(bulk) if bulk.state == RedriveState::Releasing => {
                report.redrives += 1;
                release(world, bulk, deadline, &mut report).await?;
            }
            Some(_) => world.store().unschedule_redrive(id).await?,
            None if world.clock().now() - id.ordered_at() > FORGOTTEN_AFTER => {
                world.store().unschedule_redrive(id).await?;
            }
            None => {}
        }
    }
    Ok(report)
}

/// Releases one minute's share of `bulk`.
async fn release(
    world: &impl World,
    mut bulk: BulkRedrive,
    deadline: DateTime<Utc>,
    report: &mut Released,
) -> PortResult<()> {
    let begun = world.clock().now();
    let share = allowance(&bulk, begun);
    let mut used = 0;
    while used < share && world.clock().now() < deadline {
        let limit = (share - used).min(PART);
        let Some(page) = next_part(world, &bulk, limit).await? else {
            return Ok(());
        };
        let letters = with_records(world, page.items).await?;
        let outcomes: Vec<Outcome> = stream::iter(letters.into_iter().zip(used..))
            .map(|(found, index)| release_letter(world, &bulk, begun, found, index))
            .buffered(super::ABREAST)
            .try_collect()
            .await?;
        let count = |wanted: &[Outcome]| {
            let counted = outcomes.iter().filter(|outcome| wanted.contains(outcome));
            u32::try_from(counted.count()).unwrap_or(u32::MAX)
        };
        let released = count(&[Outcome::Released, Outcome::ReleasedBefore]);
        let refused = count(&[Outcome::Refused]);
        used += count(&[Outcome::Released]);
        let is_over = page.next.is_none();
        let now = world.clock().now();
        let progressed = BulkRedrive {
            state: if is_over {
                RedriveState::Done
            } else {
                RedriveState::Releasing
            },
            released: bulk.released + u64::from(released),
            refused: bulk.refused + u64::from(refused),
            cursor: page.next,
            released_at: Some(begun),
            ended_at: is_over.then_some(now),
            updated_at: now,
            stamp: Stamp(world.entropy().next_u64()),
            ..bulk.clone()
        };
        if !world
            .store()
            .put_redrive(&progressed, Some(bulk.stamp))
            .await?
        {
            // Another tick works on it, or it was canceled.
            return Ok(());
        }
        report.released += u64::from(released);
        report.refused += u64::from(refused);
        bulk = progressed;
        if is_over {
            return world.store().unschedule_redrive(bulk.id).await;
        }
    }
    Ok(())
}

async fn next_part(
    world: &impl World,
    bulk: &BulkRedrive,
    limit: u32,
) -> PortResult<Option<Page<DeadLetter>>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let cursor = bulk.cursor.as_deref();
    let store = world.store();
    store
        .list_dead_letters(&bulk.filter, LetterOrder::OldestFirst, cursor, limit)
        .await
}

/// What a redrive of many did with one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Released,
    /// By this request, before a crash.
    ReleasedBefore,
    Refused,
    /// Somebody has done something about it since.
    PassedOver,
}

async fn release_letter(
    world: &impl World,
    bulk: &BulkRedrive,
    begun: DateTime<Utc>,
    (letter, record): (DeadLetter, Option<Execution>),
    index: u32,
) -> PortResult<Outcome> {
    let Some(record) = record else {
        return Ok(Outcome::PassedOver);
    };
    if released_by(&record) == Some(bulk.id) {
        return Ok(Outcome::ReleasedBefore);
    }
    if letter.status(Some(&record)) != Some(LetterStatus::Open) {
        return Ok(Outcome::PassedOver);
    }
    let order = RedriveOrder {
        by: &bulk.by,
        request: Some(bulk.id),
        at: release_time(bulk, begun, index),
    };
    Ok(match grant(world, order, None, record).await? {
        Ok(granted) if released_by(&granted) == Some(bulk.id) => Outcome::Released,
        Ok(_) => Outcome::PassedOver,
        Err(_) => Outcome::Refused,
    })
}

fn released_by(record: &Execution) -> Option<RedriveId> {
    record.redriven.as_ref()?.request
}
