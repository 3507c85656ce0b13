//! Reads what the gate asks for, until it has its answer. The first look is at the records of the upstreams, all at
//! once; most of the time there is no second one.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::CONCURRENCY;
use crate::domain::{Execution, ExecutionId, Job, JobId, Occasion, floor_second};
use crate::plan::dependencies::{Facts, Gate, Need, Needs, Row, gate};
use crate::port::{Clock, Executions, Jobs, PortError, PortResult};
use crate::usecase::World;
use crate::usecase::exclusions::exclusions_of;

/// A walk that has not come to its end after so many looks goes through more levels than a graph can have.
const LOOKS: usize = 1_000;

/// How many records behind a missed run are searched for one that stands for it.
const LOOK_AHEAD: usize = 100;

enum Found {
    Job(JobId, Option<Box<Row>>),
    Record(ExecutionId, Option<Box<Execution>>),
    Later(ExecutionId, Vec<Execution>),
}

/// What the upstreams of `row`'s job say about its run on this occasion, by what is on record now.
pub(in crate::usecase) async fn at_gate(
    world: &impl World,
    row: &Row,
    occasion: Occasion,
) -> PortResult<Gate> {
    let mut facts = Facts::default();
    let now = world.clock().now();
    for _ in 0..LOOKS {
        let owed = row.job.owed(&row.exclusions);
        let Needs(needs) = match gate(owed, occasion, &facts, now) {
            Ok(gate) => return Ok(gate),
            Err(needs) => needs,
        };
        let found: Vec<_> = stream::iter(needs)
            .map(|need| read(world, need, now))
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        for found in found {
            match found {
                Found::Job(id, row) => facts.add_job(id, row.map(|row| *row)),
                Found::Record(id, record) => facts.add_record(id, record.map(|record| *record)),
                Found::Later(id, later) => facts.add_later(id, later),
            }
        }
    }
    Err(PortError::Corrupt {
        operation: "look at the upstreams",
        source: format!("{} is in a graph without an end", row.job.id).into(),
    })
}

async fn read(world: &impl World, need: Need, now: DateTime<Utc>) -> PortResult<Found> {
    Ok(match need {
        Need::Record(id) => {
            let record = world.store().execution(id).await?;
            Found::Record(id, record.map(Box::new))
        }
        Need::Later(id) => {
            let from = floor_second(id.occasion.fire_time()) + TimeDelta::seconds(1);
            let until = floor_second(now) + TimeDelta::seconds(1);
            let store = world.store();
            let behind = store.executions_between(id.job, from, until, None, LOOK_AHEAD);
            let mut later = behind.await?;
            later.retain(|record| record.stands_for.is_some_and(|count| count > 1));
            Found::Later(id, later)
        }
        Need::Job(id) => {
            let row = match world.store().job(id).await? {
                Some(job) => Some(Box::new(row_of(world, job).await?)),
                None => None,
            };
            Found::Job(id, row)
        }
    })
}

/// A job with what its calendars exclude.
pub(in crate::usecase) async fn row_of(world: &impl World, job: Job) -> PortResult<Row> {
    let exclusions = exclusions_of(world, &job).await?;
    Ok(Row { job, exclusions })
}
