//! Whether a job that is about to wait for others would close a cycle. Its edges are written before this walk begins: of
//! two changes that would close one together, each wrote before it looked, so at least one sees the other.

use std::collections::{BTreeSet, HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{Job, JobId, JobState, MAX_GRAPH};
use crate::port::Edge;

/// An edge that was written less long ago than this may be about to be confirmed by a row.
pub const EDGE_IS_YOUNG: TimeDelta = TimeDelta::seconds(60);

/// What a walk does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Read these jobs, and the edges from them.
    Read(Vec<JobId>),
    /// There is a cycle: the jobs on it, from the one that is about to wait down to one that it would wait for.
    Cycle(Vec<JobId>),
    /// There is none.
    Free,
    /// More jobs hang together than may.
    TooMany,
}

/// Whether `edge` stands at `now`: the row behind it says so, or may be about to.
pub fn stands(edge: &Edge, row: Option<&Job>, now: DateTime<Utc>) -> bool {
    let says_so = row
        .is_some_and(|row| row.state != JobState::Canceled && row.upstreams().contains(&edge.up));
    says_so || now - edge.written_at < EDGE_IS_YOUNG
}

/// A walk downstream from a job, in search of what it is about to wait for.
#[derive(Debug)]
pub struct CycleWalk {
    begin: JobId,
    upstreams: BTreeSet<JobId>,
    read: HashMap<JobId, (Option<Job>, Vec<Edge>)>,
}

impl CycleWalk {
    /// A walk for `job`, which is about to wait for `upstreams`.
    pub fn new(job: JobId, upstreams: &[JobId]) -> Self {
        Self {
            begin: job,
            upstreams: upstreams.iter().copied().collect(),
            read: HashMap::new(),
        }
    }

    /// Adds what was read of a job that was asked for: its row, and the edges from it.
    pub fn add(&mut self, id: JobId, row: Option<Job>, edges: Vec<Edge>) {
        self.read.insert(id, (row, edges));
    }

    /// What is to be done next, by what has been read up to `now`.
    pub fn step(&self, now: DateTime<Utc>) -> Step {
        let mut reached_by: HashMap<JobId, JobId> = HashMap::new();
        let mut unread = Vec::new();
        let mut queue = VecDeque::from([self.begin]);
        while let Some(id) = queue.pop_front() {
            let Some((_, edges)) = self.read.get(&id) else {
                unread.push(id);
                continue;
            };
            for edge in edges.iter().filter(|edge| edge.down != self.begin) {
                if reached_by.contains_key(&edge.down) {
                    continue;
                }
                match self.read.get(&edge.down) {
                    Some((row, _)) if !stands(edge, row.as_ref(), now) => {}
                    Some(_) if self.upstreams.contains(&edge.down) => {
                        reached_by.insert(edge.down, id);
                        return Step::Cycle(path(&reached_by, edge.down));
                    }
                    Some(_) => {
                        reached_by.insert(edge.down, id);
                        queue.push_back(edge.down);
                    }
                    None => {
                        if !unread.contains(&edge.down) {
                            unread.push(edge.down);
                        }
                    }
                }
            }
        }
        if reached_by.len() >= MAX_GRAPH || self.read.len() > 2 * MAX_GRAPH {
            Step::TooMany
        } else if unread.is_empty() {
            Step::Free
        } else {
            Step::Read(unread)
        }
    }
}

/// The jobs down to `end`.
fn path(reached_by: &HashMap<JobId, JobId>, end: JobId) -> Vec<JobId> {
    let mut path = vec![end];
    let mut at = end;
    while let Some(by) = reached_by.get(&at) {
        path.push(*by);
        at = *by;
    }
    path.reverse();
    path
}
