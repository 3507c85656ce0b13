//! The jobs that hang together with one: what it runs after, what runs after it, and so on. Read and put together when it
//! is asked for; nothing is kept of it.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::CONCURRENCY;
use crate::domain::{Caller, Execution, ExecutionId, Job, JobId, JobState, MAX_GRAPH, Occasion};
use crate::plan::dependencies::{Keyed, levels};
use crate::port::{Edges, Executions};
use crate::usecase::{RequestError, World, reachable_job};

/// A job of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphNode {
    /// Its row.
    pub job: Job,
    /// Its record of the run that was asked for, if it has one.
    pub execution: Option<Execution>,
}

/// Jobs that hang together.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The jobs, each behind those that it runs after.
    pub nodes: Vec<GraphNode>,
    /// Whether there are more than are shown.
    pub truncated: bool,
}

/// The graph of the job `id`, with what became of each job in `run`, if that is named.
///
/// # Errors
/// [`RequestError::NotFound`], or a port's failure.
pub async fn graph(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    run: Option<Occasion>,
) -> Result<Graph, RequestError> {
    let owner = reachable_job(world, caller, id).await?.user;
    let mut found: BTreeMap<JobId, Job> = BTreeMap::new();
    // What is to be read, and the job whose edge leads there, if it is not known yet that it stands.
    let mut unread: BTreeMap<JobId, Option<JobId>> = BTreeMap::from([(id, None)]);
    while !unread.is_empty() && found.len() <= MAX_GRAPH {
        let read: Vec<_> = stream::iter(std::mem::take(&mut unread))
            .map(|(id, above)| async move {
                let read = world.store().job_and_edges(id).await;
                read.map(|(row, edges)| (above, row, edges))
            })
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        for (above, row, edges) in read {
            let belongs = |row: &Job| {
                let is_behind = above.is_none_or(|above| row.upstreams().contains(&above));
                let is_there = row.state != JobState::Canceled || row.id == id;
                row.user == owner && is_behind && is_there
            };
            let Some(row) = row.filter(belongs) else {
                continue;
            };
            unread.extend(row.upstreams().iter().map(|up| (*up, None)));
            for edge in edges {
                unread.entry(edge.down).or_insert(Some(edge.up));
            }
            found.insert(row.id, row);
        }
        unread.retain(|id, _| !found.contains_key(id));
    }
    let truncated = !unread.is_empty() || found.len() > MAX_GRAPH;
    let jobs = in_order(found).into_iter().take(MAX_GRAPH);
    let nodes = stream::iter(jobs)
        .map(|job| async move {
            let execution = match run {
                Some(occasion) => {
                    let id = ExecutionId {
                        job: job.id,
                        occasion,
                    };
                    world.store().execution(id).await?
                }
                None => None,
            };
            Ok::<_, RequestError>(GraphNode { job, execution })
        })
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    Ok(Graph { nodes, truncated })
}

/// The jobs, each behind those that it runs after.
fn in_order(mut found: BTreeMap<JobId, Job>) -> Vec<Job> {
    let ids: Vec<_> = found.keys().copied().collect();
    let keyed: Vec<_> = found
        .values()
        .map(|job| Keyed {
            key: Some(job.id.to_string()),
            names: job
                .upstreams()
                .iter()
                .filter(|up| found.contains_key(up))
                .map(|up| (0, up.to_string()))
                .collect(),
        })
        .collect();
    let order = levels(&keyed).levels.into_iter().flatten();
    order
        .filter_map(|index| found.remove(&ids[index]))
        .collect()
}
