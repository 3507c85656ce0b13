//! Reads what the gate asks for, until it has its answer. The first look is at the records of the upstreams, all at
//! once; most of the time there is no second one.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::CONCURRENCY;
use crate::domain::{Execution, Job, JobId, Occasion};
use crate::plan::dependencies::{Facts, Gate, Need, Needs, Row, gate};
use crate::port::{Executions, Jobs, PortError, PortResult};
use crate::usecase::World;
use crate::usecase::exclusions::exclusions_of;

/// A walk that has not come to its end after so many looks goes through more levels than a graph can have.
const LOOKS: usize = 1_000;

enum Found {
    Job(JobId, Option<Box<Row>>),
    Record(crate::domain::ExecutionId, Option<Box<Execution>>),
}

/// What the upstreams of `row`'s job say about its run on this occasion, by what is on record now.
pub(in crate::usecase) async fn at_gate(
    world: &impl World,
    row: &Row,
    occasion: Occasion,
) -> PortResult<Gate> {
    let mut facts = Facts::default();
    for _ in 0..LOOKS {
        let owed = row.job.owed(&row.exclusions);
        let Needs(needs) = match gate(owed, occasion, &facts) {
            Ok(gate) => return Ok(gate),
            Err(needs) => needs,
        };
        let found: Vec<_> = stream::iter(needs)
            .map(|need| read(world, need))
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        for found in found {
            match found {
                Found::Job(id, row) => facts.add_job(id, row.map(|row| *row)),
                Found::Record(id, record) => facts.add_record(id, record.map(|record| *record)),
            }
        }
    }
    Err(PortError::Corrupt {
        operation: "look at the upstreams",
        source: format!("{} is in a graph without an end", row.job.id).into(),
    })
}

async fn read(world: &impl World, need: Need) -> PortResult<Found> {
    Ok(match need {
        Need::Record(id) => {
            let record = world.store().execution(id).await?;
            Found::Record(id, record.map(Box::new))
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
