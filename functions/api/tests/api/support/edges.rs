//! Edges in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use punctual::domain::{Job, JobId};
use punctual::port::{Edge, Edges, Jobs, PortResult};

use super::tables::{Tables, lock};

/// The edges, by both ends.
#[derive(Default)]
pub struct Tied(Mutex<BTreeMap<(JobId, JobId), Edge>>);

impl Edges for Tables {
    async fn put_edge(&self, edge: &Edge) -> PortResult<()> {
        self.wrote();
        lock(&self.edges.0).insert((edge.up, edge.down), *edge);
        Ok(())
    }

    async fn remove_edge(&self, edge: &Edge) -> PortResult<()> {
        let mut edges = lock(&self.edges.0);
        if edges.get(&(edge.up, edge.down)) == Some(edge) {
            edges.remove(&(edge.up, edge.down));
        }
        Ok(())
    }

    async fn job_and_edges(&self, id: JobId) -> PortResult<(Option<Job>, Vec<Edge>)> {
        let job = self.job(id).await?;
        let edges = lock(&self.edges.0);
        let edges = edges.values().filter(|edge| edge.up == id);
        Ok((job, edges.copied().collect()))
    }
}
